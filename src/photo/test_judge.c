/* SPDX-License-Identifier: Apache-2.0
 *
 * Good photos: whatever a camera does to them, they come out upright, complete and clean, by the
 * gentlest way there is.
 */
#include "photo/test_judge.h"
#include "settings/settings.h"

/* What came out, against the scene as it was drawn, which never was a JPEG. */
static void check_result(const struct photo_facts *facts, const uint8_t *rgb, uint32_t width,
                         uint32_t height, double like_at_least)
{
    CHECK_INT(facts->width, width);
    CHECK_INT(facts->height, height);
    CHECK(is_clean(test_posted, facts->posted_len));
    CHECK(is_clean(test_preview, facts->preview_len));
    struct jpeg_pixels posted = pixels_of(test_posted, facts->posted_len);
    double like = likeness(&posted, rgb, width, height);
    CHECK(like >= like_at_least);
    if (like < like_at_least)
        printf("# %ux%u orientation %u, %s: only %.1f dB alike\n", width, height,
               facts->orientation, photo_path_slug(facts->path), like);
    jpeg_pixels_free(&posted);
}

static void check_orientations(uint32_t width, uint32_t height, enum draw_sampling sampling)
{
    struct draw_options options = {.seed = 3,
                                   .width = width,
                                   .height = height,
                                   .quality = 92,
                                   .sampling = sampling,
                                   .flags = DRAW_GPS | DRAW_THUMBNAIL | DRAW_CLUTTER};
    uint8_t *rgb = NULL;
    CHECK_INT(draw_pixels(&options, &rgb), 0);
    for (int orientation = 1; orientation <= 8 && rgb; orientation++) {
        struct photo photo = {0};
        struct photo_facts facts;
        options.orientation = orientation;
        CHECK_INT(draw_encode(&options, rgb, &photo.data, &photo.len), 0);
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK_INT(facts.orientation, orientation);
        CHECK_INT(facts.notes & (PHOTO_HAD_GPS | PHOTO_HAD_THUMBNAIL | PHOTO_HAD_C2PA),
                  PHOTO_HAD_GPS | PHOTO_HAD_THUMBNAIL | PHOTO_HAD_C2PA);
        CHECK(facts.notes & PHOTO_HAD_SECOND);
        CHECK(!memmem(test_posted, facts.posted_len, "Doe", 3));
        if (orientation == 1)
            CHECK_INT(facts.path, PHOTO_REBUILT);
        else if (width % 32 == 0 && height % 32 == 0)
            CHECK_INT(facts.path, PHOTO_TRANSCODED);
        check_result(&facts, rgb, width, height, 26);
        free(photo.data);
    }
    free(rgb);
}

TEST(all_orientations_come_out_upright_and_clean)
{
    for (int sampling = DRAW_420; sampling <= DRAW_411; sampling++)
        check_orientations(256, 192, (enum draw_sampling)sampling);
}

TEST(all_orientations_of_odd_sizes_come_out_complete)
{
    for (int sampling = DRAW_420; sampling <= DRAW_411; sampling++) {
        check_orientations(251, 187, (enum draw_sampling)sampling);
        check_orientations(256, 187, (enum draw_sampling)sampling);
        check_orientations(251, 192, (enum draw_sampling)sampling);
    }
}

TEST(an_upright_baseline_photo_keeps_every_pixel_and_its_entropy_data)
{
    for (int i = 0; i < 6; i++) {
        static const uint32_t flags[6] = {0,         DRAW_GRAY,     DRAW_RGB,
                                          DRAW_EXIF, DRAW_RESTARTS, DRAW_CLUTTER};
        struct draw_options options = {.seed = 4, .width = 333, .height = 222, .flags = flags[i]};
        struct photo photo = photo_of(&options);
        struct photo_facts facts;
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK_INT(facts.path, PHOTO_REBUILT);
        CHECK(is_clean(test_posted, facts.posted_len));
        size_t scan = find_marker(&photo, 0xDA);
        CHECK(scan > 0 && memmem(test_posted, facts.posted_len, photo.data + scan, 1000));
        free(photo.data);
    }
}

TEST(a_transcoded_photo_keeps_every_coefficient)
{
    /* Without chroma sampling, turning pixels and turning coefficients is the same to the bit. */
    struct draw_options options = {.seed = 5, .width = 128, .height = 96, .sampling = DRAW_444};
    for (int orientation = 2; orientation <= 8; orientation++) {
        struct photo_facts facts;
        options.orientation = orientation;
        struct photo photo = photo_of(&options);
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK_INT(facts.path, PHOTO_TRANSCODED);
        struct jpeg_pixels before = pixels_of(photo.data, photo.len);
        struct jpeg_pixels after = pixels_of(test_posted, facts.posted_len);
        CHECK_INT(jpeg_pixels_upright(&before, (uint8_t)orientation), 0);
        /* The inverse DCT rounds rows before columns, so a swapped picture may differ in a last
         * bit. */
        CHECK(likeness(&after, before.data, before.width, before.height) > 55);
        jpeg_pixels_free(&before);
        jpeg_pixels_free(&after);
        free(photo.data);
    }
}

TEST(a_progressive_photo_becomes_baseline_with_the_same_pixels)
{
    for (int gray = 0; gray < 2; gray++) {
        struct draw_options options = {.seed = 6,
                                       .width = 250,
                                       .height = 190,
                                       .flags = DRAW_PROGRESSIVE | (gray ? DRAW_GRAY : 0u)};
        struct photo photo = photo_of(&options);
        struct photo_facts facts;
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK_INT(facts.path, PHOTO_TRANSCODED);
        CHECK(is_clean(test_posted, facts.posted_len));
        struct jpeg_pixels before = pixels_of(photo.data, photo.len);
        struct jpeg_pixels after = pixels_of(test_posted, facts.posted_len);
        CHECK(likeness(&after, before.data, before.width, before.height) == 100);
        jpeg_pixels_free(&before);
        jpeg_pixels_free(&after);
        free(photo.data);
    }
}

TEST(a_long_photo_is_scaled_by_eighths_and_upright)
{
    struct draw_options options = {
        .seed = 8, .width = 2100, .height = 700, .orientation = 6, .flags = DRAW_GPS};
    struct photo_facts facts;
    struct photo photo = photo_of(&options);
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.path, PHOTO_REENCODED);
    CHECK(facts.notes & PHOTO_SCALED);
    CHECK_INT(facts.width, 1838);
    CHECK_INT(facts.height, 613);
    CHECK(is_clean(test_posted, facts.posted_len));
    CHECK(facts.preview_width <= 640 && facts.preview_width >= 400);
    free(photo.data);
}

TEST(a_photo_longer_than_eight_times_the_limit_still_fits)
{
    struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    struct draw_options options = {.seed = 8, .width = 900, .height = 300};
    struct photo_facts facts;
    struct photo photo = photo_of(&options);
    limits.posted_side_max = 100;
    limits.side_min = 16;
    limits.preview_side_max = 40;
    CHECK_INT(judge_within((struct span){photo.data, photo.len}, &limits, &facts), PHOTO_OK);
    CHECK(facts.width <= 100 && facts.width > 50);
    CHECK(facts.preview_width <= 40 && facts.preview_width > 20);
    free(photo.data);
}

TEST(previews_are_small_and_upright)
{
    static const uint32_t sizes[][2] = {{1632, 1224}, {641, 480}, {640, 480}, {70, 1400}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct draw_options options = {.seed = 9,
                                       .width = sizes[i][0],
                                       .height = sizes[i][1],
                                       .orientation = 8,
                                       .quality = 95};
        struct photo_facts facts;
        struct photo photo = photo_of(&options);
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK(facts.preview_width <= 640 && facts.preview_height <= 640);
        CHECK(facts.preview_len <= 50000);
        CHECK((facts.preview_width > facts.preview_height) == (sizes[i][0] > sizes[i][1]));
        CHECK(is_clean(test_preview, facts.preview_len));
        free(photo.data);
    }
}

TEST(a_preview_of_noise_still_fits)
{
    struct draw_options options = {.width = 640, .height = 640, .quality = 100};
    uint8_t *rgb = malloc((size_t)640 * 640 * 3);
    uint32_t dice = 1;
    struct photo photo = {0};
    struct photo_facts facts;
    for (size_t i = 0; rgb && i < (size_t)640 * 640 * 3; i++) {
        dice = dice * 1664525 + 1013904223;
        rgb[i] = (uint8_t)(dice >> 24);
    }
    CHECK_INT(draw_encode(&options, rgb, &photo.data, &photo.len), 0);
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK(facts.preview_len <= 50000);
    free(photo.data);
    free(rgb);
}

TEST(dark_and_blurred_photos_are_told_from_good_ones)
{
    static struct settings settings;
    settings_defaults(&settings);
    for (unsigned seed = 0; seed < 12; seed++) {
        static const uint32_t flags[3] = {0, DRAW_DARK, DRAW_BLURRED};
        for (int i = 0; i < 3; i++) {
            struct draw_options options = {
                .seed = seed, .width = 800, .height = 600, .flags = flags[i]};
            struct photo_facts facts;
            struct photo photo = photo_of(&options);
            CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
            bool dark = facts.darkness >= settings.photo.dark_from;
            bool blurred = facts.sharpness < settings.photo.blurred_below;
            CHECK_INT(dark, flags[i] == DRAW_DARK);
            CHECK_INT(blurred, flags[i] == DRAW_BLURRED);
            if (dark != (flags[i] == DRAW_DARK) || blurred != (flags[i] == DRAW_BLURRED))
                printf("# seed %u flags %x: darkness %u sharpness %u\n", seed, flags[i],
                       facts.darkness, facts.sharpness);
            free(photo.data);
        }
    }
}

TEST(judging_a_posted_photo_again_changes_nothing)
{
    struct draw_options options = {
        .seed = 10, .width = 320, .height = 240, .orientation = 6, .flags = DRAW_CLUTTER};
    struct photo_facts first, second;
    struct photo photo = photo_of(&options);
    CHECK_INT(judge_bytes(&photo, &first), PHOTO_OK);
    struct photo again = {malloc(first.posted_len), first.posted_len};
    if (again.data)
        memcpy(again.data, test_posted, again.len);
    CHECK_INT(judge_bytes(&again, &second), PHOTO_OK);
    CHECK_INT(second.path, PHOTO_REBUILT);
    CHECK_INT(second.posted_len, first.posted_len);
    CHECK(memcmp(test_posted, again.data, again.len) == 0);
    CHECK_INT(second.notes, 0);
    free(again.data);
    free(photo.data);
}

TAP_MAIN(TAP(all_orientations_come_out_upright_and_clean),
         TAP(all_orientations_of_odd_sizes_come_out_complete),
         TAP(an_upright_baseline_photo_keeps_every_pixel_and_its_entropy_data),
         TAP(a_transcoded_photo_keeps_every_coefficient),
         TAP(a_progressive_photo_becomes_baseline_with_the_same_pixels),
         TAP(a_long_photo_is_scaled_by_eighths_and_upright),
         TAP(a_photo_longer_than_eight_times_the_limit_still_fits),
         TAP(previews_are_small_and_upright), TAP(a_preview_of_noise_still_fits),
         TAP(dark_and_blurred_photos_are_told_from_good_ones),
         TAP(judging_a_posted_photo_again_changes_nothing))
