/* SPDX-License-Identifier: Apache-2.0
 *
 * The job that destroys: an upload's staging file with its key once the verdict is in, a photo with
 * its key once it is erased. It is queued in the transaction that decides, so that after a crash
 * the destruction is taken up again, and done twice does no harm. Key first, durably; the bytes
 * after it. An erasure is also written to the journal in the key folder (keys/journal.h), durably,
 * before anybody is told that it is done.
 */
#ifndef PORCHLIGHT_JOBS_DESTROY_H
#define PORCHLIGHT_JOBS_DESTROY_H

#include "jobs/conveyor.h"
#include "keys/journal.h"

#define DESTROY_KIND "destroy"

struct blob_store;
struct keys;
struct photo;
struct uploads;

/* What the job works with; must outlive the conveyor. */
struct destroy {
    struct keys *keys;
    struct blob_store *photos;
    struct uploads *uploads;
    int64_t copies_days; /* how long copies of the key folder live: key_backup_days */

    /* Of the lot under way, for the transaction that ends it; the job's thread alone. */
    int64_t at;
    char mark[JOURNAL_MARK_ROOM]; /* "": nothing was erased in it */
};

struct job_kind destroy_kind(struct destroy *destroy);

/* Makes the job for an upload's staging, or for a photo, to be queued (store_job_insert). Its
 * payload is the slot, in the arena. `conveyor` is NULL outside a server, which finds the job in
 * the table. 0 or -ENOMEM. */
int destroy_job_for_upload(struct conveyor *conveyor, const char *upload_id, int64_t slot,
                           struct arena *arena, struct store_job *job_out) MUST_CHECK;
int destroy_job_for_photo(struct conveyor *conveyor, const char *photo_id, int64_t slot,
                          struct arena *arena, struct store_job *job_out) MUST_CHECK;

/* The same for all that there is of a photo that is erased, in one job, so that the erasure is done
 * when the job is: `photo` with its slots, -1 where it has none, and with its reason. */
int destroy_job_for_erasure(struct conveyor *conveyor, const struct photo *photo,
                            struct arena *arena, struct store_job *job_out) MUST_CHECK;

/* Does at once what such jobs will do again: the keys of posted and withheld photos are destroyed,
 * and the journal has them, durably. `mark_out` as in journal_add. 0, KEYS_FULL or a fault. */
enum { DESTROY_NOW = 64 }; /* at most so many */
struct destroy_now {
    char photo_id[ID_ROOM];
    int64_t slot;
};
struct destroy_lot {
    const struct destroy_now *photos;
    size_t count; /* DESTROY_NOW at most */
    const char *reason;
    int64_t at;
};
int destroy_keys_now(struct keys *keys, const struct destroy_lot *lot, char *mark_out) MUST_CHECK;

#endif
