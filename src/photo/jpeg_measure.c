/* SPDX-License-Identifier: Apache-2.0
 *
 * Darkness looks at the third quartile and not at the mean, because one lamp in the frame lifts the
 * mean of a picture on which nothing can be made out.
 *
 * Sharpness cuts the picture into 8 x 8 tiles. In each, the energy of the Laplacian (what changes
 * from pixel to pixel) is set against the variance (what changes at all), so that a dim but crisp
 * picture counts as crisp. A photo has its sharp and its soft parts: the sharpest quarter of the
 * tiles decides, smooth tiles are left out.
 */
#include "photo/jpeg_measure.h"

#include <math.h>

enum { TILES = 8, FULL = 1000, SMOOTH_VARIANCE = 12 };

static uint16_t darkness(const uint8_t *luma, size_t count)
{
    uint32_t histogram[256] = {0};
    for (size_t i = 0; i < count; i++)
        histogram[luma[i]]++;
    size_t seen = 0;
    unsigned level = 0;
    for (; level < 255; level++) {
        seen += histogram[level];
        if (seen * 4 >= count * 3)
            break;
    }
    return (uint16_t)(FULL - level * FULL / 255);
}

/* Rows y0..y1-1 and columns x0..x1-1, all with neighbours on every side. */
struct tile {
    uint32_t x0, y0, x1, y1;
};

/* Laplacian energy over variance; below 0 for a tile with nothing in it. */
static double tile_sharpness(const uint8_t *luma, uint32_t width, const struct tile *tile)
{
    int64_t sum = 0;
    int64_t squares = 0;
    int64_t energy = 0;
    for (uint32_t y = tile->y0; y < tile->y1; y++) {
        const uint8_t *row = luma + (size_t)y * width;
        const uint8_t *above = row - width;
        const uint8_t *below = row + width;
        int row_sum = 0;
        uint32_t row_squares = 0;
        uint32_t row_energy = 0; /* at most 1020 * 1020 a pixel: room for 4000 in a tile's row */
        for (uint32_t x = tile->x0; x < tile->x1; x++) {
            int v = row[x];
            int edge = 4 * v - row[x - 1] - row[x + 1] - above[x] - below[x];
            row_sum += v;
            row_squares += (uint32_t)(v * v);
            row_energy += (uint32_t)(edge * edge);
        }
        sum += row_sum;
        squares += row_squares;
        energy += row_energy;
    }
    double count = (double)(tile->x1 - tile->x0) * (tile->y1 - tile->y0);
    double mean = (double)sum / count;
    double variance = (double)squares / count - mean * mean;
    if (variance < SMOOTH_VARIANCE)
        return -1;
    return (double)energy / count / variance;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x < y) - (x > y);
}

static uint16_t sharpness(const uint8_t *luma, uint32_t width, uint32_t height)
{
    double found[TILES * TILES];
    unsigned count = 0;
    if (width < 2 + TILES || height < 2 + TILES)
        return 0;
    for (uint32_t i = 0; i < TILES * TILES; i++) {
        struct tile tile = {.x0 = 1 + (width - 2) * (i % TILES) / TILES,
                            .y0 = 1 + (height - 2) * (i / TILES) / TILES,
                            .x1 = 1 + (width - 2) * (i % TILES + 1) / TILES,
                            .y1 = 1 + (height - 2) * (i / TILES + 1) / TILES};
        double value = tile_sharpness(luma, width, &tile);
        if (value >= 0)
            found[count++] = value;
    }
    if (count == 0)
        return 0;
    qsort(found, count, sizeof *found, descending);
    unsigned best = (count + 3) / 4;
    double sum = 0;
    for (unsigned i = 0; i < best; i++)
        sum += found[i];
    double value = sqrt(sum / best) * 400;
    return (uint16_t)(value < FULL ? value : FULL);
}

void jpeg_measure_read(const uint8_t *luma, uint32_t width, uint32_t height,
                       struct jpeg_measure *measure_out)
{
    measure_out->darkness = darkness(luma, (size_t)width * height);
    measure_out->sharpness = sharpness(luma, width, height);
}
