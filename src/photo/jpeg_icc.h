/* SPDX-License-Identifier: Apache-2.0
 *
 * Colour profiles. A photo leaves in one of two states: without a profile, which means sRGB
 * everywhere, or with our own Display P3 profile of 492 bytes, the same in every photo. A profile
 * is recognised by what it says about colours (its primaries and curves), not by its name. Any
 * other RGB profile of the matrix kind is used to bring the pixels to sRGB; what cannot be
 * understood is dropped, and the pixels count as sRGB.
 */
#ifndef PORCHLIGHT_JPEG_ICC_H
#define PORCHLIGHT_JPEG_ICC_H

#include "base/base.h"
#include "photo/jpeg_pixels.h"
#include "photo/jpeg_scan.h"

enum jpeg_profile_kind {
    JPEG_PROFILE_SRGB,  /* or none, or none that can be understood */
    JPEG_PROFILE_P3,    /* Display P3 */
    JPEG_PROFILE_OTHER, /* convert with the numbers below */
};

struct jpeg_profile {
    enum jpeg_profile_kind kind;
    float curve[3][256]; /* from a byte to linear light, 0 to 1 */
    float to_srgb[3][3]; /* from its linear light to sRGB's */
};

/* Reads the profile that the scan has found, if any. */
void jpeg_icc_read(const struct jpeg_scan *scan, struct jpeg_profile *profile_out);

/* Brings RGB pixels from a profile of kind JPEG_PROFILE_OTHER to sRGB, in place. */
void jpeg_icc_convert(const struct jpeg_profile *profile, struct jpeg_pixels *pixels);

/* What stands in the APP2 segment of a photo in Display P3, without marker and length. */
enum { JPEG_ICC_P3_LEN = 492, JPEG_ICC_SEGMENT_LEN = 14 + JPEG_ICC_P3_LEN };
void jpeg_icc_p3_segment(uint8_t out[JPEG_ICC_SEGMENT_LEN]);

#endif
