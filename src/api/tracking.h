/* SPDX-License-Identifier: Apache-2.0
 *
 * Two things that are computed and nowhere stored, both HMACs under the installation's secrets: the
 * token of a tracking link (design D11), and the capture challenge that binds a photo to delivery,
 * device and attempt when it is taken (design 4).
 */
#ifndef PORCHLIGHT_TRACKING_H
#define PORCHLIGHT_TRACKING_H

#include "base/base.h"
#include "base/id.h"

struct api;
struct call;
struct db_tx;
struct delivery;

/* 32 bytes (the id and half an HMAC) in base64url, with NUL. */
#define TRACKING_TOKEN_ROOM 44

/* The token of a delivery's link at a version. */
void tracking_token(const struct api *api, const char *delivery_id, int version,
                    char out[TRACKING_TOKEN_ROOM]);

/* The delivery that a token names; false when it is no token at all. It proves nothing yet: read
 * the delivery, then ask tracking_is_valid with its version. */
bool tracking_names(const char *token, char delivery_id_out[ID_ROOM]);
bool tracking_is_valid(const struct api *api, const char *token, const char *delivery_id,
                       int version);

/* Reads the delivery of a valid token: 0, STORE_NOT_FOUND, or a fault. */
int tracking_find(struct call *call, struct db_tx *tx, const char *token,
                  struct delivery *out) MUST_CHECK;

/* The challenge of an attempt: 32 bytes, sent as base64url (43 characters). */
void tracking_challenge(const struct api *api, const char *delivery_id, const char *device_id,
                        int attempt, uint8_t out[32]);

#endif
