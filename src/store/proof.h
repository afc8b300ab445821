/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody at the door gave instead of a photo, or beside it, and is kept for a while: the
 * name or the signature of who took the parcel. Its kind stands in the delivery, for good; the
 * value goes with the photo, or by a date of its own where there is no photo.
 */
#ifndef PORCHLIGHT_STORE_PROOF_H
#define PORCHLIGHT_STORE_PROOF_H

#include "store/store.h"

struct store_proof {
    char delivery_id[ID_ROOM];
    const char *value; /* a name, or the path of a signature */
    int64_t delete_by;
};

/* Keeps a delivery's proof, in place of an earlier one. */
int store_proof_put(struct db_tx *tx, const struct store_proof *proof) MUST_CHECK;
int store_proof_get(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                    struct store_proof *out) MUST_CHECK;
/* 0 when there was none, too. */
int store_proof_drop(struct db_tx *tx, const char *delivery_id) MUST_CHECK;

STORE_LIST(store_proofs, struct store_proof);
/* Those whose date has come, the longest overdue first, at most `limit`. */
int store_proof_due(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                    struct store_proofs *out) MUST_CHECK;

#endif
