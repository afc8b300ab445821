/* SPDX-License-Identifier: Apache-2.0
 *
 * Photos. A live photo is received, posted, withheld or set aside; an attempt has one at most,
 * which a unique index holds to. Rows of erased and rejected photos stay as evidence, without
 * fingerprint.
 */
#ifndef PORCHLIGHT_STORE_PHOTO_H
#define PORCHLIGHT_STORE_PHOTO_H

#include "domain/delivery.h"
#include "store/store.h"

/* 0, or STORE_EXISTS: the attempt has a live photo. */
int store_photo_insert(struct db_tx *tx, const struct photo *photo) MUST_CHECK;
int store_photo_get(struct db_tx *tx, const char *id, struct arena *arena,
                    struct photo *out) MUST_CHECK;
/* Writes the whole row by its id, apart from what never changes: delivery, driver, device, upload,
 * attempt, sha256, size, captured_at, received_at. The fingerprint is stored for live photos only,
 * and reads as 0 otherwise. STORE_EXISTS when the photo would become live and the attempt has
 * another live one; the writing function must return then (DB_EXISTS in db/db.h). */
int store_photo_update(struct db_tx *tx, const struct photo *photo) MUST_CHECK;

STORE_LIST(store_photos, struct photo);
/* The live photos of a delivery, of the newest attempt first, at most STORE_PAGE_LIMIT; a delivery
 * has no more, since it has STATES_ATTEMPTS attempts at most. */
int store_photo_live(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                     struct store_photos *out) MUST_CHECK;
/* The newest photo of an attempt (0: of any) that was erased. 0, STORE_NOT_FOUND or a fault. */
int store_photo_erased(struct db_tx *tx, const char *delivery_id, int attempt, struct arena *arena,
                       struct photo *out) MUST_CHECK;
/* The state of the newest photo of an attempt, whatever became of it; PHOTO_EXPECTED when there was
 * none. */
int store_photo_of_attempt(struct db_tx *tx, const char *delivery_id, int attempt,
                           enum photo_state *out) MUST_CHECK;
/* Photos in a state that calls for work, oldest first: PHOTO_RECEIVED or PHOTO_SET_ASIDE. */
int store_photo_waiting(struct db_tx *tx, enum photo_state state, const struct store_page *page,
                        struct arena *arena, struct store_photos *out) MUST_CHECK;
/* Posted, withheld and set-aside photos whose delete_by is at or before `now`, the longest due
 * first. */
int store_photo_due(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                    struct store_photos *out) MUST_CHECK;
/* How many photos are PHOTO_RECEIVED or PHOTO_SET_ASIDE; counted up to 100000. Other states are not
 * counted, since that would grow with age: -EINVAL. */
int store_photo_count(struct db_tx *tx, enum photo_state state, int64_t *out) MUST_CHECK;

struct store_fingerprint {
    char photo_id[ID_ROOM];
    char delivery_id[ID_ROOM];
    uint64_t fingerprint;
};
STORE_LIST(store_fingerprints, struct store_fingerprint);
/* The newest `limit` posted or withheld photos of a driver. */
int store_photo_fingerprints(struct db_tx *tx, const char *driver_id, int limit,
                             struct arena *arena, struct store_fingerprints *out) MUST_CHECK;

/* A key slot in use, and whose it is. */
struct store_slot {
    int64_t slot;
    char photo_id[ID_ROOM];
};
STORE_LIST(store_slots, struct store_slot);
enum store_slot_kind { STORE_SLOT_STAGING, STORE_SLOT_KEY };
/* Slots that photos use, by ascending slot, from the first one above `after` (-1 = all); at most
 * STORE_PAGE_LIMIT. */
int store_photo_slots(struct db_tx *tx, enum store_slot_kind kind, int64_t after,
                      struct arena *arena, struct store_slots *out) MUST_CHECK;

#endif
