/* SPDX-License-Identifier: Apache-2.0
 *
 * Ed25519 signatures (RFC 8032), for receipts and refusals that anyone can check with our public
 * key. Thread-safe.
 */
#ifndef PORCHLIGHT_SIGN_H
#define PORCHLIGHT_SIGN_H

#include "base/base.h"

enum { SIGN_SEED = 32, SIGN_PUBLIC = 32, SIGN_LEN = 64 };

/* A key pair ready to sign with: wipe it after use. */
struct sign_key {
    uint8_t secret[64]; /* as libsodium holds it: seed, then public key */
    uint8_t public[SIGN_PUBLIC];
};

/* The pair that belongs to a seed; always the same one. */
void sign_from_seed(const uint8_t seed[SIGN_SEED], struct sign_key *key_out);

/* Signs `bytes`. */
void sign_make(const struct sign_key *key, struct span bytes, uint8_t out[SIGN_LEN]);

/* True when `signature` over `bytes` was made by the owner of `public_key`. */
bool sign_check(const uint8_t public_key[SIGN_PUBLIC], struct span bytes,
                const uint8_t signature[SIGN_LEN]);

#endif
