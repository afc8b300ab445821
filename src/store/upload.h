/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploads on their way, and for a while after their end how they ended, so that the same photo sent
 * again gets the same answer. The photo's place stands in the metadata while the upload is open; it
 * is taken out when the photo is accepted, travels on in the job, and is dropped with the verdict.
 *
 * A row that has ended never changes again but for how long it is kept: each write below is a
 * condition in SQL, so that what was read before another request's commit is never written back.
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
    const char *metadata; /* Upload-Metadata as HEAD gives it back: as sent while open, without
                             the place (lat, lon, accuracy) once complete, NULL once ended */
    int64_t captured_at;
    int64_t slot; /* of the staging key; -1 once ended */
    int64_t created_at, expires_at;
    enum upload_state state;
    char photo_id[ID_ROOM]; /* once complete, else "" */
    const char *answer;     /* the word of the signed refusal that ended it, or NULL */
};

/* 0 or STORE_EXISTS. */
int store_upload_insert(struct db_tx *tx, const struct store_upload *upload) MUST_CHECK;
int store_upload_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_upload *out) MUST_CHECK;
/* The newest upload of a device under a challenge. */
int store_upload_by_challenge(struct db_tx *tx, const char *device_id,
                              const uint8_t challenge[STORE_HASH], struct arena *arena,
                              struct store_upload *out) MUST_CHECK;
/* Tells the deferred length of an open upload. STORE_NOT_FOUND when it is not open, or has one. */
int store_upload_tell_length(struct db_tx *tx, const char *id, int64_t length) MUST_CHECK;
/* An open upload is complete: its photo, and the metadata without the place. STORE_NOT_FOUND when
 * it is not open. */
int store_upload_complete(struct db_tx *tx, const char *id, const char *photo_id,
                          const char *metadata) MUST_CHECK;
/* An open upload ends without a photo: answer as in the row; metadata and slot leave it.
 * STORE_NOT_FOUND when it is not open. */
int store_upload_end(struct db_tx *tx, const char *id, const char *answer) MUST_CHECK;
/* Puts off when the row may be deleted. */
int store_upload_keep(struct db_tx *tx, const char *id, int64_t expires_at) MUST_CHECK;
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
