/* SPDX-License-Identifier: Apache-2.0
 *
 * The store of files: whole or not at all, through a full disk, failing calls and kills at every
 * step.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/tap.h"
#include "base/tap_break.h"
#include "base/tap_folder.h"
#include "blob/blob_fault.h"
#include "blob/blob_files.h"

static char folder[TAP_FOLDER_ROOM];

static struct blob_store *open_store(void)
{
    struct blob_store *store = NULL;
    char path[TAP_FOLDER_ROOM + 8];
    snprintf(path, sizeof path, "%s/photos", folder);
    CHECK_INT(blob_files_open(path, &store), 0);
    if (!store)
        abort();
    return store;
}

static struct span text(const char *bytes)
{
    return (struct span){(const uint8_t *)bytes, strlen(bytes)};
}

/* What an object holds, as text; NULL when there is none. One at a time. */
static const char *content(struct blob_store *store, const char *name)
{
    static char bytes[64];
    struct blob blob;
    int result = blob_open(store, name, &blob);
    if (result != 0) {
        CHECK_INT(result, BLOB_ABSENT);
        return NULL;
    }
    CHECK(blob.size < sizeof bytes);
    CHECK_INT(blob_read(&blob, 0, &(struct iovec){bytes, blob.size}, 1), 0);
    bytes[blob.size] = '\0';
    blob_close(&blob);
    return bytes;
}

static unsigned files_seen;

static int count_files(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    files_seen += kind == FTW_F && strstr(path, "/spare.") == NULL;
    return 0;
}

/* Files in the whole folder, temporary ones too, but not those kept to be used again. */
static unsigned files_in_folder(void)
{
    files_seen = 0;
    nftw(folder, count_files, 16, FTW_PHYS);
    return files_seen;
}

TEST(an_object_is_put_read_replaced_and_removed)
{
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    CHECK(content(store, "pho_a1") == NULL);
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("first")), 0);
    CHECK_STR(content(store, "pho_a1"), "first");
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("second one")), 0);
    CHECK_STR(content(store, "pho_a1"), "second one");
    CHECK_INT(blob_put_bytes(store, "pho_a2", text("")), 0);
    CHECK_STR(content(store, "pho_a2"), "");
    CHECK_INT(files_in_folder(), 2);
    CHECK_INT(blob_remove(store, "pho_a1", BLOB_REMOVE_DURABLY), 0);
    CHECK_INT(blob_remove(store, "pho_a1", BLOB_REMOVE_DURABLY), BLOB_ABSENT);
    CHECK_INT(blob_remove(store, "pho_a2", BLOB_REMOVE_LAZY), 0);
    CHECK_INT(blob_remove(store, "pho_zz", BLOB_REMOVE_LAZY), BLOB_ABSENT);
    CHECK(content(store, "pho_a1") == NULL);
    CHECK_INT(files_in_folder(), 0);
    blob_store_free(&store);
    CHECK(store == NULL);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

TEST(objects_lie_on_shelves_for_the_owner_only)
{
    struct stat st;
    char path[2 * TAP_FOLDER_ROOM];
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    CHECK_INT(blob_put_bytes(store, "pho_xyz", text("x")), 0);
    snprintf(path, sizeof path, "%s/photos/z/pho_xyz", folder);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    snprintf(path, sizeof path, "%s/photos", folder);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0700);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

TEST(names_that_could_be_paths_are_refused)
{
    static const char *const names[] = {
        "",
        "a",
        "ab",
        "..",
        "../etc",
        "a/b",
        "/etc/passwd",
        "pho.jpg",
        "Photo",
        "pho a1",
        "pho-a1a",
        "pho_\xc3",
        "pho_\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct blob blob;
        CHECK_INT(blob_put_bytes(store, names[i], text("x")), BLOB_BAD_NAME);
        CHECK_INT(blob_open(store, names[i], &blob), BLOB_BAD_NAME);
        CHECK_INT(blob_remove(store, names[i], BLOB_REMOVE_LAZY), BLOB_BAD_NAME);
        blob_close(&blob);
    }
    CHECK_INT(files_in_folder(), 0);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

TEST(reads_fill_several_parts_and_stop_at_the_end)
{
    char a[4] = "", b[8] = "";
    struct blob blob;
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("0123456789")), 0);
    CHECK_INT(blob_open(store, "pho_a1", &blob), 0);
    CHECK_INT(blob.size, 10);
    CHECK_INT(blob_read(&blob, 1, (struct iovec[]){{a, 3}, {b, 5}}, 2), 0);
    CHECK_STR(a, "123");
    CHECK_STR(b, "45678");
    CHECK_INT(blob_read(&blob, 10, &(struct iovec){a, 0}, 1), 0);
    CHECK_INT(blob_read(&blob, 10, &(struct iovec){a, 1}, 1), BLOB_SHORT);
    CHECK_INT(blob_read(&blob, 8, &(struct iovec){a, 3}, 1), BLOB_SHORT);
    CHECK_INT(blob_read(&blob, UINT64_MAX, &(struct iovec){a, 3}, 1), BLOB_SHORT);
    /* Removed and replaced while open: still readable. */
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("other")), 0);
    CHECK_INT(blob_remove(store, "pho_a1", BLOB_REMOVE_LAZY), 0);
    CHECK_INT(blob_read(&blob, 9, &(struct iovec){a, 1}, 1), 0);
    CHECK_INT(a[0], '9');
    blob_close(&blob);
    blob_close(&blob);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

struct seen {
    struct blob_store *store;
    unsigned count, stop_at;
};

static int see(void *context, const char *name)
{
    struct seen *seen = context;
    CHECK(strncmp(name, "pho_", 4) == 0);
    CHECK_INT(blob_remove(seen->store, name, BLOB_REMOVE_LAZY), 0);
    return ++seen->count == seen->stop_at ? 55 : 0;
}

TEST(each_object_is_shown_once_and_may_be_removed)
{
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    for (unsigned i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "pho_%02u", i);
        CHECK_INT(blob_put_bytes(store, name, text("x")), 0);
    }
    struct seen seen = {.store = store, .stop_at = 20};
    CHECK_INT(blob_each(store, see, &seen), 55);
    CHECK_INT(seen.count, 20);
    seen.stop_at = 0;
    CHECK_INT(blob_each(store, see, &seen), 0);
    CHECK_INT(seen.count, 50);
    CHECK_INT(files_in_folder(), 0);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

static int short_next(void *context, struct span *piece_out)
{
    int *turn = context;
    *piece_out = ++*turn <= 2 ? text("piece") : text("");
    return *turn == 3 ? 41 : 0;
}

TEST(a_source_that_breaks_off_or_lies_about_its_size_keeps_nothing)
{
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    int turn = 0;
    CHECK_INT(blob_put(store, "pho_a1", &(struct blob_source){10, short_next, &turn}), 41);
    turn = -10; /* pieces without end, more than was said */
    CHECK_INT(blob_put(store, "pho_a1", &(struct blob_source){12, short_next, &turn}), -EINVAL);
    turn = 3;
    CHECK_INT(blob_put(store, "pho_a1", &(struct blob_source){12, short_next, &turn}), -EINVAL);
    CHECK(content(store, "pho_a1") == NULL);
    CHECK_INT(files_in_folder(), 0);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

TEST(each_failing_call_keeps_the_old_object_whole)
{
    static const int errors[] = {ENOSPC, EIO, EDQUOT};
    for (size_t e = 0; e < ARRAY_LEN(errors); e++) {
        int result = -1;
        for (unsigned n = 1; result != 0 && n < 20; n++) {
            tap_folder_new(folder);
            struct blob_store *store = open_store();
            tap_break_at(n, errors[e]);
            result = blob_put_bytes(store, "pho_a1", text("the new one"));
            tap_break_at(0, 0);
            CHECK(result == 0 || result == (errors[e] == EIO ? -EIO : BLOB_FULL));
            /* All or nothing; an object whose folder could not be synced may be there. */
            const char *got = content(store, "pho_a1");
            CHECK(got == NULL || strcmp(got, "the new one") == 0);
            CHECK(result != 0 || got != NULL);
            CHECK(files_in_folder() <= 1);
            CHECK_INT(blob_put_bytes(store, "pho_a1", text("again")), 0);
            CHECK_STR(content(store, "pho_a1"), "again");
            blob_store_free(&store);
            tap_folder_remove(folder);
        }
        CHECK_INT(result, 0);
    }
}

/* Puts in a child that is killed at step n; true when it got through. */
static bool put_survives(unsigned n)
{
    pid_t child = fork();
    if (child == 0) {
        struct blob_store *store = open_store();
        tap_break_at(n, TAP_BREAK_KILL);
        _exit(blob_put_bytes(store, "pho_a1", text("new")));
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

TEST(killed_at_any_step_leaves_the_old_or_the_new_one_and_no_litter)
{
    bool through = false;
    unsigned n = 1;
    for (; !through && n < 20; n++) {
        tap_folder_new(folder);
        struct blob_store *store = open_store();
        CHECK_INT(blob_put_bytes(store, "pho_a1", text("old")), 0);
        blob_store_free(&store);
        through = put_survives(n);
        store = open_store();
        const char *got = content(store, "pho_a1");
        CHECK(got && (strcmp(got, "new") == 0 || (!through && strcmp(got, "old") == 0)));
        CHECK_INT(files_in_folder(), 1);
        blob_store_free(&store);
        tap_folder_remove(folder);
    }
    CHECK(n > 4 && n < 20);
}

TEST(free_space_is_told)
{
    uint64_t bytes = 0;
    tap_folder_new(folder);
    struct blob_store *store = open_store();
    CHECK_INT(blob_free_space(store, &bytes), 0);
    CHECK(bytes > 0);
    blob_store_free(&store);
    tap_folder_remove(folder);
}

TEST(the_faulty_store_fails_when_told_and_else_hands_on)
{
    uint64_t bytes;
    char byte;
    struct blob blob;
    tap_folder_new(folder);
    struct blob_store *inner = open_store(), *store = blob_fault_new(inner);
    blob_fault_at(store, 2, -EIO); /* the put's first piece */
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("x")), -EIO);
    CHECK_INT(files_in_folder(), 0);
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("x")), 0);
    blob_fault_at(store, 1, BLOB_FULL);
    CHECK_INT(blob_put_bytes(store, "pho_a1", text("y")), BLOB_FULL);
    blob_fault_at(store, 1, -EIO);
    CHECK_INT(blob_open(store, "pho_a1", &blob), -EIO);
    CHECK_INT(blob_open(store, "pho_a1", &blob), 0);
    blob_fault_at(store, 1, -EIO);
    CHECK_INT(blob_read(&blob, 0, &(struct iovec){&byte, 1}, 1), -EIO);
    CHECK_INT(blob_read(&blob, 0, &(struct iovec){&byte, 1}, 1), 0);
    CHECK_INT(byte, 'x');
    blob_close(&blob);
    blob_fault_at(store, 1, -EIO);
    CHECK_INT(blob_free_space(store, &bytes), -EIO);
    blob_fault_at(store, 1, -EIO);
    CHECK_INT(blob_each(store, see, NULL), -EIO);
    blob_fault_at(store, 1, -EIO);
    CHECK_INT(blob_remove(store, "pho_a1", BLOB_REMOVE_LAZY), -EIO);
    CHECK_INT(blob_remove(store, "pho_a1", BLOB_REMOVE_LAZY), 0);
    CHECK(blob_fault_steps(store) > 10);
    blob_store_free(&store);
    blob_store_free(&inner);
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(an_object_is_put_read_replaced_and_removed),
         TAP(objects_lie_on_shelves_for_the_owner_only), TAP(names_that_could_be_paths_are_refused),
         TAP(reads_fill_several_parts_and_stop_at_the_end),
         TAP(each_object_is_shown_once_and_may_be_removed),
         TAP(a_source_that_breaks_off_or_lies_about_its_size_keeps_nothing),
         TAP(each_failing_call_keeps_the_old_object_whole),
         TAP(killed_at_any_step_leaves_the_old_or_the_new_one_and_no_litter),
         TAP(free_space_is_told), TAP(the_faulty_store_fails_when_told_and_else_hands_on))
