/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies made piece by piece, whole, in part and broken off; and the fence, which breaks them off
 * on purpose.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "http/fence.h"
#include "http/server.h"
#include "http/test_client.h"

static struct http_server *server;
static unsigned port;
static struct http_fence *fence;
static struct reply reply;

static _Atomic int let_go, keep_going, pieces_read, pieces_freed;

static void free_pieces(void *state)
{
    (void)state;
    atomic_fetch_add(&pieces_freed, 1);
}

enum { LARGE = 200 * 1024, HUGE_BODY = 64 * 1024 * 1024 };

/* Byte i is i modulo 251. */
static int64_t read_large(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    (void)state;
    size_t n = LARGE - offset < room ? LARGE - offset : room;
    if (n > 30000)
        n = 30000; /* pieces need not be full */
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((offset + i) % 251);
    return (int64_t)n;
}

static int64_t read_broken(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    return offset > 100000 ? -EIO : read_large(state, offset, out, room);
}

static int64_t read_ended(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    return offset > 100000 ? 0 : read_large(state, offset, out, room);
}

static void get_large(struct http_request *req)
{
    http_reply_pieces(req, 200, "image/jpeg", LARGE,
                      &(struct http_pieces){read_large, free_pieces, NULL, "\"tag\""});
}

static void get_small(struct http_request *req)
{
    http_reply_pieces(req, 200, "image/jpeg", 40000,
                      &(struct http_pieces){read_large, free_pieces, NULL, NULL});
}

static void get_broken(struct http_request *req)
{
    http_reply_pieces(req, 200, "image/jpeg", LARGE,
                      &(struct http_pieces){read_broken, free_pieces, NULL, NULL});
}

static void get_ended(struct http_request *req)
{
    http_reply_pieces(req, 200, "image/jpeg", LARGE,
                      &(struct http_pieces){read_ended, free_pieces, NULL, NULL});
}

static void hello(struct http_request *req)
{
    http_reply_bytes(req, 200, "text/plain", (struct span){(const uint8_t *)"hello", 5});
}

static int64_t read_huge(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    (void)state, (void)offset;
    memset(out, 'p', room);
    atomic_fetch_add(&pieces_read, 1);
    return (int64_t)room;
}

static void key_of(struct http_request *req, uint8_t key[16])
{
    const char *name = http_query(req, "key");
    memset(key, 0, 16);
    snprintf((char *)key, 16, "%s", name ? name : "");
}

static const uint8_t *key_named(const char *name)
{
    static _Thread_local uint8_t bytes[16];
    memset(bytes, 0, sizeof bytes);
    snprintf((char *)bytes, sizeof bytes, "%s", name);
    return bytes;
}

static void photo(struct http_request *req)
{
    uint8_t key[16];
    key_of(req, key);
    int entered = http_fence_enter(fence, key, req);
    const char *second = http_query(req, "second"), *third = http_query(req, "third"),
               *fourth = http_query(req, "fourth");
    if (entered == 0 && second)
        entered = http_fence_enter(fence, key_named(second), req);
    if (entered == 0 && second && http_fence_enter(fence, key, req) != 0)
        abort(); /* the same again is harmless */
    if (entered == 0 && third)
        entered = http_fence_enter(fence, key_named(third), req);
    if (entered == 0 && fourth && http_fence_enter(fence, key_named(fourth), req) != -EINVAL)
        abort();
    if (entered == HTTP_FENCE_CUT) {
        http_problem(req, &http_gone, NULL);
        return;
    }
    if (http_method(req) == HTTP_POST)
        while (!atomic_load(&let_go))
            nap(1);
    if (http_query(req, "small"))
        hello(req);
    else
        http_reply_pieces(req, 200, "image/jpeg", HUGE_BODY,
                          &(struct http_pieces){read_huge, free_pieces, NULL, NULL});
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/hello", .handle = hello},
    {.method = HTTP_GET, .path = "/large", .handle = get_large},
    {.method = HTTP_GET, .path = "/small", .handle = get_small},
    {.method = HTTP_GET, .path = "/broken", .handle = get_broken},
    {.method = HTTP_GET, .path = "/ended", .handle = get_ended},
    {.method = HTTP_GET, .path = "/photo", .handle = photo},
    {.method = HTTP_POST, .path = "/photo", .handle = photo},
};

static void start(void)
{
    struct http_config config;
    log_set_level((enum log_level) - 1);
    http_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.routes = routes;
    config.route_count = ARRAY_LEN(routes);
    config.handler_threads = 4;
    atomic_store(&let_go, 0);
    if (http_server_start(&config, &server) != 0)
        abort();
    port = http_server_port(server);
}

/* ---- Pieces ---- */

/* Reads a reply with a body of any length, and checks its bytes. */
static bool large_is_whole(struct client *client, uint64_t offset, size_t length)
{
    if (client_read(client, WITHOUT_BODY, &reply) == 0)
        return false;
    size_t seen = 0;
    while (seen < length) {
        if (client->have == 0 && !client_more(client))
            return false;
        for (size_t i = 0; i < client->have; i++, seen++)
            if ((uint8_t)client->in[i] != (uint8_t)((offset + seen) % 251))
                return false;
        client->have = 0;
    }
    return seen == length;
}

TEST(large_bodies_come_in_pieces)
{
    start();
    struct client client;
    int before = atomic_load(&pieces_freed);
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(large_is_whole(&client, 0, LARGE));
    CHECK_STR(reply_header(&reply, "ETag"), "\"tag\"");
    CHECK(client_say(&client, "GET /small HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(large_is_whole(&client, 0, 40000));
    CHECK(client_say(&client, "GET /large HTTP/1.1\r\nHost: x\r\nRange: bytes=70000-\r\n\r\n"));
    CHECK(large_is_whole(&client, 70000, LARGE - 70000));
    CHECK_INT(reply.status, 206);
    CHECK_STR(reply_header(&reply, "Content-Range"), "bytes 70000-204799/204800");
    CHECK(client_say(
        &client, "GET /large HTTP/1.1\r\nHost: x\r\nRange: bytes=-7\r\nIf-Range: \"tag\"\r\n\r\n"));
    CHECK(large_is_whole(&client, LARGE - 7, 7));
    CHECK(client_say(
        &client,
        "GET /large HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nIf-Range: \"old\"\r\n\r\n"));
    CHECK(large_is_whole(&client, 0, LARGE));
    CHECK(client_say(&client, "GET /large HTTP/1.1\r\nHost: x\r\nRange: bytes=204800-\r\n\r\n"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 416);
    CHECK(client_say(&client,
                     "GET /large HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"x\", \"tag\"\r\n\r\n"));
    CHECK_INT(client_read(&client, WITHOUT_BODY, &reply), 304);
    CHECK(client_say(&client, "HEAD /large HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&client, WITHOUT_BODY, &reply), 200);
    client_close(&client);
    http_server_stop(&server, 1000);
    CHECK(reaches(&pieces_freed, before + 8));
}

TEST(a_body_that_breaks_off_is_not_whole)
{
    start();
    struct client client;
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "GET /broken HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(!large_is_whole(&client, 0, LARGE));
    client_close(&client);
    http_server_stop(&server, 1000);
}

TEST(a_body_that_may_not_go_on_breaks_off)
{
    start();
    struct client client;
    int before = atomic_load(&pieces_freed);
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "GET /ended HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(!large_is_whole(&client, 0, LARGE));
    client_close(&client);
    CHECK(reaches(&pieces_freed, before + 1));
    http_server_stop(&server, 1000);
}

/* ---- The fence ---- */

/* Reads until so many bytes have come, or the connection ends; how many came. */
static size_t drain_client(struct client *client, size_t enough)
{
    size_t total = client->have;
    ssize_t n;
    while (total < enough && (n = recv(client->fd, client->in, CLIENT_ROOM, 0)) > 0)
        total += (size_t)n;
    return total;
}

/* Clients have their replies a moment before the server ends the request. */
static void wait_for_quiet(void)
{
    struct http_figures figures = {.in_flight = 1};
    for (int i = 0; i < 1000 && figures.in_flight > 0; i++, nap(2))
        http_server_figures(server, &figures);
    CHECK_INT(figures.in_flight, 0);
}

TEST(a_cut_stops_the_bytes)
{
    struct client cut, other;
    int freed = atomic_load(&pieces_freed);
    fence = http_fence_new(4);
    start();
    CHECK(client_open(&cut, port) && client_open(&other, port));
    CHECK(client_say(&cut, "GET /photo?key=a HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client_say(&other, "GET /photo?key=b HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&cut, WITHOUT_BODY, &reply), 200);
    CHECK_INT(client_read(&other, WITHOUT_BODY, &reply), 200);
    nap(50);
    CHECK_INT(http_fence_cut(fence, key_named("a")), 1);
    int read = atomic_load(&pieces_read);
    CHECK(drain_client(&cut, HUGE_BODY) < HUGE_BODY);
    CHECK(reaches(&pieces_freed, freed + 1));
    client_close(&cut);
    CHECK(atomic_load(&pieces_read) >= read); /* the other goes on */
    CHECK_INT(drain_client(&other, HUGE_BODY), HUGE_BODY);
    client_close(&other);

    CHECK(client_open(&cut, port));
    CHECK(client_say(&cut, "GET /photo?key=a HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&cut, WITH_BODY, &reply), 410);
    http_fence_lift(fence, key_named("a"));
    CHECK(client_say(&cut, "GET /photo?key=a&small=1 HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&cut, WITH_BODY, &reply), 200);
    wait_for_quiet();
    CHECK_INT(http_fence_cut(fence, key_named("a")), 0);
    CHECK(client_say(&cut, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&cut, WITH_BODY, &reply), 200);
    client_close(&cut);
    http_server_stop(&server, 1000);
    http_fence_free(&fence);
}

TEST(a_reply_under_several_keys_stops_with_any)
{
    const char *const cut[] = {"a", "b"};
    struct client both, one;
    fence = http_fence_new(4);
    start();
    for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
        CHECK(client_open(&both, port) && client_open(&one, port));
        CHECK(client_say(&both,
                         "GET /photo?key=a&second=b&third=c&fourth=d HTTP/1.1\r\nHost: x\r\n\r\n"));
        CHECK(client_say(&one, "GET /photo?key=%s HTTP/1.1\r\nHost: x\r\n\r\n", cut[1 - i]));
        CHECK_INT(client_read(&both, WITHOUT_BODY, &reply), 200);
        CHECK_INT(client_read(&one, WITHOUT_BODY, &reply), 200);
        CHECK_INT(http_fence_cut(fence, key_named(cut[i])), 1);
        CHECK(drain_client(&both, HUGE_BODY) < HUGE_BODY);
        CHECK_INT(drain_client(&one, HUGE_BODY), HUGE_BODY);
        client_close(&both);
        client_close(&one);
        wait_for_quiet();
        CHECK_INT(
            ask(port, &reply, "GET /photo?key=a&second=b&small=1 HTTP/1.1\r\nHost: x\r\n\r\n"),
            410);
        http_fence_lift(fence, key_named(cut[i]));
        CHECK_INT(
            ask(port, &reply, "GET /photo?key=a&second=b&small=1 HTTP/1.1\r\nHost: x\r\n\r\n"),
            200);
        wait_for_quiet();
    }
    CHECK_INT(http_fence_cut(fence, key_named("a")), 0); /* both have left both */
    CHECK_INT(http_fence_cut(fence, key_named("b")), 0);
    http_server_stop(&server, 1000);
    http_fence_free(&fence);
}

TEST(a_cut_between_entering_and_replying)
{
    struct client client;
    fence = http_fence_new(4);
    start();
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "POST /photo?key=a&small=1 HTTP/1.1\r\nHost: x\r\n\r\n"));
    size_t broken = 0;
    for (int i = 0; i < 400 && broken == 0; i++, nap(5)) {
        broken = http_fence_cut(fence, key_named("a"));
        http_fence_lift(fence, key_named("a"));
    }
    CHECK_INT(broken, 1);
    atomic_store(&let_go, 1);
    CHECK_INT(drain_client(&client, 1), 0);
    client_close(&client);
    http_server_stop(&server, 1000);
    http_fence_free(&fence);
}

TEST(a_fence_without_room_refuses_everyone)
{
    fence = http_fence_new(1);
    start();
    const char *other = "GET /photo?key=c&small=1 HTTP/1.1\r\nHost: x\r\n\r\n";
    http_fence_cut(fence, key_named("a"));
    http_fence_cut(fence, key_named("a"));
    CHECK_INT(ask(port, &reply, other), 200);
    http_fence_cut(fence, key_named("b"));
    CHECK_INT(ask(port, &reply, other), 410);
    http_fence_lift(fence, key_named("b"));
    CHECK_INT(ask(port, &reply, other), 200);
    http_fence_lift(fence, key_named("a"));
    CHECK_INT(ask(port, &reply, "GET /photo?key=a&small=1 HTTP/1.1\r\nHost: x\r\n\r\n"), 410);
    http_fence_lift(fence, key_named("a"));
    CHECK_INT(ask(port, &reply, "GET /photo?key=a&small=1 HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    http_fence_lift(fence, key_named("never cut"));
    http_server_stop(&server, 1000);
    http_fence_free(&fence);
}

static void *run_viewer(void *arg)
{
    struct client client;
    static _Thread_local struct reply mine;
    for (int i = 0; atomic_load(&keep_going); i++) {
        if (client_open(&client, port) &&
            client_say(&client, "GET /photo?key=%c HTTP/1.1\r\nHost: x\r\n\r\n",
                       "abcd"[(i + (int)(intptr_t)arg) % 4]) &&
            client_read(&client, WITHOUT_BODY, &mine) == 200)
            for (int more = 0; more < 20 && (client.have = 0, client_more(&client)); more++)
                ;
        client_close(&client);
    }
    return NULL;
}

TEST(cutting_in_a_crowd)
{
    enum { VIEWERS = 6 };
    pthread_t viewers[VIEWERS];
    size_t broken = 0;
    fence = http_fence_new(4);
    start();
    atomic_store(&keep_going, 1);
    for (intptr_t i = 0; i < VIEWERS; i++)
        pthread_create(&viewers[i], NULL, run_viewer, (void *)i);
    for (int i = 0; i < 300; i++) {
        const char *name[] = {"a", "b", "c", "d"};
        broken += http_fence_cut(fence, key_named(name[i % 4]));
        nap(1);
        http_fence_lift(fence, key_named(name[i % 4]));
    }
    atomic_store(&keep_going, 0);
    for (int i = 0; i < VIEWERS; i++)
        pthread_join(viewers[i], NULL);
    http_server_stop(&server, 200);
    http_fence_free(&fence);
    CHECK(broken > 0);
}

TAP_MAIN(TAP(large_bodies_come_in_pieces), TAP(a_body_that_breaks_off_is_not_whole),
         TAP(a_body_that_may_not_go_on_breaks_off), TAP(a_cut_stops_the_bytes),
         TAP(a_reply_under_several_keys_stops_with_any), TAP(a_cut_between_entering_and_replying),
         TAP(a_fence_without_room_refuses_everyone), TAP(cutting_in_a_crowd))
