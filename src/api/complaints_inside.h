/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two files about complaints share. For complaints*.c only.
 */
#ifndef PORCHLIGHT_COMPLAINTS_INSIDE_H
#define PORCHLIGHT_COMPLAINTS_INSIDE_H

#include "api/call.h"
#include "store/complaint.h"

/* The link's token: the id, and half an HMAC of it. */
enum { COMPLAINT_TOKEN_ROOM = 44 };
void complaint_token(const struct api *api, const char *id, char out[COMPLAINT_TOKEN_ROOM]);

/* A complaint with all its words. `whole`: with what only the desk reads. */
int complaint_shape(struct call *call, struct db_tx *tx, const struct store_complaint *row,
                    bool whole, json_t **out) MUST_CHECK;

/* Adds a word, if there is room, and moves the complaint. */
int complaint_say(struct call *call, struct db_tx *tx, struct store_complaint *row,
                  const char *text, struct answer *answer) MUST_CHECK;

#endif
