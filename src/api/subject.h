/* SPDX-License-Identifier: Apache-2.0
 *
 * What a call is about: a delivery with all that the policy must know of it, read in one
 * transaction together with how the actor stands to it. Every operation on a delivery begins with
 * subject_load and subject_ask.
 */
#ifndef PORCHLIGHT_SUBJECT_H
#define PORCHLIGHT_SUBJECT_H

#include "api/call.h"
#include "domain/delivery.h"
#include "store/case.h"
#include "store/look.h"

struct subject {
    struct delivery delivery;
    struct shipper shipper;
    bool has_photo; /* of the current attempt, in whatever state */
    struct photo photo;
    bool has_case; /* an open one */
    struct store_case open_case;
    bool has_look; /* a live one, of this agent's session, on this photo */
    struct store_look look;
    struct policy_facts facts;
};

/* Reads the delivery and the facts. 0, STORE_NOT_FOUND, or a fault. A delivery that is not the
 * actor's is found too: ask. */
int subject_load(struct call *call, struct db_tx *tx, const char *delivery_id,
                 struct subject *out) MUST_CHECK;

/* Loads and asks in one: 0 and a subject that may be used for the purpose, CALL_REFUSE with the
 * answer filled, or a fault. */
int subject_need(struct call *call, struct db_tx *tx, const char *delivery_id,
                 enum policy_purpose purpose, struct answer *answer,
                 struct subject *out) MUST_CHECK;

#endif
