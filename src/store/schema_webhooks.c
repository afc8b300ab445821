/* SPDX-License-Identifier: Apache-2.0
 *
 * The step of the schema that brought webhooks. No key stands in it: an endpoint's are derived, see
 * notify/webhook_sign.h.
 */
#include "store/schema.h"

const char schema_webhooks[] =
    "CREATE TABLE endpoint ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  shipper_id BLOB NOT NULL,"
    "  url TEXT NOT NULL,"
    "  kinds TEXT,"                   /* event kinds and commas; NULL: all */
    "  key_version INTEGER NOT NULL," /* of the keys that are derived */
    "  old_keys_until INTEGER,"       /* the version before signs too until then */
    "  created_at INTEGER NOT NULL,"
    "  stopped_at INTEGER,"
    "  stop TEXT NOT NULL,"
    "  failing_since INTEGER,"
    "  succeeded_at INTEGER" /* to the minute, while nothing fails */
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX endpoint_of_shipper ON endpoint (shipper_id, id);"

    "CREATE TABLE webhook_attempt ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  endpoint_id BLOB NOT NULL,"
    "  event_id BLOB NOT NULL,"
    "  type TEXT NOT NULL,"
    "  number INTEGER NOT NULL," /* which one, from 1 */
    "  at INTEGER NOT NULL,"
    "  status INTEGER,"  /* of HTTP; NULL: no answer */
    "  took_ms INTEGER," /* NULL: nothing was sent */
    "  outcome TEXT NOT NULL,"
    "  reason TEXT," /* NULL: it was taken */
    "  next_at INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX webhook_attempt_on_endpoint ON webhook_attempt (endpoint_id, id);"
    "CREATE INDEX webhook_attempt_by_age ON webhook_attempt (at);";
