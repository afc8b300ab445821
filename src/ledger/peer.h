/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to a witness or a time-stamping authority: an address that the operator has set, a
 * small body there, a small one back. Blocks for PEER_SECONDS at most; follows nothing.
 */
#ifndef PORCHLIGHT_PEER_H
#define PORCHLIGHT_PEER_H

#include "base/buf.h"

enum { PEER_SECONDS = 10 };

struct peer_call {
    const char *url;
    const char *type, *accept; /* Content-Type, and Accept; NULL: any */
    struct span body;
};

/* Sends a POST; the answer's body goes to `out`, up to its ceiling. The status, or a fault: not
 * reached, or too long an answer. Logs nothing of the address. */
int peer_post(const struct peer_call *call, struct buf *out) MUST_CHECK;

#endif
