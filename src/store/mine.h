/* SPDX-License-Identifier: Apache-2.0
 *
 * What is held about somebody and is read for their own eyes only: every photo that a delivery ever
 * had, and the texts that were sent.
 */
#ifndef PORCHLIGHT_STORE_MINE_H
#define PORCHLIGHT_STORE_MINE_H

#include "domain/delivery.h"
#include "store/store.h"

/* A photo's row, with what is there of it; an erased one is a tombstone. */
struct store_mine_photo {
    char id[ID_ROOM];
    int attempt;
    enum photo_state state;
    const char *reason;
    int64_t captured_at, received_at, posted_at, delete_by;
    int64_t size; /* of the posted photo; 0: there is none */
    int width, height;
    enum place place;
};
STORE_LIST(store_mine_photos, struct store_mine_photo);
/* Of all attempts, the oldest first. */
int store_mine_photo_list(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                          struct store_mine_photos *out) MUST_CHECK;

struct store_mine_text {
    const char *status;
    int segments, error;
    int64_t created_at, changed_at;
};
STORE_LIST(store_mine_texts, struct store_mine_text);
/* The texts to a number about a delivery, the oldest first. */
int store_mine_text_list(struct db_tx *tx, const char *delivery_id,
                         const uint8_t number_hash[STORE_HASH], struct arena *arena,
                         struct store_mine_texts *out) MUST_CHECK;

#endif
