/* SPDX-License-Identifier: Apache-2.0
 *
 * A process is killed in the middle of its writes; whatever it was told is durable must be there
 * afterwards, and nothing that was refused. A kill leaves the kernel's cache alone, so this proves
 * that acknowledgements wait for commits and that the log is taken up again; that commits wait for
 * the disk is proved by the failing sync in test_db.c.
 *
 * PORCHLIGHT_CRASH_ROUNDS=n runs n rounds.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/tap.h"
#include "base/tap_folder.h"
#include "db/db.h"

enum { WRITERS = 4, ROUNDS = 6 };

static char folder[TAP_FOLDER_ROOM];
static char path[TAP_FOLDER_ROOM + 16];

static const struct db_migration steps[] = {
    {"numbers", {"CREATE TABLE number (n INTEGER NOT NULL PRIMARY KEY, note TEXT);"}},
};

static struct db *open_db(void)
{
    struct db *db = NULL;
    struct db_config config = {
        .path = path, .create = true, .migrations = steps, .migration_count = 1};
    CHECK_INT(db_open(&config, &db), 0);
    return db;
}

static const char sql_insert[] = "INSERT INTO number (n, note) VALUES (?1, ?2)";
static const char sql_has[] = "SELECT 1 FROM number WHERE n = ?1";
static const char sql_refused[] = "SELECT count(*) FROM number WHERE n < 0";

/* Every seventh call inserts a negative number as well and then refuses itself. */
static int insert(struct db_tx *tx, void *arg)
{
    int64_t n = *(int64_t *)arg;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_insert, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, n % 7 == 0 ? -n - 1 : n);
    db_bind_text(stmt, 2, "so long that a page holds only a few dozens of such rows");
    fault = db_run(stmt);
    return fault ? fault : n % 7 == 0 ? 1 : 0;
}

struct writer_arg {
    struct db *db;
    int64_t first;
    int pipe;
};

static void *write_for_ever(void *arg)
{
    struct writer_arg *mine = arg;
    for (int64_t n = mine->first;; n += WRITERS) {
        int result = db_write(mine->db, insert, &n);
        if (result < 0 || (result == 0 && write(mine->pipe, &n, sizeof n) != sizeof n))
            _exit(3);
    }
    return NULL;
}

static void child_run(int64_t first, int out)
{
    struct db *db = open_db();
    struct writer_arg args[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        args[i] = (struct writer_arg){db, first + i, out};
        pthread_create(&threads[i], NULL, write_for_ever, &args[i]);
    }
    pthread_join(threads[0], NULL);
}

/* True when the row is there. */
static bool has(struct db_tx *tx, int64_t n)
{
    struct db_stmt *stmt;
    if (db_query(tx, sql_has, &stmt) != 0)
        return false;
    db_bind_int(stmt, 1, n);
    bool found = db_step(stmt) == DB_ROW;
    db_done(stmt);
    return found;
}

static int64_t count_refused(struct db_tx *tx)
{
    struct db_stmt *stmt;
    if (db_query(tx, sql_refused, &stmt) != 0 || db_step(stmt) != DB_ROW)
        return -1;
    int64_t count = db_int(stmt, 0);
    db_done(stmt);
    return count;
}

static int64_t told[1 << 16];

/* Runs a child until it told `most` numbers, kills it, and returns how many it told in all. */
static int run_and_kill(int64_t first, int most)
{
    int pipes[2], count = 0;
    if (pipe(pipes) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        child_run(first, pipes[1]);
        _exit(4);
    }
    close(pipes[1]);
    while (count < (int)ARRAY_LEN(told) &&
           read(pipes[0], &told[count], sizeof told[0]) == sizeof told[0]) {
        if (++count == most)
            kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(pipes[0]);
    return count;
}

TEST(what_was_told_survives_a_kill)
{
    const char *asked = getenv("PORCHLIGHT_CRASH_ROUNDS");
    int rounds = asked ? (int)strtol(asked, NULL, 10) : ROUNDS, total = 0;
    for (int round = 0; round < rounds; round++) {
        int count = run_and_kill((int64_t)round * 1000000 + 1, 30 + 37 * (round % 11));
        struct db *db = open_db();
        struct db_tx *tx = NULL;
        int lost = 0;
        CHECK_INT(db_read_begin(db, &tx), 0);
        for (int i = 0; i < count; i++)
            lost += has(tx, told[i]) ? 0 : 1;
        CHECK_INT(lost, 0);
        CHECK_INT(count_refused(tx), 0);
        db_read_end(&tx);
        char found[200];
        CHECK_INT(db_check(db, found, sizeof found), 0);
        db_close(&db);
        total += count;
    }
    printf("# %d rounds, %d writes told, none lost\n", rounds, total);
}

int main(void)
{
    static const struct tap_test tests[] = {TAP(what_was_told_survives_a_kill)};
    tap_folder_new(folder);
    snprintf(path, sizeof path, "%s/crash.db", folder);
    int failed = tap_run(tests, ARRAY_LEN(tests));
    tap_folder_remove(folder);
    return failed;
}
