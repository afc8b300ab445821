/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool with the real worker and with one that has been taken over (hostile_judge.c): each
 * hostile photo costs its caller that photo and nobody else anything. And a worker as the kernel
 * shows it.
 *
 * The sandbox is really on. A sanitizer build has none to speak of (sandbox.h), so there the tests
 * that need it say so and pass.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/tap.h"
#include "base/text.h"
#include "photo/hostile.h"
#include "photo/pool_inside.h"

#include <jpeglib.h> /* wants stdio.h before it */

enum { DEADLINE_MS = 1500, THREADS = 6, ROUNDS = 25 };

static const char *beside(const char *name)
{
    static char path[4200];
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    snprintf(path, sizeof path, "%s/%s", self, name);
    return path;
}

static struct photo_pool *new_pool(const char *worker, unsigned flags)
{
    const struct photo_pool_config config = {
        .worker_path = beside(worker),
        .slots = 3,
        .deadline_ms = DEADLINE_MS,
        .nice = 5,
        .flags = flags | POOL_KEEP_STDERR,
        .worker_memory = UINT64_C(64) << 20,
    };
    struct photo_pool *pool = NULL;
    int result = photo_pool_new(&config, &pool);
    if (result != 0)
        printf("# photo_pool_new: %s\n", photo_pool_result_name(result));
    CHECK_INT(result, 0);
    return pool;
}

static struct photo_pool *hostile_pool(void)
{
    return new_pool("porchlight-photo-hostile", 0);
}

static int judge_bytes(struct photo_pool *pool, struct span photo, struct photo_outcome *outcome)
{
    struct photo_input input;
    memset(outcome, 0, sizeof *outcome);
    int result = photo_input_open(pool, photo.len, &input);
    if (result != 0)
        return result;
    memcpy(input.data, photo.data, photo.len);
    result = photo_pool_judge(pool, &input, outcome);
    photo_input_close(&input);
    return result;
}

static int judge_word(struct photo_pool *pool, const char *word, struct photo_outcome *outcome)
{
    return judge_bytes(pool, (struct span){(const uint8_t *)word, strlen(word)}, outcome);
}

static void check_good(struct photo_pool *pool)
{
    struct photo_outcome outcome;
    CHECK_INT(judge_word(pool, "good", &outcome), 0);
    CHECK_INT(outcome.facts.verdict, PHOTO_OK);
    CHECK_INT(outcome.posted.len, 4);
    CHECK_INT(outcome.preview.len, 4);
    photo_outcome_free(&outcome);
}

/* A sanitizer build has no sandbox. */
static bool sandbox_is_off(void)
{
    return !(SANDBOX_POSSIBLE & SANDBOX_SECCOMP);
}

/* ---- the real worker ---- */

static uint8_t *draw(unsigned width, unsigned height, size_t *len_out)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long len = 0;
    AUTO_FREE uint8_t *row = malloc((size_t)width * 3);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &out, &len);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (unsigned y = 0; y < height; y++) {
        for (unsigned x = 0; x < width * 3; x++)
            row[x] = (uint8_t)((x * 5 + y * 3) ^ (x * y >> 6));
        JSAMPROW rows[] = {row};
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    *len_out = len;
    return out;
}

TEST(a_real_photo_comes_through)
{
    struct photo_pool *pool = new_pool("porchlight-photo", 0);
    size_t len;
    AUTO_FREE uint8_t *jpeg = draw(1600, 1200, &len);
    struct photo_outcome outcome;
    for (int round = 0; pool && round < 3; round++) {
        CHECK_INT(judge_bytes(pool, (struct span){jpeg, len}, &outcome), 0);
        CHECK_STR(photo_verdict_slug(outcome.facts.verdict), "ok");
        CHECK(outcome.posted.len > 1000 && outcome.preview.len > 1000);
        CHECK_INT(outcome.facts.width, 1600);
        CHECK(outcome.cpu_us > 0 && outcome.peak_rss_kb > 1000);
        photo_outcome_free(&outcome);
    }
    photo_pool_free(&pool);
    CHECK(pool == NULL);
}

TEST(refused_photos_have_a_verdict_and_no_picture)
{
    struct photo_pool *pool = new_pool("porchlight-photo", 0);
    size_t len;
    AUTO_FREE uint8_t *jpeg = draw(640, 480, &len);
    struct photo_outcome outcome;
    if (!pool)
        return;
    CHECK_INT(judge_word(pool, "this is no photo", &outcome), 0);
    CHECK_STR(photo_verdict_slug(outcome.facts.verdict), "not_jpeg");
    CHECK_INT(outcome.posted.len + outcome.preview.len, 0);
    photo_outcome_free(&outcome);
    CHECK_INT(judge_bytes(pool, (struct span){jpeg, len / 2}, &outcome), 0);
    CHECK(outcome.facts.verdict != PHOTO_OK);
    photo_outcome_free(&outcome);
    photo_pool_free(&pool);
}

TEST(sizes_out_of_range_are_refused)
{
    struct photo_pool *pool = hostile_pool();
    struct photo_input input;
    if (!pool)
        return;
    CHECK_INT(photo_input_open(pool, 0, &input), POOL_TOO_LARGE);
    photo_input_close(&input);
    CHECK_INT(photo_input_open(pool, POOL_INPUT_CEILING + 1, &input), POOL_TOO_LARGE);
    photo_pool_free(&pool);
}

TEST(an_input_is_sealed_and_can_be_judged_again)
{
    struct photo_pool *pool = hostile_pool();
    struct photo_input input = {0};
    struct photo_outcome outcome;
    if (!pool)
        return;
    CHECK_INT(photo_input_open(pool, 4, &input), 0);
    memcpy(input.data, "good", 4);
    for (int round = 0; round < 2; round++) {
        CHECK_INT(photo_pool_judge(pool, &input, &outcome), 0);
        CHECK(input.data == NULL);
        CHECK(write(input.fd, "evil", 4) < 0 && errno == EPERM);
        photo_outcome_free(&outcome);
    }
    photo_input_close(&input);
    photo_pool_free(&pool);
}

/* ---- the hostile worker ---- */

TEST(forbidden_calls_kill_the_worker_alone)
{
    static const char *const words[] = {
#define X(name) #name,
        HOSTILE_CALLS(X)
#undef X
    };
    if (sandbox_is_off()) {
        tap_skip("a sanitizer build has no sandbox");
        return;
    }
    struct photo_pool *pool = hostile_pool();
    struct photo_pool_figures figures = {0};
    for (size_t i = 0; pool && i < ARRAY_LEN(words); i++) {
        struct photo_outcome outcome;
        int result = judge_word(pool, words[i], &outcome);
        if (result != POOL_CRASHED || outcome.signal != SIGSYS)
            printf("# %s: %s\n", words[i], photo_pool_result_name(result));
        CHECK_INT(result, POOL_CRASHED);
        CHECK_INT(outcome.signal, SIGSYS);
        CHECK_INT(outcome.posted.len, 0);
        photo_outcome_free(&outcome);
        check_good(pool);
    }
    if (!pool)
        return;
    photo_pool_figures(pool, &figures);
    CHECK_INT(figures.restarts, 0);
    CHECK_INT(figures.crashed, ARRAY_LEN(words));
    CHECK_INT(figures.judged, ARRAY_LEN(words));
    photo_pool_free(&pool);
}

TEST(other_ends_cost_that_photo_alone)
{
    static const struct {
        const char *word;
        int result;
    } ends[] = {
#define X(name, result) {#name, result},
        HOSTILE_ENDS(X)
#undef X
    };
    if (sandbox_is_off()) {
        tap_skip("a sanitizer build has no sandbox");
        return;
    }
    struct photo_pool *pool = hostile_pool();
    struct photo_pool_figures figures = {0};
    for (size_t i = 0; pool && i < ARRAY_LEN(ends); i++) {
        struct photo_outcome outcome;
        int64_t began = clock_steady();
        int result = judge_word(pool, ends[i].word, &outcome);
        if (result != ends[i].result)
            printf("# %s: %s\n", ends[i].word, photo_pool_result_name(result));
        CHECK_INT(result, ends[i].result);
        CHECK(clock_steady() - began < INT64_C(4) * DEADLINE_MS);
        CHECK(outcome.peak_rss_kb < 160 << 10);
        photo_outcome_free(&outcome);
        check_good(pool);
    }
    if (!pool)
        return;
    photo_pool_figures(pool, &figures);
    CHECK_INT(figures.restarts, 0);
    photo_pool_free(&pool);
}

TEST(lies_are_garbled)
{
    static const char *const words[] = {
#define X(name, field, lie) #name,
        HOSTILE_LIES(X)
#undef X
    };
    struct photo_pool *pool = hostile_pool();
    for (size_t i = 0; pool && i < ARRAY_LEN(words); i++) {
        struct photo_outcome outcome;
        int result = judge_word(pool, words[i], &outcome);
        if (result != POOL_GARBLED)
            printf("# %s: %s\n", words[i], photo_pool_result_name(result));
        CHECK_INT(result, POOL_GARBLED);
        CHECK_INT(outcome.posted.len + outcome.preview.len, 0);
        photo_outcome_free(&outcome);
    }
    if (pool)
        check_good(pool);
    photo_pool_free(&pool);
}

/* ---- marking ---- */

static int mark_bytes(struct photo_pool *pool, const char *text, struct span photo,
                      struct photo_outcome *outcome)
{
    struct photo_input input;
    memset(outcome, 0, sizeof *outcome);
    int result = photo_mark_open(pool, text, photo.len, &input);
    if (result != 0)
        return result;
    memcpy(input.data + PHOTO_MARK_TEXT, photo.data, photo.len);
    result = photo_pool_mark(pool, &input, outcome);
    photo_input_close(&input);
    return result;
}

static int mark_word(struct photo_pool *pool, const char *word, struct photo_outcome *outcome)
{
    return mark_bytes(pool, "agent 1", (struct span){(const uint8_t *)word, strlen(word)}, outcome);
}

TEST(a_real_photo_comes_back_marked)
{
    struct photo_pool *pool = new_pool("porchlight-photo", 0);
    size_t len;
    AUTO_FREE uint8_t *jpeg = draw(1600, 1200, &len);
    struct photo_outcome one, other;
    if (!pool)
        return;
    int64_t began = clock_steady();
    CHECK_INT(mark_bytes(pool, "agent 17", (struct span){jpeg, len}, &one), 0);
    printf("# 2 MP in %lld ms\n", (long long)(clock_steady() - began));
    CHECK_INT(one.facts.verdict, PHOTO_OK);
    CHECK(one.facts.width == 1600 && one.facts.height == 1200 && one.posted.len > 1000);
    CHECK_INT(mark_bytes(pool, "agent 18", (struct span){jpeg, len}, &other), 0);
    CHECK(one.posted.len != other.posted.len ||
          memcmp(one.posted.data, other.posted.data, one.posted.len) != 0);
    photo_outcome_free(&one);
    photo_outcome_free(&other);
    CHECK_INT(mark_word(pool, "this is no photo", &one), 0);
    CHECK_STR(photo_verdict_slug(one.facts.verdict), "not_jpeg");
    CHECK_INT(one.posted.len, 0);
    photo_outcome_free(&one);
    CHECK_INT(mark_bytes(pool, "", (struct span){jpeg, len}, &one), -EINVAL);
    photo_pool_free(&pool);
}

/* Every way in which a worker can be taken over, as for a photo that is judged: the answer is never
 * a picture. */
TEST(a_hostile_marker_gives_no_picture)
{
    static const struct {
        const char *word;
        int result;
    } ends[] = {
#define X(name) {#name, POOL_CRASHED},
        HOSTILE_CALLS(X)
#undef X
#define X(name, result) {#name, result},
            HOSTILE_ENDS(X)
#undef X
#define X(name, ...) {#name, POOL_GARBLED},
                HOSTILE_MARK_LIES(X) HOSTILE_MARK_BYTES(X)
#undef X
    };
    struct photo_pool *pool = hostile_pool();
    struct photo_outcome outcome;
    for (size_t i = 0; pool && i < ARRAY_LEN(ends); i++) {
        if (sandbox_is_off() && ends[i].result != POOL_GARBLED)
            continue;
        int result = mark_word(pool, ends[i].word, &outcome);
        if (result != ends[i].result)
            printf("# %s: %s\n", ends[i].word, photo_pool_result_name(result));
        CHECK_INT(result, ends[i].result);
        CHECK_INT(outcome.posted.len, 0);
        photo_outcome_free(&outcome);
    }
    if (!pool)
        return;
    CHECK_INT(mark_word(pool, "good", &outcome), 0);
    CHECK_INT(outcome.posted.len, 30);
    photo_outcome_free(&outcome);
    photo_pool_free(&pool);
}

struct holding {
    struct photo_pool *pool;
    pthread_t thread;
    int result;
};

static void *hold_a_mark(void *arg)
{
    struct holding *holding = arg;
    struct photo_outcome outcome;
    holding->result = mark_word(holding->pool, "never_answer", &outcome);
    photo_outcome_free(&outcome);
    return NULL;
}

/* All slots of marks are held, and all places to wait for one: photos are judged all the same, and
 * one mark more is told to come back. */
TEST(marks_and_photos_do_not_wait_for_each_other)
{
    enum { SLOTS = POOL_MARK_SLOTS_USUAL, WAITING = SLOTS * POOL_MARKS_WAITING };
    struct holding held[SLOTS + WAITING];
    struct photo_outcome outcome;
    struct photo_pool *pool = hostile_pool();
    int64_t began = clock_steady();
    if (!pool)
        return;
    for (size_t i = 0; i < ARRAY_LEN(held); i++) {
        held[i] = (struct holding){.pool = pool};
        CHECK_INT(pthread_create(&held[i].thread, NULL, hold_a_mark, &held[i]), 0);
    }
    bool full = false;
    while (!full && clock_steady() - began < DEADLINE_MS) {
        pthread_mutex_lock(&pool->lock);
        full = pool->busy[POOL_OF_MARKS] == SLOTS && pool->waiting[POOL_OF_MARKS] == WAITING;
        pthread_mutex_unlock(&pool->lock);
    }
    CHECK(full);
    CHECK_INT(mark_word(pool, "good", &outcome), POOL_BUSY);
    photo_outcome_free(&outcome);
    check_good(pool);
    CHECK(clock_steady() - began < DEADLINE_MS);
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true; /* or each round of waiting would take a deadline more */
    pthread_cond_broadcast(&pool->free_slot);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < ARRAY_LEN(held); i++) {
        pthread_join(held[i].thread, NULL);
        CHECK(held[i].result == POOL_DEADLINE || held[i].result == POOL_CLOSING);
    }
    photo_pool_free(&pool);
}

static void *judge_many(void *arg)
{
    struct photo_pool *pool = arg;
    intptr_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        static const struct {
            const char *word;
            int result;
        } turns[] = {{"good", 0}, {"exit_with_code", POOL_CRASHED}, {"no_width", POOL_GARBLED}};
        struct photo_outcome outcome;
        size_t turn = (size_t)i % ARRAY_LEN(turns);
        wrong += judge_word(pool, turns[turn].word, &outcome) != turns[turn].result;
        photo_outcome_free(&outcome);
    }
    return (void *)wrong;
}

TEST(many_threads_get_their_own_answers)
{
    struct photo_pool *pool = hostile_pool();
    pthread_t threads[THREADS];
    if (!pool)
        return;
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, judge_many, pool), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        CHECK_INT((intptr_t)wrong, 0);
    }
    photo_pool_free(&pool);
}

/* ---- the zygote's end ---- */

static pid_t zygote_of(struct photo_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pid_t pid = pool->zygote.pid;
    pthread_mutex_unlock(&pool->lock);
    return pid;
}

static void *judge_endless(void *arg)
{
    struct photo_outcome outcome;
    intptr_t result = judge_word(arg, "never_answer", &outcome);
    photo_outcome_free(&outcome);
    return (void *)result;
}

static void wait_until_busy(struct photo_pool *pool)
{
    struct photo_pool_figures figures = {0};
    for (int i = 0; i < 2000 && figures.busy == 0; i++) {
        usleep(1000);
        photo_pool_figures(pool, &figures);
    }
    usleep(50000);
}

TEST(a_dead_zygote_is_replaced)
{
    struct photo_pool *pool = hostile_pool();
    struct photo_pool_figures figures;
    pthread_t thread;
    void *result = NULL;
    if (!pool)
        return;
    CHECK_INT(pthread_create(&thread, NULL, judge_endless, pool), 0);
    wait_until_busy(pool);
    kill(zygote_of(pool), SIGKILL);
    pthread_join(thread, &result);
    CHECK_INT((intptr_t)result, POOL_LOST); /* not the photo's fault */
    check_good(pool);
    check_good(pool);
    photo_pool_figures(pool, &figures);
    CHECK_INT(figures.restarts, 1);
    photo_pool_free(&pool);
}

/* A stopped zygote (here its guard too) answers nothing: the deadline still holds, and it is
 * replaced. */
TEST(a_silent_zygote_is_replaced)
{
    struct photo_pool *pool = hostile_pool();
    struct photo_outcome outcome;
    if (!pool)
        return;
    CHECK_INT(kill(-zygote_of(pool), SIGSTOP), 0);
    CHECK_INT(judge_word(pool, "good", &outcome), POOL_DEADLINE);
    photo_outcome_free(&outcome);
    check_good(pool);
    photo_pool_free(&pool);
}

TEST(freeing_lets_photos_end)
{
    struct photo_pool *pool = hostile_pool();
    pthread_t thread;
    void *result = NULL;
    if (!pool)
        return;
    CHECK_INT(pthread_create(&thread, NULL, judge_endless, pool), 0);
    wait_until_busy(pool);
    photo_pool_free(&pool);
    pthread_join(thread, &result);
    CHECK_INT((intptr_t)result, POOL_DEADLINE);
}

/* True for a process that has ended and only waits for its parent to notice. */
static bool is_ended(const char *pid)
{
    char path[300], line[256] = "";
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    const char *state = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    return !state || state[2] == 'Z' || state[2] == 'X';
}

/* Living processes of a session, ours to count since the zygote starts one. */
static int count_session(pid_t session)
{
    DIR *proc = opendir("/proc");
    int count = 0;
    for (struct dirent *entry; proc && (entry = readdir(proc)) != NULL;) {
        uint64_t pid;
        if (text_to_u64(entry->d_name, 1, INT32_MAX, &pid) && getsid((pid_t)pid) == session)
            count += !is_ended(entry->d_name);
    }
    if (proc)
        closedir(proc);
    return count;
}

TEST(nothing_outlives_a_killed_server)
{
    int told[2];
    pid_t zygote = 0;
    CHECK_INT(pipe(told), 0);
    pid_t server = fork();
    if (server == 0) {
        struct photo_pool *pool = hostile_pool();
        pthread_t thread;
        if (!pool || pthread_create(&thread, NULL, judge_endless, pool) != 0)
            _exit(1);
        wait_until_busy(pool);
        zygote = zygote_of(pool);
        if (write(told[1], &zygote, sizeof zygote) != sizeof zygote)
            _exit(1);
        pause();
    }
    close(told[1]);
    CHECK_INT(read(told[0], &zygote, sizeof zygote), sizeof zygote);
    CHECK(zygote > 0 && count_session(zygote) >= 2);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    int left = 1;
    for (int i = 0; i < 200 && left > 0; i++) {
        usleep(5000);
        left = zygote > 0 ? count_session(zygote) : 0;
    }
    CHECK_INT(left, 0);
    close(told[0]);
}

/* ---- starting ---- */

TEST(no_worker_means_no_pool)
{
    static const char *const paths[] = {"/nonexistent/porchlight-photo", "/bin/true", "/bin/cat"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct photo_pool_config config = {
            .worker_path = paths[i], .slots = 1, .deadline_ms = DEADLINE_MS};
        struct photo_pool *pool = NULL;
        CHECK_INT(photo_pool_new(&config, &pool), POOL_NO_WORKER);
        CHECK(pool == NULL);
    }
    struct photo_pool_config config = {.slots = 0, .deadline_ms = DEADLINE_MS};
    struct photo_pool *pool = NULL;
    CHECK_INT(photo_pool_new(&config, &pool), -EINVAL);
}

/* In a child, on a machine without Landlock: the pool refuses; with the setting it works and says
 * what is missing. */
static int without_landlock(void)
{
    scmp_filter_ctx refuse = seccomp_init(SCMP_ACT_ALLOW);
    if (seccomp_rule_add(refuse, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) <
            0 ||
        seccomp_load(refuse) < 0)
        return 1;
    struct photo_pool_config config = {
        .worker_path = beside("porchlight-photo-hostile"), .slots = 1, .deadline_ms = DEADLINE_MS};
    struct photo_pool *pool = NULL;
    if (photo_pool_new(&config, &pool) != POOL_WEAK_SANDBOX || pool)
        return 2;
    config.flags = POOL_ALLOW_WEAKER_SANDBOX;
    if (photo_pool_new(&config, &pool) != 0)
        return 3;
    struct photo_probe probe;
    if (photo_pool_probe(pool, &probe) != 0 || (probe.state.layers & SANDBOX_LANDLOCK) ||
        !(probe.state.layers & SANDBOX_SECCOMP))
        return 4;
    struct photo_outcome outcome;
    if (judge_word(pool, "good", &outcome) != 0)
        return 5;
    photo_outcome_free(&outcome);
    photo_pool_free(&pool);
    return 0;
}

TEST(a_missing_layer_means_no_pool_unless_a_setting_says_so)
{
    if (sandbox_is_off()) {
        tap_skip("a sanitizer build has no sandbox");
        return;
    }
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(without_landlock());
    waitpid(pid, &status, 0);
    CHECK_INT(WEXITSTATUS(status), 0);
}

/* ---- from outside ---- */

TEST(a_worker_seen_from_outside_is_locked_down)
{
    struct photo_pool *pool = new_pool("porchlight-photo", 0);
    struct photo_probe probe;
    if (!pool)
        return;
    CHECK_INT(photo_pool_probe(pool, &probe), 0);
    for (int i = 0; i < SANDBOX_FACT_COUNT; i++) {
        static const char *const seen[] = {"?", "yes", "NO"};
        const struct sandbox_fact *fact = &probe.view.facts[i];
        printf("# %-3s %s: %s\n", seen[fact->seen], fact->name, fact->text);
        /* What the zygote claims and the kernel shows must agree. */
        if (fact->seen != SANDBOX_UNSEEN && (fact->layer & probe.state.layers))
            CHECK_INT(fact->seen, SANDBOX_HOLDS);
        if (geteuid() == 0)
            CHECK(fact->seen != SANDBOX_UNSEEN);
    }
    CHECK_INT(probe.state.layers & SANDBOX_REQUIRED, SANDBOX_REQUIRED);
    if (!sandbox_is_off()) {
        CHECK_INT(probe.view.facts[SANDBOX_FACT_SECCOMP].seen, SANDBOX_HOLDS);
        CHECK_INT(probe.view.facts[SANDBOX_FACT_NO_NEW_PRIVS].seen, SANDBOX_HOLDS);
        CHECK_INT(probe.view.facts[SANDBOX_FACT_USER].seen, SANDBOX_HOLDS);
        CHECK_INT(probe.view.facts[SANDBOX_FACT_CAPABILITIES].seen, SANDBOX_HOLDS);
        CHECK_INT(probe.view.facts[SANDBOX_FACT_LIMIT_FILES].seen, SANDBOX_HOLDS);
    }
    struct photo_pool_figures figures;
    photo_pool_figures(pool, &figures);
    CHECK_INT(figures.busy, 0);
    CHECK_INT(figures.restarts, 0);
    photo_pool_free(&pool);
}

TAP_MAIN(TAP(a_real_photo_comes_through), TAP(refused_photos_have_a_verdict_and_no_picture),
         TAP(sizes_out_of_range_are_refused), TAP(an_input_is_sealed_and_can_be_judged_again),
         TAP(forbidden_calls_kill_the_worker_alone), TAP(other_ends_cost_that_photo_alone),
         TAP(lies_are_garbled), TAP(a_real_photo_comes_back_marked),
         TAP(a_hostile_marker_gives_no_picture), TAP(marks_and_photos_do_not_wait_for_each_other),
         TAP(many_threads_get_their_own_answers), TAP(a_dead_zygote_is_replaced),
         TAP(a_silent_zygote_is_replaced), TAP(freeing_lets_photos_end),
         TAP(nothing_outlives_a_killed_server), TAP(no_worker_means_no_pool),
         TAP(a_missing_layer_means_no_pool_unless_a_setting_says_so),
         TAP(a_worker_seen_from_outside_is_locked_down))
