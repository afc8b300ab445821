/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens are drawn, written down in base64url, and remembered as SHA-256.
 */
#include "crypto/token.h"

#include <assert.h>
#include <sodium.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

enum { RANDOM_BYTES = 32, RANDOM_TEXT = 43 };

void token_new(const char *prefix, char out[TOKEN_ROOM])
{
    size_t len = strlen(prefix);
    assert(len <= TOKEN_PREFIX_CEILING);
    uint8_t random[RANDOM_BYTES];
    char text[BASE64_ROOM(RANDOM_BYTES)];
    crypto_random(random, sizeof random);
    text_base64url(random, sizeof random, text);
    memcpy(out, prefix, len);
    memcpy(out + len, text, RANDOM_TEXT + 1);
    crypto_wipe(random, sizeof random);
    crypto_wipe(text, sizeof text);
}

bool token_is(const char *prefix, const char *text)
{
    size_t len = strlen(prefix), decoded;
    uint8_t random[RANDOM_BYTES];
    bool ok = strncmp(text, prefix, len) == 0 && strlen(text + len) == RANDOM_TEXT &&
              text_unbase64url(text + len, RANDOM_TEXT, random, sizeof random, &decoded) &&
              decoded == sizeof random;
    crypto_wipe(random, sizeof random);
    return ok;
}

void token_hash(const char *text, uint8_t out[TOKEN_HASH])
{
    hash_sha256(HASH_TEXT(text), out);
}

void token_digits(size_t digits, char *out)
{
    assert(digits <= TOKEN_DIGITS_CEILING);
    for (size_t i = 0; i < digits; i++)
        out[i] = (char)('0' + randombytes_uniform(10));
    out[digits] = '\0';
}
