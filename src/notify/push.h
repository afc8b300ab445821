/* SPDX-License-Identifier: Apache-2.0
 *
 * Web Push as a channel (RFC 8030): recipients' phones and browsers are told that something became
 * of a parcel of theirs, and nothing about what, where or for whom (R12). A message says which kind
 * of event, which order and its number, and nothing else; the sentence is made on the phone
 * (web/recipient/sw.js), and a picture never passes through a push service.
 *
 * A recipient is told of what became of the delivery, of the photo, of what support wrote into a
 * case, and that someone looked at the photo. What was so when the event happened is asked again
 * when the message is sent: a photo that was withheld or erased meanwhile is not told of, nor is a
 * delivery that was made someone else's, nor a state that has been passed.
 */
#ifndef PORCHLIGHT_PUSH_H
#define PORCHLIGHT_PUSH_H

#include "notify/channel.h"
#include "settings/settings.h"

struct keys;
struct push;

/* Both must outlive it. 0 or a fault. */
int push_new(const struct settings *settings, struct keys *keys, struct push **out) MUST_CHECK;
/* NULL is harmless; *push becomes NULL. */
void push_free(struct push **push);

/* What browsers subscribe with. */
const char *push_application_key(const struct push *push);

/* The channel, for the outbox: CHANNEL_PUSH, whose targets are subscriptions. */
void push_channel(struct push *push, struct channel *out);

/* Queues the one message that belongs to no event: the test of a subscription. 0 or a fault. */
int push_queue_test(struct db_tx *tx, const char *subscription_id, int64_t now) MUST_CHECK;

#endif
