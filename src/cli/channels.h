/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels that there are, for a server and for `porchlight admin` alike: what an administrator
 * does is told too, and its notices are sent by the server.
 */
#ifndef PORCHLIGHT_CHANNELS_H
#define PORCHLIGHT_CHANNELS_H

#include "notify/channel.h"
#include "settings/settings.h"

/* What the channels send with. NULL outside a server: then they only say whom to tell. */
struct push;
struct webhooks;
struct channels_parts {
    const struct settings *settings;
    struct webhooks *webhooks;
    struct push *push;
};

/* Fills in the channels and gives their number. They borrow the parts. */
size_t channels_fill(const struct channels_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT]);

#endif
