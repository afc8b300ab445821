/* SPDX-License-Identifier: Apache-2.0
 *
 * The conveyor with jobs made for the test: which run, how often, what is remembered of those that
 * fail, and of those that take the process down with them.
 */
#include "jobs/conveyor.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "crypto/crypto.h"
#include "store/test_help.h"

enum { ATTEMPTS = 3, PUT_OFFS = 20 };

/* The wall clock of this program can be stepped: this takes the place of the C library's. */
static _Atomic int64_t step_seconds;

int clock_gettime(clockid_t id, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, id, now);
    if (result == 0 && id == CLOCK_REALTIME)
        now->tv_sec += step_seconds;
    return result;
}

struct floor {
    char folder[TAP_FOLDER_ROOM];
    struct db *db;
    struct conveyor *conveyor;
    struct job_kind kind;
    int64_t boot;
    _Atomic int runs, lots, given_up, told;
    _Atomic int answer;   /* of the job: a job_result */
    _Atomic int answers;  /* so often; then JOB_DONE */
    _Atomic int pause_ms; /* of a run */
    _Atomic int last_attempts, end;
};

static void open_db(struct floor *floor)
{
    char path[TAP_FOLDER_ROOM + 16];
    snprintf(path, sizeof path, "%s/porchlight.db", floor->folder);
    struct db_config config = {.path = path, .create = true};
    if (store_open(&config, &floor->db) != 0)
        abort();
}

static int boot_in(struct db_tx *tx, void *arg)
{
    return store_meta_boot(tx, arg);
}

static int run(void *context, const struct store_job *job, const struct store_lease *lease,
               struct arena *arena)
{
    struct floor *floor = context;
    floor->last_attempts = job->attempts;
    int run = ++floor->runs;
    if (floor->pause_ms)
        usleep((useconds_t)floor->pause_ms * 1000);
    return run <= floor->answers ? floor->answer : JOB_DONE;
}

static int run_batch(void *context, const struct store_job *jobs, size_t count, struct arena *arena)
{
    struct floor *floor = context;
    floor->lots++;
    floor->runs += (int)count;
    usleep(20000);
    return JOB_DONE;
}

static int run_to_death(void *context, const struct store_job *job, const struct store_lease *lease,
                        struct arena *arena)
{
    _exit(77);
}

/* Leaves a trace that only its own transaction can have left. */
static int give_up(void *context, struct db_tx *tx, const struct store_job *job, enum job_end end,
                   struct arena *arena)
{
    ((struct floor *)context)->given_up++;
    ((struct floor *)context)->end = end;
    return store_meta_set(tx, "given_up", job->id);
}

static void given_up(void *context, const struct store_job *job)
{
    ((struct floor *)context)->told++;
}

static void start(struct floor *floor)
{
    if (db_write(floor->db, boot_in, &floor->boot) != 0)
        abort();
    floor->kind.context = floor;
    struct conveyor_config config = {.db = floor->db,
                                     .boot = floor->boot,
                                     .backoff_ms = 20,
                                     .backoff_max_ms = 50,
                                     .kinds = &floor->kind,
                                     .kind_count = 1};
    CHECK_INT(conveyor_new(&config, &floor->conveyor), 0);
}

static void open_floor(struct floor *floor)
{
    *floor = (struct floor){.kind = {.name = "try",
                                     .threads = 2,
                                     .attempts = ATTEMPTS,
                                     .put_offs = PUT_OFFS,
                                     .run = run,
                                     .give_up = give_up,
                                     .given_up = given_up}};
    log_set_level(LOG_ERROR);
    if (crypto_init() != 0)
        abort();
    tap_folder_new(floor->folder);
    open_db(floor);
}

static void close_floor(struct floor *floor)
{
    conveyor_free(&floor->conveyor);
    db_close(&floor->db);
    tap_folder_remove(floor->folder);
}

static int insert_in(struct db_tx *tx, void *arg)
{
    return store_job_insert(tx, arg);
}

static int insert_leased_in(struct db_tx *tx, void *arg)
{
    return store_job_insert_leased(tx, arg);
}

/* Queues a job that is due at `run_at`. */
static struct store_job queue(struct floor *floor, int64_t run_at)
{
    struct store_job job = {.kind = "try", .run_at = run_at, .created_at = clock_now()};
    id_new(ID_JOB, job.id);
    CHECK_INT(db_write(floor->db, insert_in, &job), 0);
    if (floor->conveyor)
        conveyor_wake(floor->conveyor, "try");
    return job;
}

static struct store_job hand_over(struct floor *floor, const char *payload)
{
    struct store_job job;
    conveyor_prepare(floor->conveyor, "try", &job);
    job.payload = payload;
    CHECK_INT(db_write(floor->db, insert_leased_in, &job), 0);
    conveyor_hand_over(floor->conveyor, &job);
    return job;
}

/* The job's row; false when it is gone. */
static bool find(struct floor *floor, const char *id, struct store_job *job)
{
    static struct arena *arena;
    AUTO_DB_READ struct db_tx *tx = NULL;
    if (!arena)
        arena = arena_new((size_t)1 << 20);
    arena_reset(arena);
    *job = (struct store_job){0};
    return arena && db_read_begin(floor->db, &tx) == 0 && store_job_get(tx, id, arena, job) == 0;
}

static bool wait_gone(struct floor *floor, const char *id)
{
    struct store_job job;
    for (int i = 0; i < 1000; i++) {
        if (!find(floor, id, &job))
            return true;
        usleep(5000);
    }
    return false;
}

static bool wait_set_aside(struct floor *floor, const char *id, struct store_job *job)
{
    for (int i = 0; i < 1000; i++) {
        if (find(floor, id, job) && job->set_aside_at > 0)
            return true;
        usleep(5000);
    }
    return false;
}

TEST(a_job_handed_over_runs_once_and_is_gone)
{
    struct floor floor;
    open_floor(&floor);
    start(&floor);
    struct store_job job = hand_over(&floor, "52.5 13.2");
    CHECK(wait_gone(&floor, job.id));
    CHECK_INT(floor.runs, 1);
    CHECK_INT(floor.last_attempts, 1);
    usleep(20000);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), 0);
    close_floor(&floor);
}

TEST(a_queued_job_runs_when_it_is_due_and_not_before)
{
    struct floor floor;
    open_floor(&floor);
    start(&floor);
    int64_t due = clock_now() + 300;
    struct store_job job = queue(&floor, due);
    usleep(100000);
    CHECK_INT(floor.runs, 0);
    CHECK(wait_gone(&floor, job.id));
    CHECK(clock_now() >= due);
    CHECK_INT(floor.runs, 1);
    close_floor(&floor);
}

TEST(a_job_that_fails_is_tried_again_and_then_set_aside_together_with_its_subject)
{
    struct floor floor;
    open_floor(&floor);
    floor.answer = -EIO;
    floor.answers = 100;
    start(&floor);
    struct store_job job = hand_over(&floor, NULL), row;
    CHECK(wait_set_aside(&floor, job.id, &row));
    CHECK_INT(floor.runs, ATTEMPTS);
    CHECK_INT(row.attempts, ATTEMPTS);
    CHECK_STR(row.last_error, "failed");
    CHECK_INT(floor.given_up, 1);
    usleep(100000);
    CHECK_INT(floor.told, 1);
    CHECK_INT(floor.runs, ATTEMPTS);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), 0);
    close_floor(&floor);
}

TEST(a_job_that_fails_once_is_done_at_the_second_attempt)
{
    struct floor floor;
    open_floor(&floor);
    floor.answer = JOB_AGAIN;
    floor.answers = 1;
    start(&floor);
    struct store_job job = hand_over(&floor, NULL);
    CHECK(wait_gone(&floor, job.id));
    CHECK_INT(floor.last_attempts, 2);
    CHECK_INT(floor.given_up, 0);
    close_floor(&floor);
}

TEST(what_could_not_be_tried_does_not_count)
{
    struct floor floor;
    open_floor(&floor);
    floor.answer = JOB_LATER;
    floor.answers = 3 * ATTEMPTS;
    start(&floor);
    struct store_job job = hand_over(&floor, NULL);
    CHECK(wait_gone(&floor, job.id));
    CHECK_INT(floor.runs, 3 * ATTEMPTS + 1);
    CHECK_INT(floor.last_attempts, 1);
    CHECK_INT(floor.given_up, 0);
    close_floor(&floor);
}

TEST(what_is_put_off_without_an_end_is_set_aside)
{
    struct floor floor;
    open_floor(&floor);
    floor.answer = JOB_LATER;
    floor.answers = 1000;
    start(&floor);
    struct store_job job = hand_over(&floor, NULL), row;
    CHECK(wait_set_aside(&floor, job.id, &row));
    CHECK_INT(floor.runs, PUT_OFFS + 1);
    CHECK_INT(floor.last_attempts, 1);
    CHECK_STR(row.last_error, "put_off");
    CHECK_INT(floor.given_up, 1);
    CHECK_INT(floor.end, JOB_END_PUT_OFF);
    close_floor(&floor);
}

/* Whatever way it ends. */
TEST(a_kind_that_forgets_drops_what_it_gives_up)
{
    static const int answers[] = {JOB_HOPELESS, JOB_AGAIN, JOB_LATER, -EIO};
    struct floor floor;
    open_floor(&floor);
    floor.kind.forgets = true;
    floor.answers = 10000;
    start(&floor);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        floor.answer = answers[i];
        struct store_job job = hand_over(&floor, "ada@example.org");
        CHECK(wait_gone(&floor, job.id));
        CHECK_INT(floor.given_up, i + 1);
    }
    close_floor(&floor);
}

/* ---- one run at a time ---- */

TEST(a_step_of_the_wall_clock_gives_no_job_to_a_second_thread)
{
    struct floor floor;
    open_floor(&floor);
    floor.pause_ms = 400;
    start(&floor);
    struct store_job jobs[] = {hand_over(&floor, NULL), queue(&floor, clock_now())};
    for (int i = 0; i < 100 && floor.runs < 2; i++)
        usleep(2000);
    static const int64_t steps[] = {3600, 30 * 86400, -86400, 0};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        step_seconds = steps[i];
        conveyor_wake(floor.conveyor, "try");
        usleep(30000);
        CHECK_INT(floor.runs, 2);
    }
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        CHECK(wait_gone(&floor, jobs[i].id));
    CHECK_INT(floor.runs, 2);
    CHECK_INT(floor.last_attempts, 1);
    close_floor(&floor);
}

TEST(a_step_back_does_not_stop_the_line)
{
    struct floor floor;
    open_floor(&floor);
    start(&floor);
    CHECK(wait_gone(&floor, queue(&floor, clock_now()).id));
    step_seconds = -86400;
    CHECK(wait_gone(&floor, queue(&floor, clock_now()).id));
    CHECK(wait_gone(&floor, hand_over(&floor, NULL).id));
    step_seconds = 0;
    CHECK_INT(floor.runs, 3);
    close_floor(&floor);
}

TEST(a_hopeless_job_is_set_aside_at_once)
{
    struct floor floor;
    open_floor(&floor);
    floor.answer = JOB_HOPELESS;
    floor.answers = 1;
    start(&floor);
    struct store_job job = hand_over(&floor, NULL), row;
    CHECK(wait_set_aside(&floor, job.id, &row));
    CHECK_INT(floor.runs, 1);
    CHECK_INT(floor.given_up, 1);
    close_floor(&floor);
}

TEST(jobs_that_wait_are_counted_and_survive_a_stop_untried)
{
    struct floor floor;
    struct store_job jobs[6], row;
    open_floor(&floor);
    floor.pause_ms = 300;
    start(&floor);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        jobs[i] = hand_over(&floor, NULL);
    usleep(50000);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), ARRAY_LEN(jobs));
    conveyor_free(&floor.conveyor);
    CHECK_INT(floor.runs, 2); /* the two under way came to their end */
    for (size_t i = 2; i < ARRAY_LEN(jobs); i++) {
        CHECK(find(&floor, jobs[i].id, &row));
        CHECK_INT(row.attempts, 0);
        CHECK_INT(row.lease_owner, 0);
    }
    floor.pause_ms = 0;
    start(&floor);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        CHECK(wait_gone(&floor, jobs[i].id));
    CHECK_INT(floor.runs, ARRAY_LEN(jobs));
    usleep(20000);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), 0);
    close_floor(&floor);
}

TEST(small_jobs_run_in_lots)
{
    struct floor floor;
    struct store_job jobs[200];
    open_floor(&floor);
    floor.kind.run_batch = run_batch;
    floor.kind.batch = CONVEYOR_BATCH;
    floor.kind.threads = 1;
    start(&floor);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        jobs[i] = i % 2 ? hand_over(&floor, NULL) : queue(&floor, clock_now());
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        CHECK(wait_gone(&floor, jobs[i].id));
    CHECK_INT(floor.runs, ARRAY_LEN(jobs));
    CHECK(floor.lots < 100);
    close_floor(&floor);
}

/* A process that starts, takes the job and dies of it. */
static void die_of_it(struct floor *floor)
{
    pid_t child = fork();
    if (child == 0) {
        open_db(floor);
        floor->kind.run = run_to_death;
        start(floor);
        sleep(20);
        _exit(1);
    }
    int status = 0;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 77);
}

TEST(a_job_that_takes_the_process_down_is_remembered_and_set_aside)
{
    struct floor floor;
    struct store_job row;
    open_floor(&floor);
    struct store_job job = queue(&floor, clock_now());
    db_close(&floor.db);
    for (int i = 1; i <= ATTEMPTS; i++)
        die_of_it(&floor);
    open_db(&floor);
    start(&floor); /* this one would do it, and is not given it */
    CHECK(wait_set_aside(&floor, job.id, &row));
    CHECK_INT(floor.runs, 0);
    CHECK_STR(row.last_error, "crashed");
    CHECK_INT(floor.given_up, 1);
    close_floor(&floor);
}

static int take_away_in(struct db_tx *tx, void *arg)
{
    return store_job_drop_subject(tx, "try", arg);
}

TEST(a_job_that_was_dropped_while_it_ran_hurts_nobody)
{
    struct floor floor;
    open_floor(&floor);
    floor.pause_ms = 200;
    floor.answer = JOB_HOPELESS;
    floor.answers = 1;
    start(&floor);
    struct store_job job;
    conveyor_prepare(floor.conveyor, "try", &job);
    id_new(ID_PHOTO, job.subject);
    CHECK_INT(db_write(floor.db, insert_leased_in, &job), 0);
    conveyor_hand_over(floor.conveyor, &job);
    usleep(50000);
    CHECK_INT(db_write(floor.db, take_away_in, job.subject), 0);
    conveyor_free(&floor.conveyor);
    CHECK_INT(floor.runs, 1);
    CHECK_INT(floor.given_up, 0); /* it is not ours to give up any more */
    CHECK_INT(floor.told, 0);
    close_floor(&floor);
}

/* ---- how many wait ---- */

static int take_all_away_in(struct db_tx *tx, void *arg)
{
    char(*subjects)[ID_ROOM] = arg;
    int result = 0;
    for (int i = 0; result == 0 && i < 5; i++)
        result = store_job_drop_subject(tx, "try", subjects[i]);
    return result;
}

TEST(jobs_dropped_from_the_table_are_not_counted_for_ever)
{
    struct floor floor;
    char subjects[5][ID_ROOM];
    open_floor(&floor);
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        struct store_job job = {
            .kind = "try", .run_at = clock_now() + 60000, .created_at = clock_now()};
        id_new(ID_JOB, job.id);
        id_new(ID_PHOTO, job.subject);
        memcpy(subjects[i], job.subject, ID_ROOM);
        CHECK_INT(db_write(floor.db, insert_in, &job), 0);
    }
    start(&floor);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), ARRAY_LEN(subjects));
    CHECK_INT(db_write(floor.db, take_all_away_in, subjects), 0);
    conveyor_wake(floor.conveyor, "try");
    usleep(50000);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), 0);
    close_floor(&floor);
}

TEST(a_job_dropped_while_it_failed_is_not_counted_for_ever)
{
    struct floor floor;
    open_floor(&floor);
    floor.pause_ms = 100;
    floor.answer = JOB_AGAIN;
    floor.answers = 1000;
    start(&floor);
    for (int i = 0; i < 3; i++) {
        struct store_job job;
        conveyor_prepare(floor.conveyor, "try", &job);
        id_new(ID_PHOTO, job.subject);
        CHECK_INT(db_write(floor.db, insert_leased_in, &job), 0);
        conveyor_hand_over(floor.conveyor, &job);
        usleep(30000);
        CHECK_INT(db_write(floor.db, take_away_in, job.subject), 0);
    }
    usleep(300000);
    CHECK_INT(floor.runs, 3);
    CHECK_INT(conveyor_waiting(floor.conveyor, "try"), 0);
    close_floor(&floor);
}

TAP_MAIN(TAP(a_job_handed_over_runs_once_and_is_gone),
         TAP(a_queued_job_runs_when_it_is_due_and_not_before),
         TAP(a_job_that_fails_is_tried_again_and_then_set_aside_together_with_its_subject),
         TAP(a_job_that_fails_once_is_done_at_the_second_attempt),
         TAP(what_could_not_be_tried_does_not_count),
         TAP(what_is_put_off_without_an_end_is_set_aside),
         TAP(a_kind_that_forgets_drops_what_it_gives_up),
         TAP(a_step_of_the_wall_clock_gives_no_job_to_a_second_thread),
         TAP(a_step_back_does_not_stop_the_line), TAP(a_hopeless_job_is_set_aside_at_once),
         TAP(jobs_that_wait_are_counted_and_survive_a_stop_untried), TAP(small_jobs_run_in_lots),
         TAP(a_job_that_takes_the_process_down_is_remembered_and_set_aside),
         TAP(a_job_that_was_dropped_while_it_ran_hurts_nobody),
         TAP(jobs_dropped_from_the_table_are_not_counted_for_ever),
         TAP(a_job_dropped_while_it_failed_is_not_counted_for_ever))
