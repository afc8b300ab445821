/* SPDX-License-Identifier: Apache-2.0
 *
 * What others say of the log: witnesses that cosign its checkpoints, and authorities that stamp
 * them with the time. A thread of its own asks them every `attest_ms` for the newest checkpoint,
 * which covers all entries before it; so when they are down, nothing is lost but time, and nobody
 * waits. What they gave lies beside the log:
 *
 *     attested/<size>        the checkpoint with the witnesses' lines
 *     attested/<size>.tsr    the time stamp of its text, where there is one
 *     attested/sizes         the sizes, 8 bytes each, in order
 *
 * Before the ledger signs anything new after a start, the witnesses are asked once: one that has
 * seen more of the log than there is here stops it (LEDGER_BEHIND). Inside this folder only.
 */
#ifndef PORCHLIGHT_ATTEST_H
#define PORCHLIGHT_ATTEST_H

#include "ledger/ledger_inside.h"

struct attest;

/* Starts the thread where there is anybody to ask; else *attest_out is NULL. 0 or a fault. */
int attest_start(struct ledger *ledger, struct attest **attest_out) MUST_CHECK;

/* Asks everybody now. 0, or a fault of our own disk. */
int attest_round(struct attest *attest) MUST_CHECK;

/* Waits until everybody was asked once, or it ends. NULL is harmless. */
void attest_wait(struct attest *attest);

/* Ends the thread, which may take a request's time. NULL is harmless. */
void attest_stop(struct attest **attest);

/* The first attested checkpoint of a log with entry `index` in it, and its time stamp, if there is
 * one. 0, LEDGER_ABSENT, or a fault. */
int attest_find(const struct log_place *place, uint64_t index, struct buf *note_out,
                struct buf *stamp_out) MUST_CHECK;

#endif
