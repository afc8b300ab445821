/* SPDX-License-Identifier: Apache-2.0
 *
 * Bad photos, each beside a good one that differs in nothing else: damage, limits, kinds that we do
 * not show, and the small disorders of real cameras that are mended.
 */
#include "photo/test_judge.h"

static struct photo good(uint32_t flags)
{
    struct draw_options options = {.seed = 21, .width = 160, .height = 128, .flags = flags};
    return photo_of(&options);
}

static int verdict_of(const struct photo *photo)
{
    struct photo_facts facts;
    return judge_bytes(photo, &facts);
}

static void check_text(const char *bytes, size_t len, int verdict)
{
    struct photo photo = {malloc(len + 1), len};
    memcpy(photo.data, bytes, len);
    CHECK_INT(verdict_of(&photo), verdict);
    free(photo.data);
}

TEST(what_is_no_jpeg_is_not_a_jpeg)
{
    check_text("", 0, PHOTO_NOT_JPEG);
    check_text("\xFF\xD8", 2, PHOTO_NOT_JPEG);
    check_text("\x89PNG\r\n\x1A\n", 8, PHOTO_NOT_JPEG);
    check_text("GIF89a", 6, PHOTO_NOT_JPEG);
    check_text("<html>", 6, PHOTO_NOT_JPEG);
    check_text("\xFF\xD8\xFF\xE0", 4, PHOTO_TRUNCATED);
    check_text("\xFF\xD8\xFF\xD9", 4, PHOTO_DAMAGED);
}

TEST(a_photo_cut_anywhere_is_truncated)
{
    static const uint32_t flags[] = {0, DRAW_PROGRESSIVE, DRAW_CLUTTER | DRAW_GPS, DRAW_RESTARTS};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct photo photo = good(flags[i] & ~DRAW_CLUTTER);
        size_t whole = photo.len;
        CHECK_INT(verdict_of(&photo), PHOTO_OK);
        for (size_t len = 3; len < whole - 40; len += 97) {
            photo.len = len;
            CHECK_INT(verdict_of(&photo), PHOTO_TRUNCATED);
        }
        free(photo.data);
    }
}

TEST(a_missing_end_is_mended_when_the_picture_is_whole)
{
    static const uint32_t flags[] = {0, DRAW_PROGRESSIVE, DRAW_RESTARTS, DRAW_GRAY};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct photo photo = good(flags[i]);
        struct photo_facts facts;
        photo.len -= 2;
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        CHECK(facts.notes & PHOTO_MENDED);
        CHECK(is_clean(test_posted, facts.posted_len));
        photo.len += 1; /* a lone FF */
        CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
        free(photo.data);
    }
}

TEST(what_hangs_behind_the_picture_is_cut_off)
{
    struct photo photo = good(0);
    struct photo_facts facts;
    size_t end = photo.len - 2;
    insert(&photo, photo.len, "SECRET TRAILER", 14);
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK(facts.notes & PHOTO_HAD_SECOND);
    CHECK(!memmem(test_posted, facts.posted_len, "SECRET", 6));
    CHECK_INT(facts.posted_len < photo.len, true);

    /* Before EOI, where the decoder's look-ahead swallows it. */
    insert(&photo, end, "SECRET", 6);
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_DAMAGED);
    insert(&photo, end, "A WHOLE LETTER", 14);
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_DAMAGED);
    free(photo.data);
}

/* Some zeros before EOI: the photo is as good as without them, whichever way it takes. */
static void check_padding(const struct draw_options *options, size_t zeros)
{
    static const uint8_t padding[300] = {0};
    struct photo photo = photo_of(options);
    struct photo_facts plain, padded;
    CHECK_INT(judge_bytes(&photo, &plain), PHOTO_OK);
    insert(&photo, photo.len - 2, padding, zeros);
    CHECK_INT(judge_bytes(&photo, &padded), PHOTO_OK);
    CHECK(padded.notes & PHOTO_MENDED);
    CHECK_INT(padded.posted_len, plain.posted_len);
    CHECK_INT(padded.path, plain.path);
    free(photo.data);
}

TEST(padding_before_the_end_is_cut_off)
{
    static const struct draw_options ways[] = {
        {.seed = 21, .width = 160, .height = 128},
        {.seed = 21, .width = 160, .height = 128, .orientation = 6},
        {.seed = 21, .width = 150, .height = 122, .orientation = 3},
        {.seed = 21, .width = 160, .height = 128, .profile = DRAW_PROFILE_ADOBE},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        check_padding(&ways[i], 1);
        check_padding(&ways[i], 5);
        check_padding(&ways[i], 300);
    }
}

TEST(fill_bytes_before_the_end_are_cut_off)
{
    struct photo_facts facts;
    struct photo filled = good(0);
    CHECK_INT(judge_bytes(&filled, &facts), PHOTO_OK);
    uint32_t len = facts.posted_len;
    insert(&filled, filled.len - 2, "\xFF\xFF", 2); /* FF FF FF D9: seen in the wild */
    CHECK_INT(judge_bytes(&filled, &facts), PHOTO_OK);
    CHECK_INT(facts.posted_len, len);
    CHECK_INT(facts.path, PHOTO_REBUILT);
    free(filled.data);
}

TEST(a_flipped_bit_never_yields_a_dirty_photo)
{
    static const uint32_t flags[] = {0, DRAW_PROGRESSIVE, DRAW_RESTARTS};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct photo photo = good(flags[i]);
        unsigned refused = 0, seen = 0;
        for (size_t at = 2; at < photo.len; at += 31, seen++) {
            struct photo_facts facts;
            photo.data[at] ^= (uint8_t)(1u << at % 8);
            if (judge_bytes(&photo, &facts) == PHOTO_OK)
                CHECK(is_clean(test_posted, facts.posted_len));
            else
                refused++;
            photo.data[at] ^= (uint8_t)(1u << at % 8);
        }
        printf("# flags %x: %u of %u flips refused\n", flags[i], refused, seen);
        CHECK(refused > 0);
        free(photo.data);
    }
}

/* Every kind of marker, in the middle of the picture, with a length within the file and beyond. */
TEST(a_marker_within_the_picture_is_damage)
{
    static const uint32_t flags[] = {0, DRAW_RESTARTS, DRAW_GRAY};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct photo photo = good(flags[i]);
        size_t at = (find_marker(&photo, 0xDA) + photo.len) / 2;
        for (int code = 1; code < 0xFF; code++) {
            if (code >= 0xD0 && code <= 0xD9)
                continue; /* these may stand there, or end it */
            memcpy(photo.data + at, (uint8_t[]){0xFF, (uint8_t)code, 0xFF, 0x01}, 4);
            CHECK_INT(verdict_of(&photo), PHOTO_DAMAGED);
            memcpy(photo.data + at + 2, (uint8_t[]){0, 4}, 2);
            CHECK_INT(verdict_of(&photo), PHOTO_DAMAGED);
        }
        free(photo.data);
    }
}

TEST(overwritten_bytes_within_the_picture_are_damage)
{
    enum { OVERWRITTEN = 400, ROUNDS = 200 };
    uint32_t random = 1;
    for (int round = 0; round < ROUNDS; round++) {
        struct photo photo = good(round % 2 ? DRAW_RESTARTS : 0);
        size_t start = find_marker(&photo, 0xDA) + 20;
        size_t at = start + (size_t)round * (photo.len - OVERWRITTEN - 2 - start) / ROUNDS;
        for (size_t i = 0; i < OVERWRITTEN; i++) {
            random = random * 1664525 + 1013904223;
            photo.data[at + i] = (uint8_t)(random >> 24);
        }
        CHECK_INT(verdict_of(&photo), PHOTO_DAMAGED);
        free(photo.data);
    }
}

TEST(a_lost_restart_marker_is_damage)
{
    struct photo photo = good(DRAW_RESTARTS);
    CHECK_INT(verdict_of(&photo), PHOTO_OK);
    uint8_t *marker = memmem(photo.data, photo.len, "\xFF\xD3", 2);
    CHECK(marker != NULL);
    if (marker)
        marker[1] = 0xD5;
    CHECK_INT(verdict_of(&photo), PHOTO_DAMAGED);
    free(photo.data);
}

TEST(sizes_are_kept_within_the_limits)
{
    struct photo photo = good(0); /* 160 x 128 */
    struct span bytes = {photo.data, photo.len};
    struct photo_facts facts;
    struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    limits.side_max = 160;
    limits.side_min = 128;
    limits.pixels_max = 160 * 128;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_OK);
    limits.side_max = 159;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_TOO_LARGE);
    limits.side_max = 160;
    limits.side_min = 129;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_TOO_SMALL);
    CHECK_INT(facts.source_width, 160);
    CHECK_INT(facts.source_height, 128);
    limits.side_min = 128;
    limits.pixels_max--;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_TOO_LARGE);
    free(photo.data);
}

TEST(a_strip_that_scaling_makes_a_line_of_is_too_small)
{
    static const struct draw_options strips[] = {
        {.seed = 3, .width = 4096, .height = 64},                   /* posted as 2048 x 32 */
        {.seed = 3, .width = 4096, .height = 56},                   /* 2048 x 28 */
        {.seed = 3, .width = 4096, .height = 56, .orientation = 6}, /* on its side */
        {.seed = 3, .width = 8192, .height = 40, .flags = DRAW_GRAY},
    };
    struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    limits.posted_side_max = 2048;
    for (size_t i = 0; i < ARRAY_LEN(strips); i++) {
        struct photo photo = photo_of(&strips[i]);
        struct photo_facts facts;
        int verdict = judge_within((struct span){photo.data, photo.len}, &limits, &facts);
        CHECK_INT(verdict, i == 0 ? PHOTO_OK : PHOTO_TOO_SMALL);
        CHECK_INT(facts.width > 0, i == 0);
        free(photo.data);
    }
}

TEST(a_bomb_is_refused_by_its_header)
{
    struct photo photo = good(0);
    size_t frame = find_marker(&photo, 0xC0);
    memcpy(photo.data + frame + 5, "\xFF\xFF\xFF\xFF", 4); /* 65535 x 65535 */
    CHECK_INT(verdict_of(&photo), PHOTO_TOO_LARGE);
    memcpy(photo.data + frame + 5, "\x27\x10\x27\x10", 4); /* 10000 x 10000: allowed, and cut off */
    int verdict = verdict_of(&photo);
    CHECK(verdict == PHOTO_DAMAGED || verdict == PHOTO_TRUNCATED);
    memcpy(photo.data + frame + 5, "\x00\x00\x00\xA0", 4); /* the height comes later, in DNL */
    CHECK_INT(verdict_of(&photo), PHOTO_UNSUPPORTED);
    free(photo.data);
}

TEST(scans_are_counted_and_memory_is_limited)
{
    struct photo photo = good(DRAW_PROGRESSIVE); /* ten scans */
    struct span bytes = {photo.data, photo.len};
    struct photo_facts facts;
    struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    limits.scans_max = 10;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_OK);
    limits.scans_max = 9;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_TOO_MANY_SCANS);
    limits.scans_max = 10;
    limits.memory_max = 1 << 20;
    CHECK_INT(judge_within(bytes, &limits, &facts), PHOTO_TOO_LARGE);
    free(photo.data);
}

TEST(a_posted_photo_that_does_not_fit_is_too_large)
{
    struct photo photo = good(0);
    struct photo_facts facts;
    struct judge_room room = {test_posted, 2000, test_preview, TEST_ROOM};
    CHECK_INT(judge_photo((struct span){photo.data, photo.len}, &test_limits, &room, &facts),
              PHOTO_TOO_LARGE);
    CHECK_INT(facts.posted_len, 0);
    room.posted_room = photo.len;
    CHECK_INT(judge_photo((struct span){photo.data, photo.len}, &test_limits, &room, &facts), 0);
    free(photo.data);
}

/* Changes one byte of the frame's segment and judges. */
static void check_frame(size_t offset, uint8_t value, int verdict)
{
    struct photo photo = good(0);
    size_t frame = find_marker(&photo, 0xC0);
    CHECK_INT(verdict_of(&photo), PHOTO_OK);
    photo.data[frame + offset] = value;
    CHECK_INT(verdict_of(&photo), verdict);
    free(photo.data);
}

TEST(kinds_that_cannot_be_shown_are_named)
{
    enum { MARKER = 1, PRECISION = 4, FIRST_ID = 10, FIRST_FACTORS = 11 };
    static const uint8_t kinds[] = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        check_frame(MARKER, kinds[i], PHOTO_UNSUPPORTED);
    check_frame(MARKER, 0xC8, PHOTO_UNSUPPORTED);
    check_frame(MARKER, 0xCC, PHOTO_UNSUPPORTED);
    check_frame(PRECISION, 12, PHOTO_DEEP);
    check_frame(PRECISION, 4, PHOTO_DAMAGED);
    check_frame(FIRST_FACTORS, 0x05, PHOTO_DAMAGED);
    check_frame(FIRST_FACTORS, 0x44, PHOTO_UNSUPPORTED); /* 18 blocks in an MCU */
    check_frame(FIRST_ID, 2, PHOTO_DAMAGED);             /* two components of one name */

    struct photo cmyk = good(0);
    size_t frame = find_marker(&cmyk, 0xC0);
    insert(&cmyk, frame + 19, "\4\x11\1", 3);
    cmyk.data[frame + 3] += 3;
    cmyk.data[frame + 9] = 4;
    CHECK_INT(verdict_of(&cmyk), PHOTO_CMYK);
    free(cmyk.data);
}

TEST(segments_are_read_to_their_length)
{
    static const struct {
        const char *bytes;
        size_t len;
        int verdict;
    } cases[] = {
        {"\xFF\xFE\0\2", 4, PHOTO_OK},                /* an empty comment */
        {"\xFF\xFF\xFF\xFE\0\2", 6, PHOTO_OK},        /* fill bytes before a marker */
        {"\xFF\xE1\0\2", 4, PHOTO_OK},                /* an empty APP1 */
        {"\xFF\xE1\0\10Exif\0\0", 10, PHOTO_OK},      /* EXIF without anything */
        {"\xFF\xE2\0\16ICC_PROFILE\0", 16, PHOTO_OK}, /* a profile without anything */
        {"\xFF\xFE\0\1", 4, PHOTO_DAMAGED},           /* shorter than its own length */
        {"\xFF\xFE\0\0", 4, PHOTO_DAMAGED},
        {"junk", 4, PHOTO_DAMAGED},           /* between two segments */
        {"\xFF\xD8", 2, PHOTO_DAMAGED},       /* a second start */
        {"\xFF\xD0", 2, PHOTO_DAMAGED},       /* a restart outside of a scan */
        {"\xFF\xDB\0\3\0", 5, PHOTO_DAMAGED}, /* a table of nothing */
        {"\xFF\xC4\0\3\0", 5, PHOTO_DAMAGED},
        {"\xFF\xDD\0\3\0", 5, PHOTO_DAMAGED},
        {"\xFF\xDC\0\4\0\x10", 6, PHOTO_UNSUPPORTED}, /* DNL */
        {"\xFF\xCC\0\4\0\x10", 6, PHOTO_UNSUPPORTED}, /* arithmetic */
        {"\xFF\xF7\0\4\0\x10", 6, PHOTO_UNSUPPORTED}, /* JPEG-LS */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct photo later = good(0);
        insert(&later, find_marker(&later, 0xDA), cases[i].bytes, cases[i].len);
        CHECK_INT(verdict_of(&later), cases[i].verdict);
        free(later.data);
    }
}

TEST(a_zero_in_a_quantisation_table_is_damage)
{
    struct photo photo = good(0);
    size_t table = find_marker(&photo, 0xDB);
    CHECK_INT(verdict_of(&photo), PHOTO_OK);
    photo.data[table + 20] = 0;
    CHECK_INT(verdict_of(&photo), PHOTO_DAMAGED);
    free(photo.data);
}

TEST(the_first_exif_decides_and_nonsense_counts_as_upright)
{
    struct draw_options options = {.seed = 21, .width = 160, .height = 128, .orientation = 6};
    struct photo photo = photo_of(&options);
    struct photo_facts facts;
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.orientation, 6);
    static const char upright[] = "\xFF\xE1\0\x22"
                                  "Exif\0\0II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0";
    insert(&photo, 2, upright, 4 + 32);
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.orientation, 1);
    photo.data[2 + 4 + 6 + 18] = 9; /* no such orientation */
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.orientation, 1);
    photo.data[2 + 4 + 6 + 18] = 3;
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.orientation, 3);
    photo.data[2 + 4 + 6 + 7] = 0xFF; /* the directory lies outside */
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    CHECK_INT(facts.orientation, 1);
    free(photo.data);
}

TEST(every_verdict_has_a_slug_and_a_sentence)
{
    for (uint32_t i = 0; i < PHOTO_VERDICT_COUNT; i++) {
        const char *sentence = photo_verdict_sentence(i);
        CHECK(strlen(photo_verdict_slug(i)) > 0);
        CHECK(sentence[strlen(sentence) - 1] == '.');
    }
    CHECK_STR(photo_verdict_slug(PHOTO_VERDICT_COUNT), "unsupported");
}

TAP_MAIN(TAP(what_is_no_jpeg_is_not_a_jpeg), TAP(a_photo_cut_anywhere_is_truncated),
         TAP(a_missing_end_is_mended_when_the_picture_is_whole),
         TAP(what_hangs_behind_the_picture_is_cut_off), TAP(padding_before_the_end_is_cut_off),
         TAP(fill_bytes_before_the_end_are_cut_off), TAP(a_flipped_bit_never_yields_a_dirty_photo),
         TAP(a_marker_within_the_picture_is_damage),
         TAP(overwritten_bytes_within_the_picture_are_damage), TAP(a_lost_restart_marker_is_damage),
         TAP(sizes_are_kept_within_the_limits),
         TAP(a_strip_that_scaling_makes_a_line_of_is_too_small),
         TAP(a_bomb_is_refused_by_its_header), TAP(scans_are_counted_and_memory_is_limited),
         TAP(a_posted_photo_that_does_not_fit_is_too_large),
         TAP(kinds_that_cannot_be_shown_are_named), TAP(segments_are_read_to_their_length),
         TAP(a_zero_in_a_quantisation_table_is_damage),
         TAP(the_first_exif_decides_and_nonsense_counts_as_upright),
         TAP(every_verdict_has_a_slug_and_a_sentence))
