/* SPDX-License-Identifier: Apache-2.0
 *
 * One pass: a cell is written back over itself without its quotes, which never makes it longer, and
 * its separator becomes its NUL once it was read.
 */
#include "base/csv.h"

#include "base/text.h"

const char *csv_text(enum csv_result result)
{
    switch (result) {
    case CSV_QUOTE:
        return "A quote is not closed, or stands within a cell that does not begin with one.";
    case CSV_TOO_MANY:
        return "There are too many cells.";
    case CSV_BAD_BYTES:
        return "The file must be clean text in UTF-8.";
    case CSV_END:
        break;
    }
    return "";
}

/* Carriage returns belong to line ends only. */
static bool has_stray_return(const char *text)
{
    for (const char *cr = strchr(text, '\r'); cr; cr = strchr(cr + 1, '\r'))
        if (cr[1] != '\n')
            return true;
    return false;
}

/* Makes CR LF one LF, in place; the new length. */
static size_t join_line_ends(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++)
        if (*in != '\r')
            *out++ = *in;
    *out = 0;
    return (size_t)(out - text);
}

int csv_begin(struct csv *csv, char *text, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    *csv = (struct csv){.at = text, .separator = ','};
    if (strlen(text) != len || has_stray_return(text))
        return CSV_BAD_BYTES;
    len = join_line_ends(text);
    if (!text_is_clean(text, len, true))
        return CSV_BAD_BYTES;
    if (strncmp(text, mark, strlen(mark)) == 0)
        csv->at += strlen(mark);
    size_t line = strcspn(csv->at, "\n");
    if (!memchr(csv->at, ',', line) && memchr(csv->at, ';', line))
        csv->separator = ';';
    return 0;
}

static char *skip_spaces(char *at)
{
    return at + strspn(at, " \t");
}

/* Reads a quoted cell, `*at` being at its quote; leaves `*at` behind it. False: never closed. */
static bool read_quoted(char **at, char **cell_out)
{
    char *in = *at + 1, *out = in;
    *cell_out = out;
    while (*in && (*in != '"' || in[1] == '"')) {
        in += *in == '"';
        *out++ = *in++;
    }
    if (!*in)
        return false;
    *out = 0;
    *at = in + 1;
    return true;
}

/* Takes the spaces from the end of a cell that ends before `end`. */
static void trim_end(char *cell, char *end)
{
    while (end > cell && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = 0;
}

/* Reads one cell. 0 or CSV_QUOTE; *end_out is the byte that ended it: the separator, LF or NUL. */
static int read_cell(struct csv *csv, char **cell_out, char *end_out)
{
    const char ends[] = {csv->separator, '\n', 0};
    char *at = skip_spaces(csv->at);
    bool quoted = *at == '"';
    if (quoted && !read_quoted(&at, cell_out))
        return CSV_QUOTE;
    char *start = at;
    at = quoted ? skip_spaces(at) : at + strcspn(at, ends);
    *end_out = *at;
    csv->at = *at ? at + 1 : at;
    if (quoted)
        return *end_out == csv->separator || *end_out == '\n' || !*end_out ? 0 : CSV_QUOTE;
    trim_end(start, at);
    *cell_out = start;
    return strchr(start, '"') ? CSV_QUOTE : 0;
}

int csv_next(struct csv *csv, struct csv_row *row)
{
    row->count = 0;
    while (*csv->at == '\n') { /* a line without anything is no row, but counts for people */
        csv->at++;
        csv->row++;
    }
    if (!*csv->at)
        return CSV_END;
    row->number = ++csv->row;
    char end = csv->separator;
    while (end == csv->separator) {
        if (row->count == CSV_CELLS)
            return CSV_TOO_MANY;
        int result = read_cell(csv, &row->cells[row->count], &end);
        if (result != 0)
            return result;
        row->count++;
    }
    return 0;
}
