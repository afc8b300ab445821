/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel to shippers' systems: webhooks by Standard Webhooks 1.0.0. docs/webhooks.md tells
 * shippers what comes; this is where it is made.
 *
 * An event goes to every endpoint of its shipper that wants its kind. What is sent is thin, ids and
 * states: never a photo, a name or an address. webhook-id is the event's id, the same over all
 * attempts and over all sending again, so that a receiver can tell what it has.
 *
 * At the moment of sending it is asked again whether the endpoint wants this, and whether it is
 * still true: `photo.posted` of a photo that was withheld or erased meanwhile is not sent. The data
 * of all else say how things stood when it happened, and where delivery and photo stand now.
 */
#ifndef PORCHLIGHT_WEBHOOK_H
#define PORCHLIGHT_WEBHOOK_H

#include "notify/channel.h"
#include "settings/settings.h"
#include "store/endpoint.h"

enum { WEBHOOK_RETRIES = 20 }; /* pauses in the setting at most (settings/value.c) */

#define WEBHOOK_PING    "webhook.ping"
#define WEBHOOK_STOPPED "webhook.stopped"

struct webhooks {
    const struct settings *settings;
    uint8_t secret[32]; /* of the installation, for webhooks; see webhook_sign.h */
    int64_t schedule[WEBHOOK_RETRIES];
    int schedule_count;
};

void webhooks_init(struct webhooks *webhooks, const struct settings *settings,
                   const uint8_t secret[32]);
/* The channel; `webhooks` must outlive it. NULL: it only says whom to tell. */
void webhook_channel(struct webhooks *webhooks, struct channel *out);

/* A ping to one endpoint, whatever it wants; its webhook-id comes out. 0 or a fault. */
int webhook_queue_ping(struct db_tx *tx, const char *endpoint_id, int64_t now,
                       char event_id_out[ID_ROOM]) MUST_CHECK;
/* An event to one endpoint again, whatever it wants. 0 or a fault. */
int webhook_queue_again(struct db_tx *tx, const char *endpoint_id, const struct store_event *event,
                        int64_t now) MUST_CHECK;

#endif
