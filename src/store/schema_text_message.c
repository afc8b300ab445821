/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema's step of text messages.
 */
#include "store/schema.h"

const char schema_text_message[] =
    "CREATE TABLE text_message ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  delivery_id BLOB NOT NULL,"
    "  number_hash BLOB NOT NULL,"
    "  calling_code INTEGER NOT NULL,"
    "  segments INTEGER NOT NULL,"
    "  status TEXT NOT NULL,"
    "  final INTEGER NOT NULL,"
    "  error INTEGER NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  changed_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX text_message_to ON text_message (number_hash, created_at);"
    "CREATE INDEX text_message_in ON text_message (calling_code, created_at);"
    "CREATE INDEX text_message_by_age ON text_message (created_at);"

    "CREATE TABLE stopped_number ("
    "  number_hash BLOB NOT NULL PRIMARY KEY,"
    "  created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;";
