/* SPDX-License-Identifier: Apache-2.0
 *
 * The picture as an agent sees it: with who looks, under which case and since when written over it
 * in the sandboxed worker (photo/mark.h). It is made for each request, in memory, from the photo
 * and the look alone, so that the same look always gets the same bytes; nothing of it is stored.
 * Where it cannot be made the answer is 503: nothing unmarked leaves in its place.
 */
#ifndef PORCHLIGHT_MARKED_H
#define PORCHLIGHT_MARKED_H

#include "api/photos.h"
#include "blob/seal.h"

/* Replies with the photo, marked, no longer than until what->until. Blocks: call it on the pool,
 * inside the fence, when the policy has allowed it. what->look is there. */
void marked_send(struct call *call, const struct photos_sent *what, enum sealed_kind kind);

#endif
