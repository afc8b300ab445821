/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an upload: all bytes are durable, so the photo is accepted in one transaction and the
 * request is left to the verdict (design D1); or too many wait for theirs, and it is to come back;
 * or they are not the bytes that were announced.
 */
#ifndef PORCHLIGHT_UPLOAD_FINISH_H
#define PORCHLIGHT_UPLOAD_FINISH_H

#include "api/accept.h"
#include "intake/staging.h"

/* Whether the upload at this offset is whole. */
bool upload_finish_is_whole(const struct upload_call *upload, uint64_t offset);

/* Finishes a whole upload and sees to the answer: now, or when the verdict is in. A row that is not
 * in the table yet is inserted in the same transaction. */
enum upload_row { UPLOAD_ROW_KNOWN, UPLOAD_ROW_NEW };
void upload_finish(struct call *call, const struct staging_state *state, enum upload_row row);

/* Ends the upload that a new one of the same stop replaces, in the transaction that inserts the new
 * one. 0 or a fault. */
int upload_finish_replaced(struct call *call, struct db_tx *tx) MUST_CHECK;

#endif
