/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that added whom a recipient shows a photo to, who of them fetched it, deletions that
 * wait for a case, and which look a message asks about.
 */
#include "store/schema.h"

const char schema_share[] =
    /* A share that was taken back stays, so that who had it is told nothing newer. `told_at`: the
     * event that an open page of theirs was last told. */
    "CREATE TABLE photo_share ("
    "  delivery_id BLOB NOT NULL,"
    "  photo_id BLOB NOT NULL,"
    "  with_whom TEXT NOT NULL,"
    "  shown INTEGER NOT NULL,"
    "  since INTEGER NOT NULL,"
    "  told_at INTEGER NOT NULL,"
    "  PRIMARY KEY (delivery_id, photo_id, with_whom)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE photo_view ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  delivery_id BLOB NOT NULL,"
    "  photo_id BLOB NOT NULL,"
    "  viewer TEXT NOT NULL,"
    "  first_at INTEGER NOT NULL,"
    "  last_at INTEGER NOT NULL,"
    "  times INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX photo_view_by ON photo_view (photo_id, viewer, first_at);"
    "CREATE INDEX photo_view_on_delivery ON photo_view (delivery_id, id);"

    "CREATE TABLE erase_wish ("
    "  photo_id BLOB NOT NULL PRIMARY KEY,"
    "  delivery_id BLOB NOT NULL,"
    "  asked_at INTEGER NOT NULL,"
    "  due INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX erase_wish_on_delivery ON erase_wish (delivery_id, photo_id);"
    "CREATE INDEX erase_wish_due ON erase_wish (due, photo_id);"

    "ALTER TABLE case_message ADD COLUMN look_id BLOB;";
