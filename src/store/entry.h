/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the ledger, as they are queued in the transaction of the step that they tell of. The
 * ledger takes them up in the order of `seq`, so `seq` also says where in the log an entry is.
 * Entries are never deleted: what an erasure takes away is what opens them.
 */
#ifndef PORCHLIGHT_STORE_ENTRY_H
#define PORCHLIGHT_STORE_ENTRY_H

#include "domain/words.h"
#include "store/store.h"

struct store_entry {
    int64_t seq; /* from 1, without gaps; given by store_entry_add */
    char photo_id[ID_ROOM];
    enum ledger_step step;
    uint8_t commitment[STORE_HASH];
    struct span sealed; /* salt and manifest, sealed; empty once the photo was erased */
    int64_t at;
};

/* Queues an entry: 0 or a fault. */
int store_entry_add(struct db_tx *tx, const struct store_entry *entry) MUST_CHECK;

/* The newest entry of a photo (`arena` NULL: without `sealed`); and its newest one that opens what
 * is shown of it: posted, withheld or released. 0, STORE_NOT_FOUND or a fault. */
int store_entry_last(struct db_tx *tx, const char *photo_id, struct arena *arena,
                     struct store_entry *out) MUST_CHECK;
int store_entry_shown(struct db_tx *tx, const char *photo_id, struct arena *arena,
                      struct store_entry *out) MUST_CHECK;

/* One entry of a photo. 0, STORE_NOT_FOUND or a fault. */
int store_entry_get(struct db_tx *tx, int64_t seq, const char *photo_id, struct arena *arena,
                    struct store_entry *out) MUST_CHECK;

/* The seq of the newest entry; 0 where there is none. */
int store_entry_count(struct db_tx *tx, int64_t *seq_out) MUST_CHECK;

/* At most `limit` commitments after `seq`, in order, 32 bytes each. 0 or a fault. */
int store_entry_commitments(struct db_tx *tx, int64_t seq, int limit, uint8_t (*out)[STORE_HASH],
                            int *count_out) MUST_CHECK;

/* Drops what opens the entries of a photo. 0 or a fault. */
int store_entry_forget(struct db_tx *tx, const char *photo_id) MUST_CHECK;

#endif
