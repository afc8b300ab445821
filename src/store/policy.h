/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts that the policy asks for, read from the tables as they are in this transaction. Whoever
 * asks on behalf of an actor adds who it is, and what depends on that (the open case, the live
 * look).
 */
#ifndef PORCHLIGHT_STORE_POLICY_H
#define PORCHLIGHT_STORE_POLICY_H

#include "domain/delivery.h"
#include "domain/policy.h"
#include "store/store.h"

/* Fills all but actor, case_open and look_live, for a delivery and its shipper: two queries, for
 * the recipient's word for all deliveries and for what is refused at an address or on the shipper's
 * word. 0 or a fault. */
int store_policy_facts(struct db_tx *tx, const struct delivery *delivery,
                       const struct shipper *shipper, struct arena *arena,
                       struct policy_facts *out) MUST_CHECK;

/* The same for the deliveries of a recipient, newest first: narrow rows, whatever people wrote into
 * the deliveries. What is said for the account, at an address and by a shipper is not in them. */
struct store_facts_row {
    char delivery_id[ID_ROOM];
    struct policy_facts facts;
};
STORE_LIST(store_facts, struct store_facts_row);
int store_policy_of_recipient(struct db_tx *tx, const char *email, const struct store_page *page,
                              struct arena *arena, struct store_facts *out) MUST_CHECK;

#endif
