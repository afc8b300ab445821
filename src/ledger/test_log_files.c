/* SPDX-License-Identifier: Apache-2.0
 *
 * A log on the disk against a tree in memory: as it grows, after it was cut, and as others read it.
 */
#include "base/log.h"
#include "base/tap.h"
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

TAP_MAIN(TAP(a_log_grows_and_proves_what_is_in_it), TAP(tiles_are_what_is_asked_for),
         TAP(what_was_never_told_is_taken_back), TAP(fewer_entries_than_were_published_are_noticed),
         TAP(small_files_are_whole))
