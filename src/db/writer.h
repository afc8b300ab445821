/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer thread and its queue: db_write is built on it.
 */
#ifndef PORCHLIGHT_DB_WRITER_H
#define PORCHLIGHT_DB_WRITER_H

#include "db/conn.h"

struct writer;

struct writer_config {
    struct db_tx *tx; /* a writer's connection; the writer closes it at its end */
    int queue_limit;
    int group_limit;
};

/* Starts the thread. */
int writer_start(const struct writer_config *config, struct writer **out) MUST_CHECK;

/* Finishes what waits, ends the thread, closes the connection. NULL is harmless. */
void writer_stop(struct writer **writer);

/* db_write. */
int writer_run(struct writer *writer, int (*write)(struct db_tx *tx, void *arg),
               void *arg) MUST_CHECK;

bool writer_is_sound(struct writer *writer);
/* All of struct db_counts but `reads`. */
void writer_counts(struct writer *writer, struct db_counts *out);

#endif
