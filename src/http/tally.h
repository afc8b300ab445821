/* SPDX-License-Identifier: Apache-2.0
 *
 * How many of something each of many keys has, such as open streams of an account. A key is there
 * from its first to its last, so there are never more keys than things counted. Not thread-safe.
 */
#ifndef PORCHLIGHT_HTTP_TALLY_H
#define PORCHLIGHT_HTTP_TALLY_H

#include "base/base.h"

struct http_tally;

/* For about so many keys at once; NULL when memory is short. */
struct http_tally *http_tally_new(size_t keys);
void http_tally_free(struct http_tally **tally);

/* One more of `key`. False, and nothing is counted, when it has `limit` (0: none) already, or
 * memory is short. */
bool http_tally_add(struct http_tally *tally, const uint8_t key[16], unsigned limit);
/* One fewer. */
void http_tally_drop(struct http_tally *tally, const uint8_t key[16]);

#endif
