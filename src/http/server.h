/* SPDX-License-Identifier: Apache-2.0
 *
 * A listening server: its configuration, its start and its stop. A program may run several, each
 * with its own table of routes (the public one, and the admin listener with /metrics).
 *
 * Built on libmicrohttpd with epoll and a few network threads. Requests too malformed to be read
 * are answered by that library itself, in its own words (400, 413, 414, 431, 505; plain HTML, not
 * problem+json), and the connection is closed. So are they where the headers do not fit
 * `header_memory`; where they just fit, so that there is no room for a reply, the connection is
 * closed without one. A client that closes its sending half before it has its reply counts as gone.
 */
#ifndef PORCHLIGHT_HTTP_SERVER_H
#define PORCHLIGHT_HTTP_SERVER_H

#include "base/buf.h"
#include "http/http.h"

struct http_server;

/* Filled by http_config_init() with the defaults named here, then changed. Text and routes must
 * outlive the server. */
struct http_config {
    const char *name;   /* "public": in log lines and metrics */
    const char *listen; /* "127.0.0.1:8080", "[::1]:8080", "*:8080" (all addresses, IPv6 and IPv4);
                           port 0: any free */
    unsigned threads;   /* network threads, 2 */
    unsigned handler_threads;  /* 16; 0: none, and every handler runs on the network thread */
    unsigned handler_queue;    /* requests that wait for a handler thread, 256; beyond that 503 */
    size_t handler_stack;      /* bytes, 256 KB */
    unsigned connection_limit; /* 12,000; beyond that clients wait in the kernel's queue */
    unsigned address_limit;    /* connections from one address (IPv6: one /64) that is no trusted
                                  proxy; 0: no limit */
    size_t header_memory; /* bytes a connection for headers and reading, 12 KB; 431 beyond 3/4 */
    size_t target_limit;  /* bytes of path and query, 2 KB; beyond that 414 */
    uint64_t body_limit;  /* bytes of a body where the route does not say, 64 KB */
    uint64_t drain_limit; /* bytes of a refused body that are read and dropped so that the refusal
                             is heard, 1 MB */
    size_t arena_limit;   /* bytes of http_arena(), 1 MB */
    unsigned idle_ms;     /* without a byte either way, 30 s */
    unsigned header_ms;   /* for all the headers, 15 s */
    unsigned grace_ms;    /* before the least rate counts, 30 s */
    unsigned least_rate;  /* bytes a second, on average, of bodies and replies, 256 */
    const char *trusted_proxies; /* "127.0.0.1, 10.0.0.0/8, ::1": whose X-Forwarded-For is believed;
                                    "" for none */
    const char *html_policy;     /* Content-Security-Policy of text/html replies */
    const struct http_route *routes;
    size_t route_count;
    void *context;

    /* On the network thread, before the body, for every request whose route matched: who is it, may
     * they, how often. False: it has replied. NULL: everyone may. */
    bool (*admit)(struct http_request *req);
    /* On the network thread, once for every request, after its last byte or its loss: free what was
     * attached, add notes. The fence has been left. http_header() and http_cookie() still work. May
     * be NULL. */
    void (*done)(struct http_request *req);
    /* A page in place of a problem, for clients that want one: reply with `problem->status` and
     * return true, or return false for the JSON. `detail` may be NULL. May be NULL. */
    bool (*problem_page)(struct http_request *req, const struct http_problem *problem,
                         const char *detail);
};

void http_config_init(struct http_config *config);

/* Starts listening. 0; positive HTTP_BAD_CONFIG (address, proxies, routes: logged); or a fault (the
 * port is taken…). */
enum { HTTP_BAD_CONFIG = 1 };
int http_server_start(const struct http_config *config, struct http_server **out);

/* The port really listened on. */
unsigned http_server_port(const struct http_server *server);

/* Stops accepting, and asks clients to close after their current request. Those under way go on. */
void http_server_quiesce(struct http_server *server);

/* Quiesces, waits up to `limit_ms` for requests under way, breaks off what is still sending or
 * receiving, waits for every handler to return and every deferred request to be completed (so
 * whoever completes them must still run), and frees all. NULL is harmless; *server becomes NULL. */
void http_server_stop(struct http_server **server, unsigned limit_ms);

/* Adds this server's counters in Prometheus' text format: requests by route and status class,
 * latency, in flight, queue, connections. Each has the label server="name"; no TYPE lines, so that
 * several servers can share a page. */
void http_server_metrics(struct http_server *server, struct buf *out);

/* Live figures, for /readyz and tests. */
struct http_figures {
    uint64_t connections, in_flight, queued, served, refused;
};
void http_server_figures(struct http_server *server, struct http_figures *out);

#endif
