/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at a worker as the kernel shows it. The worker is a real one: forked by the zygote in use,
 * locked down exactly as for a photo; but instead of judging it waits, is looked at, and is killed.
 */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "photo/pool_inside.h"

/* The process id, as we see it, behind a pidfd; 0 when it has ended. */
static pid_t process_of(int pidfd)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    uint64_t pid = 0;
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "Pid:\t", 5) == 0 && text_to_u64(line + 5, 1, INT32_MAX, &pid))
            return (pid_t)pid;
    }
    return 0;
}

/* Polls the room until the child says it is locked down. */
static bool is_locked_down(int room, unsigned milliseconds)
{
    int64_t end = clock_steady() + milliseconds;
    do {
        struct protocol_result result;
        if (pread(room, &result, sizeof result, 0) == (ssize_t)sizeof result &&
            result.state == PROTOCOL_LOCKED_DOWN)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    } while (clock_steady() < end);
    return false;
}

/* With the lock, which is let go while looking. */
static int look(struct photo_pool *pool, struct pool_job *job, int room, struct photo_probe *out)
{
    unsigned time = pool->config.deadline_ms;
    if (!pool_job_wait(pool, job, true, time) || job->process < 0)
        return job->state == POOL_JOB_RUNNING ? POOL_DEADLINE : pool_job_result(job, false);
    out->state = pool->zygote.sandbox;
    pthread_mutex_unlock(&pool->lock);
    bool ready = is_locked_down(room, time);
    pid_t pid = process_of(job->process);
    if (ready && pid > 0)
        sandbox_look(pid, &out->view);
    bool alive = process_of(job->process) == pid; /* or we looked at nothing, or at someone else */
    pthread_mutex_lock(&pool->lock);
    if (!ready)
        return POOL_DEADLINE;
    if (job->state == POOL_JOB_LOST)
        return POOL_LOST;
    return alive && pid > 0 && job->state == POOL_JOB_RUNNING ? 0 : POOL_CRASHED;
}

int photo_pool_probe(struct photo_pool *pool, struct photo_probe *out)
{
    memset(out, 0, sizeof *out);
    struct photo_input input;
    int result = photo_input_open(pool, 1, &input);
    if (result != 0)
        return result;
    struct protocol_record record = pool_job_record(pool, PROTOCOL_PROBE, input.size);
    AUTO_CLOSE int room = -1;
    result = pool_input_seal(&input);
    if (result == 0)
        result = pool_room_open(protocol_room_of(&record.job).size, &room);
    if (result == 0) {
        const int fds[PROTOCOL_FDS_MAX] = {input.fd, room};
        struct pool_job job;
        pthread_mutex_lock(&pool->lock);
        result = pool_job_begin(pool, &job, &record, fds);
        if (result == 0) {
            result = look(pool, &job, room, out);
            pool_job_kill(pool, &job);
            pool_job_end(pool, &job);
        }
        pthread_mutex_unlock(&pool->lock);
    }
    photo_input_close(&input);
    return result;
}
