/* SPDX-License-Identifier: Apache-2.0
 *
 * For the database's tests: a fresh file a test, in a folder of the program, and a table of numbers
 * to write to.
 */
#ifndef PORCHLIGHT_DB_TEST_HELP_H
#define PORCHLIGHT_DB_TEST_HELP_H

#include <pthread.h>
#include <semaphore.h>

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "db/db.h"

static char help_folder[TAP_FOLDER_ROOM];
static char help_path[TAP_FOLDER_ROOM + 32];

/* The file that help_open opens from now on. */
static inline void help_fresh(const char *name)
{
    snprintf(help_path, sizeof help_path, "%s/%.24s.db", help_folder, name);
}

static const struct db_migration help_steps[] = {
    {"numbers", {"CREATE TABLE number (n INTEGER NOT NULL PRIMARY KEY, note TEXT, raw BLOB);"}},
    {"letters", {"CREATE TABLE letter (c TEXT NOT NULL); INSERT INTO letter VALUES ('a');"}},
    {"more", {"ALTER TABLE letter ADD COLUMN loud INTEGER; UPDATE letter SET loud = 7;"}},
};

static inline struct db *help_open(struct db_config config)
{
    struct db *db = NULL;
    config.path = help_path;
    config.create = true;
    if (!config.migrations) {
        config.migrations = help_steps;
        config.migration_count = 1;
    }
    CHECK_INT(db_open(&config, &db), 0);
    return db;
}

static inline int help_insert_in(struct db_tx *tx, int64_t n)
{
    static const char sql[] = "INSERT INTO number (n, note) VALUES (?1, ?2)";
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, n);
    db_bind_text(stmt, 2, "a note that takes some room in the page, so that a ceiling is reached");
    return db_run(stmt);
}

/* For db_write, with the number to insert. */
static inline int help_insert(struct db_tx *tx, void *arg)
{
    return help_insert_in(tx, *(int64_t *)arg);
}

static inline int help_insert_then_refuse(struct db_tx *tx, void *arg)
{
    int result = help_insert(tx, arg);
    return result ? result : 42;
}

static inline int64_t help_count_in(struct db_tx *tx)
{
    static const char sql[] = "SELECT count(*) FROM number";
    struct db_stmt *stmt;
    if (db_query(tx, sql, &stmt) != 0 || db_step(stmt) != DB_ROW)
        return -1;
    int64_t count = db_int(stmt, 0);
    db_done(stmt);
    return count;
}

static inline int64_t help_count(struct db *db)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    return db_read_begin(db, &tx) ? -1 : help_count_in(tx);
}

/* --- callers at once -------------------------------------------------------------------------- */

static sem_t help_entered, help_go_on;

/* Holds the writer until help_go_on is posted. */
static inline int help_hold(struct db_tx *tx, void *arg)
{
    sem_post(&help_entered);
    sem_wait(&help_go_on);
    return 0;
}

struct help_caller {
    struct db *db;
    int64_t n;
    int (*write)(struct db_tx *tx, void *arg);
    int result;
    pthread_t thread;
};

static inline void *help_call(void *arg)
{
    struct help_caller *caller = arg;
    caller->result = db_write(caller->db, caller->write, &caller->n);
    return NULL;
}

/* Holds the writer while `count` callers queue up behind it, so that they meet in one group. */
static inline void help_group(struct db *db, struct help_caller *callers, int count)
{
    struct help_caller holder = {.db = db, .write = help_hold};
    pthread_create(&holder.thread, NULL, help_call, &holder);
    sem_wait(&help_entered);
    for (int i = 0; i < count; i++)
        pthread_create(&callers[i].thread, NULL, help_call, &callers[i]);
    for (struct db_counts counts = {0}; counts.waiting < count;) {
        usleep(500);
        db_counts(db, &counts);
    }
    sem_post(&help_go_on);
    pthread_join(holder.thread, NULL);
    for (int i = 0; i < count; i++)
        pthread_join(callers[i].thread, NULL);
}

/* Runs a program's tests in a folder of its own. */
static inline int help_run(const struct tap_test *tests, size_t count)
{
    log_set_level(LOG_ERROR);
    sem_init(&help_entered, 0, 0);
    sem_init(&help_go_on, 0, 0);
    tap_folder_new(help_folder);
    int failed = tap_run(tests, count);
    tap_folder_remove(help_folder);
    return failed;
}

#define HELP_MAIN(...)                                                                             \
    int main(void)                                                                                 \
    {                                                                                              \
        static const struct tap_test tests[] = {__VA_ARGS__};                                      \
        return help_run(tests, ARRAY_LEN(tests));                                                  \
    }

#endif
