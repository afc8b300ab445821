/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two files of the SQLite driver share: sqlite_conn.c has the connection, sqlite_stmt.c
 * its statements.
 */
#ifndef PORCHLIGHT_DB_SQLITE_H
#define PORCHLIGHT_DB_SQLITE_H

#include <sqlite3.h>

#include "db/conn.h"

enum { SQLITE_STATEMENTS = 96 }; /* prepared statements that a connection keeps */

struct db_stmt {
    const char *sql; /* its address is the name; NULL = unused */
    sqlite3_stmt *handle;
    struct db_tx *tx;
    uint64_t used; /* when, in db_tx.clock: the oldest makes room */
    int fault;     /* the first failed bind or column of this run */
    bool running;
};

/* Invariants, whenever no function is inside:
 * 1. A running statement belongs to a transaction under way; sqlite_end_all ends them with it.
 * 2. disk_failed never becomes false again.
 */
struct db_tx {
    sqlite3 *handle;
    enum conn_use use;
    void *owner;
    uint64_t clock;
    int last_fault;
    bool disk_failed;
    int64_t wal_pages; /* in the log, and how many of them are in the file too */
    int64_t wal_moved;
    struct db_effort effort;
    struct db_stmt statements[SQLITE_STATEMENTS];
};

/* Turns the connection's last error into a fault, remembers it and logs it once. */
int sqlite_fault(struct db_tx *tx, const char *event, int code);

/* Ends what still runs. */
void sqlite_end_all(struct db_tx *tx);
/* Forgets all prepared statements. */
void sqlite_finalize_all(struct db_tx *tx);

#endif
