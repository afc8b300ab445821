/* SPDX-License-Identifier: Apache-2.0
 *
 * From a JPEG to pixels, at full size or scaled by eighths inside the DCT, which skips the work for
 * what is thrown away. Decoding is also the proof that the entropy data is whole: any warning is
 * damage.
 *
 * jpeg_decode is what the judge calls. The struct and the two steps below it serve the transcoder,
 * which needs the coefficients and the pixels of one pass; they run inside jpeg_guard_run.
 */
#ifndef PORCHLIGHT_JPEG_DECODE_H
#define PORCHLIGHT_JPEG_DECODE_H

#include "base/base.h"
#include "photo/jpeg_guard.h"
#include "photo/jpeg_pixels.h"

struct jpeg_decode_want {
    uint32_t eighths; /* 1 to 8 */
    enum jpeg_space
        space; /* JPEG_YCC only when the file is not `rgb`; JPEG_GRAY when it has one component */
    bool rgb;  /* its components are red, green, blue (jpeg_scan.rgb) */
    size_t memory_max; /* for coefficients that must be held at once */
};

/* Decodes all of `jpeg`, which ends where its entropy data do, without EOI. *leftover_out: bytes of
 * entropy data after the last MCU (of a sequential file of one scan, else 0). 0, a verdict, or
 * -ENOMEM; the pixels are the caller's to free when 0. */
int jpeg_decode(struct span jpeg, const struct jpeg_decode_want *want,
                struct jpeg_pixels *pixels_out, size_t *leftover_out) MUST_CHECK;

struct jpeg_decoder {
    struct jpeg_decompress_struct
        d; /* zero before the first step; destroy it after the last, come what may */
    struct jpeg_source_mgr source;
    struct jpeg_pixels pixels; /* the caller's, come what may */
};

/* Creates the object, reads the header and asks for what is wanted. */
void jpeg_decode_begin(struct jpeg_decoder *decoder, struct jpeg_guard *guard, struct span jpeg,
                       const struct jpeg_decode_want *want);
/* Ends the work when a progressive file broke off between two scans. */
void jpeg_decode_check_scans(struct jpeg_decoder *decoder);
/* Reads all rows of the output that has been started. */
void jpeg_decode_rows(struct jpeg_decoder *decoder, enum jpeg_space space);

/* Whole bytes that the entropy decoder has taken from a sequential file of one scan but not used.
 */
size_t jpeg_decode_held(const struct jpeg_decoder *decoder);

#endif
