/* SPDX-License-Identifier: Apache-2.0
 *
 * A sheet of A4 with a photo on it, as a PDF. It is drawn by a program of its own,
 * porchlight-paper, once for each sheet: text layout in every script takes large libraries that
 * open fonts, and what is laid out was written by strangers. The program gets nothing but the
 * sheet, may read nothing but fonts, and a fault in it costs one sheet.
 *
 * The sheet, in JSON: {"lang", "dir": "ltr"|"rtl", "title", "created" (RFC 3339), "brand",
 * "heading", "lines" [text], "facts" [[label, value]], "mark" (text over the picture, or null),
 * "caption", "proof" [[label, value]], "sections" [[heading, text]], "width", "height" (of the
 * picture in pixels)}. The same sheet and picture give the same bytes.
 */
#ifndef PORCHLIGHT_PAPER_H
#define PORCHLIGHT_PAPER_H

#include "base/buf.h"

enum { PAPER_SHEET_MOST = 256 << 10, PAPER_ADDS_MOST = 4 << 20 };

struct paper_job {
    const char *program; /* where porchlight-paper is; "": beside the running program */
    struct span sheet;   /* JSON */
    struct span jpeg;    /* embedded as it is, never decoded */
    int64_t timeout_ms;
};

/* Draws it. 0 and the PDF in `out` (whose ceiling is picture and PAPER_ADDS_MOST); PAPER_FAILED:
 * the program could not be had, ran too long or gave nothing, which is logged; or a fault. Blocks.
 */
enum { PAPER_FAILED = 1 };
int paper_make(const struct paper_job *job, struct buf *out) MUST_CHECK;

#endif
