/* SPDX-License-Identifier: Apache-2.0
 *
 * What threads can do to a server: replies completed from elsewhere, full queues, and stops in the
 * middle of everything. Meant to be run under the thread sanitizer too.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "http/server.h"
#include "http/test_client.h"

static struct http_server *server;
static unsigned port;

/* ---- Those who complete deferred requests ---- */

enum { COMPLETERS = 3, WAITING = 256 };

static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waiting_wake = PTHREAD_COND_INITIALIZER;
static struct http_request *waiting[WAITING];
static size_t waiting_count;
static bool completers_stop;
static int completer_delay_ms;
static pthread_t completers[COMPLETERS];

static void hand_over(struct http_request *req)
{
    pthread_mutex_lock(&waiting_lock);
    waiting[waiting_count++] = req;
    pthread_cond_signal(&waiting_wake);
    pthread_mutex_unlock(&waiting_lock);
}

static void *run_completer(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&waiting_lock);
    while (!completers_stop || waiting_count > 0) {
        if (waiting_count == 0) {
            pthread_cond_wait(&waiting_wake, &waiting_lock);
            continue;
        }
        struct http_request *req = waiting[--waiting_count];
        int delay = completer_delay_ms;
        pthread_mutex_unlock(&waiting_lock);
        if (delay)
            nap(delay);
        http_set_header(req, "X-Deferred", "yes");
        http_reply_bytes(req, 200, "text/plain", (struct span){(const uint8_t *)"later", 5});
        http_complete(req);
        pthread_mutex_lock(&waiting_lock);
    }
    pthread_mutex_unlock(&waiting_lock);
    return NULL;
}

static void start_completers(int delay_ms)
{
    completers_stop = false;
    completer_delay_ms = delay_ms;
    for (int i = 0; i < COMPLETERS; i++)
        pthread_create(&completers[i], NULL, run_completer, NULL);
}

static void stop_completers(void)
{
    pthread_mutex_lock(&waiting_lock);
    completers_stop = true;
    pthread_cond_broadcast(&waiting_wake);
    pthread_mutex_unlock(&waiting_lock);
    for (int i = 0; i < COMPLETERS; i++)
        pthread_join(completers[i], NULL);
}

/* ---- The application ---- */

static _Atomic int blocked, let_go, abandoned, done_calls, pieces_freed;

static void defer(struct http_request *req)
{
    bool dawdle = http_query(req, "dawdle") != NULL;
    http_defer(req);
    hand_over(req);
    if (dawdle)
        nap(2); /* the completer is long done */
}

/* Replies on another thread's behalf before it has deferred. */
static void defer_late(struct http_request *req)
{
    http_reply_empty(req, 204);
    http_defer(req);
    http_complete(req);
}

static void answer_later(struct http_request *req)
{
    nap(1);
    http_reply_empty(req, 204);
}

/* Begun on the network thread, answered on the pool. */
static void move_on(struct http_request *req)
{
    http_continue_on_pool(req, answer_later);
}

static void block(struct http_request *req)
{
    atomic_fetch_add(&blocked, 1);
    while (!atomic_load(&let_go))
        nap(1);
    http_reply_empty(req, 204);
}

static void hello(struct http_request *req)
{
    http_reply_bytes(req, 200, "text/plain", (struct span){(const uint8_t *)"hello", 5});
}

enum { HUGE_BODY = 64 * 1024 * 1024 };

static int64_t read_huge(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    (void)state, (void)offset;
    memset(out, 'p', room);
    return (int64_t)room;
}

static void free_huge(void *state)
{
    (void)state;
    atomic_fetch_add(&pieces_freed, 1);
}

static void huge(struct http_request *req)
{
    http_reply_pieces(req, 200, "image/jpeg", HUGE_BODY,
                      &(struct http_pieces){read_huge, free_huge, NULL, NULL});
}

static int sink_open(struct http_request *req)
{
    (void)req;
    return 0;
}

static int sink_write(struct http_request *req, struct span data)
{
    (void)req, (void)data;
    return 0;
}

static void sink_abandon(struct http_request *req)
{
    (void)req;
    atomic_fetch_add(&abandoned, 1);
}

static const struct http_sink sink = {sink_open, sink_write, sink_abandon};

static void done(struct http_request *req)
{
    (void)req;
    atomic_fetch_add(&done_calls, 1);
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/hello", .handle = hello},
    {.method = HTTP_POST, .path = "/defer", .handle = defer},
    {.method = HTTP_GET, .path = "/defer", .handle = defer},
    {.method = HTTP_POST, .path = "/defer-late", .handle = defer_late},
    {.method = HTTP_GET, .path = "/defer-late", .handle = defer_late},
    {.method = HTTP_GET, .path = "/move-on", .handle = move_on},
    {.method = HTTP_POST, .path = "/move-on", .handle = move_on},
    {.method = HTTP_POST, .path = "/block", .handle = block},
    {.method = HTTP_HEAD,
     .path = "/block",
     .handle = block,
     .flags = HTTP_ON_POOL | HTTP_LOCKED_HEAD},
    {.method = HTTP_GET, .path = "/huge", .handle = huge},
    {.method = HTTP_PATCH,
     .path = "/up",
     .handle = block,
     .body = HTTP_BODY_STREAMED,
     .sink = &sink},
};

static void start(void (*change)(struct http_config *config))
{
    struct http_config config;
    log_set_level((enum log_level) - 1);
    http_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.routes = routes;
    config.route_count = ARRAY_LEN(routes);
    config.done = done;
    config.handler_threads = 4;
    if (change)
        change(&config);
    atomic_store(&blocked, 0);
    atomic_store(&let_go, 0);
    if (http_server_start(&config, &server) != 0)
        abort();
    port = http_server_port(server);
}

/* ---- Deferred replies ---- */

static _Atomic int wrong;

static void *run_deferring_client(void *arg)
{
    static const char *const targets[] = {
        "POST /defer",         "GET /defer",       "POST /defer?dawdle=1",
        "GET /defer?dawdle=1", "POST /defer-late", "GET /defer-late",
        "GET /move-on",        "POST /move-on",    "GET /hello"};
    static const int wanted[] = {200, 200, 200, 200, 204, 204, 204, 204, 200};
    struct client client;
    struct reply reply;
    if (!client_open(&client, port))
        atomic_fetch_add(&wrong, 1);
    for (int i = 0; i < 150; i++) {
        size_t which = ((size_t)i + (size_t)(uintptr_t)arg) % ARRAY_LEN(targets);
        if (!client_say(&client, "%s HTTP/1.1\r\nHost: x\r\n\r\n", targets[which]) ||
            client_read(&client, WITH_BODY, &reply) != wanted[which])
            atomic_fetch_add(&wrong, 1);
    }
    client_close(&client);
    return NULL;
}

TEST(a_storm_of_deferred_replies)
{
    enum { CLIENTS = 16 };
    pthread_t clients[CLIENTS];
    start(NULL);
    start_completers(0);
    int before = atomic_load(&done_calls);
    for (uintptr_t i = 0; i < CLIENTS; i++)
        pthread_create(&clients[i], NULL, run_deferring_client, (void *)i);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    CHECK_INT(atomic_load(&wrong), 0);
    CHECK(reaches(&done_calls, before + CLIENTS * 150));
    http_server_stop(&server, 1000);
    stop_completers();
}

TEST(a_client_that_vanishes_while_its_reply_is_made)
{
    start(NULL);
    start_completers(30);
    int before = atomic_load(&done_calls);
    for (int i = 0; i < 10; i++) {
        struct client client;
        CHECK(client_open(&client, port));
        CHECK(client_say(&client, "%s /defer HTTP/1.1\r\nHost: x\r\n\r\n", i % 2 ? "POST" : "GET"));
        nap(5);
        client_close(&client);
    }
    CHECK(reaches(&done_calls, before + 10));
    http_server_stop(&server, 1000);
    stop_completers();
}

/* ---- The queue ---- */

static void tiny_pool(struct http_config *config)
{
    config->handler_threads = 1;
    config->handler_queue = 2;
}

TEST(a_full_queue_says_come_back)
{
    struct client clients[3], late;
    static struct reply reply;
    int gone = atomic_load(&abandoned);
    start(tiny_pool);
    for (int i = 0; i < 3; i++) {
        CHECK(client_open(&clients[i], port));
        CHECK(client_say(&clients[i], "POST /block HTTP/1.1\r\nHost: x\r\n\r\n"));
        if (i == 0)
            CHECK(reaches(&blocked, 1));
    }
    struct http_figures figures = {0};
    for (int i = 0; i < 400 && figures.queued < 2; i++, nap(5))
        http_server_figures(server, &figures);
    CHECK_INT(figures.queued, 2);
    CHECK(client_open(&late, port));
    CHECK(client_say(&late, "POST /block HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&late, WITH_BODY, &reply), 503);
    CHECK_STR(reply_header(&reply, "Retry-After"), "1");
    CHECK(client_say(&late, "HEAD /block HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&late, WITHOUT_BODY, &reply), 423);
    CHECK(client_say(&late, "PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"));
    CHECK_INT(client_read(&late, WITH_BODY, &reply), 503);
    CHECK_INT(atomic_load(&abandoned), gone + 1);
    CHECK(client_say(&late, "GET /move-on HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&late, WITH_BODY, &reply), 503);
    CHECK(client_say(&late, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&late, WITH_BODY, &reply), 200);
    atomic_store(&let_go, 1);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(client_read(&clients[i], WITH_BODY, &reply), 204);
        client_close(&clients[i]);
    }
    client_close(&late);
    http_server_stop(&server, 1000);
}

/* ---- Stopping ---- */

struct stop {
    unsigned limit_ms;
    _Atomic int stopped;
};

static void *run_stop(void *arg)
{
    struct stop *stop = arg;
    http_server_stop(&server, stop->limit_ms);
    atomic_store(&stop->stopped, 1);
    return NULL;
}

TEST(a_stop_finishes_what_was_begun)
{
    struct client busy, idle, late;
    static struct reply reply;
    struct stop stop = {.limit_ms = 5000};
    pthread_t stopper;
    start(NULL);
    CHECK(client_open(&busy, port) && client_open(&idle, port));
    CHECK(client_say(&busy, "POST /block HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client_say(&idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&idle, WITH_BODY, &reply), 200);
    CHECK(reaches(&blocked, 1));
    pthread_create(&stopper, NULL, run_stop, &stop);
    nap(50);
    CHECK(!client_open(&late, port));
    client_close(&late);
    CHECK(client_say(&idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&idle, WITH_BODY, &reply), 200);
    CHECK_STR(reply_header(&reply, "Connection"), "close");
    CHECK(client_ended(&idle));
    CHECK_INT(atomic_load(&stop.stopped), 0);
    atomic_store(&let_go, 1);
    CHECK_INT(client_read(&busy, WITH_BODY, &reply), 204);
    CHECK_STR(reply_header(&reply, "Connection"), "close");
    pthread_join(stopper, NULL);
    client_close(&busy);
    client_close(&idle);
}

TEST(a_stop_waits_for_handlers_and_deferred_replies)
{
    struct client clients[6];
    int before[2] = {atomic_load(&done_calls), atomic_load(&abandoned)};
    start(NULL);
    start_completers(150);
    static const char *const texts[] = {
        "POST /defer HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /defer HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /block HTTP/1.1\r\nHost: x\r\n\r\n",
        "PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hel",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CHECK(client_open(&clients[i], port));
        CHECK(client_send(&clients[i], texts[i], strlen(texts[i])));
    }
    CHECK(reaches(&blocked, 1));
    struct http_figures figures = {0};
    for (int i = 0; i < 400 && figures.in_flight < 5; i++, nap(5))
        http_server_figures(server, &figures);
    CHECK_INT(figures.in_flight, 5);
    struct stop stop = {.limit_ms = 20};
    pthread_t stopper;
    pthread_create(&stopper, NULL, run_stop, &stop);
    nap(60);
    CHECK_INT(atomic_load(&stop.stopped), 0);
    atomic_store(&let_go, 1);
    pthread_join(stopper, NULL);
    CHECK_INT(atomic_load(&done_calls), before[0] + 5);
    CHECK_INT(atomic_load(&abandoned), before[1] + 1);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        client_close(&clients[i]);
    stop_completers();
}

static _Atomic int keep_going;

static void *run_pestering_client(void *arg)
{
    static const char *const texts[] = {"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
                                        "POST /defer HTTP/1.1\r\nHost: x\r\n\r\n",
                                        "GET /defer-late HTTP/1.1\r\nHost: x\r\n\r\n",
                                        "POST /defer-late HTTP/1.1\r\nHost: x\r\n\r\n"};
    struct client client;
    static _Thread_local struct reply reply;
    size_t i = (size_t)(uintptr_t)arg;
    while (atomic_load(&keep_going)) {
        if (!client_open(&client, port))
            nap(1);
        else
            while (client_send(&client, texts[i % 4], strlen(texts[i % 4])) &&
                   client_read(&client, WITH_BODY, &reply) > 0)
                i++;
        client_close(&client);
    }
    return NULL;
}

TEST(stopping_under_load_again_and_again)
{
    enum { CLIENTS = 6, ROUNDS = 25 };
    start_completers(0);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t clients[CLIENTS];
        start(NULL);
        atomic_store(&keep_going, 1);
        for (uintptr_t i = 0; i < CLIENTS; i++)
            pthread_create(&clients[i], NULL, run_pestering_client, (void *)i);
        nap(10);
        http_server_stop(&server, round % 2 ? 0 : 50);
        atomic_store(&keep_going, 0);
        for (int i = 0; i < CLIENTS; i++)
            pthread_join(clients[i], NULL);
    }
    stop_completers();
    CHECK(server == NULL);
}

TAP_MAIN(TAP(a_storm_of_deferred_replies), TAP(a_client_that_vanishes_while_its_reply_is_made),
         TAP(a_full_queue_says_come_back), TAP(a_stop_finishes_what_was_begun),
         TAP(a_stop_waits_for_handlers_and_deferred_replies),
         TAP(stopping_under_load_again_and_again))
