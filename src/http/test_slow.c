/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that dawdle, and clients that are too many.
 */
#include <errno.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "http/test_client.h"

static struct http_server *server;
static unsigned port;

static _Atomic int abandoned, pieces_freed;

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

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/hello", .handle = hello},
    {.method = HTTP_GET, .path = "/huge", .handle = huge},
    {.method = HTTP_PATCH,
     .path = "/up",
     .handle = hello,
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
    if (change)
        change(&config);
    if (http_server_start(&config, &server) != 0)
        abort();
    port = http_server_port(server);
}

/* ---- Clients that dawdle ---- */

static void hurried(struct http_config *config)
{
    config->header_ms = 300;
    config->idle_ms = 1000;
    config->grace_ms = 300;
    config->least_rate = 1000;
}

/* Sends a byte every 50 ms until the server has had enough; the milliseconds that took. */
static int64_t dribble(const char *first)
{
    struct client client;
    int64_t began = clock_steady();
    CHECK(client_open(&client, port));
    CHECK(client_send(&client, first, strlen(first)));
    struct timeval wait = {.tv_usec = 50000};
    setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    char byte;
    for (int i = 0; i < 100; i++) {
        if (!client_send(&client, "a", 1))
            break;
        ssize_t n = recv(client.fd, &byte, 1, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
    }
    client_close(&client);
    return clock_steady() - began;
}

TEST(slow_headers_and_bodies_are_cut)
{
    int gone = atomic_load(&abandoned);
    start(hurried);
    int64_t headers = dribble("GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
    CHECK(headers >= 300 && headers < 3000);
    int64_t body = dribble("PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
    CHECK(body >= 300 && body < 3000);
    CHECK(reaches(&abandoned, gone + 1));
    http_server_stop(&server, 1000);
}

TEST(a_reader_that_stalls_is_cut)
{
    struct client client;
    int freed = atomic_load(&pieces_freed);
    start(hurried);
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(reaches(&pieces_freed, freed + 1)); /* idle: nothing was taken for a second */
    client_close(&client);
    http_server_stop(&server, 1000);
}

/* ---- Limits ---- */

static void few_connections(struct http_config *config)
{
    config->address_limit = 3;
    config->trusted_proxies = "";
}

TEST(one_address_has_its_share)
{
    struct client clients[4];
    static struct reply reply;
    start(few_connections);
    for (int i = 0; i < 4; i++) {
        CHECK(client_open(&clients[i], port));
        bool said = client_say(&clients[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        int status = said ? client_read(&clients[i], WITH_BODY, &reply) : 0;
        CHECK_INT(status, i < 3 ? 200 : 0);
    }
    client_close(&clients[0]);
    client_close(&clients[3]);
    struct http_figures figures = {.connections = 4};
    for (int i = 0; i < 400 && figures.connections > 2; i++, nap(5))
        http_server_figures(server, &figures);
    CHECK_INT(figures.refused, 1);
    CHECK(client_open(&clients[0], port));
    CHECK(client_say(&clients[0], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&clients[0], WITH_BODY, &reply), 200);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
    http_server_stop(&server, 1000);
}

static void two_connections(struct http_config *config)
{
    config->connection_limit = 2;
}

TEST(beyond_the_limit_clients_wait)
{
    struct client clients[3];
    static struct reply reply;
    start(two_connections);
    for (int i = 0; i < 3; i++) {
        CHECK(client_open(&clients[i], port));
        nap(50);
        CHECK(client_say(&clients[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
        if (i < 2)
            CHECK_INT(client_read(&clients[i], WITH_BODY, &reply), 200);
    }
    client_close(&clients[0]);
    CHECK_INT(client_read(&clients[2], WITH_BODY, &reply), 200);
    client_close(&clients[1]);
    client_close(&clients[2]);
    http_server_stop(&server, 1000);
}

TEST(many_connections_at_once)
{
    enum { MANY = 400 };
    static struct client clients[MANY];
    static struct reply reply;
    start(NULL);
    for (int i = 0; i < MANY; i++)
        CHECK(client_open(&clients[i], port));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            CHECK(client_say(&clients[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
        for (int i = 0; i < MANY; i++)
            CHECK_INT(client_read(&clients[i], WITH_BODY, &reply), 200);
    }
    for (int i = 0; i < MANY; i++)
        client_close(&clients[i]);
    http_server_stop(&server, 1000);
}

TAP_MAIN(TAP(slow_headers_and_bodies_are_cut), TAP(a_reader_that_stalls_is_cut),
         TAP(one_address_has_its_share), TAP(beyond_the_limit_clients_wait),
         TAP(many_connections_at_once))
