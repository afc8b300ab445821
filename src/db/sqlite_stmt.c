/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements: prepared once a connection, known by the address of their text, and kept until newer
 * ones need the room. Failures of binds and columns are remembered in the statement and come out at
 * its next step or at db_fault, so that a row of thirty columns is written and read without thirty
 * checks.
 */
#include "db/sqlite.h"

#include <assert.h>
#include <errno.h>

#include "base/log.h"

/* --- the cache ------------------------------------------------------------------------------- */

static void stmt_end(struct db_stmt *stmt)
{
    struct db_effort *effort = &stmt->tx->effort;
    sqlite3_reset(stmt->handle);
    effort->steps += sqlite3_stmt_status(stmt->handle, SQLITE_STMTSTATUS_VM_STEP, 1);
    effort->scanned += sqlite3_stmt_status(stmt->handle, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
    effort->sorts += sqlite3_stmt_status(stmt->handle, SQLITE_STMTSTATUS_SORT, 1);
    stmt->running = false;
}

void sqlite_end_all(struct db_tx *tx)
{
    for (int i = 0; i < SQLITE_STATEMENTS; i++) {
        if (tx->statements[i].running)
            stmt_end(&tx->statements[i]);
    }
}

void sqlite_finalize_all(struct db_tx *tx)
{
    for (int i = 0; i < SQLITE_STATEMENTS; i++) {
        sqlite3_finalize(tx->statements[i].handle);
        tx->statements[i] = (struct db_stmt){0};
    }
}

/* The statement of this text, or the place for it: an unused one, or the one longest unused. NULL
 * when all of them run. */
static struct db_stmt *stmt_place(struct db_tx *tx, const char *sql)
{
    struct db_stmt *oldest = NULL;
    for (int i = 0; i < SQLITE_STATEMENTS; i++) {
        struct db_stmt *stmt = &tx->statements[i];
        if (stmt->sql == sql)
            return stmt;
        if (!stmt->running && (!oldest || stmt->used < oldest->used))
            oldest = stmt;
    }
    return oldest;
}

int db_query(struct db_tx *tx, const char *sql, struct db_stmt **stmt_out)
{
    struct db_stmt *stmt = stmt_place(tx, sql);
    if (!stmt)
        return log_fault("db.query", -ENOMEM, "too many statements run at once");
    if (stmt->sql != sql) {
        sqlite3_finalize(stmt->handle);
        *stmt = (struct db_stmt){.tx = tx};
        int code =
            sqlite3_prepare_v3(tx->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle, NULL);
        if (code != SQLITE_OK)
            return sqlite_fault(tx, "db.query", code);
        stmt->sql = sql;
    }
    assert(!stmt->running); /* one statement at a time runs under one text */
    stmt->used = ++tx->clock;
    stmt->fault = 0;
    stmt->running = true;
    sqlite3_clear_bindings(stmt->handle);
    *stmt_out = stmt;
    return 0;
}

/* --- parameters ------------------------------------------------------------------------------ */

static void stmt_bound(struct db_stmt *stmt, int code)
{
    if (code != SQLITE_OK && !stmt->fault)
        stmt->fault = sqlite_fault(stmt->tx, "db.bind", code);
}

void db_bind_text(struct db_stmt *stmt, int n, const char *text)
{
    stmt_bound(stmt, sqlite3_bind_text(stmt->handle, n, text, -1, SQLITE_STATIC));
}

void db_bind_blob(struct db_stmt *stmt, int n, const void *data, size_t len)
{
    stmt_bound(stmt, sqlite3_bind_blob64(stmt->handle, n, data, len, SQLITE_TRANSIENT));
}

void db_bind_int(struct db_stmt *stmt, int n, int64_t value)
{
    stmt_bound(stmt, sqlite3_bind_int64(stmt->handle, n, value));
}

void db_bind_double(struct db_stmt *stmt, int n, double value)
{
    stmt_bound(stmt, sqlite3_bind_double(stmt->handle, n, value));
}

void db_bind_bool(struct db_stmt *stmt, int n, bool value)
{
    stmt_bound(stmt, sqlite3_bind_int64(stmt->handle, n, value ? 1 : 0));
}

void db_bind_null(struct db_stmt *stmt, int n)
{
    stmt_bound(stmt, sqlite3_bind_null(stmt->handle, n));
}

/* --- steps ----------------------------------------------------------------------------------- */

static bool stmt_key_taken(sqlite3 *handle)
{
    int code = sqlite3_extended_errcode(handle);
    return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
           code == SQLITE_CONSTRAINT_ROWID;
}

int db_step(struct db_stmt *stmt)
{
    int result = stmt->fault;
    if (!result) {
        int code = sqlite3_step(stmt->handle);
        if (code == SQLITE_ROW)
            return DB_ROW;
        if (code != SQLITE_DONE)
            result = stmt_key_taken(stmt->tx->handle) ? DB_EXISTS
                                                      : sqlite_fault(stmt->tx, "db.step", code);
    }
    stmt_end(stmt);
    return result;
}

int db_run(struct db_stmt *stmt)
{
    int result = DB_ROW;
    while (result == DB_ROW)
        result = db_step(stmt);
    return result;
}

void db_done(struct db_stmt *stmt)
{
    if (stmt->running)
        stmt_end(stmt);
}

int64_t db_changes(struct db_tx *tx)
{
    return sqlite3_changes64(tx->handle);
}

void db_effort(struct db_tx *tx, struct db_effort *out)
{
    *out = tx->effort;
}

/* --- columns --------------------------------------------------------------------------------- */

int64_t db_int(struct db_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->handle, column);
}

double db_double(struct db_stmt *stmt, int column)
{
    return sqlite3_column_double(stmt->handle, column);
}

bool db_bool(struct db_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->handle, column) != 0;
}

bool db_is_null(struct db_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}

const char *db_text_here(struct db_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt->handle, column);
}

const char *db_text(struct db_stmt *stmt, int column, struct arena *arena)
{
    const char *text = db_text_here(stmt, column);
    if (!text)
        return NULL;
    size_t len = (size_t)sqlite3_column_bytes(stmt->handle, column);
    const char *copy = arena_strndup(arena, text, len);
    if (!copy)
        db_fail(stmt, -ENOMEM);
    return copy;
}

struct span db_blob(struct db_stmt *stmt, int column, struct arena *arena)
{
    const void *data = sqlite3_column_blob(stmt->handle, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt->handle, column);
    if (!data || len == 0)
        return (struct span){0};
    uint8_t *copy = arena_alloc(arena, len);
    if (!copy) {
        db_fail(stmt, -ENOMEM);
        return (struct span){0};
    }
    memcpy(copy, data, len);
    return (struct span){copy, len};
}

void db_blob_fixed(struct db_stmt *stmt, int column, void *out, size_t len)
{
    memset(out, 0, len);
    if (db_is_null(stmt, column))
        return;
    const void *data = sqlite3_column_blob(stmt->handle, column);
    if (!data || (size_t)sqlite3_column_bytes(stmt->handle, column) != len)
        db_fail(stmt, -EBADMSG);
    else
        memcpy(out, data, len);
}

void db_fail(struct db_stmt *stmt, int fault)
{
    if (!stmt->fault)
        stmt->fault = log_fault("db.row", fault, "a value does not fit: %.100s", stmt->sql);
}

int db_fault(struct db_stmt *stmt)
{
    return stmt->fault;
}
