/* SPDX-License-Identifier: Apache-2.0
 *
 * A line for each kind (conveyor_line.h): a list of jobs handed over, and threads that work it off.
 * Here the lines start and end, and are given their work.
 */
#include "jobs/conveyor.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "jobs/conveyor_line.h"

enum {
    HELD_CEILING = 100000,   /* jobs handed over to one line; more wait in the table */
    ARENA_CEILING = 4 << 20, /* one run's rows and lists */
};

struct conveyor {
    struct conveyor_config config;
    struct line *lines;
};

static struct line *find_line(struct conveyor *conveyor, const char *kind)
{
    for (size_t i = 0; i < conveyor->config.kind_count; i++)
        if (strcmp(conveyor->config.kinds[i].name, kind) == 0)
            return &conveyor->lines[i];
    return NULL;
}

/* ---- starting and ending ---- */

struct releasing {
    const struct conveyor_config *config;
    int64_t released;
};

static int release_in(struct db_tx *tx, void *arg)
{
    struct releasing *releasing = arg;
    return store_job_release(tx, releasing->config->boot, clock_now(), &releasing->released);
}

static int take_stock(struct conveyor *conveyor)
{
    const struct conveyor_config *config = &conveyor->config;
    struct releasing releasing = {.config = config};
    int result = db_write(config->db, release_in, &releasing);
    AUTO_DB_READ struct db_tx *tx = NULL;
    if (result == 0)
        result = db_read_begin(config->db, &tx);
    for (size_t i = 0; result == 0 && i < config->kind_count; i++)
        result = store_job_count_queued(tx, config->kinds[i].name, &conveyor->lines[i].in_table);
    if (result == 0 && releasing.released > 0)
        log_event(LOG_INFO, "jobs.released", "jobs=%lld", (long long)releasing.released);
    return result;
}

static void prepare_line(struct conveyor *conveyor, struct line *line, const struct job_kind *kind)
{
    const struct conveyor_config *config = &conveyor->config;
    pthread_condattr_t steady;
    *line = (struct line){.config = config, .kind = kind, .rows = {config->db, kind, config->boot}};
    line->last = &line->first;
    pthread_mutex_init(&line->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&line->changed, &steady);
    pthread_cond_init(&line->closes, &steady);
    pthread_condattr_destroy(&steady);
}

static int start_line(struct line *line)
{
    line->threads = calloc(line->kind->threads, sizeof *line->threads);
    if (!line->threads)
        return log_fault("conveyor.new", -ENOMEM, "kind=%s", line->kind->name);
    for (; line->thread_count < line->kind->threads; line->thread_count++) {
        struct line_thread *thread = &line->threads[line->thread_count];
        thread->line = line;
        thread->arena = arena_new(ARENA_CEILING);
        int error = thread->arena
                        ? pthread_create(&thread->thread, NULL, conveyor_line_work, thread)
                        : ENOMEM;
        if (error)
            return log_fault("conveyor.new", -error, "kind=%s", line->kind->name);
    }
    return 0;
}

int conveyor_new(const struct conveyor_config *config, struct conveyor **conveyor_out)
{
    struct conveyor *conveyor = calloc(1, sizeof *conveyor);
    struct line *lines = calloc(config->kind_count, sizeof *lines);
    if (!conveyor || !lines) {
        free(conveyor);
        free(lines);
        return log_fault("conveyor.new", -ENOMEM, "memory is short");
    }
    *conveyor = (struct conveyor){*config, lines};
    for (size_t i = 0; i < config->kind_count; i++)
        prepare_line(conveyor, &lines[i], &config->kinds[i]);
    *conveyor_out = conveyor;
    int result = take_stock(conveyor);
    for (size_t i = 0; result == 0 && i < config->kind_count; i++)
        result = start_line(&lines[i]);
    if (result != 0)
        conveyor_free(conveyor_out);
    return result;
}

/* What waited is taken up by the next start, as if it had not been begun: it was not. */
static void put_back_held(struct line *line)
{
    AUTO_FREE struct store_job *jobs = calloc(line->held + 1, sizeof *jobs);
    struct conveyor_lot lot = {.jobs = jobs};
    for (struct held *held = line->first; jobs && held; held = held->next)
        jobs[lot.count++] = held->job;
    if (lot.count > 0 && conveyor_rows_put_back(&line->rows, &lot, clock_now()) < 0)
        log_event(LOG_WARN, "jobs.not_put_back", "kind=%s jobs=%zu", line->kind->name, lot.count);
    while (line->first) {
        struct held *held = line->first;
        line->first = held->next;
        free(held);
    }
}

static void end_line(struct line *line)
{
    put_back_held(line);
    for (unsigned i = 0; line->threads && i < line->kind->threads; i++)
        arena_free(&line->threads[i].arena);
    free(line->threads);
    pthread_cond_destroy(&line->closes);
    pthread_cond_destroy(&line->changed);
    pthread_mutex_destroy(&line->lock);
}

void conveyor_free(struct conveyor **conveyor_in)
{
    struct conveyor *conveyor = *conveyor_in;
    if (!conveyor)
        return;
    for (size_t i = 0; i < conveyor->config.kind_count; i++) {
        struct line *line = &conveyor->lines[i];
        pthread_mutex_lock(&line->lock);
        line->closing = true;
        pthread_cond_broadcast(&line->changed);
        pthread_cond_broadcast(&line->closes);
        pthread_mutex_unlock(&line->lock);
    }
    /* A job may hand over to another line up to its end: first all threads, then what they left. */
    for (size_t i = 0; i < conveyor->config.kind_count; i++) {
        struct line *line = &conveyor->lines[i];
        while (line->thread_count > 0)
            pthread_join(line->threads[--line->thread_count].thread, NULL);
    }
    for (size_t i = 0; i < conveyor->config.kind_count; i++)
        end_line(&conveyor->lines[i]);
    free(conveyor->lines);
    free(conveyor);
    *conveyor_in = NULL;
}

/* ---- from outside ---- */

void conveyor_lease(struct conveyor *conveyor, struct store_job *job)
{
    job->attempts = job->taken = 1;
    job->lease_owner = conveyor->config.boot;
    job->run_at = clock_now();
}

void conveyor_prepare(struct conveyor *conveyor, const char *kind, struct store_job *job_out)
{
    *job_out = (struct store_job){.kind = kind, .created_at = clock_now()};
    conveyor_lease(conveyor, job_out);
    id_new(ID_JOB, job_out->id);
}

/* A copy for the line's list; NULL when memory is short. */
static struct held *new_held(const struct line *line, const struct store_job *job)
{
    size_t len = job->payload ? strlen(job->payload) + 1 : 0;
    struct held *held = malloc(sizeof *held + len);
    if (!held)
        return NULL;
    held->next = NULL;
    held->job = *job;
    held->job.kind = line->kind->name;
    held->job.payload = len ? memcpy(held->payload, job->payload, len) : NULL;
    return held;
}

void conveyor_hand_over(struct conveyor *conveyor, const struct store_job *job)
{
    struct line *line = find_line(conveyor, job->kind);
    struct held *held = line ? new_held(line, job) : NULL;
    bool taken = false;
    if (held) {
        pthread_mutex_lock(&line->lock);
        taken = line->held < HELD_CEILING;
        if (taken) {
            *line->last = held;
            line->last = &held->next;
            line->held++;
            pthread_cond_signal(&line->changed);
        }
        pthread_mutex_unlock(&line->lock);
    }
    if (taken)
        return;
    free(held);
    if (!line || conveyor_line_put_back(line, job) < 0)
        log_event(LOG_ERROR, "job.waits_for_a_start", "job=%s kind=%s", job->id, job->kind);
}

void conveyor_wake(struct conveyor *conveyor, const char *kind)
{
    struct line *line = find_line(conveyor, kind);
    if (!line)
        return;
    pthread_mutex_lock(&line->lock);
    line->look_at = 0;
    pthread_cond_signal(&line->changed);
    pthread_mutex_unlock(&line->lock);
}

unsigned conveyor_waiting(struct conveyor *conveyor, const char *kind)
{
    struct line *line = find_line(conveyor, kind);
    if (!line)
        return 0;
    pthread_mutex_lock(&line->lock);
    unsigned waiting = line->held + line->running + (unsigned)line->in_table;
    pthread_mutex_unlock(&line->lock);
    return waiting;
}
