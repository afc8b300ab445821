/* SPDX-License-Identifier: Apache-2.0
 *
 * Checking signatures of others by RSA (RSASSA-PKCS1-v1_5 over SHA-256, RFC 8017 §8.2), whose
 * public key came over the network as two numbers, big-endian without leading zeros. Thread-safe.
 */
#ifndef PORCHLIGHT_RSA_H
#define PORCHLIGHT_RSA_H

#include "base/base.h"

enum { RSA_LEAST_BYTES = 256, RSA_MOST_BYTES = 1024, RSA_EXPONENT_MOST_BYTES = 4 };

/* A public key: modulus and exponent. */
struct rsa_public {
    struct span n, e;
};

/* True for a modulus of 2048 to 8192 bits and an odd exponent from 3 on. */
bool rsa_is_public(const struct rsa_public *key);

/* True when `signature` over `bytes` was made by the owner of the key. */
bool rsa_check(const struct rsa_public *key, struct span bytes, struct span signature);

#endif
