/* SPDX-License-Identifier: Apache-2.0
 *
 * The database as a whole: opens it, migrates it, starts the writer, and keeps the pool of readers.
 * The reader given back last is lent first, so that under a light load one warm connection does all
 * the work and the others are never opened.
 */
#include "db/db.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "db/conn.h"
#include "db/migrate.h"
#include "db/writer.h"

enum {
    DB_READERS = 8, /* the defaults, and the most readers there can be */
    DB_READERS_MOST = 64,
    DB_QUEUE = 1024,
    DB_GROUP = 64,
    DB_BUSY_MS = 5000,
};

/* Invariants, whenever the lock is free:
 * 1. idle[0 .. idle_count - 1] are open and lent to nobody; lent of them are out.
 * 2. idle_count + lent <= readers.
 */
struct db {
    char *path;
    int busy_ms;
    int readers;
    int version;
    struct writer *writer;
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    struct db_tx *idle[DB_READERS_MOST];
    int idle_count;
    int lent;
    int64_t reads;
    uint8_t secret[DB_SECRET];
};

static int db_or(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

/* --- opening and closing --------------------------------------------------------------------- */

static int db_open_conn(struct db *db, const struct db_config *config, enum conn_use use,
                        struct db_tx **out)
{
    struct conn_config conn = {.path = db->path, .use = use, .busy_ms = db->busy_ms, .owner = db};
    if (config) {
        conn.create = config->create;
        conn.max_bytes = config->max_bytes;
    }
    return conn_open(&conn, out);
}

static int db_start(struct db *db, const struct db_config *config)
{
    struct db_tx *tx = NULL;
    int fault = db_open_conn(db, config, CONN_WRITER, &tx);
    if (!fault)
        fault = migrate(tx, DB_SQLITE, config->migrations, config->migration_count);
    if (!fault)
        fault = conn_version(tx, &db->version);
    if (!fault) {
        struct writer_config writer = {.tx = tx,
                                       .queue_limit = db_or(config->queue_limit, DB_QUEUE),
                                       .group_limit = db_or(config->group_limit, DB_GROUP)};
        fault = writer_start(&writer, &db->writer);
    }
    if (fault)
        conn_close(&tx);
    return fault;
}

int db_open(const struct db_config *config, struct db **out)
{
    *out = NULL;
    struct db *db = calloc(1, sizeof *db);
    if (!db || !(db->path = strdup(config->path))) {
        free(db);
        return log_fault("db.open", -ENOMEM, "no memory for the database");
    }
    db->busy_ms = db_or(config->busy_ms, DB_BUSY_MS);
    db->readers = db_or(config->readers, DB_READERS);
    if (db->readers > DB_READERS_MOST)
        db->readers = DB_READERS_MOST;
    pthread_mutex_init(&db->lock, NULL);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&db->given_back, &steady);
    pthread_condattr_destroy(&steady);
    int fault = db_start(db, config);
    if (fault)
        db_close(&db);
    *out = db;
    return fault;
}

void db_close(struct db **owned)
{
    struct db *db = *owned;
    if (!db)
        return;
    assert(db->lent == 0); /* no reader may be out */
    for (int i = 0; i < db->idle_count; i++)
        conn_close(&db->idle[i]);
    writer_stop(&db->writer); /* last: closing the last connection tidies the log away */
    pthread_cond_destroy(&db->given_back);
    pthread_mutex_destroy(&db->lock);
    explicit_bzero(db->secret, sizeof db->secret);
    free(db->path);
    free(db);
    *owned = NULL;
}

void db_set_secret(struct db *db, const uint8_t secret[DB_SECRET])
{
    memcpy(db->secret, secret, DB_SECRET);
}

const uint8_t *db_secret(struct db_tx *tx)
{
    return ((const struct db *)conn_owner(tx))->secret;
}

/* --- transactions ---------------------------------------------------------------------------- */

int db_write(struct db *db, int (*write)(struct db_tx *tx, void *arg), void *arg)
{
    return writer_run(db->writer, write, arg);
}

/* Takes an idle reader, or the right to open one (*tx_out is NULL then); waits busy_ms for either.
 */
static int db_claim_reader(struct db *db, struct db_tx **tx_out)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += db->busy_ms / 1000;
    until.tv_nsec += db->busy_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    int error = 0;
    *tx_out = NULL;
    pthread_mutex_lock(&db->lock);
    while (db->lent >= db->readers && !error)
        error = pthread_cond_timedwait(&db->given_back, &db->lock, &until);
    bool claimed = db->lent < db->readers;
    if (claimed) {
        db->lent++;
        db->reads++;
        if (db->idle_count > 0)
            *tx_out = db->idle[--db->idle_count];
    }
    pthread_mutex_unlock(&db->lock);
    return claimed ? 0 : log_fault("db.read", -EBUSY, "all %d readers are lent", db->readers);
}

/* Ends a claim; a reader that is still good goes back on the stack. */
static void db_return_reader(struct db *db, struct db_tx *tx)
{
    pthread_mutex_lock(&db->lock);
    db->lent--;
    if (tx)
        db->idle[db->idle_count++] = tx;
    pthread_cond_signal(&db->given_back);
    pthread_mutex_unlock(&db->lock);
}

int db_read_begin(struct db *db, struct db_tx **tx_out)
{
    struct db_tx *tx = NULL;
    *tx_out = NULL;
    int fault = db_claim_reader(db, &tx);
    if (fault)
        return fault;
    if (!tx)
        fault = db_open_conn(db, NULL, CONN_READER, &tx);
    if (!fault)
        fault = conn_begin(tx);
    if (fault) {
        conn_close(&tx);
        db_return_reader(db, NULL);
        return fault;
    }
    *tx_out = tx;
    return 0;
}

void db_read_end(struct db_tx **tx)
{
    if (!*tx)
        return;
    struct db *db = conn_owner(*tx);
    if (conn_commit(*tx) != 0)
        conn_close(tx); /* it is in no known state; another is opened when needed */
    db_return_reader(db, *tx);
    *tx = NULL;
}

/* --- looking after it ------------------------------------------------------------------------ */

/* On a connection of its own, so that neither the writer nor a reader is held up. */
static int db_apart(struct db *db, int (*act)(struct db_tx *tx, const char *path), const char *path)
{
    struct db_tx *tx = NULL;
    int fault = db_open_conn(db, NULL, CONN_WRITER, &tx);
    if (!fault)
        fault = act(tx, path);
    conn_close(&tx);
    return fault;
}

static int db_forget_on(struct db_tx *tx, const char *unused)
{
    (void)unused;
    return conn_forget(tx);
}

int db_forget(struct db *db)
{
    return db_apart(db, db_forget_on, NULL);
}

int db_copy(struct db *db, const char *path)
{
    return db_apart(db, conn_copy, path);
}

int db_check(struct db *db, char *found_out, size_t room)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    snprintf(found_out, room, "cannot be opened");
    int fault = db_read_begin(db, &tx);
    return fault ? fault : conn_check(tx, found_out, room);
}

bool db_is_sound(struct db *db)
{
    return writer_is_sound(db->writer);
}

int db_version(struct db *db)
{
    return db->version;
}

void db_counts(struct db *db, struct db_counts *out)
{
    *out = (struct db_counts){0};
    writer_counts(db->writer, out);
    pthread_mutex_lock(&db->lock);
    out->reads = db->reads;
    pthread_mutex_unlock(&db->lock);
}
