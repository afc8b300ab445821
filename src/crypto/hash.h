/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 in one call or running, HMAC and HKDF over it, and SHA-1 for the checksums that tus
 * clients send.
 *
 * A running hash is a plain value without anything behind it: copy it by assignment to remember a
 * point that may have to be returned to, and drop it without ceremony. None of these functions can
 * fail. Thread-safe.
 */
#ifndef PORCHLIGHT_HASH_H
#define PORCHLIGHT_HASH_H

#include "base/base.h"

enum { HASH_SHA256_LEN = 32, HASH_SHA1_LEN = 20 };

/* SHA-256 of `bytes`. */
void hash_sha256(struct span bytes, uint8_t out[HASH_SHA256_LEN]);

/* A running SHA-256. hash_finish gives the digest of what was added so far and spends the value: to
 * go on afterwards, finish a copy. */
struct hash {
    uint64_t state[14];
};
void hash_start(struct hash *hash);
void hash_add(struct hash *hash, struct span bytes);
void hash_finish(struct hash *hash, uint8_t out[HASH_SHA256_LEN]);

/* The same for SHA-1. It guards against accidents on the line only; nothing here trusts it against
 * an attacker. */
struct hash_sha1 {
    uint64_t state[12];
};
void hash_sha1_start(struct hash_sha1 *hash);
void hash_sha1_add(struct hash_sha1 *hash, struct span bytes);
void hash_sha1_finish(struct hash_sha1 *hash, uint8_t out[HASH_SHA1_LEN]);

/* HMAC-SHA-256 under a key of any length. */
void hash_hmac(struct span key, struct span bytes, uint8_t out[HASH_SHA256_LEN]);

/* HKDF-SHA-256 (RFC 5869). `salt` may be empty; `info` names the purpose, one for each. `len` is at
 * most HASH_HKDF_CEILING; more is a mistake in the program. */
enum { HASH_HKDF_CEILING = 255 * HASH_SHA256_LEN };
void hash_hkdf(struct span key, struct span salt, struct span info, uint8_t *out, size_t len);

/* Its two halves, for several keys from one secret and salt: hash_hkdf_extract once, then expand
 * for each purpose. */
void hash_hkdf_extract(struct span key, struct span salt, uint8_t out[HASH_SHA256_LEN]);
void hash_hkdf_expand(const uint8_t extracted[HASH_SHA256_LEN], struct span info, uint8_t *out,
                      size_t len);

/* The bytes of a C string, without its NUL: HASH_TEXT("label") where a span is wanted. */
#define HASH_TEXT(text) ((struct span){(const uint8_t *)(text), strlen(text)})

#endif
