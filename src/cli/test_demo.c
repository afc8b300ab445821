/* SPDX-License-Identifier: Apache-2.0
 *
 * The eyes of the demo: if they saw nothing, its story would prove nothing.
 */
#include <sys/stat.h>

#include "base/tap.h"
#include "base/tap_folder.h"
#include "cli/demo_jpeg.h"
#include "cli/demo_mail.h"
#include "picture/draw.h"

static bool read_drawn(const struct draw_options *options, struct demo_jpeg *seen)
{
    AUTO_FREE uint8_t *jpeg = NULL;
    size_t len = 0;
    CHECK_INT(draw_picture(options, &jpeg, &len), 0);
    return demo_jpeg_read((struct span){jpeg, len}, seen);
}

TEST(a_plain_picture_has_a_size_and_nothing_else)
{
    struct demo_jpeg seen;
    CHECK(read_drawn(&(struct draw_options){.seed = 1, .width = 64, .height = 96}, &seen));
    CHECK_INT(seen.width, 64);
    CHECK_INT(seen.height, 96);
    CHECK(!seen.has_exif && !seen.foreign);
}

TEST(what_a_camera_adds_is_seen)
{
    struct demo_jpeg seen;
    struct draw_options sideways = {.width = 64, .height = 96, .orientation = 6, .flags = DRAW_GPS};
    struct draw_options cluttered = {.width = 64, .height = 96, .flags = DRAW_CLUTTER};
    CHECK(read_drawn(&sideways, &seen));
    CHECK(seen.has_exif && seen.foreign);
    CHECK_INT(seen.width, 96);
    (void)read_drawn(&cluttered, &seen);
    CHECK(seen.foreign != NULL);
}

TEST(a_cut_picture_is_none)
{
    AUTO_FREE uint8_t *jpeg = NULL;
    struct demo_jpeg seen;
    size_t len = 0;
    CHECK_INT(draw_picture(&(struct draw_options){.width = 64, .height = 64}, &jpeg, &len), 0);
    for (size_t cut = 0; cut < len; cut++)
        CHECK(!demo_jpeg_read((struct span){jpeg, cut}, &seen));
    jpeg[0] = 0;
    CHECK(!demo_jpeg_read((struct span){jpeg, len}, &seen));
}

static void write_mail(const char *folder, const char *name, const char *text)
{
    char path[2 * TAP_FOLDER_ROOM];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    AUTO_FCLOSE FILE *file = fopen(path, "w");
    CHECK(file && fputs(text, file) >= 0);
}

TEST(a_code_is_read_once_and_half_written_mail_is_left)
{
    char folder[TAP_FOLDER_ROOM], code[9];
    struct demo_mail mail;
    tap_folder_new(folder);
    CHECK(!demo_mail_take(folder, &mail));
    write_mail(folder, "a.tmp", "To: x@example.org\r\n\r\n11112222\r\n");
    CHECK(!demo_mail_take(folder, &mail));
    write_mail(folder, "a.eml",
               "From: p@example.org\r\nTo: <robin@example.org>\r\nSubject: Your code\r\n"
               "Date: 12345678\r\n\r\n"
               "Order 2026.\r\nYour code is 1234 5678.\r\n");
    CHECK(demo_mail_take(folder, &mail));
    CHECK_STR(mail.to, "robin@example.org");
    CHECK_STR(mail.code, "12345678");
    CHECK(!demo_mail_take(folder, &mail));
    write_mail(folder, "b.eml",
               "To: sam@example.org\r\nSubject: A code\r\n\r\nNone, but 123456789.\r\n");
    CHECK(!demo_mail_wait(folder, "sam@example.org", 50, code));
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(a_plain_picture_has_a_size_and_nothing_else), TAP(what_a_camera_adds_is_seen),
         TAP(a_cut_picture_is_none), TAP(a_code_is_read_once_and_half_written_mail_is_left))
