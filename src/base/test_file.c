/* SPDX-License-Identifier: Apache-2.0
 * Files and folders: whole writes, at a place, into a closed pipe; folders made once. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/tap.h"
#include "base/tap_folder.h"

static struct span text(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

TEST(all_is_written_where_it_belongs)
{
    char folder[TAP_FOLDER_ROOM], path[TAP_FOLDER_ROOM + 8], back[16] = "";
    tap_folder_new(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK_INT(file_write(fd, text("abcdef")), 0);
    CHECK_INT(file_write(fd, text("")), 0);
    CHECK_INT(file_write_at(fd, text("XY"), 2), 0);
    CHECK_INT(file_write(fd, text("g")), 0);
    CHECK_INT(pread(fd, back, sizeof back, 0), 7);
    CHECK_STR(back, "abXYefg");
    close(fd);
    tap_folder_remove(folder);
}

TEST(a_write_that_cannot_be_is_said)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    CHECK_INT(pipe(ends), 0);
    close(ends[0]);
    CHECK_INT(file_write(ends[1], text("x")), -EPIPE);
    CHECK_INT(file_write_at(ends[1], text("x"), 0), -ESPIPE);
    close(ends[1]);
    CHECK_INT(file_write(ends[1], text("x")), -EBADF);
    CHECK_INT(file_write(open("/dev/full", O_WRONLY | O_CLOEXEC), text("x")), -ENOSPC);
}

TEST(a_folder_is_made_once_and_for_its_owner)
{
    char folder[TAP_FOLDER_ROOM], path[TAP_FOLDER_ROOM + 32];
    struct stat st;
    tap_folder_new(folder);
    snprintf(path, sizeof path, "%s/new/", folder);
    CHECK_INT(file_make_folder(path), 0);
    CHECK_INT(file_make_folder(path), 0);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/absent/new", folder);
    CHECK_INT(file_make_folder(path), -ENOENT);
    snprintf(path, sizeof path, "%s/file", folder);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    CHECK_INT(file_make_folder(path), -ENOTDIR);
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(all_is_written_where_it_belongs), TAP(a_write_that_cannot_be_is_said),
         TAP(a_folder_is_made_once_and_for_its_owner))
