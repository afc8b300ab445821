/* SPDX-License-Identifier: Apache-2.0
 *
 * The job that destroys: an upload's staging file with its key once the verdict is in, a photo with
 * its key once it is erased. It is queued in the transaction that decides, so that after a crash
 * the destruction is taken up again, and done twice does no harm. Key first, durably; the bytes
 * after it.
 */
#ifndef PORCHLIGHT_JOBS_DESTROY_H
#define PORCHLIGHT_JOBS_DESTROY_H

#include "jobs/conveyor.h"

#define DESTROY_KIND "destroy"

struct blob_store;
struct keys;
struct uploads;

/* What the job works with; must outlive the conveyor. */
struct destroy {
    struct keys *keys;
    struct blob_store *photos;
    struct uploads *uploads;
};

struct job_kind destroy_kind(struct destroy *destroy);

/* Makes the job for an upload's staging, or for a photo, to be queued (store_job_insert). Its
 * payload is the slot, in the arena. `conveyor` is NULL outside a server, which finds the job in
 * the table. 0 or -ENOMEM. */
int destroy_job_for_upload(struct conveyor *conveyor, const char *upload_id, int64_t slot,
                           struct arena *arena, struct store_job *job_out) MUST_CHECK;
int destroy_job_for_photo(struct conveyor *conveyor, const char *photo_id, int64_t slot,
                          struct arena *arena, struct store_job *job_out) MUST_CHECK;

#endif
