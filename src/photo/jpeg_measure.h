/* SPDX-License-Identifier: Apache-2.0
 *
 * Is there anything to be seen: how dark, and how sharp. Measured on the luma of the preview, so
 * that photos of all sizes are looked at from the same distance.
 */
#ifndef PORCHLIGHT_JPEG_MEASURE_H
#define PORCHLIGHT_JPEG_MEASURE_H

#include "base/base.h"

struct jpeg_measure {
    uint16_t darkness; /* 0 .. 1000: how far from white is the pixel that three quarters of the
                          others do not outshine */
    uint16_t
        sharpness; /* 0 .. 1000: fine detail over contrast, in the sharpest parts of the picture */
};

/* `luma`: height rows of width bytes; both at least 1. */
void jpeg_measure_read(const uint8_t *luma, uint32_t width, uint32_t height,
                       struct jpeg_measure *measure_out);

#endif
