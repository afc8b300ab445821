/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of a photo must match and different photos must not. Both rates are printed, over drawn
 * doorsteps that all share a door, a wall and a parcel, which is harder than the photos of one
 * round are.
 */
#include "base/tap.h"
#include "photo/fingerprint.h"
#include "photo/jpeg_decode.h"
#include "photo/jpeg_encode.h"
#include "photo/judge.h"
#include "picture/draw.h"

enum { PLACES = 60, ROOM = 1 << 20 };

static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
static uint8_t posted[ROOM], preview[ROOM], copy[ROOM];

static uint64_t print_of(struct span jpeg)
{
    struct judge_room room = {posted, ROOM, preview, ROOM};
    struct photo_facts facts;
    CHECK_INT(judge_photo(jpeg, &limits, &room, &facts), 0);
    return facts.fingerprint;
}

/* The same picture, smaller and coarser. */
static uint64_t print_of_copy(struct span jpeg, uint32_t eighths, int quality)
{
    struct jpeg_decode_want want = {
        .eighths = eighths, .space = JPEG_YCC, .memory_max = (size_t)64 << 20};
    struct jpeg_encode_want encode = {.quality = quality};
    AUTO_PIXELS struct jpeg_pixels pixels = {0};
    size_t leftover = 0;
    size_t len = 0;
    jpeg.len -= 2; /* EOI */
    CHECK_INT(jpeg_decode(jpeg, &want, &pixels, &leftover), 0);
    CHECK_INT(jpeg_encode(&pixels, &encode, (struct jpeg_room){copy, ROOM}, &len), 0);
    return print_of((struct span){copy, len});
}

TEST(copies_match_and_different_doorsteps_do_not)
{
    static const struct {
        uint32_t eighths;
        int quality;
    } copies[] = {{8, 40}, {4, 80}, {5, 60}, {2, 75}};
    static uint64_t prints[PLACES];
    unsigned copies_apart = 0, copies_seen = 0, farthest = 0;
    for (unsigned i = 0; i < PLACES; i++) {
        struct draw_options options = {.seed = 1000 + i, .width = 640, .height = 480};
        uint8_t *jpeg = NULL;
        size_t len = 0;
        CHECK_INT(draw_picture(&options, &jpeg, &len), 0);
        prints[i] = print_of((struct span){jpeg, len});
        for (size_t k = 0; k < ARRAY_LEN(copies); k++) {
            uint64_t other =
                print_of_copy((struct span){jpeg, len}, copies[k].eighths, copies[k].quality);
            unsigned distance = fingerprint_distance(prints[i], other);
            farthest = distance > farthest ? distance : farthest;
            copies_apart += !fingerprint_near(prints[i], other);
            copies_seen++;
        }
        free(jpeg);
    }
    unsigned alike = 0, pairs = 0, nearest = 64;
    for (unsigned i = 0; i < PLACES; i++) {
        for (unsigned k = 0; k < i; k++, pairs++) {
            unsigned distance = fingerprint_distance(prints[i], prints[k]);
            nearest = distance < nearest ? distance : nearest;
            alike += fingerprint_near(prints[i], prints[k]);
        }
    }
    printf("# copies that do not match: %u of %u (farthest %u bits)\n", copies_apart, copies_seen,
           farthest);
    printf("# different doorsteps that match: %u of %u (nearest %u bits)\n", alike, pairs, nearest);
    CHECK_INT(copies_apart, 0);
    CHECK_INT(alike, 0);
}

TEST(a_turned_photo_matches_the_upright_one)
{
    struct draw_options options = {.seed = 7, .width = 320, .height = 256};
    uint8_t *rgb = NULL;
    uint64_t upright = 0;
    CHECK_INT(draw_pixels(&options, &rgb), 0);
    for (int orientation = 1; orientation <= 8 && rgb; orientation++) {
        options.orientation = orientation;
        uint8_t *jpeg = NULL;
        size_t len = 0;
        CHECK_INT(draw_encode(&options, rgb, &jpeg, &len), 0);
        uint64_t print = print_of((struct span){jpeg, len});
        if (orientation == 1)
            upright = print;
        CHECK(fingerprint_near(print, upright));
        free(jpeg);
    }
    free(rgb);
}

TEST(tiny_and_plain_pictures_have_a_fingerprint)
{
    static const uint8_t plain[64] = {0};
    CHECK_INT(fingerprint_of(plain, 1, 1), fingerprint_of(plain, 8, 8));
    CHECK_INT(fingerprint_distance(0, UINT64_MAX), 64);
}

TAP_MAIN(TAP(copies_match_and_different_doorsteps_do_not),
         TAP(a_turned_photo_matches_the_upright_one),
         TAP(tiny_and_plain_pictures_have_a_fingerprint))
