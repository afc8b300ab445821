/* SPDX-License-Identifier: Apache-2.0
 *
 * Backups as folders: what was copied comes back the same; what was changed, cut short or names a
 * place outside does not.
 */
#include "cli/copy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "base/text.h"
#include "crypto/hash.h"

enum { PATH = 2 * TAP_FOLDER_ROOM };

static const char *in(const char *top, const char *name, char room[PATH])
{
    snprintf(room, PATH, "%s/%s", top, name);
    return room;
}

static void write_text(const char *top, const char *name, const char *text)
{
    char path[PATH];
    FILE *file = fopen(in(top, name, path), "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* A backup of two files, in top/backup. */
static void make_backup(const char *top)
{
    char path[PATH];
    unsigned gone = 1;
    struct copy copy = {.from = -1, .to = -1};
    CHECK_INT(mkdir(in(top, "from", path), 0700), 0);
    CHECK_INT(mkdir(in(top, "from/deep", path), 0700), 0);
    CHECK_INT(mkdir(in(top, "from/deep/tmp", path), 0700), 0);
    write_text(top, "from/deep/one", "one");
    write_text(top, "from/deep/tmp/passed", "over");
    write_text(top, "from/two", "two two");
    copy.from = open(in(top, "from", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(copy_begin(&copy, in(top, "backup", path)), 0);
    CHECK_INT(copy_tree(&copy, "deep", &gone), 0);
    CHECK_INT(gone, 0);
    CHECK_INT(copy_tree(&copy, "absent", &gone), 0);
    struct copy_fact fact;
    CHECK_INT(copy_file(&copy, "two", &fact), 0);
    CHECK_INT(copy_note(&copy, "two", &fact), 0);
    CHECK_INT(copy_file(&copy, "three", &fact), COPY_GONE);
    CHECK_INT(copy.files, 2);
    CHECK_INT(copy.bytes, 10);
    struct copy_backup none;
    CHECK(!copy_read_marker(in(top, "backup", path), &none));
    CHECK_INT(copy_end(&copy, in(top, "backup", path), "a-backup/v1"), 0);
    fclose(copy.manifest);
    close(copy.from);
    close(copy.to);
}

/* Copies it back to top/NAME: the result. */
static int bring_back(const char *top, const char *name)
{
    char path[PATH];
    struct copy_backup backup;
    uint64_t files = 0;
    mkdir(in(top, name, path), 0700);
    AUTO_CLOSE int to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!copy_read_marker(in(top, "backup", path), &backup))
        return -1;
    CHECK_STR(backup.what, "a-backup/v1");
    return copy_back(path, &backup, to, &files);
}

TEST(what_was_copied_comes_back)
{
    char top[TAP_FOLDER_ROOM], path[PATH], text[32] = "";
    struct stat st;
    log_set_level(LOG_ERROR);
    tap_folder_new(top);
    make_backup(top);
    CHECK_INT(bring_back(top, "back"), 0);
    FILE *file = fopen(in(top, "back/deep/one", path), "r");
    CHECK(file && fread(text, 1, sizeof text - 1, file) == 3 && fclose(file) == 0);
    CHECK_STR(text, "one");
    CHECK(stat(in(top, "back/two", path), &st) == 0 && st.st_size == 7 && (st.st_mode & 077) == 0);
    CHECK(stat(in(top, "back/deep/tmp", path), &st) != 0);
    CHECK(!copy_is_empty(in(top, "back", path), NULL));
    CHECK(copy_is_empty(path, (const char *const[]){"tw*", "deep", NULL}));
    CHECK(copy_is_empty(in(top, "absent", path), NULL));
    tap_folder_remove(top);
}

TEST(a_changed_file_or_manifest_does_not)
{
    char top[TAP_FOLDER_ROOM];
    tap_folder_new(top);
    make_backup(top);
    write_text(top, "backup/files/two", "two-two");
    CHECK(bring_back(top, "changed") > 0);
    write_text(top, "backup/files/two", "two two");
    CHECK_INT(bring_back(top, "mended"), 0);
    write_text(top, "backup/manifest", "");
    CHECK(bring_back(top, "empty") > 0);
    tap_folder_remove(top);
}

/* What the copy of top/from/staged/one holds after another round. */
static const char *copied_again(const char *top, bool again, char room[16])
{
    char path[PATH];
    unsigned gone;
    AUTO_CLOSE int from = open(in(top, "from", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_CLOSE int to = open(in(top, "to", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct copy copy = {.from = from, .to = to, .again = again};
    CHECK_INT(copy_tree(&copy, "staged", &gone), 0);
    AUTO_FCLOSE FILE *file = fopen(in(top, "to/staged/one", path), "r");
    size_t len = file ? fread(room, 1, 15, file) : 0;
    room[len] = '\0';
    return room;
}

TEST(what_grows_is_copied_again_and_what_is_gone_is_kept)
{
    static const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char top[TAP_FOLDER_ROOM], path[PATH], room[16];
    tap_folder_new(top);
    CHECK_INT(mkdir(in(top, "from", path), 0700), 0);
    CHECK_INT(mkdir(in(top, "to", path), 0700), 0);
    CHECK_INT(mkdir(in(top, "from/staged", path), 0700), 0);
    write_text(top, "from/staged/one", "a part");
    int64_t before = clock_now();
    CHECK_STR(copied_again(top, true, room), "a part");
    AUTO_CLOSE int to = open(in(top, "to", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(copy_since(&(struct copy){.to = to}, "staged/one", before));
    CHECK(!copy_since(&(struct copy){.to = to}, "staged/one", clock_now() + 1));
    CHECK(!copy_since(&(struct copy){.to = to}, "staged/two", 0));
    write_text(top, "from/staged/one", "all of it");
    CHECK_STR(copied_again(top, false, room), "a part");
    CHECK_STR(copied_again(top, true, room), "all of it");
    write_text(top, "from/staged/one", "as before");
    CHECK_INT(utimensat(AT_FDCWD, in(top, "from/staged/one", path), long_ago, 0), 0);
    CHECK_STR(copied_again(top, true, room), "all of it");
    CHECK_INT(unlink(path), 0);
    CHECK_STR(copied_again(top, true, room), "all of it");
    tap_folder_remove(top);
}

/* A manifest as whoever may write one would, with the hash that goes with it. */
static void forge(const char *top, const char *line)
{
    char hex[65], marker[256];
    uint8_t hash[32];
    hash_sha256(HASH_TEXT(line), hash);
    text_hex(hash, sizeof hash, hex);
    snprintf(marker, sizeof marker,
             "a-backup/v1\nmade_at 2026-11-24T10:00:00.000Z\nfiles 1\nmanifest %s\n", hex);
    write_text(top, "backup/manifest", line);
    write_text(top, "backup/backup", marker);
}

TEST(a_manifest_that_names_a_place_outside_is_refused)
{
    static const char *const bad[] = {"../two", "/two", "deep/../../two", "deep//one", "t wo", ""};
    char top[TAP_FOLDER_ROOM], hex[65], line[200], path[PATH];
    uint8_t hash[32];
    struct stat st;
    tap_folder_new(top);
    make_backup(top);
    write_text(top, "backup/two", "two two"); /* where ../two would be read from */
    hash_sha256(HASH_TEXT("two two"), hash);
    text_hex(hash, sizeof hash, hex);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        snprintf(line, sizeof line, "%s 7 %s\n", hex, bad[i]);
        forge(top, line);
        CHECK(bring_back(top, "to") > 0);
        CHECK(stat(in(top, "two", path), &st) != 0);
    }
    snprintf(line, sizeof line, "%s 7 two\n", hex);
    forge(top, line);
    CHECK_INT(bring_back(top, "to"), 0);
    tap_folder_remove(top);
}

TAP_MAIN(TAP(what_was_copied_comes_back), TAP(what_grows_is_copied_again_and_what_is_gone_is_kept),
         TAP(a_changed_file_or_manifest_does_not),
         TAP(a_manifest_that_names_a_place_outside_is_refused))
