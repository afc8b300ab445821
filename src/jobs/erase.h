/* SPDX-License-Identifier: Apache-2.0
 *
 * Erasing a photo (R9), whoever has it erased: its recipient, its delete-by date, an administrator.
 * One function does what belongs together in the transaction that decides; the destroy job that it
 * queues does the rest, after a crash too.
 */
#ifndef PORCHLIGHT_JOBS_ERASE_H
#define PORCHLIGHT_JOBS_ERASE_H

#include "domain/delivery.h"
#include "notify/tell.h"
#include "store/store.h"

struct conveyor;
struct recorder;

/* One erasure, of one photo or several. */
struct erasure {
    struct conveyor *conveyor; /* NULL outside a server, which finds the jobs in the table */
    const struct recorder *recorder;
    struct arena *arena;
    int64_t now;
    int64_t asked_at;        /* when it was asked for; 0: now */
    const char *reason;      /* a PHOTO_REASONS word */
    struct telling *telling; /* of the transaction */
    int queued;              /* out: destroy jobs; wake DESTROY_KIND once they have committed */
};

/* Drops the photo's verdict, queues the destruction of all its keys and bytes, makes it erased, and
 * has its delivery show that where the photo is of the present attempt; a name or a signature that
 * is kept beside such a photo goes with it; so do the hashes of its bytes. What a receipt of the
 * erasure will say is noted (store/erasure.h). The ledger gets its last entry, and what opened the
 * earlier ones is dropped. `photo` is the row as it is in this transaction, and as
 * it has become afterwards: without slots. 0 or a fault. */
int erase_photo(struct erasure *erasure, struct db_tx *tx, struct photo *photo) MUST_CHECK;

#endif
