/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealing: AES-256-GCM. The tag follows the ciphertext. A (key, nonce) pair is used for one
 * message, ever: callers derive a fresh key for each object or segment and count nonces up from
 * zero under it.
 *
 * The cipher context belongs to the thread and is keyed anew in each call, and forgets the key
 * before the call returns. Thread-safe.
 */
#ifndef PORCHLIGHT_AEAD_H
#define PORCHLIGHT_AEAD_H

#include "base/base.h"

enum { AEAD_KEY = 32, AEAD_NONCE = 12, AEAD_TAG = 16 };

enum aead_outcome {
    AEAD_FORGED = 1, /* the bytes, the tag, the nonce, the key or the associated data are not those
                        that were sealed */
};

/* Seals `plain` into `out` (plain.len + AEAD_TAG bytes; may be plain.data itself). `about` is
 * authenticated, not stored. 0 or a fault. */
int aead_seal(const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE], struct span about,
              struct span plain, uint8_t *out) MUST_CHECK;

/* Opens what aead_seal made: `sealed` is ciphertext and tag, `out` has sealed.len - AEAD_TAG bytes
 * and may be sealed.data itself. AEAD_FORGED leaves zeros in `out`; input shorter than a tag is
 * AEAD_FORGED too. */
int aead_open(const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE], struct span about,
              struct span sealed, uint8_t *out) MUST_CHECK;

/* The same for a tag that lies elsewhere: `in` is the ciphertext alone. */
struct aead_apart {
    struct span in;
    const uint8_t *tag;
    uint8_t *out;
};
int aead_open_apart(const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE], struct span about,
                    const struct aead_apart *parts) MUST_CHECK;

/* Seals once with AES-128-GCM under a key that is used for nothing else: what Web Push prescribes
 * (RFC 8188). `out` has plain.len + AEAD_TAG bytes and may be plain.data itself. 0 or a fault. */
enum { AEAD_KEY_128 = 16 };
int aead_seal_128(const uint8_t key[AEAD_KEY_128], const uint8_t nonce[AEAD_NONCE],
                  struct span plain, uint8_t *out) MUST_CHECK;

/* The nonce of the n-th message under a key: n as a big-endian number. */
void aead_count(uint64_t n, uint8_t nonce_out[AEAD_NONCE]);

#endif
