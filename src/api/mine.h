/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything held about a recipient, as JSON (docs/export.md): their account, and each delivery
 * with what is known beyond what its page shows. Of a delivery that they bought for somebody else,
 * no more than its page shows.
 */
#ifndef PORCHLIGHT_MINE_H
#define PORCHLIGHT_MINE_H

#include "api/call.h"
#include "domain/delivery.h"

/* Adds personal_data_delete_by to a recipient's order. 0 or a fault. */
int mine_add_delete_by(struct call *call, struct db_tx *tx, const char *delivery_id,
                       json_t *order) MUST_CHECK;

/* account.json. 0 and *out, or a fault. */
int mine_account(struct call *call, struct db_tx *tx, json_t **out) MUST_CHECK;
/* One delivery of deliveries.json. 0 and *out, STORE_NOT_FOUND, or a fault. */
int mine_delivery(struct call *call, struct db_tx *tx, const char *delivery_id,
                  json_t **out) MUST_CHECK;

/* The part of `held` that is of photos. 0 or a fault. */
int mine_add_photos(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                    json_t *held) MUST_CHECK;

/* The name of a photo's file in the archive. */
enum { MINE_FILE_ROOM = 56 };
void mine_file(const char *photo_id, char out[MINE_FILE_ROOM]);

#endif
