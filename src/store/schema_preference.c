/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that added what recipients say about messages, and which mailboxes refuse them.
 */
#include "store/schema.h"

const char schema_preference[] =
    /* `owner`: an account's id, or for mail the SHA-256 of the address. */
    "CREATE TABLE preference ("
    "  owner BLOB NOT NULL,"
    "  class TEXT NOT NULL,"
    "  channel TEXT NOT NULL,"
    "  wanted INTEGER NOT NULL,"
    "  PRIMARY KEY (owner, class, channel)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE reach ("
    "  account_id BLOB NOT NULL PRIMARY KEY,"
    "  language TEXT,"
    "  quiet_from INTEGER NOT NULL," /* minutes from midnight; both the same: none */
    "  quiet_to INTEGER NOT NULL,"
    "  time_zone TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE mailbox ("
    "  address_hash BLOB NOT NULL PRIMARY KEY,"
    "  refusals INTEGER NOT NULL," /* in a row */
    "  reply INTEGER NOT NULL,"
    "  refused_at INTEGER NOT NULL,"
    "  rest_until INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX mailbox_by_end ON mailbox (rest_until);";
