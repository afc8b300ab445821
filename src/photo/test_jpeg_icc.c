/* SPDX-License-Identifier: Apache-2.0
 *
 * Colour profiles: known ones leave the pixels alone, others bring them to sRGB, nonsense is
 * dropped.
 */
#include "photo/jpeg_icc.h"
#include "photo/test_judge.h"

static struct photo photo_with(enum draw_profile profile, uint32_t flags)
{
    struct draw_options options = {
        .seed = 31, .width = 160, .height = 128, .profile = profile, .flags = flags};
    return photo_of(&options);
}

TEST(srgb_is_dropped_and_the_photo_rebuilt)
{
    struct photo photo = photo_with(DRAW_PROFILE_SRGB, 0);
    struct photo_facts facts;
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.path, PHOTO_REBUILT);
    CHECK_INT(facts.notes, PHOTO_HAD_PROFILE);
    CHECK(!memmem(test_posted, facts.posted_len, "ICC_PROFILE", 11));
    free(photo.data);
}

TEST(display_p3_keeps_its_pixels_under_our_own_profile)
{
    static const uint32_t flags[3] = {0, DRAW_PROGRESSIVE, DRAW_RGB};
    for (int i = 0; i < 3; i++) {
        struct photo photo = photo_with(DRAW_PROFILE_P3, flags[i]);
        struct photo_facts facts;
        uint8_t ours[JPEG_ICC_SEGMENT_LEN];
        jpeg_icc_p3_segment(ours);
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK_INT(facts.path, i == 1 ? PHOTO_TRANSCODED : PHOTO_REBUILT);
        CHECK(facts.notes & PHOTO_WIDE_GAMUT);
        CHECK(is_clean(test_posted, facts.posted_len));
        CHECK(memmem(test_posted, facts.posted_len, ours, sizeof ours) != NULL);
        CHECK(memmem(test_preview, facts.preview_len, ours, sizeof ours) != NULL);
        free(photo.data);
    }
}

TEST(our_own_profile_is_recognised_as_display_p3)
{
    struct jpeg_scan scan = {.components = 3, .profile_chunks = 1};
    struct jpeg_profile profile;
    uint8_t ours[JPEG_ICC_SEGMENT_LEN];
    jpeg_icc_p3_segment(ours);
    scan.profile[0] = (struct span){ours + 14, JPEG_ICC_P3_LEN};
    jpeg_icc_read(&scan, &profile);
    CHECK_INT(profile.kind, JPEG_PROFILE_P3);

    scan.profile_chunks = 3; /* the same in three pieces */
    scan.profile[1] = (struct span){ours + 14 + 100, 200};
    scan.profile[2] = (struct span){ours + 14 + 300, JPEG_ICC_P3_LEN - 300};
    scan.profile[0].len = 100;
    jpeg_icc_read(&scan, &profile);
    CHECK_INT(profile.kind, JPEG_PROFILE_P3);

    scan.profile[2].len -= 40; /* cut short: no curve */
    jpeg_icc_read(&scan, &profile);
    CHECK_INT(profile.kind, JPEG_PROFILE_SRGB);
}

TEST(adobe_rgb_is_converted)
{
    struct photo photo = photo_with(DRAW_PROFILE_ADOBE, 0);
    struct photo_facts facts;
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.path, PHOTO_REENCODED);
    CHECK(facts.notes & PHOTO_CONVERTED);
    CHECK(is_clean(test_posted, facts.posted_len));
    free(photo.data);
}

TEST(conversion_gives_the_numbers_of_the_books)
{
    /* Adobe RGB to sRGB, as any colour calculator gives them. */
    static const uint8_t pairs[][2][3] = {{{0, 0, 0}, {0, 0, 0}},
                                          {{255, 255, 255}, {255, 255, 255}},
                                          {{128, 128, 128}, {128, 128, 128}},
                                          {{200, 100, 50}, {228, 100, 42}},
                                          {{0, 255, 0}, {0, 255, 0}}};
    struct photo photo = photo_with(DRAW_PROFILE_ADOBE, 0);
    struct jpeg_scan scan;
    struct jpeg_profile profile;
    CHECK_INT(jpeg_scan_read((struct span){photo.data, photo.len}, &test_limits, &scan), 0);
    jpeg_icc_read(&scan, &profile);
    CHECK_INT(profile.kind, JPEG_PROFILE_OTHER);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct jpeg_pixels one;
        CHECK_INT(jpeg_pixels_new(1, 1, JPEG_RGB, &one), 0);
        memcpy(one.data, pairs[i][0], 3);
        jpeg_icc_convert(&profile, &one);
        for (int k = 0; k < 3; k++) {
            int apart = one.data[k] - pairs[i][1][k];
            CHECK(apart >= -2 && apart <= 2);
            if (apart < -2 || apart > 2)
                printf("# colour %zu, channel %d: %d\n", i, k, one.data[k]);
        }
        jpeg_pixels_free(&one);
    }
    free(photo.data);
}

TEST(nonsense_counts_as_srgb)
{
    struct photo photo = photo_with(DRAW_PROFILE_ADOBE, 0);
    size_t at = find_marker(&photo, 0xE2) + 4;
    struct photo_facts facts;
    photo.data[at + 12] = 2; /* the second piece of one */
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.path, PHOTO_REBUILT);
    photo.data[at + 12] = 1;
    photo.data[at + 14 + 16] = 'C'; /* no RGB profile */
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.path, PHOTO_REBUILT);
    photo.data[at + 14 + 16] = 'R';
    memset(photo.data + at + 14 + 132, 0xFF, 24); /* tags that point nowhere */
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.path, PHOTO_REBUILT);
    free(photo.data);
}

TAP_MAIN(TAP(srgb_is_dropped_and_the_photo_rebuilt),
         TAP(display_p3_keeps_its_pixels_under_our_own_profile),
         TAP(our_own_profile_is_recognised_as_display_p3), TAP(adobe_rgb_is_converted),
         TAP(conversion_gives_the_numbers_of_the_books), TAP(nonsense_counts_as_srgb))
