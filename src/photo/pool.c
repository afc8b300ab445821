/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls of pool.h: make, free, judge. A caller gets a slot, hands its photo over and sleeps
 * until the keeper says that the worker has ended; only then is the worker's room looked at.
 */
#include "photo/pool.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/log.h"
#include "photo/pool_inside.h"

/* malloc's own, and the decoder's code and tables. */
enum { MEMORY_SPARE = 32 << 20 };

const char *photo_pool_result_name(int result)
{
    static const char *const names[] = {
        "done",    "crashed",   "deadline", "garbled", "weak_sandbox", "no_worker",
        "closing", "too_large", "down",     "lost",    "busy",
    };
    return result < 0 || (size_t)result >= ARRAY_LEN(names) ? "fault" : names[result];
}

/* ---- making and freeing ---- */

static bool config_holds(const struct photo_pool_config *config)
{
    return config->slots >= 1 && config->slots <= POOL_SLOTS_MAX &&
           config->mark_slots <= POOL_MARK_SLOTS_MAX && config->deadline_ms >= 100 &&
           config->deadline_ms <= 600000 && config->nice <= 19 &&
           config->input_ceiling <= POOL_INPUT_CEILING_MAX;
}

static void fill_defaults(struct photo_pool_config *config)
{
    static const struct judge_limits standard = JUDGE_LIMITS_DEFAULT;
    if (config->limits.pixels_max == 0)
        config->limits = standard;
    if (config->mark_slots == 0)
        config->mark_slots = POOL_MARK_SLOTS_USUAL;
    if (config->input_ceiling == 0)
        config->input_ceiling = POOL_INPUT_CEILING;
    if (config->worker_memory == 0)
        config->worker_memory = config->limits.memory_max + MEMORY_SPARE;
    if (config->identity.uid == 0 || config->identity.gid == 0)
        config->identity = (struct sandbox_identity){SANDBOX_DEFAULT_ID, SANDBOX_DEFAULT_ID};
}

static void destroy(struct photo_pool *pool)
{
    pthread_cond_destroy(&pool->free_slot);
    pthread_cond_destroy(&pool->news);
    pthread_mutex_destroy(&pool->lock);
    free(pool->worker_path);
    free(pool);
}

int photo_pool_new(const struct photo_pool_config *config, struct photo_pool **out)
{
    *out = NULL;
    if (!config_holds(config))
        return log_fault("photo.pool", -EINVAL, "slots=%u deadline_ms=%u nice=%u", config->slots,
                         config->deadline_ms, config->nice);
    struct photo_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return log_fault("photo.pool", -ENOMEM, "out of memory");
    pthread_mutex_init(&pool->lock, NULL);
    pool_init_condition(&pool->free_slot);
    pool_init_condition(&pool->news);
    pool->config = *config;
    pool->zygote = (struct pool_zygote){.socket = -1, .pid = -1};
    fill_defaults(&pool->config);
    pool->worker_path = pool_find_worker(config->worker_path);
    int result = pool->worker_path ? 0 : -ENOMEM;
    if (result == 0)
        result = -pthread_create(&pool->keeper, NULL, pool_keep, pool);
    if (result < 0) {
        destroy(pool);
        return log_fault("photo.pool", result, "cannot start its thread");
    }
    pthread_mutex_lock(&pool->lock);
    while (!pool->started)
        pthread_cond_wait(&pool->news, &pool->lock);
    result = pool->start;
    pthread_mutex_unlock(&pool->lock);
    if (result != 0) {
        pthread_join(pool->keeper, NULL);
        destroy(pool);
        return result;
    }
    *out = pool;
    return 0;
}

/* With the lock. */
static bool is_used(const struct photo_pool *pool)
{
    for (int of = 0; of < POOL_CLASSES; of++)
        if (pool->busy[of] > 0 || pool->waiting[of] > 0)
            return true;
    return false;
}

void photo_pool_free(struct photo_pool **pool_at)
{
    struct photo_pool *pool = *pool_at;
    if (!pool)
        return;
    *pool_at = NULL;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->free_slot);
    pthread_cond_broadcast(&pool->news);
    while (is_used(pool))
        pthread_cond_wait(&pool->free_slot, &pool->lock);
    if (pool->zygote.socket >= 0)
        shutdown(pool->zygote.socket, SHUT_RDWR);
    pthread_mutex_unlock(&pool->lock);
    pthread_join(pool->keeper, NULL);
    destroy(pool);
}

void photo_pool_figures(struct photo_pool *pool, struct photo_pool_figures *out)
{
    pthread_mutex_lock(&pool->lock);
    *out = pool->figures;
    out->busy = pool->busy[POOL_OF_INTAKE];
    pthread_mutex_unlock(&pool->lock);
}

/* ---- judging ---- */

/* Reads what a worker that ended well has left. */
static int read_answer(const struct photo_pool *pool, const struct protocol_job *job, int room,
                       struct photo_outcome *outcome)
{
    size_t size = protocol_room_of(job).size;
    void *at = pool_room_read(room, size);
    if (!at)
        return -EIO;
    outcome->room = at;
    outcome->room_size = size;
    struct protocol_claim claim = {{at, size}, job, &pool->config.limits};
    struct protocol_pictures pictures;
    if (!protocol_result_parse(&claim, &outcome->facts, &pictures))
        return POOL_GARBLED;
    outcome->posted = pictures.posted;
    outcome->preview = pictures.preview;
    return 0;
}

static void count(struct photo_pool_figures *figures, const struct pool_job *job, int result)
{
    figures->judged += result == 0 && job->of == POOL_OF_INTAKE;
    figures->marked += result == 0 && job->of == POOL_OF_MARKS;
    figures->crashed += result == POOL_CRASHED;
    figures->deadline += result == POOL_DEADLINE;
    figures->garbled += result == POOL_GARBLED;
}

static void note_cost(const struct pool_job *job, struct photo_outcome *outcome)
{
    if (job->state != POOL_JOB_DONE)
        return;
    int status = (int)job->done.wait_status;
    outcome->cpu_us = job->done.cpu_us;
    outcome->peak_rss_kb = job->done.peak_rss_kb;
    outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* The slot is held until the answer has been read: nothing of the pool is touched after it is given
 * back. */
int pool_run(struct photo_pool *pool, struct protocol_record *record, const int *fds,
             pool_reader *read, struct photo_outcome *outcome)
{
    struct pool_job job;
    pthread_mutex_lock(&pool->lock);
    int result = pool_job_begin(pool, &job, record, fds);
    if (result == 0) {
        bool late = !pool_job_wait(pool, &job, false, pool->config.deadline_ms);
        if (late)
            pool_job_kill(pool, &job);
        pthread_mutex_unlock(&pool->lock);
        note_cost(&job, outcome);
        result = pool_job_result(&job, late);
        if (result == 0)
            result = read(pool, &record->job, fds[1], outcome);
        pthread_mutex_lock(&pool->lock);
        count(&pool->figures, &job, result);
        pool_job_end(pool, &job);
    }
    pthread_mutex_unlock(&pool->lock);
    return result;
}

int photo_pool_judge(struct photo_pool *pool, struct photo_input *input,
                     struct photo_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    int result = pool_input_seal(input);
    if (result < 0)
        return result;
    struct protocol_record record = pool_job_record(pool, PROTOCOL_JUDGE, input->size);
    AUTO_CLOSE int room = -1;
    result = pool_room_open(protocol_room_of(&record.job).size, &room);
    if (result < 0)
        return result;
    const int fds[PROTOCOL_FDS_MAX] = {input->fd, room};
    return pool_run(pool, &record, fds, read_answer, outcome);
}
