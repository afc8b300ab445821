/* SPDX-License-Identifier: Apache-2.0
 *
 * Rate limits: a token bucket for each key (an address, an account, a device) in a table of fixed
 * size. A key may act `burst` times at once, and gets back one turn every `refill_ms`. The table
 * never grows: when it is crowded, the bucket that is nearest to full, so the least busy key, is
 * forgotten first, which at worst forgives it. Thread-safe.
 */
#ifndef PORCHLIGHT_HTTP_LIMIT_H
#define PORCHLIGHT_HTTP_LIMIT_H

#include "base/base.h"

struct http_limit;

struct http_limit_config {
    size_t room;        /* keys remembered; rounded up to a power of two */
    unsigned burst;     /* 1 to 1,000,000 */
    unsigned refill_ms; /* 1 or more */
};

/* NULL when memory is short. */
struct http_limit *http_limit_new(const struct http_limit_config *config);
void http_limit_free(struct http_limit **limit);

/* Takes one turn of `key` (any bytes; only a keyed hash of it is kept) at `now_ms` on a clock that
 * never jumps. 0: go ahead. Otherwise the milliseconds until there is a turn again; nothing is
 * taken. */
unsigned http_limit_take(struct http_limit *limit, struct span key, int64_t now_ms);

#endif
