/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a photo as its recipient decides it: sooner than its date, or at once. An open case
 * holds it; then its deletion is accepted and waits, until the case is resolved or the hold's days
 * are over, whichever comes first, and can be withdrawn.
 */
#ifndef PORCHLIGHT_GOING_H
#define PORCHLIGHT_GOING_H

#include "api/subject.h"

void going_keep(struct http_request *req);   /* POST /v1/me/orders/{id}/keep-photo */
void going_sooner(struct http_request *req); /* PUT /v1/me/orders/{id}/photo */

/* The operations behind them, for the page's forms too. */
operation going_op_keep, going_op_sooner;

/* Writes down that the photo that is meant is to go when nothing holds it any more, and ends its
 * shares at once; the subject's hold was read. *until_out: until when at the latest. 0 or a fault.
 */
int going_ask(struct call *call, struct db_tx *tx, const struct subject *subject,
              int64_t *until_out) MUST_CHECK;
/* The answer to whoever asked. */
json_t *going_shape(int64_t until);

/* In the transaction that resolves a case: what waits is due, unless another case is open. 0 or a
 * fault. */
int going_release(struct call *call, struct db_tx *tx, const char *delivery_id) MUST_CHECK;
/* After its commit: erases what is due of the delivery, behind its fence. What fails here the
 * housekeeping does. Blocks. */
void going_carry_out(struct call *call, const char *delivery_id);

#endif
