/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels that there are, for a server and for `porchlight admin` alike: what an administrator
 * does is told too, and its notices are sent by the server.
 */
#ifndef PORCHLIGHT_CHANNELS_H
#define PORCHLIGHT_CHANNELS_H

#include "notify/channel.h"
#include "settings/settings.h"

/* Fills in the channels and gives their number. They borrow the settings. */
size_t channels_fill(const struct settings *settings, struct channel out[NOTICE_CHANNEL_COUNT]);

#endif
