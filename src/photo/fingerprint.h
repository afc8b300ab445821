/* SPDX-License-Identifier: Apache-2.0
 *
 * A 64-bit fingerprint of what a picture shows, for telling a photo that was sent before from one
 * that was not: the signs of its lowest two-dimensional frequencies against their median.
 * Recompressing, resizing or a little brightening leaves it nearly alone; another doorstep changes
 * about half of its bits.
 *
 * The comparison is in this header, so that those who compare need not link the code that computes.
 */
#ifndef PORCHLIGHT_FINGERPRINT_H
#define PORCHLIGHT_FINGERPRINT_H

#include "base/base.h"

/* Of an upright picture's luma: `height` rows of `width` bytes, one after the other; both at
 * least 1. */
uint64_t fingerprint_of(const uint8_t *luma, uint32_t width, uint32_t height);

/* Bits that differ, 0 to 64. */
static inline unsigned fingerprint_distance(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_popcountll(a ^ b);
}

/* Up to this many bits may differ between two copies of one picture. */
enum { FINGERPRINT_NEAR = 7 };

/* True when two photos are so alike that one is most likely a copy of the other. */
static inline bool fingerprint_near(uint64_t a, uint64_t b)
{
    return fingerprint_distance(a, b) <= FINGERPRINT_NEAR;
}

#endif
