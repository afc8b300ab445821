/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel of text messages: to recipients' phones, through a gateway that speaks Twilio's form.
 *
 * A message costs money, so it is decided and counted in the event's own transaction: not to a
 * country that is not served, a number whose owner said STOP, or beyond the caps of the number and
 * of its country within a day; not when it would be longer than `sms-segments`. The log knows
 * numbers by a keyed hash.
 */
#ifndef PORCHLIGHT_SMS_H
#define PORCHLIGHT_SMS_H

#include "notify/texts.h"
#include "notify/twilio.h"
#include "settings/settings.h"

struct sms;

/* Reads the token's file. `secret` keys the hashes of numbers; it and the rest is copied, settings
 * are borrowed. 0 or a fault, with NULL. */
int sms_new(const struct settings *settings, const struct texts *texts, const uint8_t secret[32],
            struct sms **sms_out) MUST_CHECK;
void sms_free(struct sms **sms);

/* False where no account is set: then nobody is told. */
bool sms_is_on(const struct sms *sms);

struct channel sms_channel(struct sms *sms);

void sms_number_hash(const struct sms *sms, const char *phone, uint8_t out[STORE_HASH]);

/* True when a callback to a path of ours is the gateway's own (twilio_is_signed). */
bool sms_is_signed(const struct sms *sms, const char *path, struct twilio_pair *pairs, size_t count,
                   const char *signature);

/* The path under which the gateway tells how message `id` goes on. */
#define SMS_STATUS_PATH "/v1/sms/status/"

#endif
