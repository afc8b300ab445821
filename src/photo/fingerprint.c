/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/fingerprint.h"

#include <math.h>

enum { GRID = 32, LOW = 8 };

/* The picture as 32 x 32 means; a picture smaller than that repeats its pixels. */
static void reduce(const uint8_t *luma, uint32_t width, uint32_t height, float grid[GRID][GRID])
{
    for (uint32_t y = 0; y < GRID; y++) {
        uint32_t y0 = (uint32_t)((uint64_t)height * y / GRID);
        uint32_t y1 = (uint32_t)((uint64_t)height * (y + 1) / GRID);
        y1 = y1 > y0 ? y1 : y0 + 1;
        for (uint32_t x = 0; x < GRID; x++) {
            uint32_t x0 = (uint32_t)((uint64_t)width * x / GRID);
            uint32_t x1 = (uint32_t)((uint64_t)width * (x + 1) / GRID);
            x1 = x1 > x0 ? x1 : x0 + 1;
            uint64_t sum = 0;
            for (uint32_t v = y0; v < y1; v++) {
                for (uint32_t u = x0; u < x1; u++)
                    sum += luma[(size_t)v * width + u];
            }
            grid[y][x] = (float)sum / (float)((x1 - x0) * (y1 - y0));
        }
    }
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Frequencies 1 to 8 each way: without the overall brightness and without plain gradients. */
static void low_frequencies(float grid[GRID][GRID], float *out)
{
    float wave[LOW][GRID];
    float half[GRID][LOW];
    for (unsigned k = 0; k < LOW; k++) {
        for (unsigned i = 0; i < GRID; i++)
            wave[k][i] = cosf((float)M_PI / GRID * ((float)i + 0.5f) * (float)(k + 1));
    }
    for (unsigned y = 0; y < GRID; y++) {
        for (unsigned k = 0; k < LOW; k++) {
            half[y][k] = 0;
            for (unsigned x = 0; x < GRID; x++)
                half[y][k] += grid[y][x] * wave[k][x];
        }
    }
    for (unsigned i = 0; i < LOW * LOW; i++) {
        out[i] = 0;
        for (unsigned y = 0; y < GRID; y++)
            out[i] += half[y][i % LOW] * wave[i / LOW][y];
    }
}

uint64_t fingerprint_of(const uint8_t *luma, uint32_t width, uint32_t height)
{
    float grid[GRID][GRID];
    float values[LOW * LOW];
    float sorted[LOW * LOW];
    reduce(luma, width, height, grid);
    low_frequencies(grid, values);
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, LOW * LOW, sizeof *sorted, ascending);
    float median = (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2;
    uint64_t print = 0;
    for (unsigned i = 0; i < LOW * LOW; i++)
        print = print << 1 | (values[i] > median ? 1 : 0);
    return print;
}
