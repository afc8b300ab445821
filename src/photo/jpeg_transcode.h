/* SPDX-License-Identifier: Apache-2.0
 *
 * The lossless way to turn a photo upright, and to make a baseline file of a progressive one: the
 * DCT coefficients are moved and mirrored, never rounded, and coded again with tables made to
 * measure. The pixels for the preview come from the same pass over the entropy data.
 */
#ifndef PORCHLIGHT_JPEG_TRANSCODE_H
#define PORCHLIGHT_JPEG_TRANSCODE_H

#include "base/base.h"
#include "photo/jpeg_decode.h"
#include "photo/jpeg_io.h"
#include "photo/jpeg_scan.h"

/* True when the turn mirrors a side that ends within an MCU: the odd edge would land where MCUs
 * begin, so it would have to be trimmed. Then the photo is encoded from pixels instead. */
bool jpeg_transcode_trims(const struct jpeg_scan *scan);

struct jpeg_transcoded {
    struct jpeg_room room;     /* in: where the photo goes */
    bool wide_gamut;           /* in: mark its colours as Display P3 */
    size_t len;                /* out: its bytes */
    struct jpeg_pixels pixels; /* out: see below */
};

/* Writes the upright photo into out->room and gives its pixels as stored (not upright), decoded as
 * `want` says; the caller frees them when 0. 0, a verdict, or -ENOMEM. */
int jpeg_transcode(struct span jpeg, const struct jpeg_scan *scan,
                   const struct jpeg_decode_want *want, struct jpeg_transcoded *out) MUST_CHECK;

#endif
