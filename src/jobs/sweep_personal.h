/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of housekeeping that end what is known of people (docs/privacy/retention.md):
 * deliveries are walked once in the order of their ids, when they have come of age; whatever else,
 * and deliveries whose day is another, is asked when it is due. Inside this folder only.
 */
#ifndef PORCHLIGHT_SWEEP_PERSONAL_H
#define PORCHLIGHT_SWEEP_PERSONAL_H

#include "db/db.h"

/* For db_write, with a struct sweep_step. */
int sweep_walk(struct db_tx *tx, void *step);
int sweep_personal(struct db_tx *tx, void *step);
/* Complaints whose day has come. */
int sweep_complaints(struct db_tx *tx, void *step);

/* The words that deliveries are found by, of those that were there before there were words; done
 * once and for all. */
int sweep_search(struct db_tx *tx, void *step);

#endif
