/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to the operator's provider. Blocks for its timeout at most; follows no redirect; an
 * answer that outgrows its buffer ends it. Nothing of what is sent or answered is logged.
 */
#ifndef PORCHLIGHT_FETCH_H
#define PORCHLIGHT_FETCH_H

#include "base/buf.h"

struct fetch {
    const char *url;
    const char *form;          /* a POST with this body; NULL: a GET */
    const char *user, *secret; /* HTTP Basic, form-encoded already; NULL: none */
    const char *bearer;        /* a bearer token; NULL: none */
    int64_t timeout_ms;
};

/* The status (200 …), or a fault: not reached, broken off, or too long an answer. */
int fetch_perform(const struct fetch *fetch, struct buf *out) MUST_CHECK;

/* True for an address that a provider may have: https, or http on this very machine, for trials. No
 * user, no fragment. */
bool fetch_may(const char *url);

/* Writes scheme://host[:port] of such an address; false when it does not fit. */
bool fetch_origin(const char *url, char *out, size_t room);

#endif
