/* SPDX-License-Identifier: Apache-2.0
 *
 * The open connections of a server, beside what the HTTP library knows of them: who is at the other
 * end, how many each address has, and by when something must have happened (all the headers, enough
 * of a body, enough of a reply). A ticker thread shuts down those whose time is up; the library
 * then sees them closed and cleans up.
 *
 * A connection is entered when the library tells of it and removed when the library is about to
 * close its descriptor, both under the lock, so the ticker only ever shuts down descriptors that
 * are open.
 */
#ifndef PORCHLIGHT_HTTP_CONNS_H
#define PORCHLIGHT_HTTP_CONNS_H

#include <stdatomic.h>

#include "base/base.h"
#include "http/parse.h"

struct http_conns;

struct http_conn {
    struct http_conn *next, *prev;
    int fd;
    bool exempt; /* a trusted proxy: not counted by address */
    bool linger; /* the library closes with data unread: keep a copy open so that the client can
                    read our reply */
    struct http_address peer;
    _Atomic int64_t deadline_ms; /* steady; 0: none */
};

struct http_conns_config {
    unsigned connection_limit, address_limit;
    const struct http_networks *trusted; /* outlives it */
    /* Called by the ticker, about five times a second. */
    void (*tick)(void *context);
    void *context;
};

int http_conns_new(const struct http_conns_config *config, struct http_conns **out);
/* All connections have been removed. NULL is harmless. */
void http_conns_free(struct http_conns **conns);

/* A new connection; NULL without memory. One too many of its address is entered, but shut down at
 * once. */
struct http_conn *http_conns_add(struct http_conns *conns, int fd, const struct http_address *peer);
void http_conns_remove(struct http_conns *conns, struct http_conn *conn);

/* Shuts all down, as at the end of a stop. */
void http_conns_cut(struct http_conns *conns);
uint64_t http_conns_count(struct http_conns *conns);
/* Connections refused for their address, or whose time was up. */
uint64_t http_conns_refused(struct http_conns *conns);

#endif
