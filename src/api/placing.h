/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said about photos takes effect on those that are still to come: in the same transaction,
 * on each delivery that is under way, as the policy says with all that is said now (R6).
 *
 * How many are gone through is bounded. One beyond that is asked for by the policy whenever its
 * photo matters, and told as it stands whenever it is read.
 */
#ifndef PORCHLIGHT_PLACING_H
#define PORCHLIGHT_PLACING_H

#include "api/call.h"
#include "store/refusal.h"

/* The recipient's deliveries: the newest thousand. 0 or a fault. */
int placing_of_recipient(struct call *call, struct db_tx *tx, const char *email) MUST_CHECK;

/* A shipper's deliveries that a refusal speaks of: among the newest thousand of each state in which
 * the driver is still to come. 0 or a fault. */
int placing_of_shipper(struct call *call, struct db_tx *tx,
                       const struct store_refusal *refusal) MUST_CHECK;

#endif
