/* SPDX-License-Identifier: Apache-2.0
 *
 * Bearer tokens: API keys, device tokens, session cookies, pairing and sign-in codes. We keep the
 * hash, never the token: whoever reads the database can sign in as nobody.
 */
#ifndef PORCHLIGHT_TOKEN_H
#define PORCHLIGHT_TOKEN_H

#include "base/base.h"

enum {
    TOKEN_PREFIX_CEILING = 8, /* such as "plk_" */
    TOKEN_ROOM = TOKEN_PREFIX_CEILING + 43 + 1,
    TOKEN_HASH = 32,
    TOKEN_DIGITS_CEILING = 12,
};

/* A fresh token: `prefix` and 256 random bits in base64url. */
void token_new(const char *prefix, char out[TOKEN_ROOM]);

/* True when `text` has the form token_new gives for this prefix; says nothing of whether it was
 * ever given out. */
bool token_is(const char *prefix, const char *text);

/* What is stored and looked up: SHA-256 of the whole text. A token has 256 random bits, so no salt
 * and no slow hash. */
void token_hash(const char *text, uint8_t out[TOKEN_HASH]);

/* A code for people: `digits` decimal digits and NUL, evenly drawn. It has so little in it that the
 * caller must limit guesses, and store it as an HMAC under a secret (hash_hmac), not as a bare
 * hash. */
void token_digits(size_t digits, char *out);

#endif
