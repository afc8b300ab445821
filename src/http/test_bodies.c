/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of requests: their limits, their refusal at every stage, JSON and forms, and streams into
 * a sink.
 */
#include <stdatomic.h>

#include "base/log.h"
#include "http/body.h"
#include "http/server.h"
#include "http/test_client.h"

static struct http_server *server;
static unsigned port;
static struct reply reply;

static _Atomic int opened, written, handled, abandoned, attached_freed;

static void get_hello(struct http_request *req)
{
    http_reply_bytes(req, 200, "text/plain", (struct span){(const uint8_t *)"hello", 5});
}

static void post_echo(struct http_request *req)
{
    struct span body = http_body(req);
    http_reply_bytes(req, 200, "application/octet-stream", body);
}

static void post_json(struct http_request *req)
{
    json_t *json;
    if (http_body_json(req, &json) == 0)
        http_reply_json(req, 200, json);
}

static void post_form(struct http_request *req)
{
    struct http_pairs form;
    if (http_body_form(req, &form) != 0)
        return;
    const char *name = http_pairs_get(&form, "name");
    http_reply_json(req, 200, json_pack("{s:s?}", "name", name));
}

static int sink_open(struct http_request *req)
{
    if (http_query(req, "refuse")) {
        http_problem(req, &http_conflict, "No.");
        return 1;
    }
    atomic_fetch_add(&opened, 1);
    http_attach(req, calloc(1, sizeof(uint64_t)));
    return 0;
}

static int sink_write(struct http_request *req, struct span data)
{
    uint64_t *sum = http_attached(req);
    atomic_fetch_add(&written, (int)data.len);
    *sum += data.len;
    if (http_query(req, "full") && *sum > 1000) {
        http_problem(req, &http_insufficient_storage, NULL);
        return 1;
    }
    return 0;
}

static void sink_abandon(struct http_request *req)
{
    CHECK(http_attached(req) != NULL);
    atomic_fetch_add(&abandoned, 1);
}

static void put_upload(struct http_request *req)
{
    uint64_t *sum = http_attached(req);
    atomic_fetch_add(&handled, 1);
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)*sum);
    http_set_header(req, "Upload-Offset", text);
    http_reply_empty(req, 204);
}

static const struct http_sink sink = {sink_open, sink_write, sink_abandon};

static bool admit(struct http_request *req)
{
    http_note(req, "who=%u", http_route(req)->who);
    if (http_route(req)->who != 7 || http_header(req, "Authorization"))
        return true;
    http_problem(req, &http_unauthorized, NULL);
    return false;
}

static void done(struct http_request *req)
{
    if (http_attached(req))
        atomic_fetch_add(&attached_freed, 1);
    free(http_attached(req));
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/hello", .handle = get_hello},
    {.method = HTTP_POST, .path = "/echo", .handle = post_echo, .body = HTTP_BODY_BUFFERED},
    {.method = HTTP_POST, .path = "/json", .handle = post_json, .body = HTTP_BODY_BUFFERED},
    {.method = HTTP_POST, .path = "/form", .handle = post_form, .body = HTTP_BODY_BUFFERED},
    {.method = HTTP_POST, .path = "/nothing", .handle = get_hello},
    {.method = HTTP_POST,
     .path = "/members",
     .who = 7,
     .handle = post_echo,
     .body = HTTP_BODY_BUFFERED},
    {.method = HTTP_PATCH,
     .path = "/up",
     .handle = put_upload,
     .body = HTTP_BODY_STREAMED,
     .sink = &sink,
     .body_limit = 100000},
};

TEST(a_server_starts)
{
    struct http_config config;
    log_set_level((enum log_level) - 1);
    http_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.routes = routes;
    config.route_count = ARRAY_LEN(routes);
    config.admit = admit;
    config.done = done;
    config.body_limit = 1000;
    config.drain_limit = 5000;
    CHECK_INT(http_server_start(&config, &server), 0);
    port = http_server_port(server);
}

/* ---- Bodies ---- */

TEST(bodies_have_limits)
{
    static char text[8192];
    char filler[1002];
    memset(filler, 'b', sizeof filler - 1);
    filler[1001] = 0;
    snprintf(text, sizeof text,
             "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%.1000s", filler);
    CHECK_INT(ask(port, &reply, text), 200);
    CHECK_INT(reply.body_len, 1000);
    snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n%s",
             filler);
    CHECK_INT(ask(port, &reply, text), 413);
    snprintf(text, sizeof text,
             "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
             "chunked\r\n\r\n3e9\r\n%s\r\n0\r\n\r\n",
             filler);
    CHECK_INT(ask(port, &reply, text), 413);
    CHECK_INT(ask(port, &reply,
                  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"),
              413);
    CHECK_INT(ask(port, &reply, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"),
              400);
    CHECK_INT(ask(port, &reply, "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"),
              400);
}

TEST(a_short_refused_body_leaves_the_connection_open)
{
    struct client client;
    CHECK(client_open(&client, port));
    char filler[2001];
    memset(filler, 'b', sizeof filler - 1);
    filler[2000] = 0;
    CHECK(client_say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n%s",
                     filler));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 413);
    CHECK(client_say(
        &client, "POST /members HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n%.500s", filler));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 401);
    CHECK(client_say(&client, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    client_close(&client);
}

TEST(a_long_refused_body_is_answered_at_once)
{
    struct client client;
    static char much[60000];
    CHECK(client_open(&client, port));
    CHECK(
        client_say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n"));
    client_send(&client, much, sizeof much);
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 413);
    CHECK_STR(reply_header(&reply, "Connection"), "close");
    CHECK(client_ended(&client));
    client_close(&client);
}

TEST(a_refused_chunked_body_ends_at_the_drain_limit)
{
    struct client client;
    char chunk[4097] = "";
    memset(chunk, 'c', 4096);
    CHECK(client_open(&client, port));
    CHECK(client_say(&client,
                     "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    bool open = true;
    for (int i = 0; i < 100 && open; i++) {
        open = client_say(&client, "1000\r\n%s\r\n", chunk);
        nap(2);
    }
    CHECK(!open || client_ended(&client));
    client_close(&client);
}

TEST(expect_continue_is_obeyed)
{
    struct client client;
    CHECK(client_open(&client, port));
    CHECK(client_say(
        &client,
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
    CHECK_INT(client_read(&client, WITHOUT_BODY, &reply), 100);
    CHECK(client_say(&client, "abc"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    CHECK_STR(reply.body, "abc");
    CHECK(client_say(
        &client,
        "POST /members HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 401);
    CHECK(client_ended(&client));
    client_close(&client);
}

/* What is not decoded must not be read as if it were. */
TEST(an_encoded_body_is_refused)
{
    static const struct {
        const char *encoding;
        int status;
    } cases[] = {{"identity", 200}, {"Identity", 200}, {"gzip", 415},
                 {"deflate", 415},  {"br", 415},       {"identity, gzip", 415}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char request[256];
        snprintf(request, sizeof request,
                 "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                 "Content-Encoding: %s\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
                 cases[i].encoding);
        CHECK_INT(ask(port, &reply, request), cases[i].status);
        CHECK(cases[i].status == 200 || strstr(reply.body, "\"field\":\"Content-Encoding\""));
    }
}

TEST(json_and_forms_are_checked)
{
    CHECK_INT(ask(port, &reply,
                  "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Content-Length: 7\r\n\r\n{\"a\":1}"),
              200);
    CHECK_STR(reply.body, "{\"a\":1}");
    CHECK_INT(ask(port, &reply,
                  "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Content-Length: 7\r\n\r\n{\"a\":1]"),
              400);
    CHECK(strstr(reply.body, "line 1, column") && strstr(reply.body, "\"field\":\"body\""));
    CHECK_INT(
        ask(port, &reply, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{\"a\":1}"),
        415);
    CHECK_INT(
        ask(port, &reply,
            "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 8\r\n\r\nname=a+b"),
        200);
    CHECK_STR(reply.body, "{\"name\":\"a b\"}");
    CHECK_INT(
        ask(port, &reply,
            "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 13\r\n\r\nname=a&name=b"),
        400);
    CHECK_INT(ask(port, &reply,
                  "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data\r\n"
                  "Content-Length: 0\r\n\r\n"),
              415);
}

/* ---- Streamed bodies ---- */

TEST(an_upload_streams_into_its_sink)
{
    struct client client;
    static char much[100001];
    int before[3] = {atomic_load(&opened), atomic_load(&written), atomic_load(&handled)};
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"));
    for (int i = 0; i < 100; i++)
        CHECK(client_send(&client, much, 1000));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 204);
    CHECK_STR(reply_header(&reply, "Upload-Offset"), "100000");
    CHECK(client_say(&client, "PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 204);
    client_close(&client);
    CHECK(reaches(&opened, before[0] + 2) && reaches(&written, before[1] + 100000) &&
          reaches(&handled, before[2] + 2));
    CHECK_INT(ask(port, &reply, "PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n"),
              413);
    CHECK(reaches(&opened, before[0] + 2));
}

TEST(an_upload_that_is_lost_is_abandoned_once)
{
    int before[2] = {atomic_load(&abandoned), atomic_load(&handled)};
    for (int i = 0; i < 8; i++) {
        struct client client;
        CHECK(client_open(&client, port));
        if (i % 2)
            CHECK(client_say(&client,
                             "PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"));
        else
            CHECK(client_say(
                &client,
                "PATCH /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"));
        nap(20);
        struct linger hard = {1, 0};
        if (i % 4 < 2)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        client_close(&client);
    }
    CHECK(reaches(&abandoned, before[0] + 8));
    nap(20);
    CHECK_INT(atomic_load(&abandoned), before[0] + 8);
    CHECK_INT(atomic_load(&handled), before[1]);
}

TEST(an_upload_can_be_refused_at_each_stage)
{
    int before[2] = {atomic_load(&abandoned), atomic_load(&opened)};
    static char text[8192];
    char filler[4001];
    memset(filler, 'u', sizeof filler - 1);
    filler[4000] = 0;
    snprintf(text, sizeof text,
             "PATCH /up?refuse=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n%s", filler);
    CHECK_INT(ask(port, &reply, text), 409);
    CHECK(reaches(&opened, before[1]));
    snprintf(text, sizeof text,
             "PATCH /up?full=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n%s", filler);
    CHECK_INT(ask(port, &reply, text), 507);
    CHECK(reaches(&abandoned, before[0] + 1));
}

TEST(a_chunked_upload_that_grows_too_long_is_abandoned)
{
    int before = atomic_load(&abandoned);
    struct client client;
    char chunk[4097] = "";
    memset(chunk, 'c', 4096);
    CHECK(client_open(&client, port));
    CHECK(
        client_say(&client, "PATCH /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 25;
         i++) /* 102,400 bytes: just over the route's limit, within the drain limit */
        client_say(&client, "1000\r\n%s\r\n", chunk);
    client_say(&client, "0\r\n\r\n");
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 413);
    client_close(&client);
    CHECK(reaches(&abandoned, before + 1));
}

TEST(what_was_attached_is_freed_once)
{
    http_server_stop(&server, 1000);
    CHECK_INT(atomic_load(&attached_freed), atomic_load(&opened));
}

TAP_MAIN(TAP(a_server_starts), TAP(bodies_have_limits),
         TAP(a_short_refused_body_leaves_the_connection_open),
         TAP(a_long_refused_body_is_answered_at_once),
         TAP(a_refused_chunked_body_ends_at_the_drain_limit), TAP(expect_continue_is_obeyed),
         TAP(an_encoded_body_is_refused), TAP(json_and_forms_are_checked),
         TAP(an_upload_streams_into_its_sink), TAP(an_upload_that_is_lost_is_abandoned_once),
         TAP(an_upload_can_be_refused_at_each_stage),
         TAP(a_chunked_upload_that_grows_too_long_is_abandoned),
         TAP(what_was_attached_is_freed_once))
