/* SPDX-License-Identifier: Apache-2.0
 *
 * Erasures: when one was asked for, and when the photo's keys were destroyed. The reason and the
 * state are the photo's. And how far the journal of erasures in the key folder (keys/journal.h) has
 * been heard of in this database.
 */
#ifndef PORCHLIGHT_STORE_ERASURE_H
#define PORCHLIGHT_STORE_ERASURE_H

#include "store/store.h"

struct store_erasure {
    int64_t asked_at;
    int64_t destroyed_at; /* 0: the keys are still to be destroyed */
    int64_t copies_until; /* 0 until then */
};

/* Notes that a photo is erased, in the transaction that decides it, and drops the hashes of its
 * bytes from its row. An earlier note of the same photo stays. 0 or a fault. */
int store_erasure_add(struct db_tx *tx, const char *photo_id, int64_t asked_at) MUST_CHECK;

/* Its keys are destroyed; the first word on it stays. 0 or a fault. */
int store_erasure_done(struct db_tx *tx, const char *photo_id, int64_t destroyed_at,
                       int64_t copies_until) MUST_CHECK;

/* 0, STORE_NOT_FOUND, or a fault. */
int store_erasure_get(struct db_tx *tx, const char *photo_id, struct store_erasure *out) MUST_CHECK;

/* The mark of the journal that this database has come to; "" at first. `arena` as in store.h. */
int store_erasure_mark(struct db_tx *tx, struct arena *arena, const char **mark_out) MUST_CHECK;
int store_erasure_set_mark(struct db_tx *tx, const char *mark) MUST_CHECK;

#endif
