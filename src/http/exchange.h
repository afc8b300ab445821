/* SPDX-License-Identifier: Apache-2.0
 *
 * One exchange, request to reply, as the HTTP library's callbacks drive it; and the server that all
 * of them share. Used by the files of this folder only.
 */
#ifndef PORCHLIGHT_HTTP_EXCHANGE_H
#define PORCHLIGHT_HTTP_EXCHANGE_H

#include <pthread.h>

#include "http/access.h"
#include "http/metrics.h"
#include "http/pool.h"
#include "http/request.h"
#include "http/server.h"

struct http_server {
    struct http_config config;
    struct http_networks trusted;
    struct http_table *table;
    struct http_metrics *metrics;
    struct http_access *access;
    struct http_conns *conns;
    struct http_pool *pool; /* NULL: handlers run on the network threads */
    struct MHD_Daemon *daemon;
    char *page_headers, *plain_headers; /* the default headers of replies; see reply.c */

    int listen_fd, wake_fd;
    bool accepting; /* the acceptor thread is there */
    pthread_t acceptor;
    unsigned port;

    _Atomic bool quiescing; /* replies say Connection: close */
    _Atomic bool closing;   /* no handler may start any more */
    _Atomic uint64_t held;  /* handlers running, and requests deferred: the stop waits for none */
    _Atomic uint64_t in_flight; /* exchanges begun and not ended */
};

/* The library's callbacks. */
void *http_exchange_target(void *server, const char *target, struct MHD_Connection *link);
enum MHD_Result http_exchange_step(void *server, struct MHD_Connection *link, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *size, void **place);
void http_exchange_end(void *server, struct MHD_Connection *link, void **place,
                       enum MHD_RequestTerminationCode why);

/* Runs a request's handler; on a pool thread. */
void http_exchange_run(struct http_request *req);

/* Makes the texts of default headers. False without memory. */
bool http_reply_prepare(struct http_server *server);

/* Everything before the body. False: it has been refused, and replied. */
bool http_admission(struct http_request *req, const char *method);

/* A callback of the application's should have replied; makes that true, with a logged 500 if need
 * be. */
void http_reply_ensure(struct http_request *req);
/* Adds all lines of a reply's head after the first few, from X-Request-Id on, without the last line
 * end. False: some cannot be had. */
bool http_reply_lines(struct http_request *req, const char *type, struct buf *out);
/* Takes a made response over; NULL, or headers that cannot be had, become a bare 500. */
void http_reply_give(struct http_request *req, int status, const char *type,
                     struct MHD_Response *response, uint64_t size);
/* True when a reply may be given now; otherwise the application erred, and that is logged. */
bool http_reply_may(struct http_request *req, int status);
/* True when no body goes with it, whatever the handler gives. */
bool http_reply_is_bodiless(const struct http_request *req, int status);

/* A problem of the server's own: passing trouble becomes 423 on HEAD where the route wants that. */
void http_reply_busy(struct http_request *req, const char *why);

#endif
