/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin coat over libsodium, whose check refuses the weak keys and non-canonical signatures that
 * others accept.
 */
#include "crypto/sign.h"

#include <assert.h>
#include <sodium.h>

static_assert(SIGN_SEED == crypto_sign_SEEDBYTES, "seed");
static_assert(SIGN_PUBLIC == crypto_sign_PUBLICKEYBYTES, "public key");
static_assert(SIGN_LEN == crypto_sign_BYTES, "signature");
static_assert(sizeof((struct sign_key *)NULL)->secret == crypto_sign_SECRETKEYBYTES, "secret key");

void sign_from_seed(const uint8_t seed[SIGN_SEED], struct sign_key *key_out)
{
    crypto_sign_seed_keypair(key_out->public, key_out->secret, seed);
}

void sign_make(const struct sign_key *key, struct span bytes, uint8_t out[SIGN_LEN])
{
    crypto_sign_detached(out, NULL, bytes.data, bytes.len, key->secret);
}

bool sign_check(const uint8_t public_key[SIGN_PUBLIC], struct span bytes,
                const uint8_t signature[SIGN_LEN])
{
    return crypto_sign_verify_detached(signature, bytes.data, bytes.len, public_key) == 0;
}
