/* SPDX-License-Identifier: Apache-2.0
 *
 * One line a channel.
 */
#include "cli/channels.h"

#include "notify/push.h"
#include "notify/webhook.h"

size_t channels_fill(const struct channels_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT])
{
    size_t count = 0;
    push_channel(parts->push, &out[count++]);
    webhook_channel(parts->webhooks, &out[count++]);
    return count;
}
