/* SPDX-License-Identifier: Apache-2.0
 *
 * Open streams on a real server: who is told what, what becomes of slow and gone readers, and what
 * is left when either side ends.
 */
#include <stdatomic.h>

#include "http/server.h"
#include "http/stream.h"
#include "http/test_client.h"

enum { LIMIT = 600, OWNER_LIMIT = 500, ADDRESS_LIMIT = 550, MANY = 500 };

static struct http_streams *streams;
static struct http_server *server;
static unsigned port;
static struct reply reply;

/* What `pull` is to tell, and how often `say` is asked. */
static _Atomic int64_t number;
static _Atomic int told_key;
static _Atomic bool forbidden;
static _Atomic int beats, bulk;

static enum http_stream_answer say(void *context, struct http_stream_about *about,
                                   const struct http_stream_event *event,
                                   char text_out[HTTP_STREAM_TEXT])
{
    (void)context;
    if (atomic_load(&forbidden))
        return HTTP_STREAM_END;
    if (event->cause == HTTP_STREAM_BEAT) {
        atomic_fetch_add(&beats, 1);
        return HTTP_STREAM_SKIP;
    }
    int64_t now = atomic_load(&number);
    if (event->cause == HTTP_STREAM_OPENED && about->seen >= now)
        return HTTP_STREAM_SKIP;
    about->seen = now;
    snprintf(text_out, HTTP_STREAM_TEXT, "id: %lld\ndata: %s%*s\n\n", (long long)now,
             event->cause == HTTP_STREAM_EVENT    ? "event"
             : event->cause == HTTP_STREAM_MISSED ? "missed"
                                                  : "opened",
             atomic_load(&bulk) ? 200 : 0, "");
    return HTTP_STREAM_SAY;
}

static void pull(void *context, struct http_streams *of)
{
    (void)context;
    struct http_stream_event event = {.cause = HTTP_STREAM_EVENT};
    int key = atomic_exchange(&told_key, 0), times = atomic_load(&bulk) ? atomic_load(&bulk) : 1;
    if (key == 0)
        return;
    event.key[0] = (uint8_t)key;
    for (int i = 0; i < times; i++)
        http_streams_tell(of, &event);
}

/* The query says the key, the owner and what was seen. */
static void get_live(struct http_request *req)
{
    struct http_stream_about about = {.seen = -1};
    about.key[0] = (uint8_t)http_query(req, "key")[0];
    about.owner[0] = (uint8_t)http_query(req, "owner")[0];
    about.session[0] = about.owner[0];
    const char *seen = http_query(req, "seen");
    if (seen)
        about.seen = strtoll(seen, NULL, 10);
    http_reply_stream(req, streams, &about);
}

static void get_hello(struct http_request *req)
{
    http_reply_empty(req, 204);
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/live", .handle = get_live},
    {.method = HTTP_GET, .path = "/pool", .handle = get_live, .flags = HTTP_ON_POOL},
    {.method = HTTP_GET, .path = "/hello", .handle = get_hello},
};

static void begin_with(unsigned beat_ms, unsigned slow_ms)
{
    struct http_streams_config hub = {
        .limit = LIMIT,
        .owner_limit = OWNER_LIMIT,
        .address_limit = ADDRESS_LIMIT,
        .beat_ms = beat_ms,
        .slow_ms = slow_ms,
        .poll_ms = 50,
        .retry_ms = 3000,
        .buffer = 4096,
        .say = say,
        .pull = pull,
    };
    struct http_config config;
    http_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.routes = routes;
    config.route_count = ARRAY_LEN(routes);
    atomic_store(&number, 0);
    atomic_store(&told_key, 0);
    atomic_store(&forbidden, false);
    atomic_store(&bulk, 0);
    CHECK_INT(http_streams_new(&hub, &streams), 0);
    CHECK_INT(http_server_start(&config, &server), 0);
    port = http_server_port(server);
}

static void begin(void)
{
    begin_with(60000, 60000);
}

static void end(void)
{
    http_server_stop(&server, 1000);
    http_streams_free(&streams);
}

static int open_live(struct client *client, const char *path)
{
    if (!client_open(client, port) ||
        !client_say(client, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path))
        return 0;
    return client_read(client, WITH_BODY, &reply);
}

/* Reads until a text has come; it and all before it are dropped. */
static bool comes(struct client *client, const char *text)
{
    char *at;
    client->in[client->have] = 0;
    while (!(at = strstr(client->in, text))) {
        if (!client_more(client))
            return false;
        client->in[client->have] = 0;
    }
    client_drop(client, (size_t)(at - client->in) + strlen(text));
    return true;
}

static bool ends(struct client *client)
{
    while (client_more(client))
        client_drop(client, client->have);
    return true; /* else the receive timeout of ten seconds has failed the test's time */
}

static void tell(char key)
{
    atomic_fetch_add(&number, 1);
    atomic_store(&told_key, key);
    http_streams_wake(streams);
}

static uint64_t open_now(void)
{
    struct http_streams_figures figures;
    http_streams_figures(streams, &figures);
    return figures.open;
}

static bool opens(uint64_t count)
{
    for (int i = 0; i < 1000 && open_now() != count; i++)
        nap(5);
    return open_now() == count;
}

TEST(a_stream_has_the_head_that_proxies_and_browsers_want)
{
    struct client client;
    begin();
    CHECK_INT(open_live(&client, "/live?key=a&owner=o"), 200);
    CHECK_STR(reply_header(&reply, "Content-Type"), "text/event-stream");
    CHECK_STR(reply_header(&reply, "Cache-Control"), "no-store");
    CHECK_STR(reply_header(&reply, "X-Accel-Buffering"), "no");
    CHECK_STR(reply_header(&reply, "Connection"), "close");
    CHECK(reply_header(&reply, "Date") != NULL);
    CHECK(reply_header(&reply, "Content-Length") == NULL);
    CHECK(strncmp(reply_header(&reply, "X-Request-Id"), "req_", 4) == 0);
    CHECK(comes(&client, "retry: "));
    CHECK(comes(&client, "\n\n"));
    client_close(&client);
    CHECK_INT(ask(port, &reply, "HEAD /live?key=a&owner=o HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    CHECK_STR(reply_header(&reply, "Content-Type"), "text/event-stream");
    end();
}

TEST(only_its_own_key_is_told_to_a_stream)
{
    struct client a, b, pooled;
    begin();
    CHECK_INT(open_live(&a, "/live?key=a&owner=o&seen=0"), 200);
    CHECK_INT(open_live(&b, "/live?key=b&owner=o&seen=0"), 200);
    CHECK_INT(open_live(&pooled, "/pool?key=a&owner=o&seen=0"), 200);
    CHECK(opens(3));
    tell('a');
    CHECK(comes(&a, "id: 1\ndata: "));
    CHECK(comes(&pooled, "id: 1\ndata: "));
    tell('b');
    CHECK(comes(&b, "id: 2\ndata: "));
    client_close(&a);
    CHECK(opens(2));
    client_close(&b);
    client_close(&pooled);
    CHECK(opens(0));
    end();
}

TEST(what_changed_meanwhile_is_told_at_once)
{
    struct client a, b;
    begin();
    atomic_store(&number, 7);
    CHECK_INT(open_live(&a, "/live?key=a&owner=o&seen=6"), 200);
    CHECK(comes(&a, "id: 7\ndata: opened\n\n"));
    CHECK_INT(open_live(&b, "/live?key=a&owner=o&seen=7"), 200);
    CHECK(opens(2));
    tell('a');
    CHECK(comes(&b, "\n\nid: 8\ndata: "));
    client_close(&a);
    client_close(&b);
    end();
}

TEST(the_http_library_is_left_with_nothing)
{
    struct client client;
    struct http_figures figures;
    begin();
    CHECK_INT(open_live(&client, "/live?key=a&owner=o&seen=0"), 200);
    for (int i = 0; i < 1000; i++) {
        http_server_figures(server, &figures);
        if (figures.connections == 0)
            break;
        nap(5);
    }
    CHECK_INT(figures.connections, 0);
    CHECK_INT(figures.in_flight, 0);
    CHECK_INT(ask(port, &reply, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 204);
    http_server_stop(&server, 1000); /* a stop of the server does not wait for it */
    tell('a');
    CHECK(comes(&client, "data: "));
    http_streams_stop(streams); /* with the stream open */
    http_streams_wake(streams);
    http_streams_free(&streams);
    CHECK(ends(&client));
    client_close(&client);
}

TEST(a_session_takes_its_streams_along)
{
    struct client mine, other;
    uint8_t session[32] = {'m'};
    begin();
    CHECK_INT(open_live(&mine, "/live?key=a&owner=m&seen=0"), 200);
    CHECK_INT(open_live(&other, "/live?key=a&owner=o&seen=0"), 200);
    CHECK(opens(2));
    http_streams_end(streams, session);
    CHECK(ends(&mine));
    CHECK(opens(1));
    for (int i = 0; i < 200; i++) { /* more than are remembered one by one */
        memset(session, i, sizeof session);
        http_streams_end(streams, session);
    }
    tell('a');
    CHECK(comes(&other, "data: "));
    atomic_store(&forbidden, true); /* who may no longer is told nothing more */
    tell('a');
    CHECK(ends(&other));
    CHECK(opens(0));
    client_close(&mine);
    client_close(&other);
    end();
}

TEST(beats_come_and_whoever_may_no_longer_is_ended_by_one)
{
    struct client client;
    begin_with(30, 60000);
    CHECK_INT(open_live(&client, "/live?key=a&owner=o&seen=0"), 200);
    CHECK(comes(&client, ":\n\n"));
    CHECK(comes(&client, ":\n\n"));
    atomic_store(&forbidden, true);
    CHECK(ends(&client));
    CHECK(opens(0));
    client_close(&client);
    end();
}

/* Fills the connection: the client reads nothing. True once texts are missed. */
static bool stuff(void)
{
    struct http_streams_figures figures = {0};
    atomic_store(&bulk, 500);
    for (int i = 0; i < 400 && figures.missed == 0; i++) {
        tell('a');
        nap(5);
        http_streams_figures(streams, &figures);
    }
    return figures.missed > 0;
}

static bool open_narrow(struct client *client)
{
    int room = 4096;
    if (!client_open(client, port))
        return false;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return client_say(client, "GET /live?key=a&owner=o&seen=0 HTTP/1.1\r\nHost: x\r\n\r\n") &&
           client_read(client, WITH_BODY, &reply) == 200;
}

TEST(a_slow_reader_is_dropped_and_the_others_are_told)
{
    struct client slow, quick;
    struct http_streams_figures figures;
    begin_with(60000, 200);
    CHECK(open_narrow(&slow));
    CHECK_INT(open_live(&quick, "/live?key=b&owner=o&seen=0"), 200);
    CHECK(opens(2));
    CHECK(stuff());
    tell('b');
    CHECK(comes(&quick, "data: "));
    for (int i = 0; i < 1000 && open_now() > 1; i++) { /* until the kernel's buffers are full */
        tell('a');
        nap(5);
    }
    http_streams_figures(streams, &figures);
    CHECK_INT(figures.dropped, 1);
    CHECK_INT(figures.open, 1);
    client_close(&slow);
    client_close(&quick);
    end();
}

TEST(who_catches_up_learns_that_something_was_missed)
{
    struct client client;
    begin();
    CHECK(open_narrow(&client));
    CHECK(opens(1));
    CHECK(stuff());
    atomic_store(&bulk, 0);
    CHECK(comes(&client, "data: missed"));
    CHECK(comes(&client, "\n\n"));
    tell('a');
    CHECK(comes(&client, "data: "));
    client_close(&client);
    end();
}

TEST(too_many_are_refused_and_places_come_back)
{
    static struct client many[MANY];
    struct client client, other;
    begin();
    for (int i = 0; i < MANY; i++)
        CHECK_INT(open_live(&many[i], "/live?key=a&owner=m&seen=0"), 200);
    CHECK_INT(open_live(&client, "/live?key=a&owner=m"), 503); /* the owner has its fill */
    CHECK_STR(reply_header(&reply, "Retry-After"), "4");
    client_close(&client);
    CHECK_INT(open_live(&other, "/live?key=b&owner=o&seen=0"), 200);
    CHECK(opens(MANY + 1));
    tell('a');
    for (int i = 0; i < MANY; i++)
        CHECK(comes(&many[i], "id: 1\ndata: "));
    for (int i = 0; i < MANY; i++)
        client_close(&many[i]);
    CHECK(opens(1));
    CHECK_INT(open_live(&client, "/live?key=a&owner=m"), 200);
    client_close(&client);
    client_close(&other);
    end();
}

TEST(an_address_has_its_fill_too)
{
    static struct client many[ADDRESS_LIMIT];
    struct client client;
    begin();
    for (int i = 0; i < ADDRESS_LIMIT; i++)
        CHECK_INT(open_live(&many[i], i % 2 ? "/live?key=a&owner=m" : "/live?key=a&owner=o"), 200);
    CHECK_INT(open_live(&client, "/live?key=a&owner=z"), 503);
    client_close(&client);
    for (int i = 0; i < ADDRESS_LIMIT; i++)
        client_close(&many[i]);
    CHECK(opens(0));
    end();
}

TAP_MAIN(TAP(a_stream_has_the_head_that_proxies_and_browsers_want),
         TAP(only_its_own_key_is_told_to_a_stream), TAP(what_changed_meanwhile_is_told_at_once),
         TAP(the_http_library_is_left_with_nothing), TAP(a_session_takes_its_streams_along),
         TAP(beats_come_and_whoever_may_no_longer_is_ended_by_one),
         TAP(a_slow_reader_is_dropped_and_the_others_are_told),
         TAP(who_catches_up_learns_that_something_was_missed),
         TAP(too_many_are_refused_and_places_come_back), TAP(an_address_has_its_fill_too))
