/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6962 defines a tree of n entries by its largest power of two below n: the left part is
 * complete, the right part is whatever remains. So every subtree that a proof names is either
 * complete, and read, or hangs at the right edge, and is put together from complete ones.
 *
 * Checking goes up from the leaf by the bits of the index and of the last index, as RFC 9162
 * sections 2.1.3.2 and 2.1.4.2 lay it down; a proof that is too long or too short is no proof.
 */
#include "ledger/tree.h"

#include "crypto/hash.h"

static const uint8_t leaf_mark = 0x00, node_mark = 0x01;

void tree_leaf(struct span entry, tree_hash out)
{
    struct hash hash;
    hash_start(&hash);
    hash_add(&hash, (struct span){&leaf_mark, 1});
    hash_add(&hash, entry);
    hash_finish(&hash, out);
}

void tree_node(const tree_hash left, const tree_hash right, tree_hash out)
{
    struct hash hash;
    hash_start(&hash);
    hash_add(&hash, (struct span){&node_mark, 1});
    hash_add(&hash, (struct span){left, TREE_HASH});
    hash_add(&hash, (struct span){right, TREE_HASH});
    hash_finish(&hash, out);
}

/* ---- growing ---- */

void tree_append(struct tree_edge *edge, const tree_hash leaf, tree_grown *grown, void *context)
{
    tree_hash now;
    memcpy(now, leaf, TREE_HASH);
    unsigned height = 0;
    if (grown)
        grown(context, 0, now);
    for (uint64_t bits = edge->size; bits & 1 && height + 1 < TREE_HEIGHT; bits >>= 1) {
        tree_node(edge->hash[height], now, now);
        height++;
        if (grown)
            grown(context, height, now);
    }
    memcpy(edge->hash[height], now, TREE_HASH);
    edge->size++;
}

void tree_edge_root(const struct tree_edge *edge, tree_hash out)
{
    bool any = false;
    for (unsigned height = 0; height < TREE_HEIGHT; height++) {
        if (!(edge->size >> height & 1))
            continue;
        if (any)
            tree_node(edge->hash[height], out, out);
        else
            memcpy(out, edge->hash[height], TREE_HASH);
        any = true;
    }
    if (!any)
        hash_sha256((struct span){NULL, 0}, out);
}

int tree_edge_read(const struct tree_reader *reader, uint64_t size, struct tree_edge *edge_out)
{
    int result = 0;
    *edge_out = (struct tree_edge){.size = size};
    for (unsigned height = 0; result == 0 && height < TREE_HEIGHT; height++)
        if (size >> height & 1)
            result =
                reader->read(reader->context, height, (size >> height) - 1, edge_out->hash[height]);
    return result;
}

/* ---- making proofs ---- */

/* The largest power of two below n, as a height; n > 1. */
static unsigned split_height(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n - 1);
}

/* The hash of entries [from, to): complete, or at the right edge. `from` is a multiple of the power
 * of two that is not less than their number, as it is for every part of a tree. */
static int hash_of(const struct tree_reader *reader, uint64_t from, uint64_t to, tree_hash out)
{
    tree_hash parts[TREE_HEIGHT];
    int count = 0;
    do {
        unsigned height = 63 - (unsigned)__builtin_clzll(to - from);
        int result = reader->read(reader->context, height, from >> height, parts[count]);
        if (result != 0)
            return result;
        count++;
        from += UINT64_C(1) << height;
    } while (from < to);
    memcpy(out, parts[--count], TREE_HASH);
    while (count > 0)
        tree_node(parts[--count], out, out);
    return 0;
}

static int add_hash(const struct tree_reader *reader, uint64_t from, uint64_t to,
                    struct tree_proof *proof)
{
    return hash_of(reader, from, to, proof->hashes[proof->count++]);
}

/* A proof is made from the root down and told from the leaf up. */
static void turn(struct tree_proof *proof)
{
    for (int i = 0, j = proof->count - 1; i < j; i++, j--) {
        tree_hash kept;
        memcpy(kept, proof->hashes[i], TREE_HASH);
        memcpy(proof->hashes[i], proof->hashes[j], TREE_HASH);
        memcpy(proof->hashes[j], kept, TREE_HASH);
    }
}

int tree_prove(const struct tree_reader *reader, uint64_t size, uint64_t index,
               struct tree_proof *proof_out)
{
    uint64_t from = 0, to = size;
    int result = 0;
    proof_out->count = 0;
    while (result == 0 && to - from > 1) {
        uint64_t middle = from + (UINT64_C(1) << split_height(to - from));
        if (index < middle) {
            result = add_hash(reader, middle, to, proof_out);
            to = middle;
        } else {
            result = add_hash(reader, from, middle, proof_out);
            from = middle;
        }
    }
    turn(proof_out);
    return result;
}

int tree_prove_growth(const struct tree_reader *reader, uint64_t older, uint64_t size,
                      struct tree_proof *proof_out)
{
    uint64_t from = 0, to = size;
    int result = 0;
    proof_out->count = 0;
    while (result == 0 && to != older) {
        uint64_t middle = from + (UINT64_C(1) << split_height(to - from));
        if (older <= middle) {
            result = add_hash(reader, middle, to, proof_out);
            to = middle;
        } else {
            result = add_hash(reader, from, middle, proof_out);
            from = middle;
        }
    }
    if (result == 0 && from != 0) /* else the older root, which the checker has */
        result = add_hash(reader, from, to, proof_out);
    turn(proof_out);
    return result;
}

/* ---- checking proofs ---- */

static bool is_odd(uint64_t n)
{
    return n & 1;
}

bool tree_check(const struct tree_proof *proof, const struct tree_head *head, uint64_t index,
                const tree_hash leaf)
{
    tree_hash now;
    if (index >= head->size)
        return false;
    uint64_t at = index, last = head->size - 1;
    memcpy(now, leaf, TREE_HASH);
    for (int i = 0; i < proof->count; i++) {
        if (last == 0)
            return false;
        if (is_odd(at) || at == last) {
            tree_node(proof->hashes[i], now, now);
            for (; !is_odd(at) && at != 0; at >>= 1)
                last >>= 1;
        } else {
            tree_node(now, proof->hashes[i], now);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(now, head->root, TREE_HASH) == 0;
}

bool tree_check_growth(const struct tree_proof *proof, const struct tree_head *older,
                       const struct tree_head *newer)
{
    tree_hash old_root, new_root;
    if (older->size > newer->size || (older->size == 0 && proof->count != 0))
        return false;
    if (older->size == 0)
        return true;
    if (older->size == newer->size)
        return proof->count == 0 && memcmp(older->root, newer->root, TREE_HASH) == 0;
    uint64_t at = older->size - 1, last = newer->size - 1;
    int used = 0;
    for (; is_odd(at); at >>= 1)
        last >>= 1;
    if (at != 0 && proof->count == 0)
        return false;
    memcpy(old_root, at == 0 ? older->root : proof->hashes[used++], TREE_HASH);
    memcpy(new_root, old_root, TREE_HASH);
    for (; used < proof->count; used++) {
        if (last == 0)
            return false;
        if (is_odd(at) || at == last) {
            tree_node(proof->hashes[used], old_root, old_root);
            tree_node(proof->hashes[used], new_root, new_root);
            for (; !is_odd(at) && at != 0; at >>= 1)
                last >>= 1;
        } else {
            tree_node(new_root, proof->hashes[used], new_root);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(old_root, older->root, TREE_HASH) == 0 &&
           memcmp(new_root, newer->root, TREE_HASH) == 0;
}
