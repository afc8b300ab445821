/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that added refusals of photos at addresses and by shippers, and whether a PIN or a
 * scanned code was the delivery's own.
 */
#include "store/schema.h"

const char schema_refusal[] =
    /* `owner`: the account or the shipper. `match`: a keyed hash, what a delivery is held against;
     * the rest is what the owner reads in its list. */
    "CREATE TABLE refusal ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  kind TEXT NOT NULL,"
    "  owner BLOB NOT NULL,"
    "  match BLOB NOT NULL,"
    "  email TEXT,"
    "  phone TEXT,"
    "  address TEXT," /* its lines, parted by line breaks */
    "  reason TEXT,"
    "  created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX refusal_by_match ON refusal (match, kind);"
    "CREATE INDEX refusal_of_owner ON refusal (owner, id);"
    "CREATE INDEX refusal_of_email ON refusal (email, id) WHERE email IS NOT NULL;"

    "ALTER TABLE delivery ADD COLUMN proof_check TEXT;"

    /* Wrong PINs of the PIN that the delivery has at a version of its token. */
    "CREATE TABLE pin_try ("
    "  delivery_id BLOB NOT NULL PRIMARY KEY,"
    "  version INTEGER NOT NULL,"
    "  wrong INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;";
