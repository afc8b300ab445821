/* SPDX-License-Identifier: Apache-2.0
 *
 * Every photo makes one of these jobs, so they run in lots: all keys are erased, one sync makes
 * that durable, the bytes are removed, and the lot's rows are deleted in one transaction. A crash
 * anywhere before that has the lot run again; a key that is gone already, or a slot that has
 * another owner by now, is left alone by keys_erase.
 *
 * A staging file goes together with its key, before the sync: it is a file of its own, and after a
 * crash either is enough to be found again by this job.
 */
#include "jobs/destroy.h"

#include <errno.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "blob/blob.h"
#include "intake/uploads.h"
#include "keys/keys.h"

/* Passing trouble with a disk is tried for about a week before a person must look. */
enum { ATTEMPTS = 1000 };

static bool slot_of(const struct store_job *job, uint32_t *slot_out)
{
    uint64_t slot;
    if (!job->payload || !text_to_u64(job->payload, 0, UINT32_MAX, &slot))
        return false;
    *slot_out = (uint32_t)slot;
    return true;
}

/* Erases the key, not yet durably. */
static int erase_one(struct destroy *destroy, const struct store_job *job)
{
    uint8_t id[16];
    uint32_t slot;
    if (!slot_of(job, &slot) || !id_to_bytes(job->subject, id)) {
        log_event(LOG_ERROR, "destroy.malformed", "job=%s", job->id);
        return 0; /* nothing can be done for it */
    }
    if (id_is(ID_UPLOAD, job->subject))
        return uploads_destroy(destroy->uploads, &(struct upload_place){job->subject, slot});
    int result = keys_erase(destroy->keys, slot, id);
    return result < 0 ? result : 0;
}

static int remove_one(struct destroy *destroy, const struct store_job *job)
{
    if (!id_is(ID_PHOTO, job->subject))
        return 0;
    int result = blob_remove(destroy->photos, job->subject, BLOB_REMOVE_LAZY);
    return result < 0 ? result : 0;
}

static int run_batch(void *context, const struct store_job *jobs, size_t count, struct arena *arena)
{
    struct destroy *destroy = context;
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = erase_one(destroy, &jobs[i]);
    if (result == 0)
        result = keys_sync(destroy->keys);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = remove_one(destroy, &jobs[i]);
    for (size_t i = 0; result == 0 && i < count; i++)
        log_event(LOG_DEBUG, "destroyed", "subject=%s", jobs[i].subject);
    return result < 0 ? result : JOB_DONE;
}

struct job_kind destroy_kind(struct destroy *destroy)
{
    return (struct job_kind){.name = DESTROY_KIND,
                             .threads = 1,
                             .attempts = ATTEMPTS,
                             .run_batch = run_batch,
                             .batch = CONVEYOR_BATCH,
                             .context = destroy};
}

static int make_job(struct conveyor *conveyor, const char *subject, int64_t slot,
                    struct arena *arena, struct store_job *job_out)
{
    if (conveyor) {
        conveyor_prepare(conveyor, DESTROY_KIND, job_out);
    } else {
        *job_out = (struct store_job){.kind = DESTROY_KIND, .created_at = clock_now()};
        id_new(ID_JOB, job_out->id);
    }
    job_out->run_at = job_out->created_at;
    snprintf(job_out->subject, sizeof job_out->subject, "%s", subject);
    job_out->payload = arena_printf(arena, "%lld", (long long)slot);
    return job_out->payload ? 0 : log_fault("destroy.job", -ENOMEM, "subject=%s", subject);
}

int destroy_job_for_upload(struct conveyor *conveyor, const char *upload_id, int64_t slot,
                           struct arena *arena, struct store_job *job_out)
{
    return make_job(conveyor, upload_id, slot, arena, job_out);
}

int destroy_job_for_photo(struct conveyor *conveyor, const char *photo_id, int64_t slot,
                          struct arena *arena, struct store_job *job_out)
{
    return make_job(conveyor, photo_id, slot, arena, job_out);
}
