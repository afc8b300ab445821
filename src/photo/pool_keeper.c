/* SPDX-License-Identifier: Apache-2.0
 *
 * The keeper: one thread that lives as long as the pool. It starts the zygote (and, since the
 * zygote dies with the thread that started it, nobody else may), hears its reports and wakes the
 * callers they are for.
 *
 * A zygote that ends, or says something that makes no sense, is finished: the photos it had are
 * lost to their callers, and another is started after a pause that doubles with every failure in a
 * row.
 */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "photo/pool_inside.h"

enum { PAUSE_MIN_MS = 50, PAUSE_MAX_MS = 10000 };

static struct pool_job *find_job(struct photo_pool *pool, uint64_t number)
{
    for (unsigned i = 0; i < pool_places(pool); i++)
        if (pool->jobs[i] && pool->jobs[i]->number == number)
            return pool->jobs[i];
    return NULL;
}

/* A report; false when it makes no sense. A job that was given up (POOL_JOB_LOST) cannot be
 * reported: its zygote is gone. */
static bool take_report(struct photo_pool *pool, const struct protocol_record *record, int fd)
{
    struct pool_job *job = find_job(pool, record->number);
    if (!job || job->state != POOL_JOB_RUNNING)
        return false;
    if (record->type == PROTOCOL_STARTED && job->process < 0) {
        job->process = fd;
    } else if (record->type == PROTOCOL_DONE) {
        job->done = record->done;
        job->state = POOL_JOB_DONE;
    } else {
        return false;
    }
    pthread_cond_signal(&job->changed);
    return true;
}

/* Hears reports until there is nothing more to hear. */
static void hear(struct photo_pool *pool)
{
    for (;;) {
        struct protocol_record record;
        int fds[PROTOCOL_FDS_MAX];
        int result = protocol_receive(pool->zygote.socket, PROTOCOL_FROM_ZYGOTE, &record, fds);
        bool good = false;
        if (result == 0) {
            pthread_mutex_lock(&pool->lock);
            good = take_report(pool, &record, fds[0]);
            pthread_mutex_unlock(&pool->lock);
        }
        if (good)
            continue;
        if (fds[0] >= 0)
            close(fds[0]);
        if (result != PROTOCOL_CLOSED)
            log_event(LOG_ERROR, "photo.zygote", "reason=bad_report");
        return;
    }
}

/* After the zygote ended: whoever waits for it need not. Called with the lock. */
static void lose_jobs(struct photo_pool *pool)
{
    pool->up = false;
    for (unsigned i = 0; i < pool_places(pool); i++)
        if (pool->jobs[i] && pool->jobs[i]->state == POOL_JOB_RUNNING) {
            pool->jobs[i]->state = POOL_JOB_LOST;
            pthread_cond_signal(&pool->jobs[i]->changed);
        }
}

/* Waits, but not longer than the pool lives. Called with the lock; true when the pool is being
 * freed. */
static bool pause_or_stop(struct photo_pool *pool, int milliseconds)
{
    struct timespec end = pool_time_in((unsigned)milliseconds);
    while (!pool->stopping && pthread_cond_timedwait(&pool->news, &pool->lock, &end) != ETIMEDOUT)
        ;
    return pool->stopping;
}

void *pool_keep(void *arg)
{
    struct photo_pool *pool = arg;
    int pause = PAUSE_MIN_MS;
    for (bool first = true;; first = false) {
        struct pool_zygote zygote;
        int result = pool_zygote_start(pool, &zygote);
        pthread_mutex_lock(&pool->lock);
        pool->zygote = zygote;
        bool up = pool->up = result == 0 && !pool->stopping;
        if (first) {
            pool->started = true;
            pool->start = result;
        } else if (result == 0) {
            pool->figures.restarts++;
        }
        pthread_cond_broadcast(&pool->news);
        pthread_mutex_unlock(&pool->lock);
        if (first && result != 0)
            return NULL;

        int64_t since = clock_steady();
        if (up)
            hear(pool);
        pthread_mutex_lock(&pool->lock);
        lose_jobs(pool);
        zygote = pool->zygote;
        pool->zygote = (struct pool_zygote){.socket = -1, .pid = -1, .sandbox = zygote.sandbox};
        pthread_mutex_unlock(&pool->lock);
        pool_zygote_end(&zygote);

        /* One that had worked for a while gets a fresh start. */
        if (clock_steady() - since > PAUSE_MAX_MS)
            pause = PAUSE_MIN_MS;
        pthread_mutex_lock(&pool->lock);
        if (!pool->stopping)
            log_event(LOG_WARN, "photo.zygote", "reason=ended restart_in_ms=%d", pause);
        bool stop = pause_or_stop(pool, pause);
        pthread_mutex_unlock(&pool->lock);
        if (stop)
            return NULL;
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
}
