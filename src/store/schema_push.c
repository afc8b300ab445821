/* SPDX-License-Identifier: Apache-2.0
 *
 * The step of the schema for Web Push: the browsers that their owners want told. There are few of
 * one account, and the endpoint is the browser's own name for it, so that one browser has one row.
 */
#include "store/schema.h"

const char schema_push[] =
    "ALTER TABLE account ADD COLUMN push_picture INTEGER NOT NULL DEFAULT 0;"

    "CREATE TABLE push_subscription ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  account_id BLOB NOT NULL,"
    "  session_hash BLOB NOT NULL," /* signing out ends it */
    "  endpoint TEXT NOT NULL,"
    "  point BLOB NOT NULL,"
    "  auth BLOB NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  expires_at INTEGER,"
    "  tested_at INTEGER"
    ") STRICT;"
    "CREATE UNIQUE INDEX push_subscription_by_endpoint ON push_subscription (endpoint);"
    "CREATE INDEX push_subscription_of_account ON push_subscription (account_id, id);"
    "CREATE INDEX push_subscription_of_session ON push_subscription (session_hash);"
    "CREATE INDEX push_subscription_by_end ON push_subscription (expires_at)"
    "  WHERE expires_at IS NOT NULL;";
