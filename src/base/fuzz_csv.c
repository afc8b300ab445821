/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a file of rows: every cell lies within the file, in order, and the reading ends.
 */
#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_row(const struct csv_row *row, const char *text, size_t size, const char **last)
{
    must(row->count >= 1 && row->count <= CSV_CELLS);
    for (int i = 0; i < row->count; i++) {
        const char *cell = row->cells[i];
        must(cell >= text && cell + strlen(cell) <= text + size && cell >= *last);
        must(!strchr(cell, '\r'));
        *last = cell;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv csv;
    struct csv_row row = {0};
    AUTO_FREE char *text = malloc(size + 1);
    must(text != NULL);
    memcpy(text, data, size);
    text[size] = 0;
    const char *last = text;
    int number = 0, result = csv_begin(&csv, text, size);
    while (result == 0 && (result = csv_next(&csv, &row)) == 0) {
        check_row(&row, text, size, &last);
        must(row.number > number && (size_t)row.number <= size);
        number = row.number;
    }
    must(result == CSV_END || *csv_text((enum csv_result)result));
    return 0;
}
