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
#include "store/erasure.h"
#include "store/photo.h"

/* Passing trouble with a disk is tried for about a week before a person must look. */
enum { ATTEMPTS = 1000 };

/* What a job is to destroy. */
struct task {
    int64_t key_slot; /* of the photo; -1: none */
    int64_t staging_slot;
    char upload_id[ID_ROOM];
    char reason[JOURNAL_REASON_ROOM]; /* of an erasure; else "" */
};

static bool slot_of(const char *text, int64_t *slot_out)
{
    return text_to_i64(text, -1, UINT32_MAX, slot_out);
}

/* "SLOT", or of an erasure "erased KEY-SLOT STAGING-SLOT UPLOAD REASON". */
static bool task_of(const struct store_job *job, struct task *task)
{
    char key[24], staging[24];
    const char *payload = job->payload ? job->payload : "";
    *task = (struct task){-1, -1, "", ""};
    if (id_is(ID_UPLOAD, job->subject)) {
        memcpy(task->upload_id, job->subject, ID_ROOM);
        return slot_of(payload, &task->staging_slot) && task->staging_slot >= 0;
    }
    if (!id_is(ID_PHOTO, job->subject))
        return false;
    if (sscanf(payload, "erased %23s %23s %30s %31s", key, staging, task->upload_id,
               task->reason) == 4)
        return slot_of(key, &task->key_slot) && slot_of(staging, &task->staging_slot);
    return slot_of(payload, &task->key_slot) && task->key_slot >= 0;
}

/* Erases the keys, not yet durably, and what is staged. */
static int erase_one(struct destroy *destroy, const struct store_job *job, struct task *task)
{
    uint8_t id[16];
    int result = 0;
    if (!task_of(job, task) || !id_to_bytes(job->subject, id)) {
        log_event(LOG_ERROR, "destroy.malformed", "job=%s", job->id);
        *task = (struct task){-1, -1, "", ""};
        return 0; /* nothing can be done for it */
    }
    if (task->staging_slot >= 0)
        result =
            uploads_destroy(destroy->uploads,
                            &(struct upload_place){task->upload_id, (uint32_t)task->staging_slot});
    if (result == 0 && task->key_slot >= 0)
        result = keys_erase(destroy->keys, (uint32_t)task->key_slot, id);
    return result < 0 ? result : 0;
}

static struct journal_line line_of(const char *photo_id, int64_t at, const char *reason)
{
    struct journal_line line = {.at = at};
    snprintf(line.photo_id, sizeof line.photo_id, "%s", photo_id);
    snprintf(line.reason, sizeof line.reason, "%s", reason);
    return line;
}

/* Erases the keys of a lot; its erasures become lines. */
static int erase_all(struct destroy *destroy, const struct store_job *jobs, size_t count,
                     struct journal_line *lines, size_t *line_count)
{
    struct task task;
    int result = 0;
    *line_count = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = erase_one(destroy, &jobs[i], &task);
        if (result == 0 && *task.reason)
            lines[(*line_count)++] = line_of(jobs[i].subject, destroy->at, task.reason);
    }
    return result;
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
    struct journal_line lines[CONVEYOR_BATCH];
    size_t line_count;
    destroy->at = clock_now();
    destroy->mark[0] = '\0';
    int result = erase_all(destroy, jobs, count, lines, &line_count);
    if (result == 0)
        result = keys_sync(destroy->keys);
    if (result == 0 && line_count > 0)
        result = journal_add(destroy->keys, lines, line_count, destroy->mark);
    if (result > 0) /* no room for the journal: nobody is told before there is */
        return JOB_LATER;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = remove_one(destroy, &jobs[i]);
    for (size_t i = 0; result == 0 && i < count; i++)
        log_event(LOG_DEBUG, "destroyed", "subject=%s", jobs[i].subject);
    return result < 0 ? result : JOB_DONE;
}

static int finish(void *context, struct db_tx *tx, const struct store_job *jobs, size_t count)
{
    const struct destroy *destroy = context;
    struct task task;
    int result = 0;
    if (!*destroy->mark)
        return 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        if (task_of(&jobs[i], &task) && *task.reason)
            result = store_erasure_done(tx, jobs[i].subject, destroy->at,
                                        destroy->at + destroy->copies_days * CLOCK_DAY);
    return result == 0 ? store_erasure_set_mark(tx, destroy->mark) : result;
}

struct job_kind destroy_kind(struct destroy *destroy)
{
    return (struct job_kind){.name = DESTROY_KIND,
                             .threads = 1,
                             .attempts = ATTEMPTS,
                             .run_batch = run_batch,
                             .batch = CONVEYOR_BATCH,
                             .finish = finish,
                             .context = destroy};
}

/* A job without its payload. */
static void begin_job(struct conveyor *conveyor, const char *subject, struct store_job *job_out)
{
    if (conveyor) {
        conveyor_prepare(conveyor, DESTROY_KIND, job_out);
    } else {
        *job_out = (struct store_job){.kind = DESTROY_KIND, .created_at = clock_now()};
        id_new(ID_JOB, job_out->id);
    }
    job_out->run_at = job_out->created_at;
    snprintf(job_out->subject, sizeof job_out->subject, "%s", subject);
}

static int end_job(const struct store_job *job)
{
    return job->payload ? 0 : log_fault("destroy.job", -ENOMEM, "subject=%s", job->subject);
}

static int make_job(struct conveyor *conveyor, const char *subject, int64_t slot,
                    struct arena *arena, struct store_job *job_out)
{
    begin_job(conveyor, subject, job_out);
    job_out->payload = arena_printf(arena, "%lld", (long long)slot);
    return end_job(job_out);
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

int destroy_job_for_erasure(struct conveyor *conveyor, const struct photo *photo,
                            struct arena *arena, struct store_job *job_out)
{
    begin_job(conveyor, photo->id, job_out);
    job_out->payload = arena_printf(arena, "erased %lld %lld %s %s", (long long)photo->key_slot,
                                    (long long)photo->staging_slot,
                                    *photo->upload_id ? photo->upload_id : "-", photo->reason);
    return end_job(job_out);
}

int destroy_keys_now(struct keys *keys, const struct destroy_lot *lot, char *mark_out)
{
    struct journal_line lines[DESTROY_NOW];
    uint8_t id[KEYS_ID];
    int result = lot->count <= DESTROY_NOW ? 0 : -EINVAL;
    for (size_t i = 0; i < lot->count && result >= 0; i++) {
        const struct destroy_now *photo = &lot->photos[i];
        lines[i] = line_of(photo->photo_id, lot->at, lot->reason);
        if (id_to_bytes(photo->photo_id, id))
            result = keys_erase(keys, (uint32_t)photo->slot, id);
    }
    if (result >= 0)
        result = keys_sync(keys);
    return result == 0 ? journal_add(keys, lines, lot->count, mark_out) : result;
}
