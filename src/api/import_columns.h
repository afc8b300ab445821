/* SPDX-License-Identifier: Apache-2.0
 *
 * The columns of a file of deliveries: from a row's cells to the object that the API's own body
 * would be, and from a field's name back to the column that a person sees. Inside api/ only.
 */
#ifndef PORCHLIGHT_IMPORT_COLUMNS_H
#define PORCHLIGHT_IMPORT_COLUMNS_H

#include <jansson.h>

#include "base/csv.h"

/* Which column stands where in one file. */
struct import_columns {
    int of_cell[CSV_CELLS]; /* the number of the column in each cell's place */
    int count;
};

/* Reads the header row. NULL, or a sentence about what is wrong, and *name_out names the column: a
 * plain word, or "". */
const char *import_columns_read(struct import_columns *columns, const struct csv_row *header,
                                const char **name_out);

/* The object of a row, which has no more cells than there are columns; empty cells are left away.
 * The caller owns it. NULL when memory is short. */
json_t *import_columns_object(const struct import_columns *columns, const struct csv_row *row);

/* The column behind a field such as "recipient.email"; "" when there is none. */
const char *import_columns_of_field(const char *field);

#endif
