/* SPDX-License-Identifier: Apache-2.0
 *
 * What a handler sees: one request, and the ways to answer it.
 *
 * A request lives from its headers to the last byte of its reply. GET, HEAD and OPTIONS handlers
 * run on the network thread and must not block; all others run on the handler pool, with the
 * connection set aside, and may. A handler replies exactly once, or calls http_defer() and some
 * thread replies and calls http_complete() later. A handler that does neither is answered 500. A
 * second reply is dropped and logged as a fault.
 *
 * One thread at a time owns a request: the network thread until the handler starts, the handler
 * until it returns, and after http_defer() whoever will call http_complete(). All text returned
 * here lives as long as the request.
 */
#ifndef PORCHLIGHT_HTTP_H
#define PORCHLIGHT_HTTP_H

#include <jansson.h>

#include "base/arena.h"
#include "base/base.h"
#include "http/problem.h"
#include "http/route.h"

/* ---- The request ---- */

/* The `context` of the server's configuration. */
void *http_context(const struct http_request *req);
/* "req_…": on every reply (X-Request-Id) and log line. */
const char *http_id(const struct http_request *req);
/* The method that routing used: that of X-HTTP-Method-Override where its route allows it. */
enum http_method http_method(const struct http_request *req);
const char *http_method_name(enum http_method method);
/* The matched route; NULL where none matched (seen only by `done` and `problem_page`). */
const struct http_route *http_route(const struct http_request *req);
/* The path as sent, still percent-encoded, without the query. Never to be logged: log the route's
 * pattern. */
const char *http_path(const struct http_request *req);
/* A {parameter} of the route's path: percent-decoded, clean UTF-8, without '/' (but for a {rest*});
 * NULL if it has none. */
const char *http_param(const struct http_request *req, const char *name);
/* A query value, decoded and clean; "" where it was empty, NULL where absent. No name occurs twice.
 */
const char *http_query(const struct http_request *req, const char *name);
/* A header's value without surrounding white space; NULL where absent. Some headers (Host,
 * Authorization, Cookie, Origin, Content-Type, Content-Length, Idempotency-Key, Range) never occur
 * twice; of others this is the first. */
const char *http_header(struct http_request *req, const char *name);
/* A cookie's value; NULL where absent, and where the header is ill-formed or names it twice. */
const char *http_cookie(struct http_request *req, const char *name);
/* The whole body of an HTTP_BODY_BUFFERED route; empty for others. */
struct span http_body(const struct http_request *req);
/* Content-Length, or -1 for a chunked body; 0 without a body. */
int64_t http_body_expected(const struct http_request *req);
/* The client's address as text, and as 16 bytes for a rate limiter (an IPv6 address counts by its
 * /64). It is the socket's peer, or what a trusted proxy said in X-Forwarded-For. */
const char *http_client(struct http_request *req);
void http_client_key(struct http_request *req, uint8_t key_out[16]);
/* The request's own memory, made at first use; at most the server's `arena_limit`. NULL when memory
 * is short. */
struct arena *http_arena(struct http_request *req);
/* One pointer of the application's: who is asking, the upload under way. `done` frees it. */
void http_attach(struct http_request *req, void *attached);
void *http_attached(const struct http_request *req);
/* Adds "key=value" to the request's log line: ids and counts only. Cut at 200 bytes in all. */
void http_note(struct http_request *req, const char *format, ...) PRINTF_LIKE(2, 3);
/* True when the client prefers a page to JSON: Accept names text/html. */
bool http_wants_html(struct http_request *req);

/* ---- The reply ---- */

/* True once a reply has been given. */
bool http_replied(const struct http_request *req);
/* The status replied with; 0 before that, and in `done` where the client was lost first. */
int http_status(const struct http_request *req);

/* Adds a header to the coming reply, or replaces one of the defaults; an empty value leaves the
 * default away. Copies both. False, and nothing is added, for a name or value that is not one (CR,
 * LF, control characters), for the headers the server makes itself (Content-Length,
 * Transfer-Encoding, Connection, Date, X-Request-Id), or without memory. */
bool http_set_header(struct http_request *req, const char *name, const char *value);

/* All take any status from 200 to 599. `type` is a Content-Type and must outlive the call only. */
void http_reply_empty(struct http_request *req, int status);
/* `json` is stolen; NULL answers 500. */
void http_reply_json(struct http_request *req, int status, json_t *json);
/* The bytes are copied. */
void http_reply_bytes(struct http_request *req, int status, const char *type, struct span bytes);
/* The bytes are a part of the program, and are not copied. */
void http_reply_constant(struct http_request *req, int status, const char *type, struct span bytes);
/* `data` comes from malloc and is freed by the server, also when the reply fails. NULL with len > 0
 * answers 500. */
void http_reply_owned(struct http_request *req, int status, const char *type, void *data,
                      size_t len);
/* 303 and the like; `location` is checked as a header is. */
void http_redirect(struct http_request *req, int status, const char *location);

/* A body that is made piece by piece as the client takes it, on the network thread. */
struct http_pieces {
    /* Writes 1 to `room` bytes of the body from `offset` on and returns their number. 0: the rest
     * may not leave any more; this and a negative fault break the connection off. Offsets come in
     * order, beginning anywhere (a range) and never twice. */
    int64_t (*read)(void *state, uint64_t offset, uint8_t *out, size_t room);
    void (*free)(void *state); /* called exactly once, however the reply ends; may be NULL */
    void *state;
    const char *etag; /* strong and quoted ("\"…\""): If-None-Match, Range and If-Range are
                         honoured; NULL: they are not */
};
/* A body of `total` bytes. One of at most HTTP_PIECE bytes is read at once, within this call. One
 * of HTTP_OPEN_END bytes is as long as it becomes: it has no etag, is sent in chunks, and is whole
 * when `read` returns HTTP_PIECES_END; one that breaks off before lacks its last chunk, which its
 * client sees. */
enum { HTTP_PIECE = 64 * 1024 };
#define HTTP_OPEN_END   UINT64_MAX
#define HTTP_PIECES_END INT64_MIN
void http_reply_pieces(struct http_request *req, int status, const char *type, uint64_t total,
                       const struct http_pieces *pieces);

/* True when If-None-Match names `etag` (strong, quoted): it has replied 304. Otherwise ETag will be
 * in the reply. */
bool http_not_modified(struct http_request *req, const char *etag);

/* ---- Problems (RFC 9457); see problem.h for the type and the generic ones ---- */

/* Replies with a problem; `format` (NULL for none) makes its detail: a sentence for the caller,
 * never a secret. */
void http_problem(struct http_request *req, const struct http_problem *problem, const char *format,
                  ...) PRINTF_LIKE(3, 4);
/* The same, naming the field at fault ("address.lat", "body", a header). */
void http_problem_field(struct http_request *req, const struct http_problem *problem,
                        const char *field, const char *format, ...) PRINTF_LIKE(4, 5);
/* The same with members of its own beside the common ones, such as a list of what is wrong where;
 * `members` is stolen, `field` and `detail` may be NULL. */
void http_problem_members(struct http_request *req, const struct http_problem *problem,
                          const char *field, const char *detail, json_t *members);
/* The same for passing trouble, with Retry-After. */
void http_problem_later(struct http_request *req, const struct http_problem *problem,
                        unsigned seconds, const char *format, ...) PRINTF_LIKE(4, 5);
/* The 500 of a fault that is already logged. `fault` only chooses: -ENOSPC and -EDQUOT answer 507,
 * -EBUSY 503. */
void http_fault(struct http_request *req, int fault);

/* ---- Later ---- */

/* Says, within the handler, that the reply comes later. It comes from whoever calls
 * http_complete(), which may happen before this handler has returned. */
void http_defer(struct http_request *req);
/* Within a handler that runs on the network thread: `handle` answers instead, on the handler pool,
 * where it may block. The caller must not touch the request afterwards. When the pool is full it is
 * answered that it should come back. */
void http_continue_on_pool(struct http_request *req, void (*handle)(struct http_request *req));
/* From any thread, exactly once after http_defer() and the reply: sends it. The request must not be
 * touched afterwards. */
void http_complete(struct http_request *req);

/* ---- Cookies that only this host's HTTPS (or localhost) sees: name must start with "__Host-" ----
 */

/* HttpOnly; Secure; SameSite=Lax; Path=/. `max_age` in seconds, 0 for the browser's session. False
 * as http_set_header. */
bool http_set_cookie(struct http_request *req, const char *name, const char *value,
                     unsigned max_age);
bool http_clear_cookie(struct http_request *req, const char *name);

#endif
