/* SPDX-License-Identifier: Apache-2.0
 *
 * The uploads that are being worked on: who writes to which staging file, from which offset, and
 * what is already on the disk. The database knows that an upload exists; this knows how far it is.
 * Nothing here survives a restart but the staging files themselves, from which everything is had
 * again.
 *
 * A body (of a PATCH, or of a POST with its first bytes) goes through begin, add ..., and then end
 * or abandon. At most one body is under way for an upload. A phone that lost its connection asks
 * with HEAD while the server still waits on the old connection: uploads_settle therefore fences the
 * old body off (its next add is UPLOADS_FENCED), syncs, and gives the offset that stands.
 * Thread-safe. create, begin, add and abandon never wait for a disk's sync, so they may run on a
 * network thread; so may destroy of an upload that nobody else knows of. Where begin would have to
 * read or sync first (the offset is not in memory, or an abandoned body is not synced yet, and
 * nobody asked with HEAD), it is busy, and uploads_tidy does so within a second.
 */
#ifndef PORCHLIGHT_UPLOADS_H
#define PORCHLIGHT_UPLOADS_H

#include "base/base.h"
#include "base/id.h"
#include "intake/staging.h"
#include "intake/tus.h"

struct keys;
struct uploads;
struct upload_body;

enum uploads_outcome {
    UPLOADS_BUSY = 1,     /* another body, or disk work, is under way on it: come back */
    UPLOADS_ABSENT,       /* no staging file, or its key is gone */
    UPLOADS_WRONG_OFFSET, /* the upload stands at another offset */
    UPLOADS_BEYOND,       /* more bytes than the upload may have */
    UPLOADS_FENCED,       /* someone settled this upload; the body counted up to there */
    UPLOADS_FULL,         /* the disk has no room; what was synced stands */
    UPLOADS_MISMATCH,     /* Upload-Checksum does not match: the body was taken back */
    UPLOADS_TOO_MANY,     /* as many bodies are under way as the limit allows: come back */
    UPLOADS_DAMAGED,      /* the staging file is not as we wrote it; logged */
};

/* Names an upload to the functions below. */
struct upload_place {
    const char *id; /* upl_… */
    uint32_t slot;  /* of its staging key */
};

/* `bodies_max`: bodies under way at once, over all uploads; `known_max`: uploads whose offset is
 * kept in memory (others are read from their file again when asked for). Borrows staging and keys.
 * 0 or -ENOMEM. */
struct uploads_config {
    struct staging *staging;
    struct keys *keys;
    uint32_t bodies_max;
    uint32_t known_max;
};
int uploads_new(const struct uploads_config *config, struct uploads **uploads_out) MUST_CHECK;

/* Ends what is under way as uploads_settle would. No body may be used afterwards. */
void uploads_free(struct uploads **uploads);

/* A new upload: draws its key and makes its staging file. Nothing is durable yet: after a power
 * loss an upload of which no byte was acknowledged may be UPLOADS_ABSENT or _DAMAGED, and its phone
 * begins anew. Give `id`; the slot comes back in *slot_out. 0, UPLOADS_FULL or a fault. */
int uploads_create(struct uploads *uploads, const char *id, uint32_t *slot_out) MUST_CHECK;

/* Begins a body at `offset`; at most `room` bytes may come. The checksum may be TUS_NO_CHECKSUM; it
 * is copied. 0 and *body_out, UPLOADS_BUSY, _ABSENT, _WRONG_OFFSET, _TOO_MANY, _DAMAGED, or a
 * fault. */
struct upload_start {
    uint64_t offset;
    uint64_t room;
    const struct tus_checksum *checksum;
    uint64_t *stands_out; /* where the upload stands, on UPLOADS_WRONG_OFFSET; NULL: not asked */
};
int uploads_begin(struct uploads *uploads, const struct upload_place *place,
                  const struct upload_start *start, struct upload_body **body_out) MUST_CHECK;

/* Adds bytes. 0, UPLOADS_FENCED, _BEYOND, _FULL or a fault; after a refusal the same one again, and
 * uploads_end keeps what came before it. */
int uploads_add(struct upload_body *body, struct span bytes) MUST_CHECK;

/* Ends a body: syncs and gives where the upload stands now, which for a fenced body is what others
 * made of it. The keys are synced too, so the offset may be told. *body becomes NULL. 0,
 * UPLOADS_FENCED, _FULL, _MISMATCH (offset and hash are those
 * from before the body) or a fault; the state is valid but on a fault. */
int uploads_end(struct upload_body **body, struct staging_state *state_out) MUST_CHECK;

/* The connection was lost: lets go without waiting for the disk. What arrived is kept, and synced
 * by the next uploads_settle or uploads_tidy. *body becomes NULL. */
void uploads_abandon(struct upload_body **body);

/* Fences off a body under way, syncs and says where the upload stands. 0, UPLOADS_ABSENT, _FULL,
 * _DAMAGED or a fault. */
int uploads_settle(struct uploads *uploads, const struct upload_place *place,
                   struct staging_state *state_out) MUST_CHECK;

/* Decrypts the whole upload into `out` (state->offset bytes of room). 0, UPLOADS_ABSENT, _DAMAGED
 * or a fault. */
int uploads_read(struct uploads *uploads, const struct upload_place *place,
                 const struct staging_state *state, uint8_t *out) MUST_CHECK;

/* Forgets an upload and removes its staging file; its key is erased, durable after the next
 * keys_sync. Harmless when it is gone already. 0 or a fault. */
int uploads_destroy(struct uploads *uploads, const struct upload_place *place) MUST_CHECK;

/* Syncs and closes abandoned bodies, and reads the files that uploads_begin asked for; called every
 * second or so by the housekeeping. */
void uploads_tidy(struct uploads *uploads);

/* Room left on the disk of the staging files. 0 or a fault. */
int uploads_free_space(struct uploads *uploads, uint64_t *bytes_out) MUST_CHECK;

/* Bodies under way now: for metrics and for tests. */
uint32_t uploads_bodies(struct uploads *uploads);

#endif
