/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tap.h"
#include "picture/draw.h"

TEST(the_same_seed_draws_the_same_picture)
{
    struct draw_options options = {.seed = 5, .width = 96, .height = 64};
    uint8_t *first = NULL, *second = NULL;
    size_t first_len = 0, second_len = 0;
    CHECK_INT(draw_picture(&options, &first, &first_len), 0);
    CHECK_INT(draw_picture(&options, &second, &second_len), 0);
    CHECK_INT(first_len, second_len);
    CHECK(first && second && memcmp(first, second, first_len) == 0);
    free(second);
    options.seed = 6;
    CHECK_INT(draw_picture(&options, &second, &second_len), 0);
    CHECK(first_len != second_len || memcmp(first, second, first_len) != 0);
    free(first);
    free(second);
}

/* The mean brightness, and the mean step from one pixel to the next. */
static void look_at(const struct draw_options *options, double *bright_out, double *step_out)
{
    uint8_t *rgb = NULL;
    size_t count = (size_t)options->width * options->height * 3;
    double sum = 0, steps = 0;
    CHECK_INT(draw_pixels(options, &rgb), 0);
    for (size_t i = 3; rgb && i < count; i++) {
        sum += rgb[i];
        steps += abs(rgb[i] - rgb[i - 3]);
    }
    *bright_out = sum / (double)count;
    *step_out = steps / (double)count;
    free(rgb);
}

TEST(night_is_dark_and_a_shaken_hand_blurs)
{
    struct draw_options options = {.seed = 5, .width = 320, .height = 240};
    double bright, step, dark, blurred, ignored;
    look_at(&options, &bright, &step);
    options.flags = DRAW_DARK;
    look_at(&options, &dark, &ignored);
    options.flags = DRAW_BLURRED;
    look_at(&options, &ignored, &blurred);
    CHECK(bright > 60 && dark < bright / 4);
    CHECK(blurred < step / 2);
}

static bool holds(const struct draw_options *options, const void *what, size_t len)
{
    uint8_t *jpeg = NULL;
    size_t jpeg_len = 0;
    CHECK_INT(draw_picture(options, &jpeg, &jpeg_len), 0);
    bool found = jpeg && memmem(jpeg, jpeg_len, what, len) != NULL;
    free(jpeg);
    return found;
}

TEST(dressing_is_there_when_asked_for)
{
    struct draw_options options = {.seed = 5, .width = 96, .height = 64};
    CHECK(!holds(&options, "Exif", 4));
    options.orientation = 6;
    CHECK(holds(&options, "Exif", 4));
    options.flags = DRAW_CLUTTER;
    CHECK(holds(&options, "J. Doe", 6));
    CHECK(holds(&options, "c2pa", 4));
    options.profile = DRAW_PROFILE_P3;
    CHECK(holds(&options, "ICC_PROFILE", 12));
    options.flags = DRAW_PROGRESSIVE;
    CHECK(holds(&options, "\xFF\xC2", 2));
    options.flags = DRAW_RESTARTS;
    CHECK(holds(&options, "\xFF\xD1", 2));
}

TEST(a_usual_picture_weighs_what_a_phones_does)
{
    struct draw_options options = {.seed = 5};
    uint8_t *jpeg = NULL;
    size_t len = 0;
    CHECK_INT(draw_picture(&options, &jpeg, &len), 0);
    CHECK(len > 150000 && len < 500000);
    free(jpeg);
}

TEST(options_out_of_range_are_refused)
{
    static const struct draw_options wrong[] = {
        {.width = 15}, {.height = 8193}, {.orientation = 9}, {.quality = 101}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        uint8_t *jpeg = NULL;
        size_t len = 0;
        CHECK(draw_picture(&wrong[i], &jpeg, &len) < 0);
        CHECK(jpeg == NULL);
    }
}

TAP_MAIN(TAP(the_same_seed_draws_the_same_picture), TAP(night_is_dark_and_a_shaken_hand_blurs),
         TAP(dressing_is_there_when_asked_for), TAP(a_usual_picture_weighs_what_a_phones_does),
         TAP(options_out_of_range_are_refused))
