/* SPDX-License-Identifier: Apache-2.0
 *
 * The conveyor: work that goes on after the answer. A job is a row (store/job.h), written in the
 * transaction that asks for it; threads take jobs under a lease, run them, and finish, back off or
 * set them aside. An attempt is counted before it starts, so a job that takes the process down with
 * it is remembered, and after its kind's number of attempts nobody takes it until an administrator
 * says so. A job is run by one thread at a time, however long it takes and whatever the clock does:
 * a lease lasts until its holder lets go or its process ends.
 *
 * A job may be born leased (design D13): its maker hands it over in memory and no thread has to
 * look for it. After a crash the next start releases what was held, and looks.
 */
#ifndef PORCHLIGHT_CONVEYOR_H
#define PORCHLIGHT_CONVEYOR_H

#include "base/arena.h"
#include "base/base.h"
#include "store/job.h"

struct conveyor;
struct db;

enum job_result {
    JOB_DONE = 0, /* what the job was for has committed; the row is deleted */
    JOB_FINISHED, /* the same, and the job deleted its own row in its own transaction */
    JOB_AGAIN,    /* passing trouble: backed off; attempts count */
    JOB_LATER, /* it could not be tried at all: backed off; counts as put off, not as an attempt */
    JOB_HOPELESS, /* given up now */
};

/* Why a job is given up. */
enum job_end {
    JOB_END_FAILED,   /* its attempts are used up */
    JOB_END_PUT_OFF,  /* it was put off too often */
    JOB_END_HOPELESS, /* it said so */
    JOB_END_CRASHED,  /* it took the process down at its last attempt */
};

struct job_kind {
    const char *name;  /* store_job.kind; a constant */
    unsigned threads;  /* 1 or more of its own, so that one kind never waits for another */
    unsigned attempts; /* after so many it is given up */
    unsigned put_offs; /* when it was put off more often than this, too; 0: no bound */
    bool forgets;      /* what is given up is deleted; else it is set aside */
    /* Runs one job; a negative result is a fault and counts as JOB_AGAIN. `lease` is ours for the
     * whole run, unless the job is dropped. */
    int (*run)(void *context, const struct store_job *job, const struct store_lease *lease,
               struct arena *arena);
    /* Where many small jobs share one disk sync: instead of `run`, up to `batch` jobs at once, with
     * one result for all of them; never JOB_FINISHED. Else NULL and 0. */
    int (*run_batch)(void *context, const struct store_job *jobs, size_t count,
                     struct arena *arena);
    unsigned batch; /* at most CONVEYOR_BATCH */
    /* Some jobs are done, in the transaction that deletes their rows; may be NULL. */
    int (*finish)(void *context, struct db_tx *tx, const struct store_job *jobs, size_t count);
    /* The job is being given up, in the transaction that does it; may be NULL. */
    int (*give_up)(void *context, struct db_tx *tx, const struct store_job *job, enum job_end end,
                   struct arena *arena);
    /* After that has committed; may be NULL. */
    void (*given_up)(void *context, const struct store_job *job);
    void *context;
};

enum { CONVEYOR_BATCH = 64 };

struct conveyor_config {
    struct db *db;
    int64_t boot; /* store_meta_boot: the leases' owner */
    int64_t backoff_ms, backoff_max_ms;
    const struct job_kind *kinds; /* must outlive the conveyor */
    size_t kind_count;
};

/* Releases what earlier starts held, then starts the threads. *conveyor_out is set before the first
 * of them, so that what it stands in may be what jobs read it from. 0 or a fault, with NULL. */
int conveyor_new(const struct conveyor_config *config, struct conveyor **conveyor_out) MUST_CHECK;

/* Lets jobs under way end, then ends; jobs that wait stay in the table, with no attempt counted for
 * having waited. NULL is harmless. */
void conveyor_free(struct conveyor **conveyor);

/* Fills in what a job needs to be born leased by us: id, kind, created_at, run_at and owner. */
void conveyor_prepare(struct conveyor *conveyor, const char *kind, struct store_job *job_out);

/* Makes a prepared job that was to be queued one that is born leased by us. */
void conveyor_lease(struct conveyor *conveyor, struct store_job *job);

/* Hands over a job that was inserted leased and has committed. Copies it. When memory is short, or
 * the line is at its ceiling, the job is queued in the table instead, which waits for a disk. */
void conveyor_hand_over(struct conveyor *conveyor, const struct store_job *job);

/* Has the threads of a kind look at the table now: a job of it was queued and has committed. */
void conveyor_wake(struct conveyor *conveyor, const char *kind);

/* Jobs of a kind handed over and not yet run to their end, and those queued in the table: for
 * backpressure. What others did to the table is known after the next look, at most half a minute
 * later. Never waits for a disk. */
unsigned conveyor_waiting(struct conveyor *conveyor, const char *kind);

#endif
