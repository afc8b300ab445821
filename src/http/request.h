/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside a request: shared by the files of this folder only.
 *
 * Its life, and who owns it:
 *
 *   NEW      made when the request line is read; the network thread's
 *   BODY     admitted, the body arriving
 *   DRAIN    refused, its reply remembered, the body being read and dropped
 *   RUNNING  a handler, or whoever will complete it, has it; the connection is suspended unless the
 * handler runs inline READY    replied; the network thread's again, which queues the reply SENDING
 * queued
 *
 * `holds` counts those who keep it RUNNING: the handler until it returns, and one more after
 * http_defer(). Whoever lets go last resumes the connection, and touches nothing afterwards.
 * Because a connection is always suspended before its request is handed over, it cannot be resumed
 * too early.
 *
 * It is small on purpose (10,000 uploads are open at once): what most requests do not need is in
 * the arena, made late.
 */
#ifndef PORCHLIGHT_HTTP_REQUEST_H
#define PORCHLIGHT_HTTP_REQUEST_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/id.h"
#include "http/conns.h"
#include "http/fence.h"
#include "http/http.h"
#include "http/parse.h"

struct http_server;
struct http_config;

enum http_phase {
    HTTP_PHASE_NEW,
    HTTP_PHASE_BODY,
    HTTP_PHASE_DRAIN,
    HTTP_PHASE_RUNNING,
    HTTP_PHASE_READY,
    HTTP_PHASE_SENDING,
};

/* A header set for the reply, in the arena. */
struct http_set {
    struct http_set *next;
    const char *name, *value; /* an empty value leaves a default away */
};

/* A request's place under one key of a fence. */
struct http_fence_place {
    struct http_fence_stay *stay;
    struct http_fence_place *next, **link;
    uint8_t key[16];
};

/* All its places, of which `used` are taken. */
struct http_fence_stay {
    struct http_fence *fence; /* NULL: outside */
    struct http_fence_place places[HTTP_FENCE_KEYS];
    int used;
    int fd;
    _Atomic bool cut;
};

struct http_request {
    struct http_server *server;
    struct MHD_Connection *link;
    struct http_conn *conn;

    /* What was asked. */
    const struct http_route *route;
    const char *params[HTTP_PARAMS]; /* into `cut_path` */
    const char *allow;
    char *path, *cut_path,
        *query_text;          /* one block after the struct; query_text NULL without '?' */
    struct http_pairs *query; /* in the arena */
    int64_t body_expected;    /* -1: chunked */
    uint64_t body_received, body_limit;
    struct buf body;
    enum http_method method;
    enum http_phase phase;
    bool wire_head;   /* HEAD on the wire, whatever overrides say */
    bool target_long; /* nothing of it was kept */
    bool bad_headers;
    bool headers_large; /* they would leave no room for the reply's */
    bool expects_continue;
    bool sink_open;
    bool counted;   /* in flight, in the metrics */
    bool suspended; /* the connection is set aside while RUNNING */
    bool taken;     /* the socket is a stream's now; see stream_reply.c */

    /* The answer. */
    _Atomic int holds;
    struct http_request *next_queued;
    void (*next_handle)(
        struct http_request *req); /* on the pool, instead of the route's; or NULL */
    struct http_set *set;
    struct MHD_Response *response;
    uint64_t reply_size;
    int status;
    bool in_problem_page;

    struct http_fence_stay fence;
    struct arena *arena;
    void *attached;
    char *note;
    int64_t started_us;
    char id[ID_ROOM];
};

/* Microseconds on a clock that never jumps. */
int64_t http_clock_us(void);

/* A request for a target as the request line has it; NULL without memory. */
struct http_request *http_request_new(struct http_server *server, const char *target);
void http_request_free(struct http_request *req);

/* Walks the headers once: lengths, duplicates, bytes that are none. Sets bad_headers,
 * body_expected, expects_continue. */
void http_request_scan(struct http_request *req);

/* What a reply's headers may take: the library keeps them in the same memory as the request's. */
size_t http_request_reply_room(const struct http_config *config);

/* Drops a hold; the last one out resumes the connection. */
void http_request_release(struct http_request *req);

#endif
