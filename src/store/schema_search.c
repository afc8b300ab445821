/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that added the words that deliveries are found by at the desk.
 */
#include "store/schema.h"

const char schema_search[] =
    /* One tree and no other index: to take a delivery's words out they are made again from its row.
     */
    "CREATE TABLE search_word ("
    "  shipper_id BLOB NOT NULL,"
    "  word TEXT NOT NULL,"
    "  delivery_id BLOB NOT NULL,"
    "  PRIMARY KEY (shipper_id, word, delivery_id)"
    ") STRICT, WITHOUT ROWID;";
