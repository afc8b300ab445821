/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, encodings and small text forms from outside, each parsed together with its range. Every
 * parser consumes its whole input: left-over bytes are a refusal. All return true when the input
 * was right; outputs are untouched otherwise.
 */
#ifndef PORCHLIGHT_TEXT_H
#define PORCHLIGHT_TEXT_H

#include "base/base.h"

/* Decimal digits only (a '-' for the signed form), within [min, max]. */
bool text_to_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool text_to_i64(const char *text, int64_t min, int64_t max, int64_t *out);
/* A plain decimal like -12.5 (no exponent, inf, nan or hex), within [min, max]; independent of the
 * locale. */
bool text_to_double(const char *text, double min, double max, double *out);

/* Well-formed UTF-8 without NUL and other control characters (tab and newline allowed when
 * `multiline`). */
bool text_is_clean(const char *text, size_t len, bool multiline);
/* True when there is something to see in it: not only white space, of whatever script and width,
 * and marks that draw nothing. */
bool text_is_visible(const char *text, size_t len);
/* A name or another single line that people read as it is: clean, visible, without white space at
 * its ends, and without the marks that turn the order of characters or break a line. */
bool text_is_line(const char *text, size_t len);
/* Number of Unicode code points in well-formed UTF-8. */
size_t text_code_points(const char *text);

/* Lower-case hex; `out` has 2*len+1 bytes. Decoding wants exactly `len` bytes and accepts both
 * cases. */
void text_hex(const uint8_t *data, size_t len, char *out);
bool text_unhex(const char *text, uint8_t *out, size_t len);

/* Base64 as in RFC 4648. Sizes: BASE64_ROOM(len) bytes for the text with its NUL. */
#define BASE64_ROOM(len) (((len) + 2) / 3 * 4 + 1)
void text_base64(const uint8_t *data, size_t len, char *out);
void text_base64url(const uint8_t *data, size_t len, char *out); /* without padding */
/* Strict: canonical padding (or none, for url), no white space. Writes at most `room` bytes, their
 * number to len_out. */
bool text_unbase64(const char *text, size_t text_len, uint8_t *out, size_t room, size_t *len_out);
bool text_unbase64url(const char *text, size_t text_len, uint8_t *out, size_t room,
                      size_t *len_out);

/* Percent-decoding in place of a path segment or query value ('+' becomes a space when `plus`);
 * false on a bad escape or NUL. */
bool text_unpercent(char *text, bool plus);

/* ASCII lower case in place. */
void text_lower(char *text);

/* The rough form local@domain.tld, at most 254 bytes, no white space or control characters, one
 * '@'. */
bool text_is_email(const char *text);
/* E.164: '+' and 7 to 15 digits. */
bool text_is_phone(const char *text);

/* Equal, in time that depends on `len` only. */
bool text_same_secret(const void *a, const void *b, size_t len);

#endif
