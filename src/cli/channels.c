/* SPDX-License-Identifier: Apache-2.0
 *
 * One line a channel.
 */
#include "cli/channels.h"

#include "notify/relay.h"
#include "notify/sms.h"

size_t channels_fill(const struct channels_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT])
{
    size_t count = 0;
    out[count++] = sms_channel(parts->sms);
    out[count++] = relay_channel(parts->relay);
    return count;
}
