/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploads on their way, and for a while after their end the answer they got, so that the same
 * photo sent again gets the same answer. The photo's place is not here: it travels in the job until
 * the verdict and is dropped with it.
 */
#ifndef PORCHLIGHT_STORE_UPLOAD_H
#define PORCHLIGHT_STORE_UPLOAD_H

#include "domain/words.h"
#include "store/store.h"

#define UPLOAD_STATES(X)                                                                           \
    X(UPLOAD_OPEN, "open")         /* bytes are expected */                                        \
    X(UPLOAD_COMPLETE, "complete") /* all bytes durable, its photo has a row */                    \
    X(UPLOAD_ENDED, "ended")       /* terminated, expired or refused: no photo */
#define UPLOAD_STATE_ENUM(symbol, text) symbol,
enum upload_state { UPLOAD_STATES(UPLOAD_STATE_ENUM) UPLOAD_STATE_COUNT };
extern const struct words words_upload_state;

struct store_upload {
    char id[ID_ROOM];
    char delivery_id[ID_ROOM];
    char device_id[ID_ROOM];
    char driver_id[ID_ROOM];
    int attempt;
    uint8_t challenge[STORE_HASH];
    uint8_t sha256[STORE_HASH]; /* as announced */
    int64_t length;             /* -1 = deferred */
    const char *metadata;       /* Upload-Metadata as HEAD gives it back: the caller takes the place
                                   (lat, lon, accuracy) out first; or NULL */
    int64_t captured_at;
    int64_t slot; /* of the staging key; -1 = none */
    int64_t created_at, expires_at;
    enum upload_state state;
    char photo_id[ID_ROOM]; /* once complete, else "" */
    const char *answer;     /* the receipt or the refusal as it was given, or NULL */
};

/* 0 or STORE_EXISTS. */
int store_upload_insert(struct db_tx *tx, const struct store_upload *upload) MUST_CHECK;
int store_upload_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_upload *out) MUST_CHECK;
/* The newest upload of a device under a challenge. */
int store_upload_by_challenge(struct db_tx *tx, const char *device_id,
                              const uint8_t challenge[STORE_HASH], struct arena *arena,
                              struct store_upload *out) MUST_CHECK;
/* Writes what changes: length, metadata, slot, expires_at, state, photo_id and the answer. */
int store_upload_update(struct db_tx *tx, const struct store_upload *upload) MUST_CHECK;
int store_upload_delete(struct db_tx *tx, const char *id) MUST_CHECK;

STORE_LIST(store_uploads, struct store_upload);
/* Uploads of any state whose expires_at is at or before `now`, the oldest first. */
int store_upload_expired(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                         struct store_uploads *out) MUST_CHECK;
/* All open uploads, by id: for taking stock at start. */
int store_upload_list_open(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                           struct store_uploads *out) MUST_CHECK;

/* How many uploads are open, of one device and of all (device_id NULL); counted up to `ceiling`, so
 * that a flood costs no more than the ceiling. */
int store_upload_count(struct db_tx *tx, const char *device_id, int64_t ceiling,
                       int64_t *out) MUST_CHECK;

#endif
