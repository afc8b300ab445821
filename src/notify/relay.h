/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel to everything else: each text for a recipient becomes one JSON request to an address
 * of the operator's, such as a bridge to a messenger or another text gateway:
 *
 *     {"id": "ntc_…", "type": "delivery.delivered", "delivery_id": "dlv_…", "to": "+49…",
 *      "text": "Your parcel was delivered. https://…"}
 *
 * Any 2xx is success; a 4xx that speaks of the message (400, 410, 413, 422 …) refuses it for good.
 * The id is the same at every attempt.
 */
#ifndef PORCHLIGHT_RELAY_H
#define PORCHLIGHT_RELAY_H

#include "notify/texts.h"
#include "settings/settings.h"

struct relay;

/* Reads the token's file. Settings are borrowed. 0 or a fault, with NULL. */
int relay_new(const struct settings *settings, const struct texts *texts,
              struct relay **relay_out) MUST_CHECK;
void relay_free(struct relay **relay);

/* False where no address is set: then nobody is told. */
bool relay_is_on(const struct relay *relay);

struct channel relay_channel(struct relay *relay);

#endif
