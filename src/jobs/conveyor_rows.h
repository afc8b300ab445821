/* SPDX-License-Identifier: Apache-2.0
 *
 * The conveyor's transactions: taking jobs and writing down how they ended. Inside this folder
 * only. A lease that is no more is no trouble: the job was dropped meanwhile.
 */
#ifndef PORCHLIGHT_CONVEYOR_ROWS_H
#define PORCHLIGHT_CONVEYOR_ROWS_H

#include "jobs/conveyor.h"

/* What every transaction needs. */
struct conveyor_rows {
    struct db *db;
    const struct job_kind *kind;
    int64_t boot;
};

struct held;

/* Some jobs of one kind, leased by us. */
struct conveyor_lot {
    struct store_job *jobs;
    size_t count;
    struct arena *arena;
    struct held *held; /* what the jobs' texts stand in, where they were handed over */
};

/* The lease under which we hold a job. */
struct store_lease conveyor_lease_of(const struct store_job *job);

/* Takes up to `room` jobs that are due. 0 with lot->count, 0 when none is due, or a fault; then
 * none was taken, or the database takes no more writes and the next start releases them. */
int conveyor_rows_take(const struct conveyor_rows *rows, size_t room,
                       struct conveyor_lot *lot) MUST_CHECK;

/* When the next queued job of the kind falls due: INT64_MAX when there is none. */
int conveyor_rows_next(const struct conveyor_rows *rows, int64_t *due_out) MUST_CHECK;

/* How many of the kind are queued. */
int conveyor_rows_count(const struct conveyor_rows *rows, int64_t *count_out) MUST_CHECK;

/* The ends of a lot: done; tried again then; put back without an attempt counted. 0 or a fault. */
int conveyor_rows_finish(const struct conveyor_rows *rows,
                         const struct conveyor_lot *lot) MUST_CHECK;
int conveyor_rows_back_off(const struct conveyor_rows *rows, const struct conveyor_lot *lot,
                           int64_t run_at) MUST_CHECK;
int conveyor_rows_put_back(const struct conveyor_rows *rows, const struct conveyor_lot *lot,
                           int64_t run_at) MUST_CHECK;
/* Sets one job aside, or drops it where its kind forgets, with the kind's give_up: STORE_NOT_FOUND
 * when it was dropped meanwhile, and then nothing was done. */
struct conveyor_end {
    enum job_end end;
    const char *error;
};
int conveyor_rows_give_up(const struct conveyor_rows *rows, const struct store_job *job,
                          const struct conveyor_end *end, struct arena *arena) MUST_CHECK;

#endif
