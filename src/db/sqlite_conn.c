/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection to SQLite. The journal is written ahead (WAL), so that readers keep their snapshot
 * while the writer works, and every commit syncs it (synchronous=FULL): a commit that returned is
 * on the disk.
 *
 * The file is not mapped into memory: a disk error then is an answer and not a SIGBUS, and pages of
 * a large database do not count as ours. Caches are small since the kernel caches the file anyway.
 * The log is moved into the file by whoever owns the writer, between commits, so that nobody waits
 * for it.
 */
#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/log.h"

/* Page caches, in KB. A reader's holds the inner pages of the large indexes. */
#define CONN_WRITER_CACHE "-4096"
#define CONN_READER_CACHE "-768"

enum { CONN_PAGE = 4096 }; /* SQLite's default, which we keep */

/* --- faults ---------------------------------------------------------------------------------- */

static int conn_errno(struct db_tx *tx, int code)
{
    int system = tx->handle ? sqlite3_system_errno(tx->handle) : 0;
    switch (code & 0xff) {
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_TOOBIG:
        return -EFBIG;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CANTOPEN:
        return system ? -system : -ENOENT;
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_NOMEM)
            return -ENOMEM;
        return system == ENOSPC || system == EDQUOT ? -ENOSPC : -EIO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EIO;
    default:
        return -EINVAL;
    }
}

int sqlite_fault(struct db_tx *tx, const char *event, int code)
{
    if (tx->handle)
        code = sqlite3_extended_errcode(tx->handle);
    tx->last_fault = conn_errno(tx, code);
    if (tx->last_fault == -EIO)
        tx->disk_failed = true;
    /* The message of a constraint or of a broken statement names tables and columns, never values.
     */
    return log_fault(event, tx->last_fault, "sqlite=%d %s", code,
                     tx->handle ? sqlite3_errmsg(tx->handle) : sqlite3_errstr(code));
}

int conn_last_fault(struct db_tx *tx)
{
    return tx->last_fault ? tx->last_fault : -EIO;
}

bool conn_disk_failed(struct db_tx *tx)
{
    return tx->disk_failed;
}

/* --- opening --------------------------------------------------------------------------------- */

/* SQLite would make the file readable by all; its companions take its mode over.
 *
 * A file that exists is only looked at, never opened: SQLite's locks are POSIX locks, and closing
 * any descriptor of a file drops all locks that this process holds on it. Another process would
 * then take itself for the last one and delete the log from under us. */
static int conn_make_file(const struct conn_config *config)
{
    struct stat found;
    if (stat(config->path, &found) == 0)
        return 0;
    int fault = -errno;
    if (fault == -ENOENT && config->create) {
        AUTO_CLOSE int fd = open(config->path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0600);
        if (fd >= 0 || errno == EEXIST)
            return 0;
        fault = -errno;
    }
    return log_fault("db.open", fault, "the database file: %s", strerror(-fault));
}

static int conn_on_commit(void *arg, sqlite3 *handle, const char *name, int pages)
{
    struct db_tx *tx = arg;
    if (pages < tx->wal_pages)
        tx->wal_moved = 0; /* the log began anew */
    tx->wal_pages = pages;
    return SQLITE_OK;
}

int conn_run_script(struct db_tx *tx, const char *sql)
{
    int code = sqlite3_exec(tx->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : sqlite_fault(tx, "db.script", code);
}

/* Runs a statement made here whose first row's first column is wanted. */
static int conn_ask(struct db_tx *tx, const char *sql, char *out, size_t room)
{
    sqlite3_stmt *stmt = NULL;
    out[0] = 0;
    int code = sqlite3_prepare_v2(tx->handle, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(stmt, 0);
        snprintf(out, room, "%s", text ? (const char *)text : "");
    }
    int fault = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : sqlite_fault(tx, "db.ask", code);
    sqlite3_finalize(stmt);
    return fault;
}

static int conn_set_ceiling(struct db_tx *tx, int64_t max_bytes)
{
    char page[24], sql[64];
    int fault = conn_ask(tx, "PRAGMA page_size", page, sizeof page);
    if (fault)
        return fault;
    long size = strtol(page, NULL, 10);
    if (size <= 0)
        return log_fault("db.open", -EIO, "page size %ld", size);
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", (long long)(max_bytes / size));
    return conn_ask(tx, sql, page, sizeof page);
}

static int conn_configure(struct db_tx *tx, const struct conn_config *config)
{
    char mode[16];
    sqlite3_extended_result_codes(tx->handle, 1);
    sqlite3_busy_timeout(tx->handle, config->busy_ms);
    sqlite3_db_config(tx->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(tx->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    int fault = conn_ask(tx, "PRAGMA journal_mode = WAL", mode, sizeof mode);
    if (!fault && strcmp(mode, "wal") != 0)
        fault = log_fault("db.open", -ENOTSUP, "journal mode %s where wal is needed", mode);
    if (!fault && config->use == CONN_READER)
        return conn_run_script(tx, "PRAGMA cache_size = " CONN_READER_CACHE ";"
                                   "PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;");
    if (!fault)
        fault = conn_run_script(tx, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                                    "PRAGMA cache_size = " CONN_WRITER_CACHE ";"
                                    "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;"
                                    "PRAGMA journal_size_limit = 33554432;");
    if (!fault && config->max_bytes > 0)
        fault = conn_set_ceiling(tx, config->max_bytes);
    if (!fault)
        sqlite3_wal_hook(tx->handle, conn_on_commit, tx);
    return fault;
}

static void conn_start_library(void)
{
    /* Its books on memory, which nobody reads, take one lock of the process in every allocation. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int conn_open(const struct conn_config *config, struct db_tx **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, conn_start_library);
    *out = NULL;
    int fault = conn_make_file(config);
    if (fault)
        return fault;
    struct db_tx *tx = calloc(1, sizeof *tx);
    if (!tx)
        return log_fault("db.open", -ENOMEM, "no memory for a connection");
    tx->use = config->use;
    tx->owner = config->owner;
    int code = sqlite3_open_v2(config->path, &tx->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    fault = code == SQLITE_OK ? conn_configure(tx, config) : sqlite_fault(tx, "db.open", code);
    if (fault)
        conn_close(&tx);
    *out = tx;
    return fault;
}

void conn_close(struct db_tx **tx)
{
    if (!*tx)
        return;
    sqlite_finalize_all(*tx);
    sqlite3_close_v2((*tx)->handle);
    free(*tx);
    *tx = NULL;
}

void *conn_owner(struct db_tx *tx)
{
    return tx->owner;
}

/* --- transactions ---------------------------------------------------------------------------- */

static int conn_control(struct db_tx *tx, const char *sql)
{
    struct db_stmt *stmt = NULL;
    int fault = db_query(tx, sql, &stmt);
    return fault ? fault : db_run(stmt);
}

static const char sql_begin_read[] = "BEGIN";
static const char sql_begin_write[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";
static const char sql_savepoint[] = "SAVEPOINT w";
static const char sql_release[] = "RELEASE w";
static const char sql_undo[] = "ROLLBACK TO w";

int conn_begin(struct db_tx *tx)
{
    tx->effort = (struct db_effort){0};
    tx->last_fault = 0;
    return conn_control(tx, tx->use == CONN_READER ? sql_begin_read : sql_begin_write);
}

int conn_commit(struct db_tx *tx)
{
    sqlite_end_all(tx);
    int fault = conn_control(tx, sql_commit);
    if (fault)
        conn_rollback(tx);
    return fault;
}

void conn_rollback(struct db_tx *tx)
{
    sqlite_end_all(tx);
    if (conn_in_transaction(tx) && conn_control(tx, sql_rollback) != 0)
        tx->disk_failed = true; /* neither forward nor back: nothing more may be written here */
}

int conn_savepoint(struct db_tx *tx)
{
    return conn_control(tx, sql_savepoint);
}

int conn_release(struct db_tx *tx)
{
    sqlite_end_all(tx);
    return conn_control(tx, sql_release);
}

int conn_undo(struct db_tx *tx)
{
    sqlite_end_all(tx);
    int fault = conn_control(tx, sql_undo);
    return fault ? fault : conn_control(tx, sql_release);
}

bool conn_in_transaction(struct db_tx *tx)
{
    return sqlite3_get_autocommit(tx->handle) == 0;
}

/* --- looking after it ------------------------------------------------------------------------ */

int conn_version(struct db_tx *tx, int *out)
{
    char text[24];
    int fault = conn_ask(tx, "PRAGMA user_version", text, sizeof text);
    *out = (int)strtol(text, NULL, 10);
    return fault;
}

int conn_set_version(struct db_tx *tx, int version)
{
    char sql[48];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version);
    return conn_run_script(tx, sql);
}

int64_t conn_wal_size(struct db_tx *tx)
{
    return tx->wal_pages * CONN_PAGE;
}

int64_t conn_wal_pending(struct db_tx *tx)
{
    return (tx->wal_pages - tx->wal_moved) * CONN_PAGE;
}

void conn_checkpoint(struct db_tx *tx, enum conn_checkpoint how)
{
    int mode = how == CONN_CHECKPOINT_WAIT ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    int pages = 0, moved = 0;
    int code = sqlite3_wal_checkpoint_v2(tx->handle, NULL, mode, &pages, &moved);
    if (pages >= 0 && moved >= 0)
        tx->wal_moved = moved;
    if (code == SQLITE_OK && how == CONN_CHECKPOINT_WAIT)
        tx->wal_pages = tx->wal_moved = 0; /* the next commit begins the log anew */
    else if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        sqlite_fault(tx, "db.checkpoint", code);
}

int conn_forget(struct db_tx *tx)
{
    enum { READERS_MS = 50 };
    int pages, moved;
    /* Most of the work first, which keeps nobody waiting. */
    int code =
        sqlite3_wal_checkpoint_v2(tx->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    sqlite3_busy_timeout(tx->handle, READERS_MS);
    if (code == SQLITE_OK)
        code =
            sqlite3_wal_checkpoint_v2(tx->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, &pages, &moved);
    if ((code & 0xff) == SQLITE_BUSY)
        return -EBUSY;
    return code == SQLITE_OK ? 0 : sqlite_fault(tx, "db.forget", code);
}

int conn_copy(struct db_tx *tx, const char *path)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(tx->handle, "VACUUM INTO ?1", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    int fault = code == SQLITE_DONE ? 0 : sqlite_fault(tx, "db.copy", code);
    sqlite3_finalize(stmt);
    AUTO_CLOSE int fd = fault ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fault == 0 && (fd < 0 || fsync(fd) != 0))
        fault = log_fault("db.copy", -errno, "what=sync");
    return fault;
}

int conn_check(struct db_tx *tx, char *found_out, size_t room)
{
    char mode[16], check[160];
    int fault = conn_ask(tx, "PRAGMA journal_mode", mode, sizeof mode);
    if (!fault)
        fault = conn_ask(tx, "PRAGMA quick_check(1)", check, sizeof check);
    if (fault) {
        snprintf(found_out, room, "cannot be read");
        return fault;
    }
    if (strcmp(mode, "wal") == 0 && strcmp(check, "ok") == 0) {
        snprintf(found_out, room, "sound, journal mode wal");
        return 0;
    }
    snprintf(found_out, room, "journal mode %s, check: %s", mode, check);
    return 1;
}
