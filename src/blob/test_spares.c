/* SPDX-License-Identifier: Apache-2.0
 * Spare files: taken and kept, empty, bounded, gone at the next start; refusals. */
#include <errno.h>
#include <fcntl.h>

#include "base/tap.h"
#include "base/tap_folder.h"
#include "blob/spares.h"

struct stage {
    char path[TAP_FOLDER_ROOM];
    int folder;
    struct spares *spares;
};

static void set(struct stage *stage)
{
    tap_folder_new(stage->path);
    stage->folder = open(stage->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(spares_new(stage->folder, &stage->spares), 0);
}

static void clear(struct stage *stage)
{
    spares_free(&stage->spares);
    close(stage->folder);
    tap_folder_remove(stage->path);
}

static void make_file(struct stage *stage, const char *name)
{
    int fd = openat(stage->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, "sealed", 6) == 6);
    close(fd);
}

/* -1: there is none. */
static long size_of(struct stage *stage, const char *name, ino_t *inode_out)
{
    struct stat st;
    if (fstatat(stage->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (inode_out)
        *inode_out = st.st_ino;
    return (long)st.st_size;
}

TEST(what_is_kept_is_the_next_one_and_empty)
{
    struct stage stage;
    ino_t first = 0, second = 1;
    set(&stage);
    CHECK_INT(spares_take(stage.spares, stage.folder, "b"), SPARES_NONE);
    make_file(&stage, "a");
    CHECK_INT(size_of(&stage, "a", &first), 6);
    CHECK_INT(spares_keep(stage.spares, stage.folder, "a"), 0);
    CHECK_INT(size_of(&stage, "a", NULL), -1);
    CHECK_INT(spares_take(stage.spares, stage.folder, "b"), 0);
    CHECK_INT(size_of(&stage, "b", &second), 0);
    CHECK(first == second);
    CHECK_INT(spares_take(stage.spares, stage.folder, "c"), SPARES_NONE);
    clear(&stage);
}

TEST(a_name_that_is_taken_stays_as_it_is)
{
    struct stage stage;
    set(&stage);
    make_file(&stage, "a");
    make_file(&stage, "b");
    CHECK_INT(spares_keep(stage.spares, stage.folder, "a"), 0);
    CHECK_INT(spares_take(stage.spares, stage.folder, "b"), -EEXIST);
    CHECK_INT(size_of(&stage, "b", NULL), 6);
    CHECK_INT(spares_take(stage.spares, stage.folder, "c"), 0);
    clear(&stage);
}

TEST(what_is_not_there_cannot_be_kept)
{
    struct stage stage;
    set(&stage);
    CHECK_INT(spares_keep(stage.spares, stage.folder, "a"), -ENOENT);
    clear(&stage);
}

TEST(no_link_is_followed)
{
    struct stage stage;
    set(&stage);
    make_file(&stage, "a");
    CHECK_INT(symlinkat("a", stage.folder, "link"), 0);
    CHECK_INT(spares_keep(stage.spares, stage.folder, "link"), 0);
    CHECK_INT(size_of(&stage, "link", NULL), -1);
    CHECK_INT(size_of(&stage, "a", NULL), 6);
    clear(&stage);
}

TEST(no_more_than_so_many_are_kept_and_the_next_start_removes_them)
{
    struct stage stage;
    char name[24];
    set(&stage);
    for (int i = 0; i < SPARES_MAX + 3; i++) {
        snprintf(name, sizeof name, "f%d", i);
        make_file(&stage, name);
        CHECK_INT(spares_keep(stage.spares, stage.folder, name), 0);
        CHECK_INT(size_of(&stage, name, NULL), -1);
    }
    snprintf(name, sizeof name, "spare.%d", SPARES_MAX - 1);
    CHECK_INT(size_of(&stage, name, NULL), 0);
    spares_free(&stage.spares);
    make_file(&stage, "kept");
    CHECK_INT(spares_new(stage.folder, &stage.spares), 0);
    CHECK_INT(size_of(&stage, name, NULL), -1);
    CHECK_INT(size_of(&stage, "kept", NULL), 6);
    CHECK_INT(spares_take(stage.spares, stage.folder, "x"), SPARES_NONE);
    clear(&stage);
}

TEST(a_spare_that_has_gone_is_done_without)
{
    struct stage stage;
    set(&stage);
    make_file(&stage, "a");
    CHECK_INT(spares_keep(stage.spares, stage.folder, "a"), 0);
    CHECK_INT(unlinkat(stage.folder, "spare.0", 0), 0);
    CHECK_INT(spares_take(stage.spares, stage.folder, "b"), SPARES_NONE);
    clear(&stage);
}

TAP_MAIN(TAP(what_is_kept_is_the_next_one_and_empty), TAP(a_name_that_is_taken_stays_as_it_is),
         TAP(what_is_not_there_cannot_be_kept), TAP(no_link_is_followed),
         TAP(no_more_than_so_many_are_kept_and_the_next_start_removes_them),
         TAP(a_spare_that_has_gone_is_done_without))
