/* SPDX-License-Identifier: Apache-2.0
 *
 * What shows a delivery in place of a photo: read from the driver's report, and held against what
 * the delivery has. A PIN is the recipient's (api/pin.h), a scanned code must be one of the
 * parcels'; names and signatures can be held against nothing.
 *
 * Deliveries of one recipient at one door are given together, with one PIN or one scan: any of
 * theirs will do.
 */
#ifndef PORCHLIGHT_PROOFS_H
#define PORCHLIGHT_PROOFS_H

#include "api/call.h"
#include "domain/delivery.h"

struct given_proof {
    enum proof kind;   /* PROOF_NONE: none was given */
    const char *value; /* as it was given */
    bool late;         /* the driver has left and cannot be asked again */
    int64_t at;        /* when the phone says that it was given */
};

/* Reads the member `proof` of a report; failures are the fields'. */
void proofs_read(const struct call *call, struct fields *body, struct given_proof *out);

/* What is kept of it until the photo's day: a name or a signature, else NULL. */
const char *proofs_kept(const struct given_proof *given);

/* Holds it against `delivery`, whose proof_check becomes the outcome. 0; PROOFS_AGAIN with the
 * answer filled: a wrong PIN while the driver can still ask for the right one, which cost a try
 * that must be committed; or a fault. After `[delivery]
 * pin_tries` wrong ones no PIN of this delivery is right any more. */
enum { PROOFS_AGAIN = 20 };
int proofs_check(struct call *call, struct db_tx *tx, const struct given_proof *given,
                 struct delivery *delivery, struct answer *answer) MUST_CHECK;

/* JSON for those who may know: true, false, or null where nothing was held against anything. */
json_t *proofs_verified(const struct delivery *delivery);

/* The words of the proofs that are offered for a stop. */
json_t *proofs_offered(const struct call *call, const struct delivery *delivery);

#endif
