/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON into text, for replies. The library's own way costs about a hundred instructions a byte,
 * which made it the largest part of a small answer; this one costs about ten.
 */
#ifndef PORCHLIGHT_HTTP_JSON_H
#define PORCHLIGHT_HTTP_JSON_H

#include <jansson.h>

#include "base/base.h"

enum { HTTP_JSON_CEILING = 64 * 1024 * 1024, HTTP_JSON_DEPTH = 64 };

/* The compact text of a value (RFC 8259), members in the order in which they were set, numbers in
 * as few digits as bring the same number back. The caller frees it; it ends in a NUL that *len_out
 * does not count. NULL when memory is short, or for a value beyond the two ceilings. */
char *http_json_text(const json_t *json, size_t *len_out) MUST_CHECK;

#endif
