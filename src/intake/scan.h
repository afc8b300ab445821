/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a staging file from its beginning to where it stops being good. Inside this folder only.
 */
#ifndef PORCHLIGHT_SCAN_H
#define PORCHLIGHT_SCAN_H

#include "intake/staging.h"

struct scan_request {
    int fd;
    const uint8_t *id, *key;
    uint64_t stop_at; /* no byte of the file from here on is looked at */
    uint8_t *out;     /* NULL: only hash; else the plain bytes go here, unhashed */
    size_t room;      /* and this many fit */
};

/* Gives the state at the last good record: its hash is only filled in when `out` is NULL. 0;
 * STAGING_DAMAGED when the file's header is not this upload's under this key, or more bytes come
 * than fit; or a fault. */
int scan_file(const struct scan_request *request, struct staging_state *good_out) MUST_CHECK;

#endif
