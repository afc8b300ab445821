/* SPDX-License-Identifier: Apache-2.0
 *
 * What the judge's tests share: drawn photos, a room to judge them in, and a look at the result
 * from outside.
 */
#ifndef PORCHLIGHT_TEST_JUDGE_H
#define PORCHLIGHT_TEST_JUDGE_H

#include <math.h>

#include "base/tap.h"
#include "photo/jpeg_decode.h"
#include "photo/judge.h"
#include "picture/draw.h"

enum { TEST_ROOM = 4 << 20 };

static const struct judge_limits test_limits = JUDGE_LIMITS_DEFAULT;
static uint8_t test_posted[TEST_ROOM], test_preview[TEST_ROOM];

/* A drawn photo that the test may change; free it. */
struct photo {
    uint8_t *data;
    size_t len;
};

static struct photo photo_of(const struct draw_options *options)
{
    struct photo photo = {NULL, 0};
    CHECK_INT(draw_picture(options, &photo.data, &photo.len), 0);
    return photo;
}

static inline int judge_within(struct span jpeg, const struct judge_limits *limits,
                               struct photo_facts *facts)
{
    struct judge_room room = {test_posted, TEST_ROOM, test_preview, TEST_ROOM};
    int result = judge_photo(jpeg, limits, &room, facts);
    CHECK(result >= 0);
    CHECK_INT(facts->verdict, result);
    CHECK(photo_facts_plausible(facts));
    return result;
}

static inline int judge_bytes(const struct photo *photo, struct photo_facts *facts)
{
    return judge_within((struct span){photo->data, photo->len}, &test_limits, facts);
}

/* Decodes to RGB; the caller frees the pixels. */
static inline struct jpeg_pixels pixels_of(const uint8_t *data, size_t len)
{
    struct jpeg_decode_want want = {
        .eighths = 8, .space = JPEG_RGB, .memory_max = (size_t)256 << 20};
    struct jpeg_pixels pixels = {0};
    size_t leftover = 0;
    CHECK_INT(jpeg_decode((struct span){data, len - 2}, &want, &pixels, &leftover), 0);
    CHECK_INT(leftover, 0);
    return pixels;
}

/* How alike two pictures are, in decibels; 100 for identical ones, 0 for ones of different size. */
static inline double likeness(const struct jpeg_pixels *pixels, const uint8_t *rgb, uint32_t width,
                              uint32_t height)
{
    if (pixels->width != width || pixels->height != height || pixels->channels != 3)
        return 0;
    double sum = 0;
    size_t count = (size_t)width * height * 3;
    for (size_t i = 0; i < count; i++) {
        double apart = (double)pixels->data[i] - rgb[i];
        sum += apart * apart;
    }
    return sum > 0 ? 10 * log10(255.0 * 255.0 * (double)count / sum) : 100;
}

/* Nothing but what our own structure has: SOI, JFIF or Adobe, perhaps our profile, tables, one
 * scan, EOI, the end. */
static inline bool is_clean(const uint8_t *data, size_t len)
{
    size_t at = 2;
    if (len < 4 || data[0] != 0xFF || data[1] != 0xD8)
        return false;
    for (;;) {
        if (len - at < 4 || data[at] != 0xFF)
            return false;
        unsigned marker = data[at + 1];
        size_t segment = (size_t)data[at + 2] << 8 | data[at + 3];
        bool known = marker == 0xDB || marker == 0xC0 || marker == 0xC1 || marker == 0xC4 ||
                     marker == 0xDD || marker == 0xDA || (marker == 0xE0 && segment == 16) ||
                     (marker == 0xEE && segment == 14) || (marker == 0xE2 && segment == 508);
        if (!known || segment > len - at - 2)
            return false;
        at += 2 + segment;
        if (marker == 0xDA)
            break;
    }
    for (; at + 1 < len; at++) {
        if (data[at] == 0xFF && data[at + 1] != 0 && (data[at + 1] & 0xF8) != 0xD0)
            return data[at + 1] == 0xD9 && at + 2 == len;
    }
    return false;
}

/* Where a marker stands for the first time; 0 when it is not there. */
static inline size_t find_marker(const struct photo *photo, unsigned marker)
{
    for (size_t at = 2; at + 4 <= photo->len && photo->data[at] == 0xFF;) {
        if (photo->data[at + 1] == marker)
            return at;
        at += 2 + ((size_t)photo->data[at + 2] << 8 | photo->data[at + 3]);
    }
    return 0;
}

/* Puts bytes into the photo before `at`. */
static inline void insert(struct photo *photo, size_t at, const void *bytes, size_t len)
{
    uint8_t *longer = realloc(photo->data, photo->len + len);
    CHECK(longer && at <= photo->len);
    if (!longer || at > photo->len)
        return;
    memmove(longer + at + len, longer + at, photo->len - at);
    memcpy(longer + at, bytes, len);
    photo->data = longer;
    photo->len += len;
}

#endif
