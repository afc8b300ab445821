/* SPDX-License-Identifier: Apache-2.0
 *
 * The terms of a photo, which stand wherever it is shown: whose it is, what it is for, when it is
 * deleted and what holds it, who saw it and whom it is shared with, as far as the reader may know.
 */
#ifndef PORCHLIGHT_TERMS_H
#define PORCHLIGHT_TERMS_H

#include "api/subject.h"

/* Did somebody else order it? Who ordered for themselves is the recipient, and no buyer. */
bool terms_is_gift(const struct delivery *delivery);

/* Beside the photos of an order as its recipient reads it: `terms`, `shared`, and a deletion that
 * waits. `order` is its shape. 0 or a fault. */
int terms_put_order(struct call *call, struct db_tx *tx, const struct subject *subject,
                    json_t *order) MUST_CHECK;

/* The photo that the buyer may see, as `photo` of the order; without one, nothing. */
int terms_put_shared(struct call *call, struct db_tx *tx, const struct subject *subject,
                     json_t *order) MUST_CHECK;

/* Beside the photo's facts as its shipper reads them, `shape` being the delivery's: `shared`, and
 * `terms` where it is. `photo` may be NULL. */
int terms_put_facts(struct call *call, struct db_tx *tx, const struct photo *photo,
                    json_t *shape) MUST_CHECK;

/* What a sheet to print says of a photo's terms, as its recipient reads them: until when something
 * holds it past its date (0: nothing does), and whether it is shared. 0 or a fault. */
int terms_for_sheet(struct call *call, struct db_tx *tx, const struct photo *photo,
                    int64_t *held_until_out, bool *shared_out) MUST_CHECK;

/* The terms of a photo, or null for NULL, as an agent reads them. */
int terms_for_agent(struct call *call, struct db_tx *tx, const struct photo *photo,
                    json_t **out) MUST_CHECK;

#endif
