/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread. A step that fails is logged by whoever failed and tried again in the next round; the
 * other steps go on. A round does at most so many batches of each step, so that a great backlog
 * leaves room for what else is written; photos that are due, which may be a million on one day, are
 * gone on with at once, in small batches, and with a pause after each while others wait to write or
 * photos wait to be judged.
 */
#include "jobs/sweep.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "intake/uploads.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/judge.h"
#include "jobs/sweep_personal.h"
#include "jobs/sweep_steps.h"
#include "jobs/touches.h"
#include "keys/journal.h"

enum { BATCHES_CEILING = 100, ARENA_CEILING = 4 << 20, TIDY_MS = 1000, PAUSE_MS = 50 };

struct sweep {
    struct sweep_config config;
    pthread_t thread;
    pthread_mutex_t round; /* held during a round */
    struct arena *arena;   /* of the round */
    bool behind;           /* the round left photos that are due */
    bool crowded;          /* others wanted to write after the last batch of them */
    int64_t commits;       /* of the database, when its log was emptied last */
    int64_t forget_at;     /* when it is emptied next, steady clock */
    int64_t journal_at;    /* when old days of the journal are looked for next */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closing;
};

static struct sweep_step new_step(struct sweep *sweep)
{
    arena_reset(sweep->arena);
    return (struct sweep_step){.config = &sweep->config,
                               .arena = sweep->arena,
                               .now = clock_now(),
                               .telling = {.tell = sweep->config.tell, .arena = sweep->arena}};
}

/* After a step has committed. */
static void wake_others(struct sweep *sweep, const struct sweep_step *step)
{
    tell_wake(&step->telling);
    if (step->queued > 0)
        conveyor_wake(sweep->config.conveyor, DESTROY_KIND);
}

static int do_step(struct sweep *sweep, int (*step_in)(struct db_tx *tx, void *step))
{
    int result = 0, found = SWEEP_BATCH;
    for (int i = 0; result == 0 && found == SWEEP_BATCH && i < BATCHES_CEILING; i++) {
        struct sweep_step step = new_step(sweep);
        result = db_write(sweep->config.db, step_in, &step);
        found = step.found;
        if (result == 0)
            wake_others(sweep, &step);
    }
    return result;
}

/* Cuts what is on its way to a client, erases, and lets go: after the commit the policy says no. */
static int erase_batch(struct sweep *sweep, int (*find)(struct sweep_step *step), bool *more_out)
{
    const struct sweep_config *config = &sweep->config;
    struct sweep_step step = new_step(sweep);
    step.limit = sweep->crowded ? SWEEP_FEW : SWEEP_BATCH;
    int result = find(&step);
    *more_out = step.due_count == step.limit;
    if (result != 0 || step.due_count == 0)
        return result;
    for (int i = 0; config->cut && i < step.due_count; i++)
        config->cut(config->context, step.due[i].delivery_id);
    result = db_write(config->db, sweep_erase, &step);
    for (int i = 0; config->lift && i < step.due_count; i++)
        config->lift(config->context, step.due[i].delivery_id);
    if (result == 0)
        wake_others(sweep, &step);
    return result;
}

/* Leaves the writer to others for as long as the batch has kept it, when there are others; then the
 * next batch is small, so that none of them waits long for it. */
static void make_room(struct sweep *sweep, int64_t began)
{
    struct db_counts counts;
    int64_t took = clock_steady() - began;
    db_counts(sweep->config.db, &counts);
    sweep->crowded = counts.waiting > 0 || conveyor_waiting(sweep->config.conveyor, JUDGE_KIND) > 0;
    if (!sweep->crowded)
        return;
    took = took < 1 ? 1 : took > PAUSE_MS ? PAUSE_MS : took;
    nanosleep(&(struct timespec){.tv_nsec = took * 1000000}, NULL);
}

static int erase_found(struct sweep *sweep, int (*find)(struct sweep_step *step))
{
    bool more = true;
    int result = 0;
    for (int i = 0; result == 0 && more && i < BATCHES_CEILING; i++) {
        int64_t began = clock_steady();
        result = erase_batch(sweep, find, &more);
        make_room(sweep, began);
    }
    sweep->behind = result == 0 && more;
    return result;
}

/* What was deleted is to be gone from the database's log too. */
static void forget_in_time(struct sweep *sweep)
{
    struct db_counts counts;
    db_counts(sweep->config.db, &counts);
    if (clock_steady() < sweep->forget_at || counts.commits == sweep->commits)
        return;
    if (db_forget(sweep->config.db) != 0)
        return; /* a reader needs it still, or the log says why: the next second tries again */
    sweep->commits = counts.commits;
    sweep->forget_at =
        clock_steady() + sweep->config.settings->database.forget_seconds * CLOCK_SECOND;
}

/* Days of the journal of erasures that no backup reaches back to. */
static void sweep_journal(struct sweep *sweep)
{
    int64_t days = sweep->config.settings->server.erasure_journal_days;
    if (!sweep->config.keys || clock_steady() < sweep->journal_at)
        return;
    sweep->journal_at = clock_steady() + CLOCK_HOUR;
    int result = journal_sweep(sweep->config.keys, clock_now() - days * CLOCK_DAY);
    if (result != 0)
        log_event(LOG_WARN, "sweep.journal", "result=%d", result);
}

int sweep_now(struct sweep *sweep)
{
    static int (*const steps[])(struct db_tx * tx, void *step) = {
        sweep_uploads,       sweep_overdue,   sweep_proofs,     sweep_codes,      sweep_sessions,
        sweep_pairings,      sweep_answers,   sweep_events,     sweep_notices,    sweep_webhooks,
        sweep_subscriptions, sweep_mailboxes, sweep_texts,      sweep_challenges, sweep_invitations,
        sweep_walk,          sweep_personal,  sweep_complaints, sweep_search,
    };
    pthread_mutex_lock(&sweep->round);
    uploads_tidy(sweep->config.uploads);
    int first = sweep->config.touches ? touches_write(sweep->config.touches, sweep->config.db) : 0;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        int result = do_step(sweep, steps[i]);
        first = first ? first : result;
    }
    int wished = erase_found(sweep, sweep_find_wished);
    int result = erase_found(sweep, sweep_find_due);
    first = first ? first : wished;
    pthread_mutex_unlock(&sweep->round);
    return first ? first : result;
}

/* False when the sweep closes. */
static bool sleep_a_little(struct sweep *sweep, int64_t ms)
{
    int64_t until = clock_steady() + ms;
    struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    pthread_mutex_lock(&sweep->lock);
    if (!sweep->closing)
        pthread_cond_timedwait(&sweep->changed, &sweep->lock, &at);
    bool closing = sweep->closing;
    pthread_mutex_unlock(&sweep->lock);
    return !closing;
}

static void *run(void *arg)
{
    struct sweep *sweep = arg;
    int64_t next = clock_steady();
    do {
        forget_in_time(sweep);
        if (clock_steady() < next) {
            uploads_tidy(sweep->config.uploads);
            continue;
        }
        sweep_journal(sweep);
        int result = sweep_now(sweep);
        if (result < 0)
            log_event(LOG_WARN, "sweep.unfinished", "fault=%d", -result);
        if (!sweep->behind)
            next = clock_steady() + sweep->config.settings->jobs.sweep_seconds * CLOCK_SECOND;
    } while (sleep_a_little(sweep, sweep->behind ? 1 : TIDY_MS));
    return NULL;
}

static void free_parts(struct sweep *sweep)
{
    pthread_cond_destroy(&sweep->changed);
    pthread_mutex_destroy(&sweep->lock);
    pthread_mutex_destroy(&sweep->round);
    arena_free(&sweep->arena);
    free(sweep);
}

int sweep_new(const struct sweep_config *config, struct sweep **sweep_out)
{
    pthread_condattr_t steady;
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep)
        return log_fault("sweep.new", -ENOMEM, "memory is short");
    sweep->config = *config;
    pthread_mutex_init(&sweep->round, NULL);
    pthread_mutex_init(&sweep->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&sweep->changed, &steady);
    pthread_condattr_destroy(&steady);
    sweep->arena = arena_new(ARENA_CEILING);
    int error = sweep->arena ? pthread_create(&sweep->thread, NULL, run, sweep) : ENOMEM;
    if (error) {
        free_parts(sweep);
        return log_fault("sweep.new", -error, "no thread");
    }
    *sweep_out = sweep;
    return 0;
}

void sweep_free(struct sweep **sweep_in)
{
    struct sweep *sweep = *sweep_in;
    if (!sweep)
        return;
    pthread_mutex_lock(&sweep->lock);
    sweep->closing = true;
    pthread_cond_signal(&sweep->changed);
    pthread_mutex_unlock(&sweep->lock);
    pthread_join(sweep->thread, NULL);
    free_parts(sweep);
    *sweep_in = NULL;
}
