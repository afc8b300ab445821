/* SPDX-License-Identifier: Apache-2.0
 *
 * Comma-separated values (RFC 4180) as spreadsheets write them: rows end in LF or CR LF, a cell in
 * quotes may hold separators, line breaks and doubled quotes, a byte-order mark is passed over, and
 * the separator is a comma, or a semicolon where the first line has those and no comma. Strict
 * otherwise: a quote within a bare cell, or anything after a closing one, is a refusal. Pure, in
 * place and bounded; fuzzed in fuzz_csv.c.
 */
#ifndef PORCHLIGHT_CSV_H
#define PORCHLIGHT_CSV_H

#include "base/base.h"

enum { CSV_CELLS = 64 }; /* of one row, at most */

enum csv_result {
    CSV_END = 1,   /* there are no more rows */
    CSV_QUOTE,     /* a quote where none may be, or one that is never closed */
    CSV_TOO_MANY,  /* more than CSV_CELLS cells */
    CSV_BAD_BYTES, /* not clean UTF-8: control characters, or NUL */
};
/* A sentence about a refusal; "" for CSV_END. */
const char *csv_text(enum csv_result result);

/* One reading. Invariants between calls: `at` is at the first byte of a row or at the NUL. */
struct csv {
    char *at;
    char separator;
    int row; /* of the row read last, from 1 */
};

struct csv_row {
    int number;             /* from 1; rows without any byte count, but are passed over */
    int count;              /* at least 1 */
    char *cells[CSV_CELLS]; /* NUL-terminated, without quotes and surrounding spaces; CR LF is LF */
};

/* Begins reading `text`, `len` bytes and a NUL, which is cut up in place and must outlive the
 * rows. 0 or CSV_BAD_BYTES. */
int csv_begin(struct csv *csv, char *text, size_t len) MUST_CHECK;

/* The next row: 0, CSV_END, or a refusal, after which there is no going on; row->number is set in
 * every case but CSV_END. */
int csv_next(struct csv *csv, struct csv_row *row) MUST_CHECK;

#endif
