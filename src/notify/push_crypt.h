/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of a Web Push message: RFC 8188's one record, under a key that RFC 8291 has the two ends
 * agree on. The push service in between sees its length, which is why every message of ours is
 * padded to the same one.
 */
#ifndef PORCHLIGHT_PUSH_CRYPT_H
#define PORCHLIGHT_PUSH_CRYPT_H

#include "crypto/p256.h"

enum {
    PUSH_AUTH = 16,
    PUSH_SALT = 16,
    PUSH_TEXT = 255, /* the longest text of one message; shorter ones are padded to it */
    PUSH_HEAD = PUSH_SALT + 4 + 1 + P256_POINT,
    PUSH_TAG = 16,
    PUSH_BODY = PUSH_HEAD + PUSH_TEXT + 1 + PUSH_TAG, /* of every message */
};

/* What a browser gave with its subscription. */
struct push_keys {
    uint8_t point[P256_POINT]; /* "p256dh" */
    uint8_t auth[PUSH_AUTH];
};

/* Encrypts `text` (at most PUSH_TEXT bytes) for the browser. 0, P256_UNFIT (its point is none), or
 * a fault. */
int push_crypt(const struct push_keys *keys, struct span text, uint8_t out[PUSH_BODY]) MUST_CHECK;

/* What is drawn anew for each message, and how long its record is; for the RFC's example. */
struct push_draw {
    struct p256_pair pair;
    uint8_t salt[PUSH_SALT];
    size_t padded; /* length of text and padding together, at least text.len + 1 */
};
int push_crypt_drawn(const struct push_keys *keys, struct span text, const struct push_draw *draw,
                     uint8_t *out) MUST_CHECK;

#endif
