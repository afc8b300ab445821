/* SPDX-License-Identifier: Apache-2.0
 *
 * A job from its caller's side: take a slot, hand the photo's memory and an empty room to the
 * zygote, wait for the worker's end, give the slot back.
 *
 * The deadline is the caller's own: when it passes the caller asks the zygote to kill the worker,
 * and when that is not confirmed in time it declares the zygote dead by shutting its socket, which
 * always wakes everyone.
 */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"
#include "photo/pool_inside.h"

enum { KILL_GRACE_MS = 1000 };

void pool_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &steady);
    pthread_condattr_destroy(&steady);
}

struct timespec pool_time_in(unsigned milliseconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += milliseconds % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* Are all slots of the class taken? With the lock. */
static bool is_full(const struct photo_pool *pool, enum pool_class of)
{
    unsigned slots = of == POOL_OF_MARKS ? pool->config.mark_slots : pool->config.slots;
    return pool->busy[of] >= slots;
}

/* Waits for a free slot and a zygote that is up. With the lock. POOL_DOWN when there was no zygote
 * for a whole deadline. */
static int wait_for_slot(struct photo_pool *pool, enum pool_class of)
{
    bool counting = false;
    struct timespec end = {0};
    while (!pool->stopping && (is_full(pool, of) || !pool->up)) {
        if (is_full(pool, of)) {
            pthread_cond_wait(&pool->free_slot, &pool->lock);
            continue;
        }
        if (!counting)
            end = pool_time_in(pool->config.deadline_ms);
        counting = true;
        if (pthread_cond_timedwait(&pool->news, &pool->lock, &end) == ETIMEDOUT && !pool->up)
            return POOL_DOWN;
    }
    return pool->stopping ? POOL_CLOSING : 0;
}

static int take_slot(struct photo_pool *pool, struct pool_job *job)
{
    enum pool_class of = job->of;
    if (of == POOL_OF_MARKS &&
        pool->waiting[of] >= (unsigned)POOL_MARKS_WAITING * pool->config.mark_slots)
        return POOL_BUSY;
    pool->waiting[of]++;
    int result = wait_for_slot(pool, of);
    pool->waiting[of]--;
    if (result != 0) {
        pthread_cond_broadcast(&pool->free_slot); /* photo_pool_free waits for the last of us */
        return result;
    }
    unsigned place = 0;
    while (pool->jobs[place])
        place++;
    pool->jobs[place] = job;
    pool->busy[of]++;
    job->number = ++pool->next_number;
    return 0;
}

bool pool_job_wait(struct photo_pool *pool, struct pool_job *job, bool started,
                   unsigned milliseconds)
{
    struct timespec end = pool_time_in(milliseconds);
    while (job->state == POOL_JOB_RUNNING && !(started && job->process >= 0))
        if (pthread_cond_timedwait(&job->changed, &pool->lock, &end) == ETIMEDOUT)
            return job->state != POOL_JOB_RUNNING;
    return true;
}

void pool_job_kill(struct photo_pool *pool, struct pool_job *job)
{
    if (job->state != POOL_JOB_RUNNING)
        return;
    struct protocol_record record = protocol_record_new(PROTOCOL_KILL, job->number);
    bool asked = pool->up && protocol_send(pool->zygote.socket, &record, NULL, 0) == 0;
    if (asked && pool_job_wait(pool, job, false, KILL_GRACE_MS))
        return;
    log_event(LOG_ERROR, "photo.zygote", "reason=does_not_answer");
    if (pool->zygote.socket >= 0)
        shutdown(pool->zygote.socket, SHUT_RDWR);
    while (job->state == POOL_JOB_RUNNING)
        pthread_cond_wait(&job->changed, &pool->lock);
}

/* Sends the job off. With the lock. A zygote that cannot be written to is as good as dead. */
static int hand_over(struct photo_pool *pool, struct pool_job *job, struct protocol_record *record,
                     const int *fds)
{
    record->number = job->number;
    int result = protocol_send(pool->zygote.socket, record, fds, PROTOCOL_FDS_MAX);
    if (result == 0)
        return 0;
    shutdown(pool->zygote.socket, SHUT_RDWR);
    return POOL_DOWN;
}

int pool_job_result(const struct pool_job *job, bool late)
{
    if (job->state != POOL_JOB_DONE)
        return late ? POOL_DEADLINE : POOL_LOST;
    int status = (int)job->done.wait_status;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == PROTOCOL_EXIT_LOCK_DOWN)
        return POOL_DOWN;
    bool out_of_time = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
    return late || out_of_time ? POOL_DEADLINE : POOL_CRASHED;
}

struct protocol_record pool_job_record(const struct photo_pool *pool, enum protocol_type type,
                                       size_t input_size)
{
    struct protocol_record record = protocol_record_new(type, 0);
    record.job = (struct protocol_job){
        .input_size = input_size,
        .memory = pool->config.worker_memory,
        .posted_room = (uint32_t)(input_size + JUDGE_ROOM_EXTRA),
        .preview_room = pool->config.limits.preview_bytes_max,
        .cpu_seconds = (pool->config.deadline_ms + 999) / 1000,
    };
    return record;
}

int pool_job_begin(struct photo_pool *pool, struct pool_job *job, struct protocol_record *record,
                   const int *fds)
{
    *job = (struct pool_job){.state = POOL_JOB_RUNNING, .process = -1};
    job->of = record->type == PROTOCOL_MARK ? POOL_OF_MARKS : POOL_OF_INTAKE;
    int result = take_slot(pool, job);
    if (result != 0)
        return result;
    pool_init_condition(&job->changed);
    result = hand_over(pool, job, record, fds);
    if (result != 0)
        pool_job_end(pool, job);
    return result;
}

void pool_job_end(struct photo_pool *pool, struct pool_job *job)
{
    for (unsigned i = 0; i < pool_places(pool); i++)
        if (pool->jobs[i] == job) {
            pool->jobs[i] = NULL;
            pool->busy[job->of]--;
        }
    if (job->process >= 0)
        close(job->process);
    pthread_cond_destroy(&job->changed);
    pthread_cond_broadcast(&pool->free_slot);
}
