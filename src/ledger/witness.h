/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking a witness (C2SP tlog-witness, add-checkpoint): it is sent a checkpoint with a proof that
 * the log it knows begins this one, and cosigns. The words of the protocol are pure; only
 * witness_ask speaks to anybody.
 */
#ifndef PORCHLIGHT_WITNESS_H
#define PORCHLIGHT_WITNESS_H

#include "ledger/tlog_policy.h"

enum { WITNESS_ANSWER_CEILING = 16 << 10 };

enum witness_outcome {
    WITNESS_SEEN_MORE = 1, /* it has cosigned a longer log than this, or another one */
    WITNESS_REFUSED,       /* it does not know the log, or does not take what it was sent */
    WITNESS_UNREACHED,
};

/* A checkpoint as it was published, and the tree that proves its growth. */
struct witness_checkpoint {
    struct span note;
    struct tree_head head;
    const struct tree_reader *reader;
};

/* Adds the body of a request: the log of `known` entries begins this one. 0 or a fault. */
int witness_request(const struct witness_checkpoint *checkpoint, uint64_t known,
                    struct buf *out) MUST_CHECK;

/* Reads the size in a 409's body. False: it is none. */
bool witness_read_size(struct span body, uint64_t *size_out) MUST_CHECK;

/* Adds the lines of an answer that this witness signed for this checkpoint to `out`. False: there
 * is none. */
bool witness_read_lines(struct span body, const struct witness_checkpoint *checkpoint,
                        const struct note_key *witness, struct buf *out) MUST_CHECK;

/* Asks; `*known` is how far the witness knows the log, as far as we know, and is set to what it
 * says. 0 with its lines in `out`, an outcome, or a fault. */
int witness_ask(const struct tlog_member *witness, const struct witness_checkpoint *checkpoint,
                uint64_t *known, struct buf *out) MUST_CHECK;

#endif
