/* SPDX-License-Identifier: Apache-2.0
 *
 * A real server on a free port of 127.0.0.1, and raw sockets: requests and replies without much of
 * a body.
 */
#include <errno.h>
#include <stdatomic.h>

#include "base/log.h"
#include "http/server.h"
#include "http/test_client.h"

static struct http_server *server;
static unsigned port;
static struct reply reply;

static _Atomic int done_calls;

static void get_hello(struct http_request *req)
{
    http_reply_bytes(req, 200, "text/plain", (struct span){(const uint8_t *)"hello", 5});
}

static void get_page(struct http_request *req)
{
    http_set_header(req, "Cache-Control", "private");
    http_set_header(req, "Referrer-Policy", "");
    CHECK(!http_set_header(req, "X-Bad", "a\r\nSet-Cookie: x=1"));
    CHECK(!http_set_header(req, "X Bad", "a"));
    CHECK(!http_set_header(req, "Content-Length", "5"));
    CHECK(http_set_cookie(req, "__Host-session", "abc", 60));
    CHECK(http_clear_cookie(req, "__Host-old"));
    CHECK(!http_set_cookie(req, "session", "abc", 60));
    CHECK(!http_set_cookie(req, "__Host-session", "a;b", 60));
    http_reply_bytes(req, 200, "text/html; charset=utf-8",
                     (struct span){(const uint8_t *)"<p>", 3});
}

static void get_asked(struct http_request *req)
{
    json_t *json = json_pack("{s:s?,s:s?,s:s?,s:s?,s:s}", "id", http_param(req, "id"), "q",
                             http_query(req, "q"), "header", http_header(req, "X-Test"), "cookie",
                             http_cookie(req, "c"), "client", http_client(req));
    http_reply_json(req, 200, json);
}

static void post_echo(struct http_request *req)
{
    struct span body = http_body(req);
    http_reply_bytes(req, 200, "application/octet-stream", body);
}

static void post_nothing(struct http_request *req)
{
    (void)req;
}

static void post_twice(struct http_request *req)
{
    http_reply_empty(req, 204);
    http_reply_empty(req, 500);
}

static void get_redirect(struct http_request *req)
{
    http_redirect(req, 303, http_query(req, "to"));
}

static void get_fault(struct http_request *req)
{
    http_fault(req, -ENOSPC);
}

static void put_upload(struct http_request *req)
{
    http_reply_empty(req, http_body(req).len == 4 ? 204 : 500);
}

static void done(struct http_request *req)
{
    http_note(req, "done=yes");
    atomic_fetch_add(&done_calls, 1);
}

static bool problem_page(struct http_request *req, const struct http_problem *problem,
                         const char *detail)
{
    (void)detail;
    char text[200];
    int len = snprintf(text, sizeof text, "<h1>%s</h1>", problem->title);
    http_reply_bytes(req, problem->status, "text/html; charset=utf-8",
                     (struct span){(const uint8_t *)text, (size_t)len});
    return true;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/hello", .handle = get_hello},
    {.method = HTTP_GET, .path = "/page", .handle = get_page},
    {.method = HTTP_GET, .path = "/asked/{id}", .handle = get_asked},
    {.method = HTTP_GET, .path = "/pool/{id}", .handle = get_asked, .flags = HTTP_ON_POOL},
    {.method = HTTP_POST, .path = "/echo", .handle = post_echo, .body = HTTP_BODY_BUFFERED},
    {.method = HTTP_POST, .path = "/nothing", .handle = post_nothing},
    {.method = HTTP_POST, .path = "/twice", .handle = post_twice},
    {.method = HTTP_GET, .path = "/redirect", .handle = get_redirect},
    {.method = HTTP_GET, .path = "/fault", .handle = get_fault},
    {.method = HTTP_PATCH,
     .path = "/up",
     .handle = put_upload,
     .body = HTTP_BODY_BUFFERED,
     .flags = HTTP_OVERRIDE},
    {.method = HTTP_DELETE, .path = "/hello", .handle = post_nothing},
};

static void configure(struct http_config *config)
{
    http_config_init(config);
    config->listen = "127.0.0.1:0";
    config->routes = routes;
    config->route_count = ARRAY_LEN(routes);
    config->done = done;
    config->problem_page = problem_page;
    config->handler_threads = 4;
    config->trusted_proxies = "127.0.0.1";
}

TEST(a_server_starts)
{
    struct http_config config;
    log_set_level((enum log_level) - 1);
    configure(&config);
    CHECK_INT(http_server_start(&config, &server), 0);
    port = http_server_port(server);
    CHECK(port > 0);
}

TEST(bad_settings_are_refused)
{
    struct http_server *none = NULL;
    struct http_config config;
    static const char *const bad[] = {
        "",      "8080",   "127.0.0.1", "127.0.0.1:",  "127.0.0.1:70000", "host.example:80",
        ":::80", "::1:80", "[::1:80",   "127.0.0.1:8o"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        configure(&config);
        config.listen = bad[i];
        CHECK_INT(http_server_start(&config, &none), HTTP_BAD_CONFIG);
    }
    configure(&config);
    config.trusted_proxies = "everyone";
    CHECK_INT(http_server_start(&config, &none), HTTP_BAD_CONFIG);
    configure(&config);
    config.header_memory = 1000;
    CHECK_INT(http_server_start(&config, &none), HTTP_BAD_CONFIG);
    configure(&config);
    char taken[40];
    snprintf(taken, sizeof taken, "127.0.0.1:%u", port);
    config.listen = taken;
    CHECK_INT(http_server_start(&config, &none), -EADDRINUSE);
    CHECK(none == NULL);
}

/* ---- Plain exchanges ---- */

TEST(a_get_is_answered_with_the_default_headers)
{
    CHECK_INT(ask(port, &reply, "GET /hello HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n\r\n"),
              200);
    CHECK_STR(reply.body, "hello");
    CHECK_STR(reply_header(&reply, "Content-Type"), "text/plain");
    CHECK_STR(reply_header(&reply, "Cache-Control"), "no-store");
    CHECK_STR(reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    CHECK_STR(reply_header(&reply, "X-Frame-Options"), "DENY");
    CHECK_STR(reply_header(&reply, "Cross-Origin-Resource-Policy"), "same-origin");
    CHECK_STR(reply_header(&reply, "Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    const char *id = reply_header(&reply, "X-Request-Id");
    CHECK(id && strncmp(id, "req_", 4) == 0 && strlen(id) == 30);
    CHECK(!strchr(reply.head, '\1'));
}

TEST(a_page_has_its_own_headers)
{
    CHECK_INT(ask(port, &reply, "GET /page HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    CHECK_STR(reply_header(&reply, "Cache-Control"), "private");
    CHECK_INT(reply_count(&reply, "Cache-Control"), 1);
    CHECK_INT(reply_count(&reply, "Content-Security-Policy"), 1);
    CHECK(strstr(reply_header(&reply, "Content-Security-Policy"), "default-src 'self'") != NULL);
    CHECK(reply_header(&reply, "Permissions-Policy") != NULL);
    CHECK(reply_header(&reply, "Referrer-Policy") == NULL);
    CHECK(reply_header(&reply, "X-Bad") == NULL);
    CHECK_INT(reply_count(&reply, "Set-Cookie"), 2);
    CHECK_STR(reply_header(&reply, "Set-Cookie"),
              "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60");
}

TEST(what_was_asked_arrives)
{
    CHECK_INT(ask(port, &reply,
                  "GET /asked/dlv%5f1?q=a+b&x=1 HTTP/1.1\r\nHost: x\r\nX-Test: v  \r\nCookie: a=1; "
                  "c=22\r\n"
                  "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.5\r\n\r\n"),
              200);
    CHECK_STR(reply.body, "{\"id\":\"dlv_1\",\"q\":\"a "
                          "b\",\"header\":\"v\",\"cookie\":\"22\",\"client\":\"203.0.113.5\"}");
    CHECK_INT(ask(port, &reply, "GET http://x.example/pool/1?q= HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    CHECK_STR(reply.body,
              "{\"id\":\"1\",\"q\":\"\",\"header\":null,\"cookie\":null,\"client\":\"127.0.0.1\"}");
}

TEST(a_connection_serves_many_requests)
{
    struct client client;
    CHECK(client_open(&client, port));
    for (int i = 0; i < 20; i++) {
        CHECK(client_say(&client, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
        CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
        CHECK(
            client_say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"));
        CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
        CHECK_STR(reply.body, "abc");
        CHECK(client_say(&client, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"));
        CHECK_INT(client_read(&client, WITH_BODY, &reply), 404);
    }
    client_close(&client);
}

TEST(pipelined_requests_are_answered_in_order)
{
    struct client client;
    CHECK(client_open(&client, port));
    CHECK(client_say(&client, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                              "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                              "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                              "GET /asked/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                              "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
                              "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    CHECK_STR(reply.body, "hello");
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    CHECK_STR(reply.body, "abc");
    CHECK_INT(client_read(&client, WITHOUT_BODY, &reply), 200);
    CHECK_STR(reply_header(&reply, "Content-Length"), "5");
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    CHECK_STR(reply.body, "def");
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 200);
    CHECK_STR(reply.body, "hello");
    CHECK(client_ended(&client));
    client_close(&client);
}

TEST(methods_are_sorted_out)
{
    CHECK_INT(ask(port, &reply, "PUT /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 405);
    CHECK_STR(reply_header(&reply, "Allow"), "GET, HEAD, DELETE, OPTIONS");
    CHECK_STR(reply_header(&reply, "Content-Type"), "application/problem+json");
    CHECK_INT(ask(port, &reply, "TRACE /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 405);
    CHECK_INT(ask(port, &reply, "BREW /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), 404);
    CHECK_INT(ask(port, &reply, "OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 204);
    CHECK_STR(reply_header(&reply, "Allow"), "GET, HEAD, DELETE, OPTIONS");
    CHECK_INT(ask(port, &reply, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 204);
    CHECK_INT(ask(port, &reply, "OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), 404);
    CHECK_INT(ask(port, &reply, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    CHECK_INT(ask(port, &reply, "HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    CHECK_STR(reply_header(&reply, "Content-Length"), "3");
}

TEST(the_override_is_for_its_routes_only)
{
    CHECK_INT(ask(port, &reply,
                  "POST /up HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: PATCH\r\n"
                  "Content-Length: 4\r\n\r\nabcd"),
              204);
    CHECK_INT(ask(port, &reply,
                  "POST /hello HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE\r\n\r\n"),
              405);
    CHECK_INT(ask(port, &reply,
                  "GET /hello HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE\r\n\r\n"),
              200);
    CHECK_INT(
        ask(port, &reply, "POST /up HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: BREW\r\n\r\n"),
        405);
    CHECK_INT(ask(port, &reply,
                  "POST /echo HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: PATCH\r\n"
                  "Content-Length: 1\r\n\r\nx"),
              200);
}

TEST(ill_formed_requests_are_refused)
{
    static const struct {
        int status;
        const char *text;
    } bad[] = {
        {400, "GET /asked/1?q=1&q=2 HTTP/1.1\r\nHost: x\r\n\r\n"},
        {400, "GET /asked/1?q=%zz HTTP/1.1\r\nHost: x\r\n\r\n"},
        {400, "GET /asked/%ff HTTP/1.1\r\nHost: x\r\n\r\n"},
        {400, "GET /asked/a%2fb HTTP/1.1\r\nHost: x\r\n\r\n"},
        {400, "GET /../hello HTTP/1.1\r\nHost: x\r\n\r\n"},
        {400, "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
        {400, "GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nauthorization: b\r\n\r\n"},
        {400, "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\x01z\r\n\r\n"},
        {400, "GET /hello HTTP/1.1\r\n\r\n"},
        {400,
         "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
        {400, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc"},
        {400, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
              "chunked\r\n\r\n0\r\n\r\n"},
        {400,
         "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        {400, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc"},
        {400, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        {505, "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int status = ask(port, &reply, bad[i].text);
        CHECK_INT(status, bad[i].status);
        if (status != bad[i].status)
            printf("# case %zu\n", i);
    }
}

TEST(a_request_with_bad_headers_ends_its_connection)
{
    struct client client;
    CHECK(client_open(&client, port));
    CHECK(client_say(
        &client,
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(client_read(&client, WITH_BODY, &reply), 400);
    CHECK(client_ended(&client));
    client_close(&client);
}

TEST(what_is_too_long_is_refused)
{
    static char text[32 * 1024];
    char filler[16 * 1024 + 1];
    memset(filler, 'a', sizeof filler - 1);
    filler[sizeof filler - 1] = 0;
    snprintf(text, sizeof text, "GET /asked/%.3000s HTTP/1.1\r\nHost: x\r\n\r\n", filler);
    CHECK_INT(ask(port, &reply, text), 414);
    CHECK(reply_header(&reply, "X-Request-Id") != NULL);
    snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", filler);
    CHECK_INT(ask(port, &reply, text), 431);
    snprintf(text, sizeof text, "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", filler);
    CHECK_INT(ask(port, &reply, text), 414);
}

/* ---- Replies ---- */

/* Whatever the size of the headers, there is an answer: the request's and the reply's share one
 * memory. */
TEST(headers_of_any_size_are_answered)
{
    static char text[16 * 1024], filler[16 * 1024];
    memset(filler, 'a', sizeof filler - 1);
    int refused = 0;
    for (int size = 4000; size < 11800; size += 100) {
        snprintf(text, sizeof text, "GET /page HTTP/1.1\r\nHost: x\r\n%s: a=%.*s\r\n\r\n",
                 size < 5900 ? "Cookie" : "X-Long", size, filler);
        int status = ask(port, &reply, text);
        CHECK(status == 200 || status == 431);
        refused += status == 431;
    }
    CHECK(refused > 0);
    for (int count = 20; count < 200; count += 4) {
        int len = snprintf(text, sizeof text, "GET /page HTTP/1.1\r\nHost: x\r\n");
        for (int i = 0; i < count; i++)
            len += snprintf(text + len, sizeof text - (size_t)len, "X-%d: abcdefgh\r\n", i);
        snprintf(text + len, sizeof text - (size_t)len, "\r\n");
        int status = ask(port, &reply, text);
        CHECK(status == 200 || status == 431);
    }
}

TEST(handlers_that_err_are_told_apart)
{
    CHECK_INT(ask(port, &reply, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
              500);
    CHECK_INT(ask(port, &reply, "POST /twice HTTP/1.1\r\nHost: x\r\n\r\n"), 204);
    CHECK_INT(ask(port, &reply, "GET /fault HTTP/1.1\r\nHost: x\r\n\r\n"), 507);
    CHECK_INT(ask(port, &reply, "GET /redirect?to=/hello HTTP/1.1\r\nHost: x\r\n\r\n"), 303);
    CHECK_STR(reply_header(&reply, "Location"), "/hello");
    CHECK_INT(ask(port, &reply, "GET /redirect?to=/a%20b HTTP/1.1\r\nHost: x\r\n\r\n"), 500);
}

TEST(people_get_a_page_for_a_problem)
{
    CHECK_INT(
        ask(port, &reply, "GET /nowhere HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*\r\n\r\n"),
        404);
    CHECK_STR(reply.body, "<h1>There is nothing here</h1>");
    CHECK(strstr(reply_header(&reply, "Content-Security-Policy"), "'self'") != NULL);
}

TEST(every_request_was_ended_once)
{
    struct http_figures figures = {.in_flight = 1};
    for (int i = 0; i < 400 && figures.in_flight + figures.connections > 0; i++, nap(5))
        http_server_figures(server, &figures);
    CHECK_INT(figures.in_flight, 0);
    CHECK_INT(figures.connections, 0);
    AUTO_BUF struct buf text;
    buf_init(&text, 1 << 20);
    http_server_metrics(server, &text);
    CHECK(!text.failed && strstr((char *)text.data, "route=\"/asked/{id}\",status=\"2xx\"} 2\n"));
    CHECK(atomic_load(&done_calls) > 0 && (uint64_t)atomic_load(&done_calls) <= figures.served);
    http_server_stop(&server, 1000);
    CHECK(server == NULL);
}

TAP_MAIN(TAP(a_server_starts), TAP(bad_settings_are_refused),
         TAP(a_get_is_answered_with_the_default_headers), TAP(a_page_has_its_own_headers),
         TAP(what_was_asked_arrives), TAP(a_connection_serves_many_requests),
         TAP(pipelined_requests_are_answered_in_order), TAP(methods_are_sorted_out),
         TAP(the_override_is_for_its_routes_only), TAP(ill_formed_requests_are_refused),
         TAP(a_request_with_bad_headers_ends_its_connection), TAP(what_is_too_long_is_refused),
         TAP(headers_of_any_size_are_answered), TAP(handlers_that_err_are_told_apart),
         TAP(people_get_a_page_for_a_problem), TAP(every_request_was_ended_once))
