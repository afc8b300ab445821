/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection to the database, as the writer and the pool of readers see it: what a second
 * driver must provide, together with the statements of db.h. A connection carries one transaction
 * at a time, so the two are one struct. Not thread-safe: one thread at a time.
 */
#ifndef PORCHLIGHT_DB_CONN_H
#define PORCHLIGHT_DB_CONN_H

#include "db/db.h"

enum conn_use { CONN_READER, CONN_WRITER };

struct conn_config {
    const char *path;
    bool create;
    enum conn_use use;
    int busy_ms;
    int64_t max_bytes; /* 0 = none */
    void *owner;       /* comes back from conn_owner */
};

int conn_open(const struct conn_config *config, struct db_tx **out) MUST_CHECK;
void conn_close(struct db_tx **tx);
void *conn_owner(struct db_tx *tx);

/* Begins a transaction; a writer's is exclusive against other writers from its first moment. */
int conn_begin(struct db_tx *tx) MUST_CHECK;
/* Durable when it returns 0; the transaction is undone otherwise. */
int conn_commit(struct db_tx *tx) MUST_CHECK;
void conn_rollback(struct db_tx *tx);

/* A savepoint, and its two ends: keep or undo. One at a time. */
int conn_savepoint(struct db_tx *tx) MUST_CHECK;
int conn_release(struct db_tx *tx) MUST_CHECK;
int conn_undo(struct db_tx *tx) MUST_CHECK;

/* False when a fault undid the whole transaction by itself. */
bool conn_in_transaction(struct db_tx *tx);
/* The fault that the database reported last: what to tell those whose work was undone with it. */
int conn_last_fault(struct db_tx *tx);
/* True once the disk has failed under this connection. */
bool conn_disk_failed(struct db_tx *tx);

/* Runs a script of statements. */
int conn_run_script(struct db_tx *tx, const char *sql) MUST_CHECK;

/* The schema's version: read, and set within a transaction. */
int conn_version(struct db_tx *tx, int *out) MUST_CHECK;
int conn_set_version(struct db_tx *tx, int version) MUST_CHECK;

/* The log's size as of this connection's last commit, and the part that is not in the file yet;
 * bytes, about. */
int64_t conn_wal_size(struct db_tx *tx);
int64_t conn_wal_pending(struct db_tx *tx);
/* Moves what was written ahead into the file. `wait` also waits for readers, so that the log starts
 * anew. */
enum conn_checkpoint { CONN_CHECKPOINT_PASSIVE, CONN_CHECKPOINT_WAIT };
void conn_checkpoint(struct db_tx *tx, enum conn_checkpoint how);

/* db_forget and db_copy on this connection. */
int conn_forget(struct db_tx *tx) MUST_CHECK;
int conn_copy(struct db_tx *tx, const char *path) MUST_CHECK;

/* db_check on this connection. */
int conn_check(struct db_tx *tx, char *found_out, size_t room) MUST_CHECK;

#endif
