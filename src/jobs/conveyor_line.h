/* SPDX-License-Identifier: Apache-2.0
 *
 * The line of one kind of job: what waits, who works it off, and when to look into the table.
 * Inside this folder only.
 */
#ifndef PORCHLIGHT_CONVEYOR_LINE_H
#define PORCHLIGHT_CONVEYOR_LINE_H

#include <pthread.h>

#include "jobs/conveyor_rows.h"

struct held {
    struct held *next;
    struct store_job job;
    char payload[];
};

/* All but kind, rows and threads under `lock`. */
struct line {
    const struct conveyor_config *config;
    const struct job_kind *kind;
    struct conveyor_rows rows;
    int64_t lease_ms;
    pthread_t *threads;
    unsigned thread_count;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct held *first, **last;
    unsigned held, running;
    int64_t in_table; /* jobs known to wait in the table */
    int64_t look_at;  /* wall clock */
    bool looking;
    bool closing;
};

/* A thread's whole life: works the line off until it closes. `line` is a struct line. */
void *conveyor_line_work(void *line);

#endif
