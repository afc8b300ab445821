/* SPDX-License-Identifier: Apache-2.0
 *
 * The job that judges a photo: from its sealed staging file through the sandboxed worker to posted,
 * withheld, rejected or (its bytes are lost) missing, in one transaction with the delivery. The
 * subject of the job is the photo; its payload is the phone's place ("lat lon"), or none, and is
 * gone with the job.
 */
#ifndef PORCHLIGHT_JOBS_JUDGE_H
#define PORCHLIGHT_JOBS_JUDGE_H

#include "jobs/conveyor.h"
#include "settings/settings.h"

#define JUDGE_KIND "judge"

struct blob_store;
struct keys;
struct photo_pool;
struct recorder;
struct tell;
struct uploads;
struct verdicts;

/* What the job works with; must outlive the conveyor. */
struct judge {
    const struct settings *settings;
    struct db *db;
    struct keys *keys;
    struct blob_store *photos;
    struct uploads *uploads;
    struct photo_pool *pool;
    struct verdicts *verdicts;
    const struct recorder *recorder;
    const struct tell *tell;   /* NULL: nobody is told */
    struct conveyor *conveyor; /* set once the conveyor runs */
};

/* The kind, for the conveyor's table. */
struct job_kind judge_kind(struct judge *judge);

#endif
