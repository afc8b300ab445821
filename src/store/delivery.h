/* SPDX-License-Identifier: Apache-2.0
 *
 * Deliveries: the table that grows to ten million rows. Every list is by index; none costs more
 * than the rows it returns.
 */
#ifndef PORCHLIGHT_STORE_DELIVERY_H
#define PORCHLIGHT_STORE_DELIVERY_H

#include "domain/delivery.h"
#include "domain/policy.h"
#include "store/store.h"

/* 0, or STORE_EXISTS: the shipper has a delivery of that reference. Address lines hold no line
 * break. */
int store_delivery_insert(struct db_tx *tx, const struct delivery *delivery) MUST_CHECK;
int store_delivery_get(struct db_tx *tx, const char *id, struct arena *arena,
                       struct delivery *out) MUST_CHECK;
int store_delivery_by_reference(struct db_tx *tx, const char *shipper_id, const char *reference,
                                struct arena *arena, struct delivery *out) MUST_CHECK;

/* Writes the whole row by its id, apart from what never changes: shipper, reference, created_at. */
int store_delivery_update(struct db_tx *tx, const struct delivery *delivery) MUST_CHECK;
/* The same for what the driver's work and the photo change, and nothing else: state, attempt and
 * its reason, left_at, proof, the two delivered times, the photo's state, reason and id,
 * changed_at. Cheaper: for the hot path. */
int store_delivery_move(struct db_tx *tx, const struct delivery *delivery) MUST_CHECK;
/* Only where its photo stands, and changed_at. STORE_NOT_FOUND when there is no such delivery. */
int store_delivery_place_photo(struct db_tx *tx, const char *id, const struct photo_place *place,
                               int64_t now) MUST_CHECK;
/* Revokes the older tracking links. */
int store_delivery_set_token_version(struct db_tx *tx, const char *id, int version) MUST_CHECK;

STORE_LIST(store_deliveries, struct delivery);
/* Those of this reference, of whichever shippers: at most `limit`. */
int store_delivery_of_reference(struct db_tx *tx, const char *reference, int limit,
                                struct arena *arena, struct store_deliveries *out) MUST_CHECK;

/* What a shipper's list is narrowed to; all that is given must hold. */
struct store_delivery_filter {
    const char *shipper_id; /* must be given */
    const char *driver_id;  /* NULL = any */
    const char *reference;  /* NULL = any; exact */
    bool by_state;
    enum delivery_state state; /* when by_state */
};
/* Newest first. */
int store_delivery_list(struct db_tx *tx, const struct store_delivery_filter *filter,
                        const struct store_page *page, struct arena *arena,
                        struct store_deliveries *out) MUST_CHECK;

/* A driver's open stops (created, out_for_delivery, attempted), in the order of the round, those
 * without a position last and in the order they were made; at most `limit`, itself at most
 * STORE_PAGE_LIMIT; `more` says that there are others. */
int store_delivery_stops(struct db_tx *tx, const char *driver_id, int limit, struct arena *arena,
                         struct store_deliveries *out) MUST_CHECK;

/* The orders of an account, newest first: deliveries whose recipient or buyer has this e-mail
 * (lower case). Which of the two it is, the rows say. */
int store_delivery_orders(struct db_tx *tx, const char *email, const struct store_page *page,
                          struct arena *arena, struct store_deliveries *out) MUST_CHECK;

/* Deliveries that were delivered or attempted (delivered_received_at) before `before` and whose
 * photo is still expected; the longest overdue first, at most `limit`. */
int store_delivery_overdue(struct db_tx *tx, int64_t before, int limit, struct arena *arena,
                           struct store_deliveries *out) MUST_CHECK;

#endif
