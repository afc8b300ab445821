/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels that there are, for a server and for `porchlight admin` alike: what an administrator
 * does is told too, and its notices are sent by the server.
 */
#ifndef PORCHLIGHT_CHANNELS_H
#define PORCHLIGHT_CHANNELS_H

#include "notify/mail_channel.h"
#include "settings/settings.h"

/* What the channels send with, which the caller fills in. NULL outside a server: then they only say
 * whom to tell. */
struct webhooks;
struct channels_parts {
    const struct settings *settings;
    struct webhooks *webhooks;
    struct mail_channel mail;
};

/* Fills in the channels that the settings ask for, and gives their number. They borrow the parts.
 */
size_t channels_fill(struct channels_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT]);

#endif
