/* SPDX-License-Identifier: Apache-2.0
 *
 * A picture in memory: rows of bytes, one (gray) or three a pixel, in the colours that spare a
 * conversion.
 */
#ifndef PORCHLIGHT_JPEG_PIXELS_H
#define PORCHLIGHT_JPEG_PIXELS_H

#include "base/base.h"

enum jpeg_space { JPEG_GRAY, JPEG_YCC, JPEG_RGB };

struct jpeg_pixels {
    uint8_t *data; /* owned; height rows of width*channels bytes, no gaps */
    uint32_t width, height;
    uint32_t channels; /* 1 or 3 */
    enum jpeg_space space;
};

/* How to bring stored pixels upright: first swap rows and columns, then mirror. */
struct jpeg_turn {
    bool swap;   /* x becomes y */
    bool flip_x; /* left becomes right, in the upright picture */
    bool flip_y; /* top becomes bottom, in the upright picture */
};

/* The turn that EXIF's orientation 1 to 8 asks for. */
struct jpeg_turn jpeg_pixels_turn(uint8_t orientation);

/* Room for a picture; free it with jpeg_pixels_free. 0 or -ENOMEM. */
int jpeg_pixels_new(uint32_t width, uint32_t height, enum jpeg_space space,
                    struct jpeg_pixels *pixels_out) MUST_CHECK;
void jpeg_pixels_free(struct jpeg_pixels *pixels);

/* Each replaces the picture by another (freeing the first); 0 or -ENOMEM, then it stands as it was.
 */
int jpeg_pixels_upright(struct jpeg_pixels *pixels, uint8_t orientation) MUST_CHECK;
/* `factor` times smaller: each pixel the mean of factor x factor (fewer at the right and lower
 * edge). */
int jpeg_pixels_shrink(struct jpeg_pixels *pixels, uint32_t factor) MUST_CHECK;

/* The brightness of each pixel, width*height bytes that the caller frees; NULL when memory is
 * short. */
uint8_t *jpeg_pixels_luma(const struct jpeg_pixels *pixels) MUST_CHECK;

#define AUTO_PIXELS __attribute__((cleanup(jpeg_pixels_free)))

#endif
