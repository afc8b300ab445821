/* SPDX-License-Identifier: Apache-2.0
 *
 * How the lines of an address stand in one column: parted by line breaks. Private to the store.
 */
#ifndef PORCHLIGHT_STORE_ADDRESS_H
#define PORCHLIGHT_STORE_ADDRESS_H

#include "base/buf.h"
#include "domain/delivery.h"
#include "store/store.h"

/* The lines in one text, which begins `out`; `failed` when one of them holds a line break. How long
 * they may be was the settings' to say when they came: here they take the room that they need. */
void address_join(const struct address *address, struct buf *out);
/* The lines of a column, whatever else the address has. Too many fail the statement. */
void address_split(struct db_stmt *stmt, int column, struct arena *arena, struct address *address);

#endif
