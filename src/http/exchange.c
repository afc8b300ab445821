/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of an exchange. The library calls http_exchange_step once after the headers, once for
 * every piece of the body, once at its end, and once more whenever a suspended connection is
 * resumed.
 *
 * Two of its habits shape this file. A reply queued at the first call makes it close the connection
 * afterwards, so even a GET waits for the second call. And no reply can be queued in the middle of
 * a body: a refusal is remembered, the rest of the body read and dropped up to `drain_limit`, and
 * then given. Where the client waits for 100-continue, or says itself that the body is longer than
 * that, the refusal is given at once and the connection closed.
 */
#include "http/exchange.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"

/* ---- Deadlines ---- */

static void set_deadline(struct http_request *req, int64_t from_us, uint64_t more_ms)
{
    atomic_store_explicit(&req->conn->deadline_ms, from_us / 1000 + (int64_t)more_ms,
                          memory_order_relaxed);
}

static void clear_deadline(struct http_request *req)
{
    atomic_store_explicit(&req->conn->deadline_ms, 0, memory_order_relaxed);
}

/* When so many bytes must have passed, from the start of the body or the reply. */
static uint64_t time_for(const struct http_config *config, uint64_t bytes)
{
    uint64_t rate = config->least_rate ? config->least_rate : 1;
    return config->grace_ms + (config->least_rate ? bytes / rate * 1000 : INT32_MAX);
}

/* ---- Replying ---- */

static enum MHD_Result queue_reply(struct http_request *req)
{
    req->phase = HTTP_PHASE_SENDING;
    if (!req->response)
        return MHD_NO;
    if (atomic_load_explicit(&req->server->quiescing, memory_order_relaxed))
        MHD_add_response_header(req->response, "Connection", "close");
    set_deadline(req, http_clock_us(), time_for(&req->server->config, req->reply_size));
    enum MHD_Result queued = MHD_queue_response(req->link, (unsigned)req->status, req->response);
    MHD_destroy_response(req->response);
    req->response = NULL;
    return queued;
}

/* A refusal before the body. */
static enum MHD_Result refuse(struct http_request *req)
{
    bool body = req->body_expected != 0;
    bool too_long =
        req->body_expected > 0 && (uint64_t)req->body_expected > req->server->config.drain_limit;
    req->phase = HTTP_PHASE_DRAIN;
    req->body_limit = 0;
    if (!req->bad_headers && !req->headers_large && !(body && (req->expects_continue || too_long)))
        return MHD_YES;
    req->conn->linger = true;
    return queue_reply(req);
}

static void abandon(struct http_request *req)
{
    if (!req->sink_open)
        return;
    req->sink_open = false;
    req->route->sink->abandon(req);
}

/* ---- The headers ---- */

static enum MHD_Result begin(struct http_request *req, const char *method)
{
    req->started_us = http_clock_us();
    req->counted = true;
    atomic_fetch_add_explicit(&req->server->in_flight, 1, memory_order_relaxed);
    if (!http_admission(req, method))
        return refuse(req);
    req->phase = HTTP_PHASE_BODY;
    if (req->body_expected != 0)
        set_deadline(req, req->started_us, req->server->config.grace_ms);
    else
        clear_deadline(req);
    return MHD_YES;
}

/* ---- The body ---- */

/* The rest of the body is read and dropped. */
static void refuse_rest(struct http_request *req)
{
    http_reply_ensure(req);
    abandon(req);
    buf_free(&req->body);
    req->phase = HTTP_PHASE_DRAIN;
    req->body_limit = req->body_received;
}

static enum MHD_Result take_body(struct http_request *req, const char *data, size_t size)
{
    req->body_received += size;
    set_deadline(req, req->started_us, time_for(&req->server->config, req->body_received));
    if (req->phase == HTTP_PHASE_DRAIN) {
        bool enough = req->body_received > req->body_limit + req->server->config.drain_limit;
        req->conn->linger |= enough;
        return enough ? MHD_NO : MHD_YES;
    }
    if (req->body_received > req->body_limit) {
        http_problem(req, &http_payload_too_large, "At most %llu bytes.",
                     (unsigned long long)req->body_limit);
        refuse_rest(req);
    } else if (req->route->body == HTTP_BODY_BUFFERED) {
        buf_add(&req->body, data, size);
        if (req->body.failed) {
            http_fault(req, log_fault("http.body", -ENOMEM, "request=%s", req->id));
            refuse_rest(req);
        }
    } else {
        struct span bytes = {(const uint8_t *)data, size};
        if (req->route->sink->write(req, bytes) != 0)
            refuse_rest(req);
    }
    return MHD_YES;
}

/* ---- The handler ---- */

void http_request_release(struct http_request *req)
{
    struct http_server *server = req->server;
    if (atomic_fetch_sub_explicit(&req->holds, 1, memory_order_acq_rel) != 1)
        return;
    http_reply_ensure(req);
    req->phase = HTTP_PHASE_READY;
    MHD_resume_connection(req->link);
    /* The request may be gone by now. */
    atomic_fetch_sub(&server->held, 1);
}

void http_exchange_run(struct http_request *req)
{
    (req->next_handle ? req->next_handle : req->route->handle)(req);
    http_request_release(req);
}

void http_defer(struct http_request *req)
{
    if (req->phase != HTTP_PHASE_RUNNING) {
        log_fault("http.defer", -EPROTO, "request=%s", req->id);
        return;
    }
    if (!req->suspended) {
        MHD_suspend_connection(req->link);
        req->suspended = true;
    }
    atomic_fetch_add_explicit(&req->holds, 1, memory_order_relaxed);
}

void http_complete(struct http_request *req)
{
    http_request_release(req);
}

void http_continue_on_pool(struct http_request *req, void (*handle)(struct http_request *req))
{
    struct http_pool *pool = req->server->pool;
    if (!pool || req->suspended) { /* it is where it may block already */
        handle(req);
        return;
    }
    req->next_handle = handle;
    req->suspended = true; /* the pool's queue does that */
    atomic_fetch_add_explicit(&req->holds, 1, memory_order_relaxed);
    if (http_pool_submit(pool, req))
        return;
    req->suspended = false;
    atomic_fetch_sub_explicit(&req->holds, 1, memory_order_relaxed);
    http_reply_busy(req, "Too many requests are waiting.");
}

/* On the network thread, where the reply can be queued at once unless it was deferred. */
static enum MHD_Result run_inline(struct http_request *req)
{
    req->route->handle(req);
    if (req->suspended) {
        http_request_release(req);
        return MHD_YES;
    }
    atomic_fetch_sub(&req->server->held, 1);
    http_reply_ensure(req);
    return queue_reply(req);
}

static bool runs_inline(const struct http_request *req)
{
    bool quick = req->method == HTTP_GET || req->method == HTTP_HEAD || req->method == HTTP_OPTIONS;
    return !req->server->pool || (quick && !(req->route->flags & HTTP_ON_POOL));
}

/* The whole request is here. `held` is raised before `closing` is read, and a stop raises `closing`
 * before it reads `held`: so either the stop waits for this handler, or the handler does not start.
 */
static enum MHD_Result dispatch(struct http_request *req)
{
    struct http_server *server = req->server;
    clear_deadline(req);
    atomic_fetch_add(&server->held, 1);
    if (atomic_load(&server->closing)) {
        atomic_fetch_sub(&server->held, 1);
        return MHD_NO;
    }
    bool had_sink = req->sink_open;
    req->sink_open = false;
    req->phase = HTTP_PHASE_RUNNING;
    atomic_store_explicit(&req->holds, 1, memory_order_relaxed);
    if (runs_inline(req))
        return run_inline(req);
    req->suspended = true;
    if (http_pool_submit(server->pool, req))
        return MHD_YES;
    req->suspended = false;
    atomic_fetch_sub(&server->held, 1);
    req->sink_open = had_sink;
    abandon(req);
    http_reply_busy(req, "Too many requests are waiting.");
    return queue_reply(req);
}

/* ---- The library's callbacks ---- */

void *http_exchange_target(void *cls, const char *target, struct MHD_Connection *link)
{
    struct http_server *server = cls;
    struct http_request *req = http_request_new(server, target);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(link, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!req || !info || !info->socket_context) {
        if (req)
            http_request_free(req);
        return NULL;
    }
    req->link = link;
    req->conn = info->socket_context;
    atomic_store_explicit(&req->conn->deadline_ms, clock_steady() + server->config.header_ms,
                          memory_order_relaxed);
    return req;
}

enum MHD_Result http_exchange_step(void *cls, struct MHD_Connection *link, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *size, void **place)
{
    struct http_request *req = *place;
    (void)cls, (void)link, (void)url, (void)version;
    if (!req)
        return MHD_NO; /* no memory for it */
    switch (req->phase) {
    case HTTP_PHASE_NEW:
        return begin(req, method);
    case HTTP_PHASE_BODY:
    case HTTP_PHASE_DRAIN:
        if (*size > 0) {
            size_t taken = *size;
            *size = 0;
            return take_body(req, data, taken);
        }
        return req->phase == HTTP_PHASE_BODY ? dispatch(req) : queue_reply(req);
    case HTTP_PHASE_READY:
        return req->taken ? MHD_NO : queue_reply(req);
    case HTTP_PHASE_RUNNING:
    case HTTP_PHASE_SENDING:
        break;
    }
    return MHD_YES;
}

static bool was_whole(enum MHD_RequestTerminationCode why, const struct http_request *req)
{
    return req->taken ||
           (why == MHD_REQUEST_TERMINATED_COMPLETED_OK && req->phase == HTTP_PHASE_SENDING);
}

/* What the library answered by itself, for the log; 0 when it did not. */
static int library_status(struct MHD_Connection *link)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(link, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info ? (int)info->http_status : 0;
}

void http_exchange_end(void *cls, struct MHD_Connection *link, void **place,
                       enum MHD_RequestTerminationCode why)
{
    struct http_server *server = cls;
    struct http_request *req = *place;
    if (!req)
        return;
    *place = NULL;
    http_fence_leave(req);
    abandon(req);
    int64_t now = http_clock_us();
    int64_t took = req->counted ? now - req->started_us : 0;
    if (req->status == 0)
        req->status = library_status(link);
    if (req->counted) {
        if (server->config.done)
            server->config.done(req);
        atomic_fetch_sub_explicit(&server->in_flight, 1, memory_order_relaxed);
    } else {
        req->method = (enum http_method)HTTP_METHODS;
    }
    http_metrics_count(server->metrics, req->route, req->status, took);
    if (!(req->route && req->route->flags & HTTP_QUIET))
        http_access_line(server->access, req, !was_whole(why, req), took);
    set_deadline(req, now, (uint64_t)server->config.idle_ms + server->config.header_ms);
    http_request_free(req);
}
