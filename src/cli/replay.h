/* SPDX-License-Identifier: Apache-2.0
 *
 * Erased stays erased, whatever was restored (R9). Before anything is served, a photo that this
 * database still shows is erased again, with the reason and the time that it was erased for at
 * first, when
 *
 *   - the journal in the key folder has it (keys/journal.h) behind what this database has heard of:
 *     then the data was restored, and perhaps the keys too; or
 *   - its key is not in the key folder any more: then the data was restored, and the journal's days
 *     reach back no further.
 *
 * A restored copy of the keys alone brings nothing back: a key that no row names is erased by the
 * orphans' sweep.
 */
#ifndef PORCHLIGHT_REPLAY_H
#define PORCHLIGHT_REPLAY_H

#include "base/base.h"

struct db;
struct keys;
struct recorder;

struct replay {
    struct db *db;
    struct keys *keys;
    const struct recorder *recorder;
    unsigned erased;    /* out: photos that were erased again */
    unsigned keys_gone; /* out: of these, the ones that only their missing key told of */
};

/* 0 or a fault. Cost: the journal's lines that are new to the database, and one look at the slot of
 * each photo that is kept. */
int replay_erasures(struct replay *replay) MUST_CHECK;

#endif
