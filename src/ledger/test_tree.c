/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree against RFC 6962's definition, written down here a second time as the RFC has it, and
 * against roots that an independent program computed.
 */
#include "ledger/tree.h"

#include <errno.h>

#include "base/tap.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

enum { MOST = 300 };

static tree_hash leaves[MOST];

/* RFC 6962, 2.1: MTH(D[from:to]) of leaf hashes. */
static void naive(uint64_t from, uint64_t to, tree_hash out)
{
    uint64_t k = 1;
    tree_hash left, right;
    if (from == to) {
        hash_sha256((struct span){NULL, 0}, out);
        return;
    }
    if (to - from == 1) {
        memcpy(out, leaves[from], TREE_HASH);
        return;
    }
    while (k * 2 < to - from)
        k *= 2;
    naive(from, from + k, left);
    naive(from + k, to, right);
    tree_node(left, right, out);
}

static int read_naive(void *context, unsigned height, uint64_t index, tree_hash out)
{
    uint64_t from = index << height, to = (index + 1) << height;
    if (to > *(uint64_t *)context)
        return -ERANGE;
    naive(from, to, out);
    return 0;
}

static void make_leaves(void)
{
    CHECK_INT(crypto_init(), 0);
    for (int i = 0; i < MOST; i++) {
        char text[20];
        snprintf(text, sizeof text, "entry %d", i);
        tree_leaf(HASH_TEXT(text), leaves[i]);
    }
}

/* The eight entries and the roots with which logs have been tested since RFC 6962. */
TEST(the_known_trees_have_their_known_roots)
{
    static const char *const entries[] = {"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    struct tree_edge edge = {0};
    CHECK_INT(crypto_init(), 0);
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        tree_hash root, leaf;
        char hex[65];
        uint8_t bytes[16];
        tree_edge_root(&edge, root);
        text_hex(root, TREE_HASH, hex);
        CHECK_STR(hex, roots[i]);
        if (i == ARRAY_LEN(entries))
            break;
        CHECK(text_unhex(entries[i], bytes, strlen(entries[i]) / 2));
        tree_leaf((struct span){bytes, strlen(entries[i]) / 2}, leaf);
        tree_append(&edge, leaf, NULL, NULL);
    }
}

TEST(a_tree_that_grew_is_the_tree_that_is_defined)
{
    struct tree_edge edge = {0}, read;
    make_leaves();
    for (uint64_t size = 0; size <= MOST; size++) {
        tree_hash root, want;
        struct tree_reader reader = {read_naive, &size};
        tree_edge_root(&edge, root);
        naive(0, size, want);
        CHECK(memcmp(root, want, TREE_HASH) == 0);
        CHECK_INT(tree_edge_read(&reader, size, &read), 0);
        tree_edge_root(&read, root);
        CHECK(memcmp(root, want, TREE_HASH) == 0);
        if (size < MOST)
            tree_append(&edge, leaves[size], NULL, NULL);
    }
}

static void check_inclusion(uint64_t size, uint64_t index)
{
    struct tree_proof proof;
    struct tree_head head = {.size = size};
    struct tree_reader reader = {read_naive, &size};
    naive(0, size, head.root);
    CHECK_INT(tree_prove(&reader, size, index, &proof), 0);
    CHECK(tree_check(&proof, &head, index, leaves[index]));
    CHECK(!tree_check(&proof, &head, index, leaves[(index + 1) % MOST]));
    CHECK(index + 1 == size || !tree_check(&proof, &head, index + 1, leaves[index]));
    CHECK(!tree_check(&proof, &head, size, leaves[index]));
    for (int i = 0; i < proof.count; i++) {
        proof.hashes[i][i % TREE_HASH] ^= 1;
        CHECK(!tree_check(&proof, &head, index, leaves[index]));
        proof.hashes[i][i % TREE_HASH] ^= 1;
    }
    proof.count++;
    memset(proof.hashes[proof.count - 1], 0, TREE_HASH);
    CHECK(!tree_check(&proof, &head, index, leaves[index]));
    proof.count -= 2;
    CHECK(proof.count < 0 || !tree_check(&proof, &head, index, leaves[index]));
}

TEST(every_entry_is_proven_and_nothing_else)
{
    make_leaves();
    for (uint64_t size = 1; size <= 66; size++)
        for (uint64_t index = 0; index < size; index++)
            check_inclusion(size, index);
    for (uint64_t index = 0; index < MOST; index += 7)
        check_inclusion(MOST, index);
}

static void check_growth(uint64_t older, uint64_t size)
{
    struct tree_proof proof;
    struct tree_head old_head = {.size = older}, head = {.size = size};
    struct tree_reader reader = {read_naive, &size};
    naive(0, older, old_head.root);
    naive(0, size, head.root);
    CHECK_INT(tree_prove_growth(&reader, older, size, &proof), 0);
    CHECK(tree_check_growth(&proof, &old_head, &head));
    if (older < size)
        CHECK(!tree_check_growth(&proof, &head, &old_head));
    for (int i = 0; i < proof.count; i++) {
        proof.hashes[i][i % TREE_HASH] ^= 1;
        CHECK(!tree_check_growth(&proof, &old_head, &head));
        proof.hashes[i][i % TREE_HASH] ^= 1;
    }
    old_head.root[0] ^= 1;
    CHECK(!tree_check_growth(&proof, &old_head, &head));
    old_head.root[0] ^= 1;
    memset(proof.hashes[proof.count++], 0, TREE_HASH);
    CHECK(!tree_check_growth(&proof, &old_head, &head));
}

TEST(every_growth_is_proven_and_nothing_else)
{
    make_leaves();
    for (uint64_t size = 1; size <= 40; size++)
        for (uint64_t older = 1; older <= size; older++)
            check_growth(older, size);
    check_growth(256, MOST);
    check_growth(255, MOST);
    check_growth(1, MOST);
}

TEST(every_tree_begins_with_the_empty_one)
{
    struct tree_proof proof = {.count = 0};
    struct tree_head empty = {.size = 0}, head = {.size = 5};
    CHECK(tree_check_growth(&proof, &empty, &head));
    proof.count = 1;
    CHECK(!tree_check_growth(&proof, &empty, &head));
}

TAP_MAIN(TAP(the_known_trees_have_their_known_roots),
         TAP(a_tree_that_grew_is_the_tree_that_is_defined),
         TAP(every_entry_is_proven_and_nothing_else), TAP(every_growth_is_proven_and_nothing_else),
         TAP(every_tree_begins_with_the_empty_one))
