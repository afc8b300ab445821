/* SPDX-License-Identifier: Apache-2.0
 *
 * The Merkle tree of RFC 6962 section 2.1, pure: hashes of leaves and nodes, the root, and proofs
 * that an entry is in a tree (inclusion) and that one tree begins another (consistency), made and
 * checked.
 *
 * A tree is never held whole. Whoever makes a proof brings a reader that gives the hash of any
 * complete subtree: of 2^height leaves, the `index`-th of its row. Appending needs the edge only,
 * which is one hash for each bit of the size.
 */
#ifndef PORCHLIGHT_TREE_H
#define PORCHLIGHT_TREE_H

#include "base/base.h"

enum {
    TREE_HASH = 32,
    TREE_HEIGHT = 48,                 /* no tree has more than 2^48 entries */
    TREE_PROOF_MAX = 2 * TREE_HEIGHT, /* hashes of a proof */
};

typedef uint8_t tree_hash[TREE_HASH];

void tree_leaf(struct span entry, tree_hash out);
void tree_node(const tree_hash left, const tree_hash right, tree_hash out);

/* ---- growing ---- */

/* The complete subtrees at the right edge. Invariant: hash[h] is set where bit h of size is. */
struct tree_edge {
    uint64_t size;
    tree_hash hash[TREE_HEIGHT];
};

/* Adds a leaf. Each complete subtree that this makes is told, the lowest first (height 0, the leaf
 * itself, included). */
typedef void tree_grown(void *context, unsigned height, const tree_hash hash);
void tree_append(struct tree_edge *edge, const tree_hash leaf, tree_grown *grown, void *context);

void tree_edge_root(const struct tree_edge *edge, tree_hash out);

/* ---- proofs ---- */

/* Gives the hash of a complete subtree. 0 or a fault, which comes back from whoever asked. */
typedef int tree_read(void *context, unsigned height, uint64_t index, tree_hash out);

struct tree_reader {
    tree_read *read;
    void *context;
};

struct tree_proof {
    int count;
    tree_hash hashes[TREE_PROOF_MAX];
};

/* The edge, and so the root, of the tree of the first `size` entries. 0 or the reader's fault. */
int tree_edge_read(const struct tree_reader *reader, uint64_t size,
                   struct tree_edge *edge_out) MUST_CHECK;

/* Proves entry `index` of a tree of `size`; index < size is the caller's to see to. */
int tree_prove(const struct tree_reader *reader, uint64_t size, uint64_t index,
               struct tree_proof *proof_out) MUST_CHECK;

/* Proves that the tree of `older` entries begins that of `size`; 1 <= older <= size. */
int tree_prove_growth(const struct tree_reader *reader, uint64_t older, uint64_t size,
                      struct tree_proof *proof_out) MUST_CHECK;

/* True when the proof leads from the leaf at `index` to the root of a tree of `size`. */
struct tree_head {
    uint64_t size;
    tree_hash root;
};
bool tree_check(const struct tree_proof *proof, const struct tree_head *head, uint64_t index,
                const tree_hash leaf) MUST_CHECK;

/* True when the proof shows that `older` begins `newer`. Every tree begins with the empty one,
 * whose proof is empty. */
bool tree_check_growth(const struct tree_proof *proof, const struct tree_head *older,
                       const struct tree_head *newer) MUST_CHECK;

#endif
