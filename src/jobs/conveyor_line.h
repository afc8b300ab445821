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

/* One of a line's threads, with the memory that it works in. */
struct line_thread {
    struct line *line;
    struct arena *arena;
    pthread_t thread;
};

/* All from `first` on under `lock`. */
struct line {
    const struct conveyor_config *config;
    const struct job_kind *kind;
    struct conveyor_rows rows;
    struct line_thread *threads; /* kind->threads of them, the first thread_count running */
    unsigned thread_count;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_cond_t closes; /* `closing` became true */
    struct held *first, **last;
    unsigned held, running;
    int64_t in_table;   /* jobs queued in the table: as last counted, and what moved since */
    int64_t counted_at; /* steady clock */
    int64_t look_at;    /* steady clock */
    bool looking;
    bool closing;
};

/* A thread's whole life: works the line off until it closes. `thread` is a struct line_thread. */
void *conveyor_line_work(void *thread);

/* Puts a job that is leased by us and in nobody's hands back into the table, due now. 0 or a fault.
 */
int conveyor_line_put_back(struct line *line, const struct store_job *job) MUST_CHECK;

#endif
