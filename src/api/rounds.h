/* SPDX-License-Identifier: Apache-2.0
 *
 * Rounds: which deliveries a driver takes, and in which order. A round is a driver's open stops and
 * has no other existence. Handlers of api/routes.c, and the setting itself, which `porchlight
 * admin` does too.
 */
#ifndef PORCHLIGHT_ROUNDS_H
#define PORCHLIGHT_ROUNDS_H

#include "base/arena.h"
#include "db/db.h"
#include "store/driver.h"

struct answer;
struct call;
struct http_request;

void rounds_get(struct http_request *req);
void rounds_put(struct http_request *req);
/* The round of the driver {id} of the path, as an operation for the desk's page. */
int rounds_op_get(struct call *call, struct db_tx *tx, struct answer *answer);

/* Why a delivery cannot be on a round; each has a sentence. */
enum rounds_result {
    ROUNDS_UNKNOWN = 1, /* no such delivery of the driver's shipper */
    ROUNDS_TWICE,       /* it stands in the list already */
    ROUNDS_ENDED,       /* delivered, returned or cancelled, and not by this driver */
};
const char *rounds_sentence(enum rounds_result result);

/* A new order of a driver's round. */
struct round {
    const struct store_driver *driver;
    const char *const *delivery_ids; /* `count` of them, in order */
    int count;
    int64_t now;
};
/* Sets it: these deliveries are the driver's, in this order, whoever had them before; what was on
 * the round and is not named is nobody's. What has ended keeps its driver. 0; a rounds_result with
 * the place of the delivery at fault in *wrong_out, and then the transaction must not commit; or a
 * fault. */
int rounds_set(struct db_tx *tx, struct arena *arena, const struct round *round,
               int *wrong_out) MUST_CHECK;

#endif
