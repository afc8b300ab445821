/* SPDX-License-Identifier: Apache-2.0
 *
 * The path covers the three finders and stays within the square; tests/e2e/drivers.test.js reads a
 * whole code back with another library.
 */
#include "base/tap.h"
#include "html/qr.h"

static const char *path_of(const char *text, int *side)
{
    static char out[QR_PATH_MAX];
    struct buf path;
    buf_init(&path, QR_PATH_MAX - 1);
    CHECK_INT(qr_path(text, &path, side), 0);
    memcpy(out, path.data, path.len);
    out[path.len] = 0;
    buf_free(&path);
    return out;
}

TEST(finders_stand_in_three_corners)
{
    int side;
    const char *path = path_of("https://example.org/drive/#pair=0123456789", &side);
    CHECK_INT((side - 8 - 17) % 4, 0);
    CHECK(strncmp(path, "M4 4h7v1h-7z", 12) == 0);
    char corner[64];
    snprintf(corner, sizeof corner, "M%d 4h7v1h-7z", side - 4 - 7);
    CHECK(strstr(path, corner) != NULL);
    snprintf(corner, sizeof corner, "M4 %dh7v1h-7z", side - 5);
    CHECK(strstr(path, corner) != NULL);
}

TEST(runs_stay_within_the_square)
{
    int side, x, y, length;
    const char *path = path_of("porchlight", &side);
    for (const char *at = path; *at; at = strchr(at, 'z') + 1) {
        CHECK_INT(sscanf(at, "M%d %dh%dv1h-", &x, &y, &length), 3);
        CHECK(x >= 4 && y >= 4 && length >= 1 && x + length <= side - 4 && y < side - 4);
    }
}

TEST(a_longer_text_makes_a_larger_code_and_too_long_a_one_none)
{
    int small, large;
    char text[QR_TEXT_MAX + 2];
    memset(text, 'a', sizeof text);
    text[QR_TEXT_MAX] = 0;
    path_of("a", &small);
    path_of(text, &large);
    CHECK(large > small);
    text[QR_TEXT_MAX] = 'a';
    text[QR_TEXT_MAX + 1] = 0;
    struct buf path;
    buf_init(&path, QR_PATH_MAX);
    CHECK_INT(qr_path(text, &path, &large), QR_TOO_LONG);
    CHECK_INT(path.len, 0);
    buf_free(&path);
}

TEST(a_full_buffer_is_a_fault)
{
    int side;
    struct buf path;
    buf_init(&path, 100);
    CHECK(qr_path("porchlight", &path, &side) < 0);
    buf_free(&path);
}

TAP_MAIN(TAP(finders_stand_in_three_corners), TAP(runs_stay_within_the_square),
         TAP(a_longer_text_makes_a_larger_code_and_too_long_a_one_none),
         TAP(a_full_buffer_is_a_fault))
