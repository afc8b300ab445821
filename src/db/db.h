/* SPDX-License-Identifier: Apache-2.0
 *
 * A small SQL interface: one writer with group commit, snapshot readers, prepared statements that
 * are constant strings with numbered parameters, and numbered migrations. SQLite stands behind it.
 *
 * Writing: db_write() hands a function over to the writer thread and blocks until what it did is
 * durable. The thread takes all that wait, up to a bound, runs each in a savepoint of its own
 * inside one transaction and commits once, so that a hundred callers share one fsync. One
 * function's refusal or fault undoes that function's work only; a failed commit fails them all.
 *
 * Reading: db_read_begin() lends a connection that sees one unmoving state of the database, and
 * never waits for the writer.
 *
 * When the disk reports an error the database refuses all further writes (-EIO) until it is opened
 * anew: what a failed sync left on the disk is not known. A full disk is a passing -ENOSPC.
 *
 * What differs between databases is said here rather than hidden:
 * - Schema: migrations are written for each kind (db_migration.sql).
 * - Parameters are ?1, ?2 …; a driver whose own form differs rewrites them when it prepares.
 * - After DB_EXISTS the writing function must not use the transaction any more but return: SQLite
 *   would let it go on, PostgreSQL does not. Where going on matters: ON CONFLICT … DO NOTHING and
 *   db_changes().
 * - Booleans are the integers 0 and 1. Texts are UTF-8 without NUL and compare by their bytes.
 */
#ifndef PORCHLIGHT_DB_H
#define PORCHLIGHT_DB_H

#include "base/arena.h"
#include "base/base.h"

struct db;      /* one open database; thread-safe */
struct db_tx;   /* one transaction; belongs to one thread */
struct db_stmt; /* one running statement of a transaction */

enum db_kind { DB_SQLITE, DB_KIND_COUNT };

/* Expected outcomes of a statement. */
enum {
    DB_ROW = 1, /* a row is there to be read */
    DB_EXISTS   /* a unique key is taken already */
};

/* One step of the schema. Step n (counting from 1) brings version n - 1 to version n. */
struct db_migration {
    const char *name;
    const char *sql[DB_KIND_COUNT]; /* any number of statements */
};

struct db_config {
    const char *path; /* the file; made (0600) when `create` and absent */
    bool create;
    const struct db_migration *migrations;
    int migration_count;
    /* 0 in any of these means the default named in db.c. */
    int readers;       /* connections for reading, opened as needed */
    int queue_limit;   /* functions that may wait for the writer */
    int group_limit;   /* functions in one commit */
    int busy_ms;       /* how long to wait for another process, and for a free reader */
    int64_t max_bytes; /* the file's ceiling: beyond it -ENOSPC; 0 is none */
};

/* Opens the database and brings its schema up to date, each migration in one transaction. Faults:
 * -ENOENT (absent and not `create`), -EPROTO (the schema is newer than this program), -EBUSY,
 * -ENOSPC, -EIO. */
int db_open(const struct db_config *config, struct db **out) MUST_CHECK;

/* Finishes the writes that wait, then closes. No reader may be out. NULL is harmless; *db becomes
 * NULL. */
void db_close(struct db **db);

/* A secret of the owner's, under which what is only compared is written as a keyed hash, so that
 * the file alone does not give it away: set once after opening, before others use the database; 32
 * zero bytes until then. */
enum { DB_SECRET = 32 };
void db_set_secret(struct db *db, const uint8_t secret[DB_SECRET]);
const uint8_t *db_secret(struct db_tx *tx);

/* --- transactions ------------------------------------------------------------------------------
 */

/* Runs `write(tx, arg)` on the writer thread and returns when its work is durable.
 * write's own result comes back: 0 commits; anything else, positive or negative, undoes all that it
 * did. It must be quick, must not block, and must not call db_write (asserted). It is run once.
 * Own faults: -EAGAIN (queue_limit functions wait already), -EBUSY (another process holds the
 * database), -ENOSPC, -EIO, -ESHUTDOWN (db_close has begun). */
int db_write(struct db *db, int (*write)(struct db_tx *tx, void *arg), void *arg) MUST_CHECK;

/* Lends a reader: every statement until db_read_end sees the same state, and all that db_write
 * returned for is in it. Waits up to busy_ms for a free one, then -EBUSY. *tx_out is NULL after a
 * fault. */
int db_read_begin(struct db *db, struct db_tx **tx_out) MUST_CHECK;

/* Gives the reader back. NULL is harmless; *tx becomes NULL. */
void db_read_end(struct db_tx **tx);
#define AUTO_DB_READ __attribute__((cleanup(db_read_end))) /* starts as NULL or lent */

/* --- statements --------------------------------------------------------------------------------
 */

/* Prepares `sql`, or takes it from the connection's cache: it is known by its address, so it must
 * be a constant that outlives the database. One statement at a time may run under one address; it
 * ends when db_step has returned anything but DB_ROW, with db_done, or with the transaction. */
int db_query(struct db_tx *tx, const char *sql, struct db_stmt **stmt_out) MUST_CHECK;

/* Parameters, numbered from 1. A text must stay until the statement ends; a blob is copied. A
 * failed bind is reported by the first step. NULL text or data binds NULL. */
void db_bind_text(struct db_stmt *stmt, int n, const char *text);
void db_bind_blob(struct db_stmt *stmt, int n, const void *data, size_t len);
void db_bind_int(struct db_stmt *stmt, int n, int64_t value);
void db_bind_double(struct db_stmt *stmt, int n, double value);
void db_bind_bool(struct db_stmt *stmt, int n, bool value);
void db_bind_null(struct db_stmt *stmt, int n);

/* DB_ROW, 0 at the end, DB_EXISTS, or a fault. */
int db_step(struct db_stmt *stmt) MUST_CHECK;

/* Steps to the end and drops any rows: 0, DB_EXISTS or a fault. */
int db_run(struct db_stmt *stmt) MUST_CHECK;

/* Ends a statement before its last row. */
void db_done(struct db_stmt *stmt);

/* Rows that the transaction's last INSERT, UPDATE or DELETE changed. */
int64_t db_changes(struct db_tx *tx);

/* Columns of the row, numbered from 0. NULL reads as 0, false or NULL. A failure (the arena's
 * ceiling, a blob of another size) leaves an empty value and is remembered: a row's reader checks
 * db_fault once at its end. */
int64_t db_int(struct db_stmt *stmt, int column);
double db_double(struct db_stmt *stmt, int column);
bool db_bool(struct db_stmt *stmt, int column);
bool db_is_null(struct db_stmt *stmt, int column);
const char *db_text(struct db_stmt *stmt, int column, struct arena *arena);
/* Valid only until the next step. */
const char *db_text_here(struct db_stmt *stmt, int column);
struct span db_blob(struct db_stmt *stmt, int column, struct arena *arena);
/* A blob of exactly `len` bytes; NULL reads as zero bytes. */
void db_blob_fixed(struct db_stmt *stmt, int column, void *out, size_t len);

/* The first failure in reading this row (-ENOMEM, -EBADMSG), logged; 0 when all went well. */
int db_fault(struct db_stmt *stmt) MUST_CHECK;

/* Remembers a failure that the reader found itself, such as a word outside its list. */
void db_fail(struct db_stmt *stmt, int fault);

/* --- looking after it --------------------------------------------------------------------------
 */

/* Moves the log that is written ahead into the file and empties it, so that what was deleted lies
 * in neither any more. Writers wait for a moment; -EBUSY when a reader still needs the log: try
 * again. 0, -EBUSY, or a fault. */
int db_forget(struct db *db) MUST_CHECK;

/* Writes a copy of the database as it is now, without what was deleted, to a file that is not there
 * yet; others go on reading and writing meanwhile. Durable when it returns 0. */
int db_copy(struct db *db, const char *path) MUST_CHECK;

/* For doctor: checks the file's structure (reads all of it) and its settings. `found_out` (`room`
 * bytes) gets one line that says what was found. 0 is sound, positive is not, negative a fault. */
int db_check(struct db *db, char *found_out, size_t room) MUST_CHECK;

/* False once the disk failed: no write will be taken any more. */
bool db_is_sound(struct db *db);

/* The schema's version, equal to the number of migrations applied. */
int db_version(struct db *db);

enum { DB_GROUP_SIZES = 8 }; /* groups of 1, 2, 3-4, 5-8, 9-16, 17-32, 33-64, more */

/* Since db_open. */
struct db_counts {
    int64_t commits;  /* transactions made durable */
    int64_t writes;   /* functions in them */
    int64_t refused;  /* functions that undid themselves */
    int64_t failed;   /* functions lost to a failed transaction, and those not taken */
    int64_t reads;    /* readers lent */
    int64_t waiting;  /* functions that wait now */
    int64_t wal_size; /* bytes of the log written ahead, about */
    int64_t groups[DB_GROUP_SIZES];
};
void db_counts(struct db *db, struct db_counts *out);

/* What a transaction's finished statements cost: steps of the database's machine, rows met in
 * scans without an index, and sorts. SQLite only; tests hold the store to it. */
struct db_effort {
    int64_t steps, scanned, sorts;
};
void db_effort(struct db_tx *tx, struct db_effort *out);

#endif
