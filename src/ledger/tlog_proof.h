/* SPDX-License-Identifier: Apache-2.0
 *
 * Proofs as files (C2SP tlog-proof@v1, *.tlog-proof): the index of an entry, the hashes that lead
 * from it to the root, and the signed checkpoint with that root. Pure; fuzzed in fuzz_tlog_proof.c.
 */
#ifndef PORCHLIGHT_TLOG_PROOF_H
#define PORCHLIGHT_TLOG_PROOF_H

#include "ledger/checkpoint.h"

enum { TLOG_PROOF_CEILING = NOTE_CEILING + (16 << 10) };

struct tlog_proof {
    uint64_t index;
    struct tree_proof path;
    struct span checkpoint; /* the note, byte for byte */
};

void tlog_proof_write(const struct tlog_proof *proof, struct buf *out);

/* The checkpoint points into `bytes`. An `extra` line is passed over: nothing vouches for it.
 * False: not such a proof. The checkpoint is not read: checkpoint_open does that. */
bool tlog_proof_parse(struct span bytes, struct tlog_proof *proof_out) MUST_CHECK;

#endif
