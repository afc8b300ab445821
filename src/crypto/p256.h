/* SPDX-License-Identifier: Apache-2.0
 *
 * The curve P-256 as Web Push wants it: agreeing on a secret (ECDH), signatures in the form of
 * ES256 (RFC 7518 §3.4), and points as 65 uncompressed bytes. Thread-safe.
 */
#ifndef PORCHLIGHT_P256_H
#define PORCHLIGHT_P256_H

#include "base/base.h"

enum { P256_SECRET = 32, P256_POINT = 65, P256_SHARED = 32, P256_SIGNATURE = 64 };

enum p256_outcome {
    P256_UNFIT = 1, /* no number below the curve's order, or no point on the curve */
};

/* A key pair: wipe it after use. */
struct p256_pair {
    uint8_t secret[P256_SECRET];
    uint8_t point[P256_POINT]; /* the public half */
};

/* Draws a pair. 0 or a fault. */
int p256_new(struct p256_pair *pair_out) MUST_CHECK;

/* The pair that belongs to a secret; always the same one. 0, P256_UNFIT, or a fault. */
int p256_from_secret(const uint8_t secret[P256_SECRET], struct p256_pair *pair_out) MUST_CHECK;

/* True when `point` lies on the curve, so that a secret may be agreed on with its owner. */
bool p256_is_point(const uint8_t point[P256_POINT]);

/* The secret that both owners come to. 0, P256_UNFIT (`theirs` is no point), or a fault. */
int p256_agree(const struct p256_pair *own, const uint8_t theirs[P256_POINT],
               uint8_t out[P256_SHARED]) MUST_CHECK;

/* Signs the SHA-256 of `bytes`: r, then s, 32 bytes each. 0 or a fault. */
int p256_sign(const struct p256_pair *own, struct span bytes,
              uint8_t out[P256_SIGNATURE]) MUST_CHECK;

/* True when `signature` over `bytes` was made by the owner of `point`. */
bool p256_check(const uint8_t point[P256_POINT], struct span bytes,
                const uint8_t signature[P256_SIGNATURE]);

#endif
