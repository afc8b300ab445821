/* SPDX-License-Identifier: Apache-2.0
 *
 * The conveyor's transactions: taking jobs and writing down how they ended. Inside this folder
 * only. A lease that was lost meanwhile is no trouble: the job belongs to another then.
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

/* Some jobs of one kind, leased by us. */
struct conveyor_lot {
    struct store_job *jobs;
    size_t count;
    struct arena *arena;
};

/* The lease under which we hold a job. */
struct store_lease conveyor_lease_of(const struct store_job *job);

/* Takes up to `room` jobs that are due, until then. 0 with lot->count, 0 when none is due, or a
 * fault. */
int conveyor_rows_take(const struct conveyor_rows *rows, size_t room, int64_t until,
                       struct conveyor_lot *lot) MUST_CHECK;

/* When the next job of the kind falls due: INT64_MAX when there is none. */
int conveyor_rows_next(const struct conveyor_rows *rows, int64_t *due_out) MUST_CHECK;

/* Holds a job for longer. 0, STORE_NOT_FOUND (lost), or a fault. */
int conveyor_rows_extend(const struct conveyor_rows *rows, const struct store_job *job,
                         int64_t until) MUST_CHECK;

/* The ends of a lot: done; tried again then; put back without an attempt counted; set aside, with
 * the kind's give_up. 0 or a fault. */
int conveyor_rows_finish(const struct conveyor_rows *rows,
                         const struct conveyor_lot *lot) MUST_CHECK;
int conveyor_rows_back_off(const struct conveyor_rows *rows, const struct conveyor_lot *lot,
                           int64_t run_at) MUST_CHECK;
int conveyor_rows_put_back(const struct conveyor_rows *rows, const struct conveyor_lot *lot,
                           int64_t run_at) MUST_CHECK;
/* Sets one job aside: STORE_NOT_FOUND when it was lost, and then nothing was done. */
int conveyor_rows_set_aside(const struct conveyor_rows *rows, const struct store_job *job,
                            const char *error, struct arena *arena) MUST_CHECK;

#endif
