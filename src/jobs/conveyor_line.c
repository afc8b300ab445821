/* SPDX-License-Identifier: Apache-2.0
 *
 * How a line is worked off. One of its threads at a time looks into the table, when it was told to
 * (conveyor_wake) or when the next job there falls due; a look reads first and writes only when
 * something is due, so an idle server commits nothing.
 *
 * A job that is leased by us is in exactly one pair of hands: on its way to conveyor_hand_over, in
 * the line's list, or with the thread that runs it. Nobody lets go of one before the table says
 * what became of it; where that cannot be written it is tried until the conveyor closes, and then
 * the next start releases it. So a job never runs twice at once, however long it takes and
 * whatever the clock on the wall does; within the process time is measured on the steady clock.
 */
#include "jobs/conveyor_line.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"

enum {
    LOOK_AT_LEAST_MS = 30000, /* between two looks, in case nobody said that there is work */
    AFTER_FAULT_MS = 1000,
    RECOUNT_MS = 1000, /* how old the table's count may be while there is work in it */
};

static struct timespec steady_time(int64_t at)
{
    return (struct timespec){.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
}

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

/* What a look found out. */
struct sight {
    bool counted;
    int64_t queued; /* left in the table, when counted */
    int64_t again;  /* when to look again, steady clock */
};

/* Looks into the table, the lock released: takes what is due, and says when to look again. */
static void look(struct line *line, bool recount, struct conveyor_lot *lot, struct sight *sight)
{
    int64_t due = 0, now = clock_now(), pause = LOOK_AT_LEAST_MS;
    lot->count = 0;
    int result = conveyor_rows_next(&line->rows, &due);
    if (result == 0 && due <= now)
        result = conveyor_rows_take(&line->rows, room_of(line), lot);
    if (lot->count > 0)
        pause = 0; /* there may be more */
    else if (result < 0 || due <= now)
        pause = AFTER_FAULT_MS;
    else if (due - now < pause)
        pause = due - now;
    sight->again = clock_steady() + pause;
    sight->counted = result == 0 && (recount || lot->count == 0) &&
                     conveyor_rows_count(&line->rows, &sight->queued) == 0;
}

/* The same under the lock, with the line's figures. */
static size_t take_from_table(struct line *line, struct conveyor_lot *lot)
{
    struct sight sight;
    line->looking = true;
    line->look_at = INT64_MAX; /* a wake from here on is for the look after this one */
    bool recount = clock_steady() >= line->counted_at + RECOUNT_MS;
    if (line->first)
        pthread_cond_signal(&line->changed); /* another thread may see to what was handed over */
    pthread_mutex_unlock(&line->lock);
    look(line, recount, lot, &sight);
    pthread_mutex_lock(&line->lock);
    line->looking = false;
    if (sight.again < line->look_at)
        line->look_at = sight.again;
    if (sight.counted) {
        line->in_table = sight.queued;
        line->counted_at = clock_steady();
    } else {
        line->in_table -=
            (int64_t)lot->count < line->in_table ? (int64_t)lot->count : line->in_table;
    }
    line->running += (unsigned)lot->count;
    pthread_cond_signal(&line->changed);
    return lot->count;
}

/* Moves the oldest held jobs into the lot; under the lock. */
static size_t take_held(struct line *line, struct conveyor_lot *lot)
{
    lot->count = 0;
    while (lot->count < room_of(line) && line->first) {
        struct held *held = line->first;
        lot->jobs[lot->count++] = held->job;
        line->first = held->next;
        if (!line->first)
            line->last = &line->first;
        line->held--;
        held->next = lot->held;
        lot->held = held;
    }
    line->running += (unsigned)lot->count;
    return lot->count;
}

static void free_held(struct conveyor_lot *lot)
{
    while (lot->held) {
        struct held *held = lot->held;
        lot->held = held->next;
        free(held);
    }
}

static void sleep_until_look(struct line *line)
{
    int64_t until = clock_steady() + LOOK_AT_LEAST_MS;
    if (!line->looking && line->look_at < until)
        until = line->look_at;
    struct timespec at = steady_time(until);
    pthread_cond_timedwait(&line->changed, &line->lock, &at);
}

/* Waits for work; 0 when the conveyor closes. */
static size_t next_lot(struct line *line, struct conveyor_lot *lot)
{
    size_t count = 0;
    pthread_mutex_lock(&line->lock);
    while (count == 0 && !line->closing) {
        if (!line->looking && line->look_at <= clock_steady())
            count = take_from_table(line, lot);
        else if (line->first)
            count = take_held(line, lot);
        else
            sleep_until_look(line);
    }
    pthread_mutex_unlock(&line->lock);
    return count;
}

/* ---- letting go ---- */

/* How jobs left the line: `waits` of them are in the table again, for so long. */
static void leave(struct line *line, size_t count, size_t waits, int64_t pause)
{
    pthread_mutex_lock(&line->lock);
    line->running -= (unsigned)count;
    line->in_table += (int64_t)waits;
    int64_t due = clock_steady() + pause;
    if (waits > 0 && due < line->look_at) {
        line->look_at = due;
        pthread_cond_signal(&line->changed);
    }
    pthread_mutex_unlock(&line->lock);
}

/* A pause before what could not be written is tried again; false when the conveyor closes. */
static bool wait_after_fault(struct line *line)
{
    struct timespec until = steady_time(clock_steady() + AFTER_FAULT_MS);
    pthread_mutex_lock(&line->lock);
    while (!line->closing &&
           pthread_cond_timedwait(&line->closes, &line->lock, &until) != ETIMEDOUT)
        ;
    bool closing = line->closing;
    pthread_mutex_unlock(&line->lock);
    return !closing;
}

static int write_end(struct line *line, const struct conveyor_lot *lot, int result, int64_t run_at)
{
    switch (result) {
    case JOB_FINISHED:
        return 0;
    case JOB_DONE:
        return conveyor_rows_finish(&line->rows, lot);
    case JOB_LATER:
        return conveyor_rows_put_back(&line->rows, lot, run_at);
    default: /* JOB_AGAIN and faults */
        return conveyor_rows_back_off(&line->rows, lot, run_at);
    }
}

/* Writes down how a lot ended, and lets go of it. */
static void end_lot(struct line *line, const struct conveyor_lot *lot, int result)
{
    const struct store_job *first = lot->jobs;
    bool over = result == JOB_FINISHED || result == JOB_DONE, told = false;
    int64_t pause = over                  ? 0
                    : result == JOB_LATER ? later_pause(line, first)
                                          : back_off_pause(line, first->attempts);
    while (write_end(line, lot, result, clock_now() + pause) < 0) {
        if (!told)
            log_event(LOG_WARN, "job.not_ended", "job=%s kind=%s", first->id, line->kind->name);
        told = true;
        if (!wait_after_fault(line))
            break;
    }
    leave(line, lot->count, over ? 0 : lot->count, pause);
}

/* Gives one job up, and lets go of it. Where that cannot be done it comes back for it. */
static void give_up(struct line *line, const struct store_job *job, enum job_end end,
                    struct arena *arena)
{
    static const char *const reasons[] = {"failed", "put_off", "hopeless", "crashed"};
    const struct job_kind *kind = line->kind;
    struct store_job copy = *job;
    int result =
        conveyor_rows_give_up(&line->rows, job, &(struct conveyor_end){end, reasons[end]}, arena);
    if (result < 0) {
        end_lot(line, &(struct conveyor_lot){.jobs = &copy, .count = 1}, JOB_AGAIN);
        return;
    }
    if (result == 0) {
        log_event(kind->forgets ? LOG_WARN : LOG_ERROR,
                  kind->forgets ? "job.dropped" : "job.set_aside",
                  "job=%s kind=%s subject=%s attempts=%d reason=%s", job->id, kind->name,
                  job->subject[0] ? job->subject : "-", job->attempts, reasons[end]);
        if (kind->given_up)
            kind->given_up(kind->context, job);
    }
    leave(line, 1, 0, 0);
}

int conveyor_line_put_back(struct line *line, const struct store_job *job)
{
    struct store_job copy = *job;
    int fault = conveyor_rows_put_back(
        &line->rows, &(struct conveyor_lot){.jobs = &copy, .count = 1}, clock_now());
    pthread_mutex_lock(&line->lock);
    line->in_table++;
    line->look_at = 0;
    pthread_cond_signal(&line->changed);
    pthread_mutex_unlock(&line->lock);
    return fault;
}

/* ---- running ---- */

/* Whether a job that ended so is given up, and why. */
static bool is_given_up(const struct job_kind *kind, const struct store_job *job, int result,
                        enum job_end *end_out)
{
    bool failed = result < 0 || result == JOB_AGAIN;
    *end_out = JOB_END_HOPELESS;
    if (failed && job->attempts >= (int)kind->attempts)
        *end_out = JOB_END_FAILED;
    else if (result == JOB_LATER && kind->put_offs > 0 && job->put_off >= (int)kind->put_offs)
        *end_out = JOB_END_PUT_OFF;
    else
        return result == JOB_HOPELESS;
    return true;
}

/* A lot of one, or one result for all. Those that are beyond their attempts are given up one by
 * one. */
static void run_lot(struct line *line, struct conveyor_lot *lot)
{
    const struct job_kind *kind = line->kind;
    struct store_lease lease = conveyor_lease_of(lot->jobs);
    int result = kind->run_batch ? kind->run_batch(kind->context, lot->jobs, lot->count, lot->arena)
                                 : kind->run(kind->context, lot->jobs, &lease, lot->arena);
    for (size_t i = 0; i < lot->count;) {
        enum job_end end;
        if (!is_given_up(kind, &lot->jobs[i], result, &end)) {
            i++;
            continue;
        }
        give_up(line, &lot->jobs[i], end, lot->arena);
        lot->jobs[i] = lot->jobs[--lot->count];
    }
    if (lot->count > 0)
        end_lot(line, lot, result);
}

/* Takes out of the lot what is not to be run: jobs that took the process down with them at their
 * last attempt. */
static void sort_out(struct line *line, struct conveyor_lot *lot)
{
    for (size_t i = 0; i < lot->count;) {
        struct store_job *job = &lot->jobs[i];
        if (job->attempts <= (int)line->kind->attempts) {
            i++;
            continue;
        }
        give_up(line, job, JOB_END_CRASHED, lot->arena);
        *job = lot->jobs[--lot->count];
    }
}

void *conveyor_line_work(void *arg)
{
    struct line_thread *thread = arg;
    struct store_job jobs[CONVEYOR_BATCH];
    struct conveyor_lot lot = {.jobs = jobs, .arena = thread->arena};
    while (next_lot(thread->line, &lot) > 0) {
        sort_out(thread->line, &lot);
        if (lot.count > 0)
            run_lot(thread->line, &lot);
        free_held(&lot);
        arena_reset(lot.arena);
    }
    return NULL;
}
