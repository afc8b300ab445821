/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver's round: which open stops a driver has, and in which order. There is no row of a round:
 * it is a driver's open stops by their position. To set one anew: store_round_clear, then
 * store_round_place for each stop, then store_round_leave, all in one transaction.
 */
#ifndef PORCHLIGHT_STORE_ROUND_H
#define PORCHLIGHT_STORE_ROUND_H

#include "store/store.h"

/* Takes the position from every open stop of a driver. 0 or a fault. */
int store_round_clear(struct db_tx *tx, const char *driver_id) MUST_CHECK;
/* Puts a delivery on the driver's round at a position, from 1; another driver loses it. Its
 * changed_at is `now` when the driver is another one, and stays otherwise. */
int store_round_place(struct db_tx *tx, const char *delivery_id, const char *driver_id,
                      int position, int64_t now) MUST_CHECK;
/* Unassigns the driver's open stops that have no position. 0 or a fault. */
int store_round_leave(struct db_tx *tx, const char *driver_id, int64_t now) MUST_CHECK;

#endif
