/* SPDX-License-Identifier: Apache-2.0
 *
 * What POST and PATCH do alike with a body. On the network thread: nothing here waits for a disk.
 */
#ifndef PORCHLIGHT_UPLOAD_BODY_H
#define PORCHLIGHT_UPLOAD_BODY_H

#include "api/accept.h"

/* Too many photos wait for their verdict: none is acknowledged before some have had it. */
bool upload_body_is_busy(const struct call *call);
/* False, and replied, when too many photos wait for their verdict or the disk is nearly full. */
bool upload_body_has_room(struct call *call);
/* Begins the body at `offset`; as uploads_begin. */
int upload_body_begin(struct call *call, uint64_t offset,
                      const struct tus_checksum *checksum) MUST_CHECK;
/* Destroys the staging of an upload whose row was not inserted. `result` is what the transaction
 * said: after -EIO nobody knows what is on the disk, and the next start finds out. */
void upload_body_drop(struct call *call, int result);
/* http_sink.write: adds what arrived; drops it where no body was begun. */
int upload_body_write(struct http_request *req, struct span data);

#endif
