/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens between a request's headers and its body: is it well-formed, which route is it for,
 * may its sender, and does the body that it announces fit. The first no is the answer. Strangers
 * learn that a path exists or not, and what it takes, but nothing about a body before they are
 * admitted.
 */
#include <errno.h>

#include "base/log.h"
#include "http/exchange.h"

static bool find_method(const char *text, enum http_method *out)
{
    for (int m = 0; m < HTTP_METHODS; m++)
        if (strcmp(text, http_method_name((enum http_method)m)) == 0) {
            *out = (enum http_method)m;
            return true;
        }
    return false;
}

static void take_match(struct http_request *req, const struct http_match *match)
{
    req->route = match->route;
    req->allow = match->allow;
    memcpy(req->params, match->params, sizeof req->params);
}

/* X-HTTP-Method-Override, for a POST to a path whose route for that method allows it. */
static void override_method(struct http_request *req)
{
    enum http_method wanted;
    const char *text = http_header(req, "X-HTTP-Method-Override");
    if (!text || !find_method(text, &wanted))
        return;
    memcpy(req->cut_path, req->path, strlen(req->path) + 1);
    struct http_match match;
    http_table_match(req->server->table, wanted, req->cut_path, &match);
    if (!match.route || !(match.route->flags & HTTP_OVERRIDE)) {
        memcpy(req->cut_path, req->path, strlen(req->path) + 1);
        http_table_match(req->server->table, req->method, req->cut_path, &match);
    } else {
        req->method = wanted;
    }
    take_match(req, &match);
}

/* Finds the route; otherwise replies. */
static bool find_route(struct http_request *req, bool known_method)
{
    struct http_match match;
    http_table_match(req->server->table, req->method, req->cut_path, &match);
    take_match(req, &match);
    if (!known_method)
        req->route = NULL;
    else if (req->method == HTTP_POST)
        override_method(req);
    if (known_method && req->method == HTTP_OPTIONS && *req->allow)
        http_set_header(req, "Allow", req->allow); /* a route's own answer has it too */
    if (req->route)
        return true;
    if (match.unclean && strcmp(req->path, "*") != 0) {
        http_problem_field(req, &http_bad_request, "path", "The path is not clean text.");
    } else if (known_method && req->method == HTTP_OPTIONS && (*req->allow || *req->path == '*')) {
        if (!*req->allow)
            http_set_header(req, "Allow", "GET, HEAD, POST, OPTIONS");
        http_reply_empty(req, 204);
    } else if (*req->allow) {
        http_set_header(req, "Allow", req->allow);
        http_problem(req, &http_method_not_allowed, "It takes %s.", req->allow);
    } else {
        http_problem(req, &http_not_found, NULL);
    }
    return false;
}

static bool read_query(struct http_request *req)
{
    if (!req->query_text || !*req->query_text)
        return true;
    struct arena *arena = http_arena(req);
    req->query = arena ? arena_alloc(arena, sizeof *req->query) : NULL;
    if (!req->query) {
        http_fault(req, log_fault("http.query", -ENOMEM, "request=%s", req->id));
        return false;
    }
    enum http_parse result = http_pairs_parse(req->query_text, HTTP_ONE_LINE, req->query);
    if (result != HTTP_PARSE_OK)
        http_problem_field(req, &http_bad_request, "query", "The query is not right: %s.",
                           http_parse_text(result));
    return result == HTTP_PARSE_OK;
}

/* Whether the announced body fits the route. */
static bool check_body(struct http_request *req)
{
    const struct http_route *route = req->route;
    uint64_t server_limit = req->server->config.body_limit;
    req->body_limit = route->body_limit ? route->body_limit : server_limit;
    if (route->body == HTTP_BODY_NONE && req->body_expected != 0) {
        http_problem(req, &http_bad_request, "This takes no body.");
        return false;
    }
    const char *encoding = http_header(req, "Content-Encoding");
    if (route->body == HTTP_BODY_BUFFERED && encoding && strcasecmp(encoding, "identity") != 0) {
        http_set_header(req, "Accept-Encoding", "identity");
        http_problem_field(req, &http_unsupported_media_type, "Content-Encoding",
                           "The body is wanted as it is, not encoded.");
        return false;
    }
    if (req->body_expected > 0 && (uint64_t)req->body_expected > req->body_limit) {
        http_problem(req, &http_payload_too_large, "At most %llu bytes.",
                     (unsigned long long)req->body_limit);
        return false;
    }
    return true;
}

static bool open_body(struct http_request *req)
{
    if (req->route->body == HTTP_BODY_BUFFERED)
        buf_init(&req->body, req->body_limit);
    if (req->route->body != HTTP_BODY_STREAMED)
        return true;
    if (req->route->sink->open(req) != 0) {
        http_reply_ensure(req);
        return false;
    }
    req->sink_open = true;
    return true;
}

static bool admit(struct http_request *req)
{
    const struct http_config *config = &req->server->config;
    if (!config->admit || config->admit(req))
        return true;
    http_reply_ensure(req);
    return false;
}

bool http_admission(struct http_request *req, const char *method)
{
    bool known = find_method(method, &req->method);
    if (!known)
        req->method = HTTP_POST; /* any will do to find out what the path takes */
    req->wire_head = known && req->method == HTTP_HEAD;
    http_request_scan(req);
    bool admitted = false;
    if (req->target_long)
        http_problem(req, &http_uri_too_long, NULL);
    else if (req->bad_headers)
        http_problem(req, &http_bad_request, "A header is ill-formed or occurs twice.");
    else if (req->headers_large)
        http_problem(req, &http_headers_too_large, NULL);
    else
        admitted = find_route(req, known) && read_query(req) && admit(req) && check_body(req) &&
                   open_body(req);
    if (!known)
        req->method = (enum http_method)HTTP_METHODS;
    return admitted;
}
