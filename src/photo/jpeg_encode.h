/* SPDX-License-Identifier: Apache-2.0
 *
 * From pixels to a baseline JPEG that holds nothing but the picture: JFIF's fourteen bytes, tables,
 * entropy data.
 */
#ifndef PORCHLIGHT_JPEG_ENCODE_H
#define PORCHLIGHT_JPEG_ENCODE_H

#include "base/base.h"
#include "photo/jpeg_io.h"
#include "photo/jpeg_pixels.h"
#include "photo/jpeg_scan.h"

struct jpeg_encode_want {
    int quality;                  /* 1 to 100, with 4:2:0; not looked at with `like` */
    const struct jpeg_scan *like; /* NULL, or the file whose tables and sampling are to be kept */
    bool swapped;                 /* ... with rows and columns swapped */
    bool wide_gamut;              /* the colours are Display P3 and are marked so */
};

/* Encodes into `room`. 0, PHOTO_TOO_LARGE when it does not suffice, or -ENOMEM. */
int jpeg_encode(const struct jpeg_pixels *pixels, const struct jpeg_encode_want *want,
                struct jpeg_room room, size_t *len_out) MUST_CHECK;

/* For use inside jpeg_guard_run, right after the compressor has been started: marks the colours as
 * Display P3. */
void jpeg_encode_mark_wide(struct jpeg_compress_struct *c);

#endif
