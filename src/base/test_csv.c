/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows and cells as spreadsheets write them, and what is none.
 */
#include "base/csv.h"
#include "base/tap.h"

static char text[4096];

/* All rows of a file as "a|b/c|d", or the refusal as "row n: result". */
static const char *rows_of(const char *file)
{
    static char out[4096];
    struct csv csv;
    struct csv_row row = {0};
    size_t len = 0;
    out[0] = 0;
    snprintf(text, sizeof text, "%s", file);
    int result = csv_begin(&csv, text, strlen(text));
    while (result == 0 && (result = csv_next(&csv, &row)) == 0) {
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%d:", len ? "/" : "", row.number);
        for (int i = 0; i < row.count; i++)
            len +=
                (size_t)snprintf(out + len, sizeof out - len, "%s%s", i ? "|" : "", row.cells[i]);
    }
    if (result != CSV_END)
        snprintf(out, sizeof out, "row %d: %d", row.number, result);
    return out;
}

TEST(rows_and_cells)
{
    CHECK_STR(rows_of("a,b\n1,2\n"), "1:a|b/2:1|2");
    CHECK_STR(rows_of("a,b\r\n1,2"), "1:a|b/2:1|2");
    CHECK_STR(rows_of(",\n,,\n"), "1:|/2:||");
    CHECK_STR(rows_of(" a , b\tc \n"), "1:a|b\tc");
    CHECK_STR(rows_of(""), "");
    CHECK_STR(rows_of("\n\n"), "");
}

TEST(quoted_cells)
{
    CHECK_STR(rows_of("\"a,b\",\"c\"\"d\"\n"), "1:a,b|c\"d");
    CHECK_STR(rows_of("\"two\r\nlines\",x\r\n3,4\r\n"), "1:two\nlines|x/2:3|4");
    CHECK_STR(rows_of(" \" kept \" ,\"\"\n"), "1: kept |");
    CHECK_STR(rows_of("\"\"\"\"\n"), "1:\"");
}

TEST(empty_lines_count_but_are_no_rows)
{
    CHECK_STR(rows_of("a\n\n\nb\n"), "1:a/4:b");
}

TEST(a_mark_and_semicolons)
{
    CHECK_STR(rows_of("\xef\xbb\xbf"
                      "a;b\n1,5;2\n"),
              "1:a|b/2:1,5|2");
    CHECK_STR(rows_of("a;b,c\n"), "1:a;b|c");
    CHECK_STR(rows_of("a\nb;c\n"), "1:a/2:b;c");
}

TEST(stray_quotes_are_refused)
{
    CHECK_STR(rows_of("a\nb\"c\n"), "row 2: 2");
    CHECK_STR(rows_of("a\n\"b\n"), "row 2: 2");
    CHECK_STR(rows_of("\"a\"b\n"), "row 1: 2");
    CHECK_STR(rows_of("\"a\"\"\n"), "row 1: 2");
    CHECK_STR(rows_of("a,\"\n"), "row 1: 2");
}

TEST(too_many_cells_are_refused)
{
    char most[CSV_CELLS + 1];
    memset(most, ',', CSV_CELLS);
    most[CSV_CELLS] = 0;
    CHECK_STR(rows_of(most), "row 1: 3");
    CHECK(strncmp(rows_of(most + 1), "1:|", 3) == 0);
}

TEST(bytes_that_are_no_text_are_refused)
{
    static const char *const bad[] = {"a\x01", "a\xff", "\xc3", "a\rb\n", "\r", "a\x1b[0m"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_STR(rows_of(bad[i]), "row 0: 4");
    struct csv csv;
    memcpy(text, "a\0b", 4);
    CHECK_INT(csv_begin(&csv, text, 3), CSV_BAD_BYTES);
}

TEST(refusals_have_sentences)
{
    for (int i = CSV_QUOTE; i <= CSV_BAD_BYTES; i++)
        CHECK(*csv_text((enum csv_result)i));
    CHECK_STR(csv_text(CSV_END), "");
}

TAP_MAIN(TAP(rows_and_cells), TAP(quoted_cells), TAP(empty_lines_count_but_are_no_rows),
         TAP(a_mark_and_semicolons), TAP(stray_quotes_are_refused), TAP(too_many_cells_are_refused),
         TAP(bytes_that_are_no_text_are_refused), TAP(refusals_have_sentences))
