/* SPDX-License-Identifier: Apache-2.0
 *
 * Trouble: a full disk, another process, a disk that fails at any step. Kills are in test_crash.c.
 */
#include <errno.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "db/test_help.h"

static int insert_many(struct db_tx *tx, void *arg)
{
    int64_t *n = arg;
    int result = 0;
    for (int i = 0; i < 500 && !result; i++)
        result = help_insert_in(tx, (*n)++);
    return result;
}

TEST(a_full_disk_is_a_passing_refusal)
{
    help_fresh("full");
    struct db *db = help_open((struct db_config){.max_bytes = 40 * 4096});
    int64_t n = 0, rows;
    int result = 0, batches = 0;
    while (!result && batches < 100) {
        rows = help_count(db);
        result = db_write(db, insert_many, &n);
        batches += result ? 0 : 1;
    }
    CHECK_INT(result, -ENOSPC);
    CHECK(batches >= 1);
    CHECK_INT(help_count(db), rows); /* nothing half kept */
    CHECK(db_is_sound(db));
    CHECK_INT(db_write(db, insert_many, &n), -ENOSPC);
    db_close(&db);
    db = help_open((struct db_config){0});
    n = 1000000;
    CHECK_INT(db_write(db, insert_many, &n), 0);
    CHECK_INT(help_count(db), rows + 500);
    db_close(&db);
}

/* A child that holds the write lock from when it says so until it is told to let go. */
static pid_t start_other_writer(int *says, int *told)
{
    int up[2], down[2];
    if (pipe(up) != 0 || pipe(down) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *other = NULL;
        char byte = 0;
        if (read(down[0], &byte, 1) != 1 || sqlite3_open(help_path, &other) != SQLITE_OK ||
            sqlite3_exec(other, "BEGIN IMMEDIATE; INSERT INTO number VALUES (777, '', NULL)", NULL,
                         NULL, NULL) != SQLITE_OK)
            _exit(1);
        if (write(up[1], "h", 1) != 1 || read(down[0], &byte, 1) != 1)
            _exit(2);
        usleep(byte == 'l' ? 300000 : 0);
        _exit(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : 3);
    }
    close(up[1]);
    close(down[0]);
    *says = up[0];
    *told = down[1];
    return child;
}

static int other_writer(int busy_ms, bool let_go_first)
{
    int says = -1, told = -1, status = -1;
    pid_t child = start_other_writer(&says, &told);
    struct db *db = help_open((struct db_config){.busy_ms = busy_ms});
    char byte;
    CHECK(write(told, "s", 1) == 1 && read(says, &byte, 1) == 1);
    if (let_go_first)
        CHECK(write(told, "l", 1) == 1); /* later: it holds on for a while yet */
    int64_t n = 1;
    int result = db_write(db, help_insert, &n);
    if (!let_go_first)
        CHECK(write(told, "n", 1) == 1);
    waitpid(child, &status, 0);
    CHECK_INT(WEXITSTATUS(status), 0);
    n = 2;
    CHECK_INT(db_write(db, help_insert, &n), 0);
    CHECK_INT(help_count(db), result ? 2 : 3);
    db_close(&db);
    close(says);
    close(told);
    return result;
}

TEST(another_process_that_writes_is_waited_for)
{
    help_fresh("other-brief");
    CHECK_INT(other_writer(5000, true), 0);
}

TEST(another_process_that_holds_on_is_a_passing_refusal)
{
    help_fresh("other-long");
    CHECK_INT(other_writer(100, false), -EBUSY);
}

/* --- a failing disk --------------------------------------------------------------------------- */

/* A file system of which one write, sync or truncation fails: the step numbered `faulty_at`,
 * counted from faulty_arm. SQLite gives the log methods of its own, so there are two tables to
 * replace. */
enum { FAULTY_FILE, FAULTY_LOG, FAULTY_KINDS };
static sqlite3_vfs faulty_vfs;
static sqlite3_io_methods faulty_methods[FAULTY_KINDS];
static const sqlite3_io_methods *sound_methods[FAULTY_KINDS];
static _Atomic int faulty_steps, faulty_at;
static int faulty_code;

static void faulty_arm(int at, int code)
{
    faulty_code = code;
    faulty_steps = 0;
    faulty_at = at;
}

static bool faulty_now(void)
{
    return ++faulty_steps == faulty_at;
}

static const sqlite3_io_methods *faulty_sound(sqlite3_file *file)
{
    return sound_methods[file->pMethods == &faulty_methods[FAULTY_LOG] ? FAULTY_LOG : FAULTY_FILE];
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    return faulty_now() ? faulty_code : faulty_sound(file)->xSync(file, flags);
}

static int faulty_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
    return faulty_now() ? faulty_code : faulty_sound(file)->xWrite(file, data, len, at);
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    return faulty_now() ? faulty_code : faulty_sound(file)->xTruncate(file, len);
}

static int faulty_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                       int *flags_out)
{
    int code = sqlite3_vfs_find("unix")->xOpen(vfs, name, file, flags, flags_out);
    if (code != SQLITE_OK || !(flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB)))
        return code;
    int kind = flags & SQLITE_OPEN_WAL ? FAULTY_LOG : FAULTY_FILE;
    if (!sound_methods[kind]) {
        sound_methods[kind] = file->pMethods;
        faulty_methods[kind] = *file->pMethods;
        faulty_methods[kind].xSync = faulty_sync;
        faulty_methods[kind].xWrite = faulty_write;
        faulty_methods[kind].xTruncate = faulty_truncate;
    }
    file->pMethods = &faulty_methods[kind];
    return code;
}

static void faulty_begin(void)
{
    faulty_arm(0, SQLITE_OK);
    faulty_vfs = *sqlite3_vfs_find("unix");
    faulty_vfs.zName = "faulty";
    faulty_vfs.xOpen = faulty_open;
    faulty_vfs.pNext = NULL;
    sqlite3_vfs_register(&faulty_vfs, 1);
}

static void faulty_end(void)
{
    sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
    sqlite3_vfs_unregister(&faulty_vfs);
}

TEST(a_failing_disk_stops_all_writes)
{
    faulty_begin();
    help_fresh("broken");
    struct db *db = help_open((struct db_config){0});
    struct help_caller callers[6];
    int64_t n = 1000;
    CHECK_INT(db_write(db, help_insert, &n), 0);
    for (int i = 0; i < 6; i++)
        callers[i] = (struct help_caller){
            .db = db, .n = i, .write = i == 2 ? help_insert_then_refuse : help_insert};
    faulty_arm(1, SQLITE_IOERR_FSYNC);
    help_group(db, callers, 6);
    for (int i = 0; i < 6; i++)
        CHECK_INT(callers[i].result, -EIO); /* the refusal too: it rested on what is lost */
    CHECK(!db_is_sound(db));
    n++;
    CHECK_INT(db_write(db, help_insert, &n), -EIO); /* it does not trust the disk again */
    CHECK_INT(help_count(db), 1);                   /* reading goes on */
    db_close(&db);
    db = help_open((struct db_config){0});
    CHECK_INT(db_write(db, help_insert, &n), 0);
    CHECK(help_count(db) >= 2);
    db_close(&db);
    faulty_end();
}

/* Makes a database, writes batches and closes it with the step `at` failing; after a new start all
 * that was told must be there. False when that step was never reached. */
static bool fault_at(int at, int code)
{
    char name[24], found[160];
    int64_t n = 0, told = 0;
    snprintf(name, sizeof name, "fault-%d-%d", code, at);
    help_fresh(name);
    struct db *db = NULL;
    struct db_config config = {
        .path = help_path, .create = true, .migrations = help_steps, .migration_count = 3};
    faulty_arm(at, code);
    int fault = db_open(&config, &db);
    CHECK(fault == 0 || fault == -EIO || fault == -ENOSPC);
    for (int i = 0; i < 4 && db; i++) {
        int64_t before = n;
        if (db_write(db, insert_many, &n) == 0)
            told = n;
        else
            n = before; /* what a failed sync left may turn up again: the same numbers then exist */
    }
    CHECK(!db || told > 0 || !db_is_sound(db));
    db_close(&db);
    bool reached = faulty_steps >= faulty_at;
    faulty_arm(0, SQLITE_OK);
    db = help_open(config);
    CHECK_INT(db_version(db), 3);
    CHECK(help_count(db) >= told);
    CHECK_INT(db_check(db, found, sizeof found), 0);
    db_close(&db);
    return reached;
}

TEST(any_step_may_fail_and_nothing_told_is_lost)
{
    static const int codes[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL};
    log_set_level((enum log_level) - 1);
    faulty_begin();
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        int at = 1;
        while (at < 400 && fault_at(at, codes[i]))
            at += at < 30 ? 1 : 13;
        printf("# %d steps\n", at);
        CHECK(at > 40 && at < 400);
    }
    faulty_end();
    log_set_level(LOG_ERROR);
}

HELP_MAIN(TAP(a_full_disk_is_a_passing_refusal), TAP(another_process_that_writes_is_waited_for),
          TAP(another_process_that_holds_on_is_a_passing_refusal),
          TAP(a_failing_disk_stops_all_writes), TAP(any_step_may_fail_and_nothing_told_is_lost))
