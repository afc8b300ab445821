/* SPDX-License-Identifier: Apache-2.0
 *
 * The PIN that a recipient gives at the door in place of a photo. It is an HMAC over the delivery,
 * the version of its token and the recipient's contact, under a secret of the installation: it is
 * stored nowhere, another recipient has another, and a new tracking link brings a new one.
 */
#ifndef PORCHLIGHT_PIN_H
#define PORCHLIGHT_PIN_H

#include "base/base.h"
#include "domain/delivery.h"

struct api;

enum { PIN_DIGITS = 6, PIN_ROOM = PIN_DIGITS + 1 };

void pin_of(const struct api *api, const struct delivery *delivery, char out[PIN_ROOM]);

/* Is this the delivery's PIN, however it is spaced? In time that does not tell how near it is. */
bool pin_fits(const struct api *api, const struct delivery *delivery, const char *typed);

/* True when nothing but messages to a phone reaches the recipient. */
bool pin_is_by_phone(const struct delivery *delivery);

/* Has the recipient a PIN to give: the driver is still to come, and they can read it, signed in or,
 * by phone only, behind the link that was sent there, once no photo is to come? */
bool pin_is_known(const struct api *api, const struct delivery *delivery);

#endif
