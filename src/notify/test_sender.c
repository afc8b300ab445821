/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender against a server that fails on command, and against its own end at any moment.
 */
#include "notify/sender.h"

#include <sys/wait.h>

#include "base/clock.h"
#include "db/db.h"
#include "notify/test_peer.h"
#include "store/test_help.h"

/* --- the stage -------------------------------------------------------------------------------- */

/* What the test's channel counts, on the writer's and the sender's thread. */
struct figures {
    _Atomic int prepared, settled[NOTICE_OUTCOME_COUNT];
    _Atomic bool stale, settle_fails, quiet, guarded;
    char reason[VERDICT_REASON]; /* of the last settle */
    char header[16];
    _Atomic int body_len;
};

struct stage {
    char folder[TAP_FOLDER_ROOM];
    struct settings settings;
    struct db *db;
    struct peer *peer;
    struct channel channel;
    struct figures figures;
    struct sender *sender;
    struct arena *arena;
    int64_t boot;
};

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    struct stage *stage = context;
    stage->figures.prepared++;
    if (stage->figures.stale)
        verdict->outcome = NOTICE_STALE;
    if (stage->figures.quiet) {
        verdict->outcome = NOTICE_LATER;
        verdict->retry_at = clock_now() + 300;
    }
    out->url = notice->row.payload;
    out->headers[0] = arena_printf(notice->arena, "X-Id: %s", notice->row.id);
    out->headers[1] = "Content-Type: application/json";
    out->header_count = 2;
    out->body = (struct span){(const uint8_t *)"{}", 2};
    out->guarded = stage->figures.guarded;
    return 0;
}

static int settle(void *context, struct db_tx *tx, const struct notice *notice,
                  const struct incoming *answer, const struct notice_verdict *verdict)
{
    struct stage *stage = context;
    if (stage->figures.settle_fails && strstr(notice->row.payload, "/ok-bad"))
        return -EINVAL;
    stage->figures.settled[verdict->outcome]++;
    snprintf(stage->figures.reason, sizeof stage->figures.reason, "%s", verdict->reason);
    if (answer && answer->answered) {
        if (!incoming_header(answer, "x-peer", stage->figures.header, sizeof stage->figures.header))
            stage->figures.header[0] = 0;
        stage->figures.body_len = (int)answer->body.len;
    }
    return 0;
}

static int boot_in(struct db_tx *tx, void *arg)
{
    return store_meta_boot(tx, arg);
}

static void start_sender(struct stage *stage)
{
    if (db_write(stage->db, boot_in, &stage->boot) != 0)
        abort();
    struct sender_config config = {&stage->settings, stage->db, stage->boot, &stage->channel, 1};
    CHECK_INT(sender_new(&config, &stage->sender), 0);
}

static void begin(struct stage *stage)
{
    *stage = (struct stage){0};
    settings_defaults(&stage->settings);
    stage->settings.notify.timeout_ms = 400;
    stage->settings.notify.backoff_ms = 100;
    stage->settings.notify.target_pause_ms = 200;
    stage->settings.notify.attempts = 3;
    stage->settings.notify.look_ms = 200;
    stage->settings.notify.stop_ms = 200;
    stage->db = help_open(stage->folder);
    stage->peer = peer_new();
    stage->arena = arena_new((size_t)1 << 20);
    stage->channel = (struct channel){
        .is = CHANNEL_WEBHOOK, .prepare = prepare, .settle = settle, .context = stage};
    start_sender(stage);
}

static void end(struct stage *stage)
{
    sender_free(&stage->sender);
    peer_free(stage->peer);
    db_close(&stage->db);
    arena_free(&stage->arena);
    tap_folder_remove(stage->folder);
}

/* Notices to put into the outbox. */
struct putting {
    struct stage *stage;
    const char *path; /* or a whole URL */
    unsigned delivery, target, count;
    bool each; /* a delivery of its own for each */
    char first_id[ID_ROOM];
};

static int put_in(struct db_tx *tx, void *arg)
{
    struct putting *putting = arg;
    char url[120];
    int result = 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", putting->stage->peer->port, putting->path);
    for (unsigned i = 0; i < putting->count && result == 0; i++) {
        struct store_notice notice = {.channel = CHANNEL_WEBHOOK,
                                      .payload = putting->path[0] == '/' ? url : putting->path,
                                      .run_at = clock_now(),
                                      .created_at = clock_now()};
        help_id(ID_DELIVERY, putting->delivery + (putting->each ? i : 0), notice.delivery_id);
        help_id(ID_WEBHOOK, putting->target, notice.target);
        result = store_notice_insert(tx, &notice);
        if (i == 0)
            memcpy(putting->first_id, notice.id, ID_ROOM);
    }
    return result;
}

static void put(struct putting *putting)
{
    CHECK_INT(db_write(putting->stage->db, put_in, putting), 0);
    if (putting->stage->sender)
        sender_wake(putting->stage->sender);
}

static struct putting put_one(struct stage *stage, const char *path, unsigned target)
{
    struct putting putting = {
        .stage = stage, .path = path, .delivery = 1, .target = target, .count = 1};
    put(&putting);
    return putting;
}

static struct store_notice_counts counts_of(struct stage *stage)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_notice_counts counts = {-1, -1};
    if (db_read_begin(stage->db, &tx) == 0)
        CHECK_INT(store_notice_count(tx, CHANNEL_WEBHOOK, &counts), 0);
    return counts;
}

static int read_notice(struct stage *stage, const char *id, struct store_notice *out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(stage->db, &tx);
    return result ? result : store_notice_get(tx, id, stage->arena, out);
}

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        int64_t until_ = clock_steady() + 20000;                                                   \
        while (!(condition) && clock_steady() < until_)                                            \
            usleep(5000);                                                                          \
        CHECK(condition);                                                                          \
    } while (0)

/* --- what is sent ----------------------------------------------------------------------------- */

TEST(a_notice_is_sent_and_gone)
{
    struct stage stage;
    struct sender_counts counts;
    begin(&stage);
    put_one(&stage, "/ok", 1);
    UNTIL(stage.figures.settled[NOTICE_SENT] == 1);
    UNTIL(counts_of(&stage).queued == 0);
    CHECK_INT(counts_of(&stage).set_aside, 0);
    CHECK_INT(peer_count(stage.peer, "/ok ntc_"), 1);
    CHECK_STR(stage.figures.header, "yes");
    CHECK_INT(stage.figures.body_len, 2);
    sender_counts(stage.sender, CHANNEL_WEBHOOK, &counts);
    CHECK_INT(counts.sent, 1);
    CHECK_INT(counts.failed, 0);
    CHECK_INT(counts.under_way, 0);
    end(&stage);
}

TEST(what_has_nothing_to_say_any_more_is_dropped_unsent)
{
    struct stage stage;
    begin(&stage);
    stage.figures.stale = true;
    put_one(&stage, "/ok", 1);
    UNTIL(stage.figures.settled[NOTICE_STALE] == 1);
    UNTIL(counts_of(&stage).queued == 0);
    CHECK_INT(peer_count(stage.peer, ""), 0);
    end(&stage);
}

TEST(quiet_hours_cost_no_attempt)
{
    struct stage stage;
    struct store_notice row;
    begin(&stage);
    stage.figures.quiet = true;
    struct putting one = put_one(&stage, "/ok", 1);
    UNTIL(stage.figures.prepared >= 2);
    CHECK_INT(peer_count(stage.peer, ""), 0);
    CHECK_INT(read_notice(&stage, one.first_id, &row), 0);
    CHECK(row.attempts <= 1);
    stage.figures.quiet = false;
    UNTIL(stage.figures.settled[NOTICE_SENT] == 1);
    end(&stage);
}

/* Every way to fail: what is noted, and that it is tried as often as the settings say. */
TEST(what_fails_is_tried_again_and_then_set_aside_with_its_reason)
{
    static const struct {
        const char *path, *reason;
    } ways[] = {
        {"/500", "status_500"}, {"/302", "status_302"}, {"/garbage", "protocol"},
        {"/half", "reset"},     {"/reset", "reset"},    {"/hang", "timeout"},
        {"/drip", "timeout"},
    };
    struct stage stage;
    struct putting puttings[ARRAY_LEN(ways)];
    begin(&stage);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        puttings[i] = put_one(&stage, ways[i].path, (unsigned)i + 1);
    UNTIL(counts_of(&stage).set_aside == ARRAY_LEN(ways));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct store_notice row;
        printf("# %s\n", ways[i].path);
        CHECK_INT(read_notice(&stage, puttings[i].first_id, &row), 0);
        CHECK_STR(row.last_error, ways[i].reason);
        CHECK_INT(row.attempts, 3);
        CHECK(peer_count(stage.peer, ways[i].path) >= 3); /* a broken connection is tried anew */
    }
    CHECK_INT(peer_count(stage.peer, "/ok-moved"), 0); /* nobody was followed */
    CHECK_INT(counts_of(&stage).queued, 0);
    end(&stage);
}

TEST(a_dead_port_and_a_name_that_is_none_are_told_apart)
{
    struct stage stage;
    struct store_notice row;
    char url[64];
    int port, fd = peer_listen(&port);
    begin(&stage);
    stage.settings.notify.attempts = 1;
    close(fd);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", port);
    struct putting dead = put_one(&stage, url, 1);
    struct putting nameless = put_one(&stage, "http://no.such.name.invalid/ok", 2);
    struct putting odd = put_one(&stage, "gopher://127.0.0.1/ok", 3);
    UNTIL(counts_of(&stage).set_aside == 3);
    CHECK_INT(read_notice(&stage, dead.first_id, &row), 0);
    CHECK_STR(row.last_error, "refused");
    CHECK_INT(read_notice(&stage, nameless.first_id, &row), 0);
    CHECK(strcmp(row.last_error, "name") == 0 || strcmp(row.last_error, "timeout") == 0);
    CHECK_INT(read_notice(&stage, odd.first_id, &row), 0);
    CHECK_STR(row.last_error, "address");
    end(&stage);
}

TEST(a_flood_is_cut_and_counts_as_its_status)
{
    struct stage stage;
    begin(&stage);
    put_one(&stage, "/flood", 1);
    UNTIL(stage.figures.settled[NOTICE_SENT] == 1);
    CHECK_INT(stage.figures.body_len, INCOMING_BODY);
    end(&stage);
}

TEST(a_target_that_is_gone_takes_the_notice_with_it)
{
    struct stage stage;
    begin(&stage);
    put_one(&stage, "/410", 1);
    UNTIL(stage.figures.settled[NOTICE_TARGET_GONE] == 1);
    UNTIL(counts_of(&stage).queued == 0);
    CHECK_INT(counts_of(&stage).set_aside, 0);
    CHECK_INT(peer_count(stage.peer, "/410"), 1);
    end(&stage);
}

TEST(retry_after_is_obeyed_by_the_whole_line)
{
    struct stage stage;
    begin(&stage);
    put_one(&stage, "/429", 1);
    UNTIL(peer_count(stage.peer, "/429") == 1);
    UNTIL(stage.figures.settled[NOTICE_LATER] == 1);
    int64_t since = clock_steady();
    struct putting next = {.stage = &stage, .path = "/ok", .delivery = 2, .target = 1, .count = 1};
    put(&next);
    UNTIL(peer_count(stage.peer, "/ok") == 1 || peer_count(stage.peer, "/429") == 2);
    CHECK(clock_steady() - since >= 700);
    end(&stage);
}

/* --- order and fairness ------------------------------------------------------------------------
 */

TEST(a_deliverys_notices_arrive_in_order_though_some_fail)
{
    struct stage stage;
    char before[ID_ROOM] = "";
    int out_of_order = 0;
    begin(&stage);
    stage.settings.notify.attempts = 50;
    struct putting
        first = {.stage = &stage, .path = "/500", .delivery = 7, .target = 1, .count = 1},
        rest = {.stage = &stage, .path = "/ok-rest", .delivery = 7, .target = 1, .count = 20};
    put(&first);
    put(&rest);
    UNTIL(peer_count(stage.peer, "/500") >= 2);
    CHECK_INT(peer_count(stage.peer, "/ok-rest"), 0);
    pthread_mutex_lock(&stage.peer->lock);
    stage.peer->mended = true;
    pthread_mutex_unlock(&stage.peer->lock);
    UNTIL(peer_count(stage.peer, "/ok-rest") == 20);
    for (int i = 0; i < stage.peer->heard_count; i++) {
        const char *id = strchr(stage.peer->heard[i], ' ') + 1;
        out_of_order += strcmp(id, before) < 0;
        snprintf(before, sizeof before, "%s", id);
    }
    CHECK_INT(out_of_order, 0);
    end(&stage);
}

TEST(a_dead_and_a_slow_target_delay_no_other)
{
    struct stage stage;
    char url[64];
    int port, fd = peer_listen(&port); /* accepts nothing: it hangs */
    begin(&stage);
    stage.settings.notify.timeout_ms = 3000;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/dead", port);
    struct putting dead = {
        .stage = &stage, .path = url, .delivery = 1, .target = 1, .count = 400, .each = true};
    struct putting slow = {.stage = &stage,
                           .path = "/slow",
                           .delivery = 1000,
                           .target = 2,
                           .count = 400,
                           .each = true};
    put(&dead);
    put(&slow);
    usleep(200000);
    int64_t since = clock_steady();
    for (unsigned i = 0; i < 50; i++) {
        struct putting quick = {
            .stage = &stage, .path = "/ok", .delivery = 5000 + i, .target = 3 + i % 10, .count = 1};
        put(&quick);
    }
    UNTIL(peer_count(stage.peer, "/ok") == 50);
    printf("# 50 others took %lld ms\n", (long long)(clock_steady() - since));
    CHECK(clock_steady() - since < 2500); /* less than one timeout of the dead one */
    CHECK(stage.peer->open_most <= 2 * (int)stage.settings.notify.under_way_per_target + 10);
    close(fd);
    end(&stage);
}

TEST(a_target_that_comes_back_gets_all_that_waited)
{
    struct stage stage;
    begin(&stage);
    stage.settings.notify.attempts = 50;
    struct putting many = {
        .stage = &stage, .path = "/hang", .delivery = 1, .target = 1, .count = 300, .each = true};
    put(&many);
    UNTIL(stage.figures.settled[NOTICE_LATER] >= 2);
    CHECK(peer_count(stage.peer, "/hang") < 30); /* not all of them were tried */
    pthread_mutex_lock(&stage.peer->lock);
    stage.peer->mended = true;
    pthread_mutex_unlock(&stage.peer->lock);
    UNTIL(counts_of(&stage).queued == 0);
    CHECK_INT(stage.figures.settled[NOTICE_SENT], 300);
    end(&stage);
}

TEST(what_one_channel_cannot_write_down_holds_nobody_up)
{
    struct stage stage;
    struct store_notice row;
    begin(&stage);
    stage.settings.notify.attempts = 2;
    stage.figures.settle_fails = true;
    struct putting bad = put_one(&stage, "/ok-bad", 1);
    struct putting good = {.stage = &stage,
                           .path = "/ok-good",
                           .delivery = 10,
                           .target = 2,
                           .count = 20,
                           .each = true};
    put(&good);
    UNTIL(stage.figures.settled[NOTICE_SENT] >= 20);
    UNTIL(read_notice(&stage, bad.first_id, &row) == STORE_NOT_FOUND);
    UNTIL(counts_of(&stage).queued == 0);
    end(&stage);
}

TEST(a_user_given_address_on_this_machine_is_not_connected_to)
{
    struct stage stage;
    struct store_notice row;
    char url[64];
    begin(&stage);
    stage.settings.notify.attempts = 1;
    put_one(&stage, "/ok-first", 9); /* leaves a connection open that could be used again */
    UNTIL(stage.figures.settled[NOTICE_SENT] == 1);
    stage.figures.guarded = true;
    struct putting one = put_one(&stage, "/ok", 1);
    snprintf(url, sizeof url, "http://localhost:%d/ok", stage.peer->port);
    struct putting named = put_one(&stage, url, 2);
    snprintf(url, sizeof url, "http://[::ffff:127.0.0.1]:%d/ok", stage.peer->port);
    struct putting mapped = put_one(&stage, url, 3);
    UNTIL(counts_of(&stage).set_aside == 3);
    CHECK_INT(read_notice(&stage, one.first_id, &row), 0);
    CHECK_STR(row.last_error, "guarded");
    CHECK_INT(read_notice(&stage, named.first_id, &row), 0);
    CHECK_STR(row.last_error, "guarded");
    CHECK_INT(read_notice(&stage, mapped.first_id, &row), 0);
    CHECK_STR(row.last_error, "guarded");
    CHECK_INT(peer_count(stage.peer, "/ok "), 0);
    stage.settings.notify.allow_private_targets = true;
    put_one(&stage, "/ok", 4);
    UNTIL(peer_count(stage.peer, "/ok ") == 1);
    end(&stage);
}

/* --- the end, expected and not ------------------------------------------------------------------
 */

TEST(a_stop_puts_back_what_it_cannot_finish)
{
    struct stage stage;
    struct store_notice row;
    begin(&stage);
    stage.settings.notify.timeout_ms = 20000;
    struct putting one = put_one(&stage, "/hang", 1);
    UNTIL(peer_count(stage.peer, "/hang") == 1);
    int64_t since = clock_steady();
    sender_free(&stage.sender);
    CHECK(clock_steady() - since < 5000);
    CHECK_INT(read_notice(&stage, one.first_id, &row), 0);
    CHECK_INT(row.lease_owner, 0);
    CHECK_INT(row.attempts, 0);
    end(&stage);
}

/* The child sends and is killed at any moment; the next start sends what it held. Every notice
 * arrives at least once, under its own id, and none is left. */
static void killed_at(int ms, struct stage *stage)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        char path[TAP_FOLDER_ROOM + 16];
        snprintf(path, sizeof path, "%s/porchlight.db", stage->folder);
        struct db_config config = {.path = path};
        if (store_open(&config, &stage->db) != 0)
            _exit(1);
        stage->sender = NULL;
        start_sender(stage);
        pause();
    }
    usleep((useconds_t)ms * 1000);
    kill(child, SIGKILL);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
}

enum { CRASH_NOTICES = 300 };

TEST(a_kill_at_any_moment_loses_nothing)
{
    struct stage stage;
    int missing = 0;
    begin(&stage);
    sender_free(&stage.sender);
    stage.settings.notify.attempts = 50;
    struct putting many = {.stage = &stage,
                           .path = "/ok",
                           .delivery = 1,
                           .target = 1,
                           .count = CRASH_NOTICES,
                           .each = true};
    put(&many);
    db_close(&stage.db);
    for (int ms = 5; ms < 100; ms += 12)
        killed_at(ms, &stage);
    char path[TAP_FOLDER_ROOM + 16];
    snprintf(path, sizeof path, "%s/porchlight.db", stage.folder);
    struct db_config config = {.path = path};
    CHECK_INT(store_open(&config, &stage.db), 0);
    start_sender(&stage);
    UNTIL(counts_of(&stage).queued == 0);
    CHECK_INT(counts_of(&stage).set_aside, 0);
    pthread_mutex_lock(&stage.peer->lock);
    printf("# %d requests for %d notices\n", stage.peer->heard_count, CRASH_NOTICES);
    int different = 0;
    for (int i = 0; i < stage.peer->heard_count; i++) {
        bool again = false;
        for (int j = 0; j < i && !again; j++)
            again = strcmp(stage.peer->heard[i], stage.peer->heard[j]) == 0;
        different += !again;
    }
    missing = CRASH_NOTICES - different;
    pthread_mutex_unlock(&stage.peer->lock);
    CHECK_INT(missing, 0);
    end(&stage);
}

TEST(one_that_takes_the_server_down_each_time_is_set_aside)
{
    struct stage stage;
    struct store_notice row;
    begin(&stage);
    stage.settings.notify.timeout_ms = 20000;
    stage.settings.notify.attempts = 2;
    sender_free(&stage.sender);
    struct putting one = put_one(&stage, "/hang", 1);
    db_close(&stage.db);
    for (int i = 1; i <= 2; i++) {
        pid_t child = fork();
        char path[TAP_FOLDER_ROOM + 16];
        snprintf(path, sizeof path, "%s/porchlight.db", stage.folder);
        struct db_config config = {.path = path};
        if (child == 0) {
            if (store_open(&config, &stage.db) != 0)
                _exit(1);
            start_sender(&stage);
            pause();
        }
        UNTIL(peer_count(stage.peer, "/hang") == i);
        kill(child, SIGKILL);
        CHECK_INT(waitpid(child, NULL, 0), child);
    }
    char path[TAP_FOLDER_ROOM + 16];
    snprintf(path, sizeof path, "%s/porchlight.db", stage.folder);
    struct db_config config = {.path = path};
    CHECK_INT(store_open(&config, &stage.db), 0);
    start_sender(&stage);
    UNTIL(counts_of(&stage).set_aside == 1);
    CHECK_INT(read_notice(&stage, one.first_id, &row), 0);
    CHECK_STR(row.last_error, "crashed");
    CHECK_INT(peer_count(stage.peer, "/hang"), 2);
    end(&stage);
}

TAP_MAIN(TAP(a_notice_is_sent_and_gone), TAP(what_has_nothing_to_say_any_more_is_dropped_unsent),
         TAP(quiet_hours_cost_no_attempt),
         TAP(what_fails_is_tried_again_and_then_set_aside_with_its_reason),
         TAP(a_dead_port_and_a_name_that_is_none_are_told_apart),
         TAP(a_flood_is_cut_and_counts_as_its_status),
         TAP(a_target_that_is_gone_takes_the_notice_with_it),
         TAP(retry_after_is_obeyed_by_the_whole_line),
         TAP(a_deliverys_notices_arrive_in_order_though_some_fail),
         TAP(a_dead_and_a_slow_target_delay_no_other),
         TAP(a_target_that_comes_back_gets_all_that_waited),
         TAP(what_one_channel_cannot_write_down_holds_nobody_up),
         TAP(a_user_given_address_on_this_machine_is_not_connected_to),
         TAP(a_stop_puts_back_what_it_cannot_finish), TAP(a_kill_at_any_moment_loses_nothing),
         TAP(one_that_takes_the_server_down_each_time_is_set_aside))
