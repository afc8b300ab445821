/* SPDX-License-Identifier: Apache-2.0
 *
 * A fence around what may have to be withdrawn while it is being sent: a photo whose delivery is
 * marked confidential, that is erased, or that is looked at under a case which is resolved, in the
 * middle of a download.
 *
 * The promise: once http_fence_cut(fence, key) has returned, not one more byte of any reply entered
 * under `key` is handed to a socket. It holds because a request enters before the policy is asked,
 * stays until its last byte has been given to the kernel, and cutting shuts down the sockets of all
 * that are inside (what the kernel had not yet sent is thrown away too, as far as it allows). A
 * request leaves under the fence's lock before its descriptor can be closed, so the descriptor is
 * always that request's.
 *
 * The order that closes every gap: the reader enters, then asks the policy, then replies. The
 * withdrawer cuts, then commits, then lifts. A reader that asked before the commit entered before
 * the cut and is broken off, or came between cut and lift and was refused; one that enters after
 * the lift asks after the commit, and the policy says no. So from the commit on not one byte
 * leaves. A commit that fails has cost a few downloads, which their clients repeat.
 */
#ifndef PORCHLIGHT_HTTP_FENCE_H
#define PORCHLIGHT_HTTP_FENCE_H

#include "base/base.h"

struct http_fence;
struct http_request;

/* `cut_room`: how many keys can be cut and not yet lifted. When they are more, the fence refuses
 * every key until some are lifted: it fails closed. NULL when memory is short. */
struct http_fence *http_fence_new(size_t cut_room);
/* Nobody may be inside. NULL is harmless. */
void http_fence_free(struct http_fence **fence);

/* 0: entered; leaving is automatic when the request ends. HTTP_FENCE_CUT: the key is cut, or
 * another that this request entered was; do not send. A request enters up to HTTP_FENCE_KEYS keys
 * of one fence and is broken off with whichever is cut first: the same again is 0, one more is
 * -EINVAL. */
enum { HTTP_FENCE_KEYS = 3 };
enum { HTTP_FENCE_CUT = 1 };
int http_fence_enter(struct http_fence *fence, const uint8_t key[16],
                     struct http_request *req) MUST_CHECK;
/* Leaves all keys early, when the reply will hold nothing that the fence guards. Harmless when not
 * inside.
 */
void http_fence_leave(struct http_request *req);

/* Breaks off every reply entered under `key` and refuses new entries. Returns how many it broke
 * off. Never fails. From any thread; each cut needs its own lift. */
size_t http_fence_cut(struct http_fence *fence, const uint8_t key[16]);
void http_fence_lift(struct http_fence *fence, const uint8_t key[16]);

#endif
