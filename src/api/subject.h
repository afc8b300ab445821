/* SPDX-License-Identifier: Apache-2.0
 *
 * What a call is about: a delivery with all that the policy must know of it, read in one
 * transaction together with how the actor stands to it. Every operation on a delivery begins with
 * subject_load and subject_ask, or subject_need, which is both.
 *
 * A delivery may have a photo of each attempt. What is told of a delivery's photo is told of the
 * present attempt's; what can be seen, looked at, withheld or erased is every photo that is there,
 * so those questions go over `live`, and `asked` is the one that is meant.
 */
#ifndef PORCHLIGHT_SUBJECT_H
#define PORCHLIGHT_SUBJECT_H

#include "api/call.h"
#include "domain/delivery.h"
#include "store/case.h"
#include "store/look.h"
#include "store/photo.h"
#include "store/share.h"

struct subject {
    struct delivery delivery;
    struct shipper shipper;
    bool has_photo; /* of the present attempt, in whatever state */
    struct photo photo;
    struct store_photos live; /* of all attempts, the newest first */
    struct photo *asked;      /* one of them, at first the newest; NULL: none is meant or there */
    bool has_case;            /* an open one */
    struct store_case open_case;
    bool has_look; /* a live one, of this agent's session, on the photo that is asked for */
    struct store_look look;
    struct store_shares shares; /* of shipper and buyer, who may see a photo by them; else see
                                   subject_load_shares */
    struct policy_facts facts;
};

/* Reads the delivery and the facts, a photo that is still to come where all that is said by now
 * puts it. 0, STORE_NOT_FOUND, or a fault. A delivery that is not the actor's is found too: ask. */
int subject_load(struct call *call, struct db_tx *tx, const char *delivery_id,
                 struct subject *out) MUST_CHECK;

/* Means the photo of that attempt (0: of the newest that has one, as after subject_load), or the
 * one of that id. It may be that there is none: then there is no photo to see, look at or erase.
 * subject_pick_attempt reads whether an agent has a look at it: 0 or a fault. */
int subject_pick_attempt(struct call *call, struct db_tx *tx, struct subject *subject,
                         int attempt) MUST_CHECK;
void subject_pick_photo(struct subject *subject, const char *photo_id);

/* Reads whom the delivery's photos are shared with, for those who do not see them by that. 0 or a
 * fault. */
int subject_load_shares(struct call *call, struct db_tx *tx, struct subject *subject) MUST_CHECK;
/* Is the photo shared with them, by what was read? */
bool subject_shares(const struct subject *subject, const struct photo *photo, enum share with);

/* Reads whether an open case holds the photos: facts.held, and that case. 0 or a fault. */
int subject_load_hold(struct call *call, struct db_tx *tx, struct subject *subject) MUST_CHECK;

/* How somebody stands to a delivery. */
enum policy_actor subject_relation(const struct actor *actor, const struct delivery *delivery);

/* Asks the policy: of a picture, about the photo that is meant; else about the delivery. */
enum policy_answer subject_ask(const struct subject *subject, enum policy_purpose purpose);

/* The `attempt` of the query, 0 when none is named. False: the answer refuses. */
bool subject_read_attempt(struct call *call, int *attempt_out, struct answer *answer);

/* Loads and asks in one: 0 and a subject that may be used for the purpose, CALL_REFUSE with the
 * answer filled, or a fault. */
int subject_need(struct call *call, struct db_tx *tx, const char *delivery_id,
                 enum policy_purpose purpose, struct answer *answer,
                 struct subject *out) MUST_CHECK;

#endif
