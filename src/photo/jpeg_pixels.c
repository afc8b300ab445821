/* SPDX-License-Identifier: Apache-2.0
 *
 * Pixels where coefficients will not do: turning a picture whose edges are no whole blocks, scaling
 * a long one, bringing its colours to sRGB. Rows go through one at a time where the turn allows it,
 * since a whole picture of 12 megapixels is 36 MB.
 */
#include "photo/jpeg_pixels.h"

#include <errno.h>

struct jpeg_turn jpeg_pixels_turn(uint8_t orientation)
{
    static const struct jpeg_turn turns[9] = {
        [2] = {.flip_x = true},
        [3] = {.flip_x = true, .flip_y = true},
        [4] = {.flip_y = true},
        [5] = {.swap = true},
        [6] = {.swap = true, .flip_x = true},
        [7] = {.swap = true, .flip_x = true, .flip_y = true},
        [8] = {.swap = true, .flip_y = true},
    };
    return turns[orientation <= 8 ? orientation : 1];
}

int jpeg_pixels_new(uint32_t width, uint32_t height, enum jpeg_space space,
                    struct jpeg_pixels *pixels_out)
{
    uint32_t channels = space == JPEG_GRAY ? 1 : 3;
    *pixels_out = (struct jpeg_pixels){
        .width = width, .height = height, .channels = channels, .space = space};
    pixels_out->data = malloc((size_t)width * height * channels);
    return pixels_out->data ? 0 : -ENOMEM;
}

void jpeg_pixels_free(struct jpeg_pixels *pixels)
{
    free(pixels->data);
    *pixels = (struct jpeg_pixels){0};
}

static void replace(struct jpeg_pixels *pixels, struct jpeg_pixels *by)
{
    jpeg_pixels_free(pixels);
    *pixels = *by;
}

/* One row of a square: `count` pixels from `from`, `step` bytes apart, to `to`, side by side. */
static void copy_pixels(uint8_t *to, const uint8_t *from, ptrdiff_t step, uint32_t count,
                        uint32_t channels)
{
    if (channels == 1) {
        for (uint32_t i = 0; i < count; i++, from += step)
            to[i] = *from;
        return;
    }
    for (uint32_t i = 0; i < count; i++, from += step, to += 3) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
    }
}

int jpeg_pixels_upright(struct jpeg_pixels *pixels, uint8_t orientation)
{
    enum {
        SQUARE = 32
    }; /* worked through in squares, so that the swapped side stays in the cache */
    struct jpeg_turn turn = jpeg_pixels_turn(orientation);
    struct jpeg_pixels up;
    if (orientation == 1)
        return 0;
    uint32_t width = turn.swap ? pixels->height : pixels->width;
    uint32_t height = turn.swap ? pixels->width : pixels->height;
    if (jpeg_pixels_new(width, height, pixels->space, &up) != 0)
        return -ENOMEM;

    /* The upright pixel (x, y) lies in the stored rows at origin + x*step_x + y*step_y. */
    ptrdiff_t pixel = (ptrdiff_t)pixels->channels;
    ptrdiff_t row = (ptrdiff_t)pixels->width * pixel;
    ptrdiff_t step_x = turn.swap ? row : pixel;
    ptrdiff_t step_y = turn.swap ? pixel : row;
    const uint8_t *origin = pixels->data;
    if (turn.flip_x) {
        origin += step_x * (ptrdiff_t)(width - 1);
        step_x = -step_x;
    }
    if (turn.flip_y) {
        origin += step_y * (ptrdiff_t)(height - 1);
        step_y = -step_y;
    }
    for (uint32_t y0 = 0; y0 < height; y0 += SQUARE) {
        for (uint32_t x0 = 0; x0 < width; x0 += SQUARE) {
            uint32_t count = width - x0 < SQUARE ? width - x0 : SQUARE;
            for (uint32_t y = y0; y < height && y < y0 + SQUARE; y++)
                copy_pixels(up.data + ((size_t)y * width + x0) * up.channels,
                            origin + step_x * (ptrdiff_t)x0 + step_y * (ptrdiff_t)y, step_x, count,
                            up.channels);
        }
    }
    replace(pixels, &up);
    return 0;
}

/* Adds up to `factor` rows from y0 on, column by column, in `sums`; their number. */
static uint32_t add_rows(const struct jpeg_pixels *from, uint32_t y0, uint32_t factor,
                         uint32_t *sums)
{
    uint32_t rows = from->height - y0 < factor ? from->height - y0 : factor;
    size_t row_len = (size_t)from->width * from->channels;
    memset(sums, 0, row_len * sizeof *sums);
    for (uint32_t y = y0; y < y0 + rows; y++) {
        const uint8_t *row = from->data + y * row_len;
        for (size_t i = 0; i < row_len; i++)
            sums[i] += row[i];
    }
    return rows;
}

/* The means of `factor` columns each. */
static void mean_columns(const struct jpeg_pixels *from, uint32_t factor, const uint32_t *sums,
                         uint32_t rows, uint8_t *to)
{
    for (uint32_t x0 = 0; x0 < from->width; x0 += factor) {
        uint32_t columns = from->width - x0 < factor ? from->width - x0 : factor;
        uint32_t count = rows * columns;
        for (uint32_t k = 0; k < from->channels; k++) {
            const uint32_t *p = sums + (size_t)x0 * from->channels + k;
            uint32_t sum = count / 2;
            for (uint32_t x = 0; x < columns; x++)
                sum += p[(size_t)x * from->channels];
            *to++ = (uint8_t)(sum / count);
        }
    }
}

static int make_smaller(const struct jpeg_pixels *pixels, uint32_t factor,
                        struct jpeg_pixels *pixels_out)
{
    uint32_t width = (pixels->width + factor - 1) / factor;
    uint32_t height = (pixels->height + factor - 1) / factor;
    AUTO_FREE uint32_t *sums = malloc((size_t)pixels->width * pixels->channels * sizeof *sums);
    if (!sums || jpeg_pixels_new(width, height, pixels->space, pixels_out) != 0)
        return -ENOMEM;
    uint8_t *to = pixels_out->data;
    for (uint32_t y0 = 0; y0 < pixels->height; y0 += factor) {
        uint32_t rows = add_rows(pixels, y0, factor, sums);
        mean_columns(pixels, factor, sums, rows, to);
        to += (size_t)width * pixels->channels;
    }
    return 0;
}

int jpeg_pixels_shrink(struct jpeg_pixels *pixels, uint32_t factor)
{
    struct jpeg_pixels small;
    if (factor <= 1)
        return 0;
    if (make_smaller(pixels, factor, &small) != 0)
        return -ENOMEM;
    replace(pixels, &small);
    return 0;
}

uint8_t *jpeg_pixels_luma(const struct jpeg_pixels *pixels)
{
    size_t count = (size_t)pixels->width * pixels->height;
    uint8_t *luma = malloc(count);
    if (!luma)
        return NULL;
    const uint8_t *p = pixels->data;
    for (size_t i = 0; i < count; i++, p += pixels->channels) {
        if (pixels->space == JPEG_RGB)
            luma[i] = (uint8_t)((77 * p[0] + 150 * p[1] + 29 * p[2] + 128) >> 8);
        else
            luma[i] = p[0];
    }
    return luma;
}
