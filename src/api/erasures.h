/* SPDX-License-Identifier: Apache-2.0
 *
 * Receipts of erasures (ledger/erasure.h): what a recipient is told of a photo that is erased, by
 * whomever it was.
 */
#ifndef PORCHLIGHT_API_ERASURES_H
#define PORCHLIGHT_API_ERASURES_H

#include "api/call.h"
#include "jobs/destroy.h"

/* GET /v1/me/orders/{id}/erasure?attempt=&download= */
void erasures_get(struct http_request *req);

/* The receipt of an erased photo, whose id, delivery, attempt and reason are given: 0,
 * STORE_NOT_FOUND, or a fault. */
int erasures_shape(struct call *call, struct db_tx *tx, const struct photo *photo,
                   json_t **out) MUST_CHECK;

/* Photos that were erased just now, all for the same reason. */
struct erasures {
    int count;
    char photo_ids[DESTROY_NOW][ID_ROOM];
    struct destroy_now keys[DESTROY_NOW]; /* of those that have no other; they go at once */
    int key_count;
    const char *reason;
    int64_t later_until; /* others wait for an open case, until then at the latest; 0: none */
};

/* Notes one, as it is before it is erased. */
void erasures_note(struct erasures *erasures, const struct photo *photo);

/* After the erasures have committed: destroys the keys, so that the answer says what is so, and
 * puts the receipts into it. What cannot be done now the jobs do. 0 or a fault. */
int erasures_end(struct call *call, const struct erasures *erasures,
                 struct answer *answer) MUST_CHECK;

#endif
