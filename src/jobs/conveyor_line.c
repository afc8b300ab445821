/* SPDX-License-Identifier: Apache-2.0
 *
 * How a line is worked off. One of its threads at a time looks into the table, when it was told to
 * (conveyor_wake) or when the next job there falls due; a look reads first and writes only when
 * something is due, so an idle server commits nothing.
 *
 * A job handed over holds its lease while it waits in the list. Where the wait has eaten the lease
 * up, it is extended before the job runs; where it was lost, the job is dropped here.
 */
#include "jobs/conveyor_line.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"

enum {
    ARENA_CEILING = 4 << 20,  /* one run's rows and lists */
    LOOK_AT_LEAST_MS = 30000, /* between two looks, in case nobody said that there is work */
    LOOK_AGAIN_MS = 1000,     /* after a fault */
};

static size_t room_of(const struct line *line)
{
    return line->kind->run_batch ? line->kind->batch : 1;
}

/* ---- how long to wait ---- */

/* Between the half and the whole of a pause, so that jobs that failed together do not come back
 * together. */
static int64_t with_jitter(int64_t pause)
{
    uint32_t random;
    crypto_random(&random, sizeof random);
    return pause / 2 + (int64_t)((double)random / UINT32_MAX * (double)(pause - pause / 2));
}

static int64_t back_off_pause(const struct line *line, int attempts)
{
    const struct conveyor_config *config = line->config;
    int64_t pause = config->backoff_ms;
    for (int i = 1; i < attempts && pause < config->backoff_max_ms; i++)
        pause *= 2;
    return with_jitter(pause < config->backoff_max_ms ? pause : config->backoff_max_ms);
}

/* No attempt is counted, so the pause grows with the job's age instead. */
static int64_t later_pause(const struct line *line, const struct store_job *job)
{
    const struct conveyor_config *config = line->config;
    int64_t pause = (clock_now() - job->created_at) / 4;
    if (pause < config->backoff_ms)
        pause = config->backoff_ms;
    return with_jitter(pause < config->backoff_max_ms ? pause : config->backoff_max_ms);
}

/* ---- what is next ---- */

/* Looks into the table, the lock released: takes what is due, and says when to look again. */
static size_t look(struct line *line, struct conveyor_lot *lot, int64_t *again_out)
{
    int64_t due = 0, now = clock_now();
    lot->count = 0;
    int result = conveyor_rows_next(&line->rows, &due);
    if (result == 0 && due <= now)
        result = conveyor_rows_take(&line->rows, room_of(line), now + line->lease_ms, lot);
    if (lot->count > 0)
        *again_out = now; /* there may be more */
    else if (result < 0 || due <= now)
        *again_out = now + LOOK_AGAIN_MS;
    else
        *again_out = due < now + LOOK_AT_LEAST_MS ? due : now + LOOK_AT_LEAST_MS;
    return lot->count;
}

/* The same under the lock, with the line's figures. */
static size_t take_from_table(struct line *line, struct conveyor_lot *lot)
{
    int64_t again;
    line->looking = true;
    line->look_at = INT64_MAX; /* a wake from here on is for the look after this one */
    if (line->first)
        pthread_cond_signal(&line->changed); /* another thread may see to what was handed over */
    pthread_mutex_unlock(&line->lock);
    size_t count = look(line, lot, &again);
    pthread_mutex_lock(&line->lock);
    line->looking = false;
    if (again < line->look_at)
        line->look_at = again;
    line->in_table -= (int64_t)count < line->in_table ? (int64_t)count : line->in_table;
    line->running += (unsigned)count;
    pthread_cond_signal(&line->changed);
    return count;
}

/* Copies the oldest held jobs into the lot; under the lock. Their texts move to the arena. */
static size_t take_held(struct line *line, struct conveyor_lot *lot)
{
    lot->count = 0;
    while (lot->count < room_of(line) && line->first) {
        struct held *held = line->first;
        struct store_job *job = &lot->jobs[lot->count];
        *job = held->job;
        job->payload = arena_strdup(lot->arena, job->payload);
        bool copied = !held->job.payload || job->payload;
        line->first = held->next;
        if (!line->first)
            line->last = &line->first;
        line->held--;
        lot->count += copied; /* else it is found in the table when its lease ends */
        free(held);
    }
    line->running += (unsigned)lot->count;
    return lot->count;
}

static void sleep_until_look(struct line *line)
{
    struct timespec at;
    int64_t pause = line->look_at - clock_now();
    if (pause > LOOK_AT_LEAST_MS || line->looking)
        pause = LOOK_AT_LEAST_MS;
    if (pause < 1)
        pause = 1;
    int64_t until = clock_steady() + pause;
    at = (struct timespec){.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    pthread_cond_timedwait(&line->changed, &line->lock, &at);
}

/* Waits for work; 0 when the conveyor closes. */
static size_t next_lot(struct line *line, struct conveyor_lot *lot)
{
    size_t count = 0;
    pthread_mutex_lock(&line->lock);
    while (count == 0 && !line->closing) {
        if (!line->looking && line->look_at <= clock_now())
            count = take_from_table(line, lot);
        else if (line->first)
            count = take_held(line, lot);
        else
            sleep_until_look(line);
    }
    pthread_mutex_unlock(&line->lock);
    return count;
}

/* ---- running ---- */

/* How jobs left the line: `waits` of them are in the table again, until `run_at`. */
static void leave(struct line *line, size_t count, size_t waits, int64_t run_at)
{
    pthread_mutex_lock(&line->lock);
    line->running -= (unsigned)count;
    line->in_table += (int64_t)waits;
    if (waits > 0 && run_at < line->look_at) {
        line->look_at = run_at;
        pthread_cond_signal(&line->changed);
    }
    pthread_mutex_unlock(&line->lock);
}

static void set_aside(struct line *line, const struct store_job *job, const char *error,
                      struct arena *arena)
{
    const struct job_kind *kind = line->kind;
    if (conveyor_rows_set_aside(&line->rows, job, error, arena) == 0) {
        log_event(LOG_ERROR, "job.set_aside", "job=%s kind=%s subject=%s attempts=%d reason=%s",
                  job->id, kind->name, job->subject[0] ? job->subject : "-", job->attempts, error);
        if (kind->given_up)
            kind->given_up(kind->context, job);
    }
    leave(line, 1, 0, 0);
}

/* Writes down how a lot ended. A fault here leaves the rows leased: they fall due again when the
 * lease ends. */
static void end_lot(struct line *line, struct conveyor_lot *lot, int result)
{
    const struct store_job *first = lot->jobs;
    int64_t run_at = 0;
    int fault = 0;
    switch (result) {
    case JOB_FINISHED:
        leave(line, lot->count, 0, 0);
        return;
    case JOB_DONE:
        fault = conveyor_rows_finish(&line->rows, lot);
        leave(line, lot->count, 0, 0);
        break;
    case JOB_LATER:
        run_at = clock_now() + later_pause(line, first);
        fault = conveyor_rows_put_back(&line->rows, lot, run_at);
        leave(line, lot->count, lot->count, run_at);
        break;
    default: /* JOB_AGAIN and faults */
        run_at = clock_now() + back_off_pause(line, first->attempts);
        fault = conveyor_rows_back_off(&line->rows, lot, run_at);
        leave(line, lot->count, lot->count, run_at);
    }
    if (fault < 0)
        log_event(LOG_WARN, "job.not_ended", "job=%s kind=%s", first->id, line->kind->name);
}

/* A lot of one, or one result for all. Those that are beyond their attempts are set aside one by
 * one. */
static void run_lot(struct line *line, struct conveyor_lot *lot)
{
    const struct job_kind *kind = line->kind;
    struct store_lease lease = conveyor_lease_of(lot->jobs);
    int result = kind->run_batch ? kind->run_batch(kind->context, lot->jobs, lot->count, lot->arena)
                                 : kind->run(kind->context, lot->jobs, &lease, lot->arena);
    bool failed = result < 0 || result == JOB_AGAIN;
    for (size_t i = 0; i < lot->count;) {
        bool last = failed && lot->jobs[i].attempts >= (int)kind->attempts;
        if (!last && result != JOB_HOPELESS) {
            i++;
            continue;
        }
        set_aside(line, &lot->jobs[i], last ? "failed" : "hopeless", lot->arena);
        lot->jobs[i] = lot->jobs[--lot->count];
    }
    if (lot->count > 0)
        end_lot(line, lot, result);
}

/* Takes out of the lot what is not to be run: jobs that took the process down with them at their
 * last attempt, and those whose lease was lost while they waited. */
static void sort_out(struct line *line, struct conveyor_lot *lot)
{
    for (size_t i = 0; i < lot->count;) {
        struct store_job *job = &lot->jobs[i];
        int64_t now = clock_now();
        bool keep = true;
        if (job->attempts > (int)line->kind->attempts) {
            set_aside(line, job, "crashed", lot->arena);
            keep = false;
        } else if (job->run_at - now < line->lease_ms / 2) {
            job->run_at = now + line->lease_ms;
            keep = conveyor_rows_extend(&line->rows, job, job->run_at) == 0;
            if (!keep)
                leave(line, 1, 0, 0);
        }
        if (keep)
            i++;
        else
            *job = lot->jobs[--lot->count];
    }
}

void *conveyor_line_work(void *arg)
{
    struct line *line = arg;
    struct store_job jobs[CONVEYOR_BATCH];
    struct conveyor_lot lot = {.jobs = jobs, .arena = arena_new(ARENA_CEILING)};
    while (lot.arena && next_lot(line, &lot) > 0) {
        sort_out(line, &lot);
        if (lot.count > 0)
            run_lot(line, &lot);
        arena_reset(lot.arena);
    }
    arena_free(&lot.arena);
    return NULL;
}
