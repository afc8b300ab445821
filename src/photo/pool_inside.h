/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool from inside: its state, and what its files do for each other.
 *
 *   pool.c         the calls of pool.h: make, free, judge
 *   pool_job.c     one photo under way: slot, hand-over, wait, deadline
 *   pool_keeper.c  the thread that starts the zygote, hears its reports, and starts it again
 *   pool_start.c   finding and starting the program, and the first words
 *   pool_memory.c  the photo's memory and the room for the answer
 *   pool_look.c    a look at a worker from outside
 *   pool_mark.c    a photo to be marked
 */
#ifndef PORCHLIGHT_PHOTO_POOL_INSIDE_H
#define PORCHLIGHT_PHOTO_POOL_INSIDE_H

#include <pthread.h>
#include <sys/types.h>

#include "photo/pool.h"
#include "photo/protocol.h"

/* A zygote that runs and has said READY. */
struct pool_zygote {
    int socket;
    pid_t pid;
    struct sandbox_state sandbox;
};

enum pool_job_state { POOL_JOB_RUNNING, POOL_JOB_DONE, POOL_JOB_LOST };

/* What a slot is for: those of marks are beside those of photos that come in. */
enum pool_class { POOL_OF_INTAKE, POOL_OF_MARKS, POOL_CLASSES };

/* How many may wait for a slot of marks, a slot: the next is told to come back. */
enum { POOL_MARKS_WAITING = 4, POOL_MARK_SLOTS_USUAL = 2 };

/* One photo under way; lives on its caller's stack. */
struct pool_job {
    uint64_t number;
    enum pool_class of;
    enum pool_job_state state;
    struct protocol_done done; /* when DONE */
    int process;               /* a probe's pidfd once STARTED, else -1; pool_job_end closes it */
    pthread_cond_t changed;
};

struct photo_pool {
    struct photo_pool_config config; /* defaults filled in */
    char *worker_path;               /* owned */

    pthread_t keeper;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t free_slot;
    pthread_cond_t news; /* `start` or `up` or `stopping` changed */
    struct pool_zygote zygote;
    struct pool_job *jobs[POOL_SLOTS_MAX + POOL_MARK_SLOTS_MAX];
    unsigned busy[POOL_CLASSES], waiting[POOL_CLASSES];
    uint64_t next_number;
    bool up;       /* zygote.socket can be written to */
    bool stopping; /* no new job begins */
    bool started;  /* the first start is over, with `start` as its result */
    int start;
    struct photo_pool_figures figures;
};
/* 1. jobs[i] is NULL or a job that has a slot; of each class exactly `busy` of them are not NULL,
 * at most as many as it has slots.
 * 2. Only the keeper opens, reads and closes zygote.socket; others write to it or shut it down,
 * under the lock while `up`.
 * 3. When the keeper finds the zygote gone it marks every RUNNING job LOST before `up` can become
 * true again. */

/* pool_start.c: the whole start, at most 10 s. 0, POOL_WEAK_SANDBOX, POOL_NO_WORKER or a fault. And
 * the end: closes the socket, kills and reaps. */
char *pool_find_worker(const char *configured) MUST_CHECK;
int pool_zygote_start(const struct photo_pool *pool, struct pool_zygote *out) MUST_CHECK;
void pool_zygote_end(struct pool_zygote *zygote);

/* pool_job.c. All with the lock held. begin: waits for a slot and a zygote, sends the record with
 * its two descriptors; 0, POOL_DOWN, POOL_BUSY or POOL_CLOSING, and only after 0 does pool_job_end
 * follow, which gives the slot back. wait: until the job is no longer RUNNING (or, with `started`,
 * has its pidfd); false when the time is over first. kill: until it is no longer RUNNING, whatever
 * it takes. result: what its end says of its photo, `late` when we killed it. */
int pool_job_begin(struct photo_pool *pool, struct pool_job *job, struct protocol_record *record,
                   const int *fds) MUST_CHECK;
bool pool_job_wait(struct photo_pool *pool, struct pool_job *job, bool started,
                   unsigned milliseconds) MUST_CHECK;
void pool_job_kill(struct photo_pool *pool, struct pool_job *job);
int pool_job_result(const struct pool_job *job, bool late);
void pool_job_end(struct photo_pool *pool, struct pool_job *job);
struct protocol_record pool_job_record(const struct photo_pool *pool, enum protocol_type type,
                                       size_t input_size);

/* pool.c: the whole of a job: begins it, waits for its end or its deadline, has `read` take the
 * answer out of the room, and gives the slot back. */
typedef int pool_reader(const struct photo_pool *pool, const struct protocol_job *job, int room,
                        struct photo_outcome *outcome);
int pool_run(struct photo_pool *pool, struct protocol_record *record, const int *fds,
             pool_reader *read, struct photo_outcome *outcome) MUST_CHECK;

/* Slots of both classes: places in `jobs`. */
static inline unsigned pool_places(const struct photo_pool *pool)
{
    return pool->config.slots + pool->config.mark_slots;
}

/* pool_job.c: conditions are waited on by the clock that never jumps. */
void pool_init_condition(pthread_cond_t *condition);
struct timespec pool_time_in(unsigned milliseconds);

/* pool_keeper.c: the keeper's thread; `arg` is the pool. */
void *pool_keep(void *arg);

/* pool_memory.c */
int pool_input_seal(struct photo_input *input) MUST_CHECK;
int pool_room_open(size_t size, int *fd_out) MUST_CHECK;
/* Seals a dead worker's room against writing and maps it for reading; NULL after a fault. */
void *pool_room_read(int fd, size_t size);

#endif
