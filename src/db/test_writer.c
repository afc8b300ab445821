/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer: groups, savepoints, the bounded queue, many threads at once.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "db/test_help.h"

TEST(callers_that_wait_share_one_commit)
{
    help_fresh("group");
    struct db *db = help_open((struct db_config){0});
    struct help_caller callers[24];
    for (int i = 0; i < 24; i++)
        callers[i] = (struct help_caller){.db = db, .n = i, .write = help_insert};
    help_group(db, callers, 24);
    struct db_counts counts;
    db_counts(db, &counts);
    CHECK_INT(counts.commits, 2); /* the holder's, and one for all the others */
    CHECK_INT(counts.writes, 25);
    CHECK_INT(counts.groups[0], 1);
    CHECK_INT(counts.groups[5], 1); /* 17 to 32 */
    CHECK_INT(help_count(db), 24);
    for (int i = 0; i < 24; i++)
        CHECK_INT(callers[i].result, 0);
    db_close(&db);
}

TEST(a_group_is_bounded)
{
    help_fresh("bounded");
    struct db *db = help_open((struct db_config){.group_limit = 5});
    struct help_caller callers[12];
    for (int i = 0; i < 12; i++)
        callers[i] = (struct help_caller){.db = db, .n = i, .write = help_insert};
    help_group(db, callers, 12);
    struct db_counts counts;
    db_counts(db, &counts);
    CHECK_INT(counts.commits, 4); /* 1, 5, 5, 2 */
    CHECK_INT(help_count(db), 12);
    db_close(&db);
}

TEST(one_refusal_undoes_itself_only)
{
    help_fresh("isolation");
    struct db *db = help_open((struct db_config){0});
    struct help_caller callers[9];
    for (int i = 0; i < 9; i++)
        callers[i] = (struct help_caller){
            .db = db, .n = i, .write = i % 3 == 1 ? help_insert_then_refuse : help_insert};
    help_group(db, callers, 9);
    for (int i = 0; i < 9; i++)
        CHECK_INT(callers[i].result, i % 3 == 1 ? 42 : 0);
    CHECK_INT(help_count(db), 6);
    struct db_counts counts;
    db_counts(db, &counts);
    CHECK_INT(counts.commits, 2);
    CHECK_INT(counts.refused, 3);
    CHECK_INT(counts.failed, 0);
    db_close(&db);
}

TEST(a_taken_key_is_a_named_outcome)
{
    help_fresh("taken");
    struct db *db = help_open((struct db_config){0});
    int64_t n = 5;
    CHECK_INT(db_write(db, help_insert, &n), 0);
    CHECK_INT(db_write(db, help_insert, &n), DB_EXISTS);
    CHECK_INT(help_count(db), 1);
    db_close(&db);
}

TEST(a_full_queue_refuses)
{
    help_fresh("queue");
    struct db *db = help_open((struct db_config){.queue_limit = 2});
    struct help_caller holder = {.db = db, .write = help_hold}, callers[2];
    pthread_create(&holder.thread, NULL, help_call, &holder);
    sem_wait(&help_entered);
    for (int i = 0; i < 2; i++) {
        callers[i] = (struct help_caller){.db = db, .n = i, .write = help_insert};
        pthread_create(&callers[i].thread, NULL, help_call, &callers[i]);
    }
    for (struct db_counts counts = {0}; counts.waiting < 2;) {
        usleep(500);
        db_counts(db, &counts);
    }
    int64_t n = 99;
    CHECK_INT(db_write(db, help_insert, &n), -EAGAIN);
    sem_post(&help_go_on);
    pthread_join(holder.thread, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(callers[i].thread, NULL);
    CHECK_INT(db_write(db, help_insert, &n), 0);
    CHECK_INT(help_count(db), 3);
    db_close(&db);
}

static int write_from_inside(struct db_tx *tx, void *arg)
{
    return db_write(arg, help_hold, NULL);
}

TEST(a_write_within_a_write_is_a_programming_error)
{
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        help_fresh("nested");
        struct db *db = help_open((struct db_config){0});
        int result = db_write(db, write_from_inside, db);
        _exit(result ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Readers and writers at once; each writer inserts its own numbers, each reader sees no hole. */
static void *read_often(void *arg)
{
    struct help_caller *caller = arg;
    int64_t last = 0;
    for (int i = 0; i < 200; i++) {
        int64_t now = help_count(caller->db);
        caller->result |= now < last ? 1 : 0;
        last = now;
    }
    return NULL;
}

static void *write_often(void *arg)
{
    struct help_caller *caller = arg;
    for (int i = 0; i < 100; i++) {
        int64_t n = caller->n * 1000 + i;
        caller->result |= db_write(caller->db, help_insert, &n);
    }
    return NULL;
}

TEST(many_threads_at_once)
{
    help_fresh("threads");
    struct db *db = help_open((struct db_config){.readers = 3});
    struct help_caller callers[10];
    for (int i = 0; i < 10; i++) {
        callers[i] = (struct help_caller){.db = db, .n = i};
        pthread_create(&callers[i].thread, NULL, i < 6 ? write_often : read_often, &callers[i]);
    }
    for (int i = 0; i < 10; i++) {
        pthread_join(callers[i].thread, NULL);
        CHECK_INT(callers[i].result, 0);
    }
    struct db_counts counts;
    db_counts(db, &counts);
    CHECK_INT(counts.writes, 600);
    CHECK(counts.commits < 600);
    CHECK_INT(help_count(db), 600);
    printf("# 600 writes of 6 threads in %lld commits\n", (long long)counts.commits);
    db_close(&db);
}

HELP_MAIN(TAP(callers_that_wait_share_one_commit), TAP(a_group_is_bounded),
          TAP(one_refusal_undoes_itself_only), TAP(a_taken_key_is_a_named_outcome),
          TAP(a_full_queue_refuses), TAP(a_write_within_a_write_is_a_programming_error),
          TAP(many_threads_at_once))
