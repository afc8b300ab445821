/* SPDX-License-Identifier: Apache-2.0
 *
 * One line a channel.
 */
#include "cli/channels.h"

#include "notify/push.h"
#include "notify/relay.h"
#include "notify/sms.h"
#include "notify/webhook.h"

size_t channels_fill(struct channel_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT])
{
    const struct settings *settings = parts->settings;
    size_t count = 0;
    parts->mail.settings = settings;
    if (*settings->mail.folder || *settings->mail.smtp_url)
        out[count++] = mail_channel(&parts->mail);
    webhook_channel(parts->webhooks, &out[count++]);
    push_channel(parts->push, &out[count++]);
    if (sms_is_on(parts->sms))
        out[count++] = sms_channel(parts->sms);
    if (relay_is_on(parts->relay))
        out[count++] = relay_channel(parts->relay);
    return count;
}
