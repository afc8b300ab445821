/* SPDX-License-Identifier: Apache-2.0
 *
 * Staging: the file in which an upload grows, sealed from its first byte (R8), cut at any point by
 * a kill and taken up again (R10). Every PATCH adds a segment with a random salt, from which its
 * own key comes: bytes written again after a cut never meet a nonce twice. A segment is a row of
 * records of at most 4 KB, each with its tag.
 *
 *     header   64 bytes: magic, version, upload id, salt, tag under the upload's key
 *     segment  48 bytes: kind (plain or checked), salt[32], the offset it begins at
 *     record   {kind, length}, ciphertext, tag; its tag binds upload id and absolute offset
 *
 * Between PATCHes an upload is a `struct staging_state`, a plain value of 136 bytes without a
 * descriptor; it may be forgotten and had again by staging_resume. The offset in a state is an
 * acknowledgement: it counts synced bytes only. One upload is worked on by one thread at a time;
 * the caller sees to that.
 */
#ifndef PORCHLIGHT_STAGING_H
#define PORCHLIGHT_STAGING_H

#include "base/base.h"
#include "base/id.h"
#include "crypto/hash.h"

enum { STAGING_KEY = 32, STAGING_RECORD = 4096 };

enum staging_outcome {
    STAGING_ABSENT = 1, /* no staging file of that id */
    STAGING_FULL,    /* the disk is full; what was synced before stands, and may be gone on from */
    STAGING_DAMAGED, /* not a staging file of this upload and key; nothing was changed */
    STAGING_LOST, /* good up to a point before the offset that was acknowledged; nothing was changed
                   */
    STAGING_BAD_ID,
};

struct staging; /* the folder */

/* Where an upload stands. Plain value: copy it freely. */
struct staging_state {
    uint64_t offset;   /* plain bytes on the disk for good */
    uint64_t file_end; /* and the end of their last record in the file */
    bool named;        /* so are the file's header and name: with the first bytes */
    struct hash hash;  /* running SHA-256 of those bytes; finish a copy */
};

/* Opens the folder, making it (0700) when it is missing; every id is `upl_…`. 0 or a fault. */
int staging_open(const char *folder, struct staging **staging_out) MUST_CHECK;
void staging_close(struct staging **staging);

/* Makes the staging file of a new upload, with nothing in it and nothing synced: after a power loss
 * it may be missing or damaged until bytes have been acknowledged. Waits for no disk. 0,
 * STAGING_FULL, STAGING_BAD_ID, or a fault (-EEXIST for a second one). */
int staging_create(struct staging *staging, const char *id, const uint8_t key[STAGING_KEY],
                   struct staging_state *state_out) MUST_CHECK;

/* Reads the file through: keeps every good record, cuts off a torn tail and any checked segment
 * that was not finished, and gives the state. `acknowledged` is an offset known to have been told,
 * 0 when unknown. 0, STAGING_ABSENT, STAGING_DAMAGED, STAGING_LOST, or a fault. */
int staging_resume(struct staging *staging, const char *id, const uint8_t key[STAGING_KEY],
                   uint64_t acknowledged, struct staging_state *state_out) MUST_CHECK;

/* A PATCH under way: one descriptor, one record buffer, under 5 KB. */
struct staging_patch;

/* STAGING_CHECKED: the bytes count only once staging_end says that they all came right; a crash
 * before that drops them. For a PATCH with Upload-Checksum. */
enum staging_mode { STAGING_PLAIN, STAGING_CHECKED };

/* What a PATCH goes on from. */
struct staging_place {
    const char *id;
    const uint8_t *key; /* STAGING_KEY bytes; not kept */
    const struct staging_state *state;
    enum staging_mode mode;
};

/* Opens the file to append after the state. 0, STAGING_ABSENT, STAGING_DAMAGED (the file is shorter
 * than the state says), or a fault. */
int staging_begin(struct staging *staging, const struct staging_place *place,
                  struct staging_patch **patch_out) MUST_CHECK;

/* Adds bytes; full records are written, the rest waits in memory. 0, STAGING_FULL, or a fault.
 * After anything but 0 the file stands at its last good record and further appends give the same
 * answer; end or roll back. */
int staging_append(struct staging_patch *patch, struct span bytes) MUST_CHECK;

/* Syncs, closes, frees (*patch becomes NULL whatever the result) and gives the new state. 0;
 * STAGING_FULL when not all could be kept, with the state that stands (a checked PATCH then keeps
 * nothing); or a fault, without a state. */
int staging_end(struct staging_patch **patch, struct staging_state *state_out) MUST_CHECK;

/* Takes the whole PATCH back: the file is cut, durably, to where it began, and the state is that of
 * staging_begin. */
int staging_rollback(struct staging_patch **patch, struct staging_state *state_out) MUST_CHECK;

/* Lets go of a PATCH whose file is to be removed: nothing is synced, and what the file holds from
 * here on is not known. *patch becomes NULL. */
void staging_drop(struct staging_patch **patch);

/* Decrypts all state->offset bytes into `out`, which has that much room. 0, STAGING_ABSENT,
 * STAGING_DAMAGED, or a fault. */
int staging_read(struct staging *staging, const char *id, const uint8_t key[STAGING_KEY],
                 const struct staging_state *state, uint8_t *out) MUST_CHECK;

/* Removes the file, or keeps it empty for another upload (spares.h); STAGING_ABSENT when there is
 * none. Nobody has a PATCH of it open. Not synced: its key is what makes it unreadable for good. */
int staging_remove(struct staging *staging, const char *id) MUST_CHECK;

/* Calls `visit` with each upload's id; non-zero ends the round and is returned. `visit` may remove
 * it. */
typedef int staging_visit(void *context, const char *id);
int staging_each(struct staging *staging, staging_visit *visit, void *context) MUST_CHECK;

/* Room left on the folder's disk. */
int staging_free_space(struct staging *staging, uint64_t *bytes_out) MUST_CHECK;

#endif
