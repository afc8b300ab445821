/* SPDX-License-Identifier: Apache-2.0
 *
 * SipHash-2-4: where a key that a stranger chose lands in a table of ours, so that nobody can aim
 * for one place of it.
 */
#ifndef PORCHLIGHT_HTTP_HASH_H
#define PORCHLIGHT_HTTP_HASH_H

#include "base/base.h"

struct http_hash_key {
    uint64_t a, b;
};

/* A key nobody knows. */
void http_hash_new_key(struct http_hash_key *out);
uint64_t http_hash(const struct http_hash_key *key, struct span data);

#endif
