/* SPDX-License-Identifier: Apache-2.0
 *
 * A log on the disk against a tree in memory: as it grows, after it was cut, and as others read it.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_break.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "ledger/log_files.h"

enum { MOST = 70000 };

static char folder[TAP_FOLDER_ROOM];
static char texts[MOST][16];
static struct span entries[MOST];

static void begin(void)
{
    CHECK_INT(crypto_init(), 0);
    log_set_level(LOG_ERROR);
    tap_folder_new(folder);
    for (int i = 0; i < MOST; i++) {
        snprintf(texts[i], sizeof texts[i], "entry %d", i);
        entries[i] = HASH_TEXT(texts[i]);
    }
}

static void grow(struct tree_edge *edge, int count)
{
    struct log_entries more = {count, entries + edge->size};
    CHECK_INT(log_files_append(folder, edge, &more), 0);
}

static struct tree_edge edge_of(uint64_t size)
{
    struct tree_edge edge = {0};
    for (uint64_t i = 0; i < size; i++) {
        tree_hash leaf;
        tree_leaf(entries[i], leaf);
        tree_append(&edge, leaf, NULL, NULL);
    }
    return edge;
}

static void check_root(uint64_t size)
{
    struct tree_reader reader = {log_files_node, folder};
    struct tree_edge want = edge_of(size), edge;
    tree_hash root, want_root;
    CHECK_INT(tree_edge_read(&reader, size, &edge), 0);
    tree_edge_root(&edge, root);
    tree_edge_root(&want, want_root);
    CHECK(memcmp(root, want_root, TREE_HASH) == 0);
}

static void check_proof(uint64_t size, uint64_t index)
{
    struct tree_reader reader = {log_files_node, folder};
    struct tree_edge edge = edge_of(size);
    struct tree_head head = {.size = size};
    struct tree_proof proof;
    tree_hash leaf;
    tree_edge_root(&edge, head.root);
    tree_leaf(entries[index], leaf);
    CHECK_INT(tree_prove(&reader, size, index, &proof), 0);
    CHECK(tree_check(&proof, &head, index, leaf));
}

TEST(a_log_grows_and_proves_what_is_in_it)
{
    struct tree_edge edge = {0};
    begin();
    static const int steps[] = {1, 1, 253, 1, 1, 255, 512, 3, 1000, 1, 63000, 1200};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        grow(&edge, steps[i]);
        check_root(edge.size);
        check_proof(edge.size, edge.size - 1);
        check_proof(edge.size, 0);
        check_proof(edge.size, edge.size / 2);
    }
    check_root(255);
    check_proof(65537, 65536);
    tap_folder_remove(folder);
}

static size_t tile_bytes(int level, uint64_t number, unsigned width, struct buf *out)
{
    struct tile tile = {level, number, width};
    buf_free(out);
    return log_files_tile(folder, &tile, out) == 0 ? out->len : 0;
}

TEST(tiles_are_what_is_asked_for)
{
    struct tree_edge edge = {0};
    struct buf bytes AUTO_BUF;
    char path[TAP_FOLDER_ROOM + 64];
    struct stat st;
    buf_init(&bytes, LOG_BUNDLE_CEILING);
    begin();
    grow(&edge, 600);
    CHECK_INT(tile_bytes(0, 0, 256, &bytes), 8192);
    CHECK_INT(tile_bytes(0, 1, 17, &bytes), 17 * 32);
    CHECK_INT(tile_bytes(0, 2, 88, &bytes), 88 * 32);
    CHECK_INT(tile_bytes(0, 2, 89, &bytes), 0);
    CHECK_INT(tile_bytes(0, 3, 1, &bytes), 0);
    CHECK_INT(tile_bytes(1, 0, 2, &bytes), 64);
    CHECK_INT(tile_bytes(1, 0, 3, &bytes), 0);
    CHECK_INT(tile_bytes(TILE_ENTRIES, 0, 2, &bytes), 2 * (2 + 7));
    CHECK(memcmp(bytes.data, "\0\7entry 0\0\7entry 1", 18) == 0);
    CHECK_INT(tile_bytes(TILE_ENTRIES, 2, 88, &bytes), 88 * (2 + 9));
    CHECK_INT(tile_bytes(TILE_ENTRIES, 2, 89, &bytes), 0);
    snprintf(path, sizeof path, "%s/tile/0/001", folder);
    CHECK(stat(path, &st) == 0 && st.st_size == 8192);
    snprintf(path, sizeof path, "%s/tile/0/002", folder);
    CHECK(stat(path, &st) != 0);
    tap_folder_remove(folder);
}

TEST(what_was_never_told_is_taken_back)
{
    static const uint64_t sizes[] = {1199, 1024, 1023, 600, 256, 255, 1, 0};
    begin();
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct tree_edge edge = edge_of(sizes[i] ? sizes[i] : 0), ahead = {0};
        grow(&ahead, 1200);
        CHECK_INT(log_files_cut(folder, sizes[i]), 0);
        CHECK_INT(log_files_cut(folder, sizes[i]), 0);
        check_root(sizes[i]);
        grow(&edge, 700);
        check_root(edge.size);
        check_proof(edge.size, edge.size - 1);
        check_proof(edge.size, 0);
        tap_folder_remove(folder);
        tap_folder_new(folder);
    }
    tap_folder_remove(folder);
}

TEST(fewer_entries_than_were_published_are_noticed)
{
    struct tree_edge edge = {0};
    begin();
    grow(&edge, 300);
    CHECK_INT(log_files_cut(folder, 301), LOG_FILES_DAMAGED);
    CHECK_INT(log_files_cut(folder, 513), LOG_FILES_DAMAGED);
    CHECK_INT(log_files_cut(folder, 300), 0);
    tap_folder_remove(folder);
}

TEST(small_files_are_whole)
{
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, 100);
    begin();
    CHECK_INT(log_files_read(folder, "about", &bytes), LOG_FILES_ABSENT);
    CHECK_INT(log_files_write(folder, "about", HASH_TEXT("one")), 0);
    CHECK_INT(log_files_write(folder, "about", HASH_TEXT("two")), 0);
    CHECK_INT(log_files_read(folder, "about", &bytes), 0);
    CHECK_STR((const char *)bytes.data, "two");
    tap_folder_remove(folder);
}

/* ---- what breaks ---- */

/* Goes on with a log of 250 entries after an append that did not end well, as the ledger does. */
static void check_goes_on(int n)
{
    struct tree_edge edge = edge_of(250);
    if (log_files_cut(folder, 250) != 0) {
        printf("# step %d\n", n);
        CHECK(false);
        return;
    }
    grow(&edge, 30);
    check_root(edge.size);
    check_proof(edge.size, 249);
    check_proof(edge.size, 260);
}

static void begin_again(void)
{
    struct tree_edge edge = {0};
    tap_folder_remove(folder);
    tap_folder_new(folder);
    grow(&edge, 250);
}

TEST(a_step_that_fails_is_taken_back_and_tried_again)
{
    static const int errors[] = {EIO, ENOSPC};
    begin();
    for (size_t e = 0; e < ARRAY_LEN(errors); e++) {
        int n = 1, result = -1;
        for (; result != 0 && n < 200; n++) {
            begin_again();
            struct tree_edge edge = edge_of(250);
            struct log_entries more = {20, entries + 250};
            log_set_level((enum log_level) - 1);
            tap_break_at((unsigned)n, errors[e]);
            result = log_files_append(folder, &edge, &more);
            tap_break_at(0, 0);
            CHECK_INT(edge.size, result == 0 ? 270 : 250);
            if (result != 0)
                check_goes_on(n);
        }
        printf("# %d steps of an append\n", n - 2);
        CHECK(result == 0 && n > 8);
    }
    tap_folder_remove(folder);
}

TEST(a_kill_at_any_step_loses_nothing_that_was_told)
{
    int n = 1, status = -1;
    begin();
    for (; status != 0 && n < 200; n++) {
        begin_again();
        struct tree_edge edge = edge_of(250);
        struct log_entries more = {20, entries + 250};
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            tap_break_at((unsigned)n, TAP_BREAK_KILL);
            _exit(log_files_append(folder, &edge, &more) == 0 ? 0 : 1);
        }
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == TAP_BREAK_STATUS || status == 0));
        check_goes_on(n);
    }
    CHECK(n > 8);
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(a_log_grows_and_proves_what_is_in_it), TAP(tiles_are_what_is_asked_for),
         TAP(what_was_never_told_is_taken_back), TAP(fewer_entries_than_were_published_are_noticed),
         TAP(small_files_are_whole), TAP(a_step_that_fails_is_taken_back_and_tried_again),
         TAP(a_kill_at_any_step_loses_nothing_that_was_told))
