/* SPDX-License-Identifier: Apache-2.0
 *
 * The mark, read back: a small reader finds the agent's number in what was drawn, dot by dot, in
 * every piece of a picture that is large enough to show something.
 */
#include <errno.h>

#include "photo/mark.h"
#include "photo/mark_font.h"
#include "photo/test_judge.h"

static const char text[] = "agent 17 · case 42 · 2026-11-24 14:05";

enum { SLOPE = 5, LIGHT = 40 };

/* A piece of a picture of one colour. */
struct piece {
    const struct jpeg_pixels *pixels;
    uint32_t left, top, width, height;
    uint32_t scale;
    uint8_t ground;
};

static uint8_t at(const struct piece *piece, uint32_t x, uint32_t y)
{
    return piece->pixels->data[((size_t)y * piece->pixels->width + x) * piece->pixels->channels];
}

/* Does the word stand here, every dot of it with ink on it lighter than the edge beside it? */
static bool stands_at(const struct piece *piece, const char *word, uint32_t left, uint32_t top)
{
    unsigned inked = 0;
    for (uint32_t i = 0; word[i]; i++)
        for (uint32_t y = 0; y < MARK_GLYPH_HEIGHT; y++)
            for (uint32_t x = 0; x < MARK_GLYPH_WIDTH; x++) {
                uint32_t px = left + (i * (MARK_GLYPH_WIDTH + 1) + x) * piece->scale;
                uint32_t fall = px / SLOPE - left / SLOPE;
                uint32_t py = top + y * piece->scale;
                if (px >= piece->left + piece->width || py < piece->top + fall)
                    return false;
                bool ink = mark_font_ink((uint8_t)word[i], x, y);
                uint8_t value = at(piece, px, py - fall);
                int lowest = piece->ground == 255 ? 250 : piece->ground + LIGHT;
                if (ink != (value >= lowest) && (ink || piece->ground != 255 || value == 255))
                    return false;
                inked += ink;
            }
    return inked > 0;
}

static bool reads(const struct piece *piece, const char *word)
{
    for (uint32_t y = piece->top;
         y + MARK_GLYPH_HEIGHT * piece->scale <= piece->top + piece->height; y++)
        for (uint32_t x = piece->left; x < piece->left + piece->width; x++)
            if (stands_at(piece, word, x, y))
                return true;
    return false;
}

static struct jpeg_pixels flat(uint32_t width, uint32_t height, enum jpeg_space space,
                               uint8_t value)
{
    struct jpeg_pixels pixels = {0};
    CHECK_INT(jpeg_pixels_new(width, height, space, &pixels), 0);
    memset(pixels.data, value, (size_t)width * height * pixels.channels);
    return pixels;
}

TEST(the_number_is_read_on_bright_and_dark_at_any_size)
{
    static const struct {
        uint32_t width, height, scale;
    } sizes[] = {{64, 64, 1},   {63, 65, 1},   {101, 57, 1}, {57, 301, 1},
                 {640, 480, 2}, {479, 640, 2}, {640, 49, 2}, {1512, 2016, 6}};
    static const uint8_t grounds[] = {0, 20, 128};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (size_t g = 0; g < ARRAY_LEN(grounds); g++) {
            if (sizes[i].scale > 2 && g > 0)
                continue;
            struct jpeg_pixels pixels =
                flat(sizes[i].width, sizes[i].height, g == 1 ? JPEG_GRAY : JPEG_YCC, grounds[g]);
            CHECK_INT(mark_draw(&pixels, text), 0);
            struct piece all = {&pixels,        0,         0, pixels.width, pixels.height,
                                sizes[i].scale, grounds[g]};
            bool found = reads(&all, "agent 17");
            if (!found)
                printf("# %ux%u on %u\n", pixels.width, pixels.height, grounds[g]);
            CHECK(found && !reads(&all, "agent 18"));
            jpeg_pixels_free(&pixels);
        }
}

TEST(letters_stand_out_from_their_edges_on_every_ground)
{
    for (int ground = 0; ground < 256; ground += 51) {
        struct jpeg_pixels pixels = flat(640, 480, JPEG_GRAY, (uint8_t)ground);
        unsigned seen[256] = {0};
        int lightest = -1, darkest = -1;
        CHECK_INT(mark_draw(&pixels, text), 0);
        for (size_t i = 0; i < (size_t)640 * 480; i++)
            seen[pixels.data[i]]++;
        for (int v = 0; v < 256; v++)
            if (seen[v] > 1000) {
                darkest = darkest < 0 ? v : darkest;
                lightest = v;
            }
        CHECK(lightest - darkest >= 90);
        CHECK(seen[ground] > 640u * 480 / 2); /* most of the picture is as it was */
        jpeg_pixels_free(&pixels);
    }
}

TEST(no_piece_can_be_cut_out_without_it)
{
    struct jpeg_pixels pixels = flat(640, 480, JPEG_YCC, 60);
    CHECK_INT(mark_draw(&pixels, text), 0);
    for (uint32_t y = 0; y + 240 <= 480; y += 60)
        for (uint32_t x = 0; x + 320 <= 640; x += 80) {
            struct piece piece = {&pixels, x, y, 320, 240, 2, 60};
            bool found = reads(&piece, "agent 17");
            if (!found)
                printf("# not in the piece at %u,%u\n", x, y);
            CHECK(found);
        }
    jpeg_pixels_free(&pixels);
}

/* ---- from JPEG to JPEG ---- */

static uint8_t marked[TEST_ROOM];

static void check_photo(const struct draw_options *options)
{
    struct photo photo = photo_of(options);
    struct photo_facts facts, ours;
    struct mark_room room = {marked, TEST_ROOM};
    CHECK_INT(judge_bytes(&photo, &facts), PHOTO_OK);
    const struct span pictures[] = {{test_posted, facts.posted_len},
                                    {test_preview, facts.preview_len}};
    for (size_t i = 0; i < ARRAY_LEN(pictures) && facts.verdict == PHOTO_OK; i++) {
        CHECK_INT(mark_photo(pictures[i], text, &test_limits, room, &ours), 0);
        CHECK(is_clean(marked, ours.posted_len));
        CHECK(ours.posted_len <= MARK_ROOM(pictures[i].len));
        CHECK_INT(ours.width, i == 0 ? facts.width : facts.preview_width);
        CHECK_INT(ours.height, i == 0 ? facts.height : facts.preview_height);
        struct jpeg_pixels before = pixels_of(pictures[i].data, pictures[i].len);
        struct jpeg_pixels after = pixels_of(marked, ours.posted_len);
        double like = likeness(&after, before.data, before.width, before.height);
        CHECK(like > 10 && like < 26); /* plainly changed, and still the same picture */
        if (like <= 10 || like >= 26)
            printf("# %ux%u: %.1f dB\n", ours.width, ours.height, like);
        jpeg_pixels_free(&before);
        jpeg_pixels_free(&after);
    }
    free(photo.data);
}

TEST(photos_of_every_kind_are_marked)
{
    static const struct draw_options kinds[] = {
        {.seed = 1, .width = 64, .height = 64},
        {.seed = 2, .width = 97, .height = 61},
        {.seed = 3, .width = 641, .height = 479, .orientation = 6},
        {.seed = 4, .width = 800, .height = 600, .flags = DRAW_GRAY},
        {.seed = 5, .width = 800, .height = 600, .flags = DRAW_RGB},
        {.seed = 6, .width = 640, .height = 480, .flags = DRAW_PROGRESSIVE},
        {.seed = 7, .width = 640, .height = 480, .profile = DRAW_PROFILE_P3},
        {.seed = 8, .width = 640, .height = 480, .flags = DRAW_RESTARTS | DRAW_DARK},
        {.seed = 9, .width = 640, .height = 480, .sampling = DRAW_411, .quality = 98},
        {.seed = 10, .width = 33, .height = 33, .sampling = DRAW_440},
        {.seed = 11},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        check_photo(&kinds[i]);
}

TEST(the_same_text_gives_the_same_bytes_and_another_text_others)
{
    static uint8_t again[TEST_ROOM];
    struct photo photo = photo_of(&(struct draw_options){.seed = 1, .width = 320, .height = 240});
    struct photo_facts one, two;
    struct span jpeg = {photo.data, photo.len};
    CHECK_INT(mark_photo(jpeg, text, &test_limits, (struct mark_room){marked, TEST_ROOM}, &one), 0);
    CHECK_INT(mark_photo(jpeg, text, &test_limits, (struct mark_room){again, TEST_ROOM}, &two), 0);
    CHECK(one.posted_len == two.posted_len && memcmp(marked, again, one.posted_len) == 0);
    CHECK_INT(mark_photo(jpeg, "agent 18 · case 42 · 2026-11-24 14:05", &test_limits,
                         (struct mark_room){again, TEST_ROOM}, &two),
              0);
    CHECK(one.posted_len != two.posted_len || memcmp(marked, again, one.posted_len) != 0);
    free(photo.data);
}

TEST(what_is_no_photo_or_has_no_room_gives_a_verdict)
{
    struct photo photo = photo_of(&(struct draw_options){.seed = 1, .width = 320, .height = 240});
    struct photo_facts facts;
    struct mark_room room = {marked, TEST_ROOM}, small = {marked, 500};
    struct span jpeg = {photo.data, photo.len};
    CHECK_INT(mark_photo((struct span){jpeg.data, 1}, text, &test_limits, room, &facts),
              PHOTO_NOT_JPEG);
    CHECK(mark_photo((struct span){jpeg.data, jpeg.len / 2}, text, &test_limits, room, &facts) > 0);
    CHECK_INT(facts.posted_len, 0);
    CHECK_INT(mark_photo(jpeg, text, &test_limits, small, &facts), PHOTO_TOO_LARGE);
    CHECK_INT(mark_photo(jpeg, "", &test_limits, room, &facts), -EINVAL);
    free(photo.data);
}

TAP_MAIN(TAP(the_number_is_read_on_bright_and_dark_at_any_size),
         TAP(letters_stand_out_from_their_edges_on_every_ground),
         TAP(no_piece_can_be_cut_out_without_it), TAP(photos_of_every_kind_are_marked),
         TAP(the_same_text_gives_the_same_bytes_and_another_text_others),
         TAP(what_is_no_photo_or_has_no_room_gives_a_verdict))
