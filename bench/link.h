/* SPDX-License-Identifier: Apache-2.0
 *
 * The load's side of the wire: many keep-alive HTTP/1.1 connections on one epoll, one request at a
 * time on each. As lean as it can be, since it runs on the cores that it loads: bodies of answers
 * are discarded in the kernel (MSG_TRUNC) and never copied. It understands what the servers
 * measured here send, which is a Content-Length or no body; anything else ends the run.
 *
 * One group belongs to one thread.
 */
#ifndef PORCHLIGHT_BENCH_LINK_H
#define PORCHLIGHT_BENCH_LINK_H

#include "base/base.h"

enum { LINK_HEAD_ROOM = 4096 };

/* Bytes to send: both parts live until the answer is in. */
struct link_request {
    struct span head; /* request line, headers and the empty line */
    struct span body;
};

struct link_answer {
    int status;
    const char *head; /* NUL-terminated, valid during the call */
    uint64_t length;  /* of the body, which has been read */
    int64_t total_us; /* from the first byte sent to the last byte read */
    int64_t wait_us;  /* from the last byte sent to the last byte read */
};

/* What the requests are and what becomes of the answers; both called on the group's thread, `link`
 * counts from 0. */
struct link_script {
    bool (*next)(void *context, unsigned link, struct link_request *out); /* false: no more here */
    bool (*done)(void *context, unsigned link,
                 const struct link_answer *answer); /* false: give up */
    void *context;
};

struct link_plan {
    uint16_t port; /* on 127.0.0.1 */
    unsigned links;
};

/* Connects, and goes on until every link has no more to do. False when something went wrong, with
 * the reason on stderr. */
bool link_run(const struct link_plan *plan, const struct link_script *script);

/* A blocking connection to 127.0.0.1, or -1. */
int link_connect(uint16_t port);

/* The value of a header in an answer's head, or NULL; *len_out is its length. */
const char *link_header(const char *head, const char *name, size_t *len_out);

/* Microseconds on a clock that never jumps. */
int64_t link_clock_us(void);

#endif
