/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels that there are, for a server and for `porchlight admin` alike: what an administrator
 * does is told too, and its notices are sent by the server.
 */
#ifndef PORCHLIGHT_CHANNELS_H
#define PORCHLIGHT_CHANNELS_H

#include "notify/mail_channel.h"
#include "settings/settings.h"

struct push;
struct relay;
struct sms;
struct webhooks;

/* What the channels work with: the caller fills in what it has, which for `admin` is settings and
 * secrets. */
struct channel_parts {
    const struct settings *settings;
    struct mail_channel mail;
    struct push *push; /* NULL outside a server: then it only says whom to tell */
    struct webhooks *webhooks;
    struct sms *sms; /* always there, as the next */
    struct relay *relay;
};

/* Fills in the channels that the settings ask for, and gives their number. They borrow the parts.
 */
size_t channels_fill(struct channel_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT]);

#endif
