/* SPDX-License-Identifier: Apache-2.0
 *
 * The step of the schema for erasures: what a receipt of one says beside the photo's row. A photo
 * is erased once, so its id is the key; nothing in it is of anybody.
 */
#include "store/schema.h"

const char schema_erasure[] =
    "CREATE TABLE erasure ("
    "  photo_id BLOB NOT NULL PRIMARY KEY,"
    "  asked_at INTEGER NOT NULL,"
    "  destroyed_at INTEGER," /* of the keys; NULL: not yet */
    "  copies_until INTEGER"  /* when the last copy of the key folder is gone */
    ") STRICT, WITHOUT ROWID;";
