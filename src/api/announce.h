/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shipper announces: a delivery's fields read and checked, and the delivery made. One reader
 * for the API's bodies and for the rows of an import, so that both take and refuse the same.
 */
#ifndef PORCHLIGHT_ANNOUNCE_H
#define PORCHLIGHT_ANNOUNCE_H

#include "api/fields.h"
#include "base/arena.h"
#include "db/db.h"
#include "domain/delivery.h"
#include "domain/policy.h"
#include "notify/tell.h"
#include "settings/settings.h"

/* What the functions work with; the arena must outlive the deliveries that are read. */
struct announce {
    const struct settings *settings;
    struct arena *arena;
    int64_t now;
    struct telling *telling; /* of the transaction that inserts */
};

/* Expected outcomes of a write; each has a sentence for whoever announced. */
enum announce_result {
    ANNOUNCE_NO_DRIVER = 1, /* field driver_id: unknown, another shipper's, or shut out */
    ANNOUNCE_TAKEN          /* field reference: the shipper has a delivery of that reference */
};
const char *announce_sentence(enum announce_result result);

/* Reads what creation and change have in common over what is in `delivery` already. The caller ends
 * the fields. */
void announce_read(const struct announce *announce, struct fields *body, struct delivery *delivery);
/* Reads a new delivery whole, and ends the fields. */
void announce_read_new(const struct announce *announce, struct fields *body,
                       const struct shipper *shipper, struct delivery *delivery);

/* A driver must be the shipper's own and still work; any other reads as unknown. 0,
 * ANNOUNCE_NO_DRIVER or a fault. */
int announce_check_driver(const struct announce *announce, struct db_tx *tx,
                          const struct delivery *delivery) MUST_CHECK;
/* A recipient who left and had refused all photos is not photographed: a delivery that comes for
 * their address is refused from the beginning. 0 or a fault. */
int announce_heed_refusal(struct db_tx *tx, struct delivery *delivery) MUST_CHECK;
/* Brings the state of a photo that is not there yet in line with what is asked and said now. */
void announce_place_photo(struct delivery *delivery, const struct policy_facts *facts);
/* Gives a delivery that was read whole its id, parcels and photo's state, and inserts it. 0, an
 * announce_result or a fault. */
int announce_insert(const struct announce *announce, struct db_tx *tx,
                    const struct shipper *shipper, struct delivery *delivery) MUST_CHECK;

#endif
