/* SPDX-License-Identifier: Apache-2.0
 *
 * One line a channel.
 */
#include "cli/channels.h"

#include "notify/webhook.h"

size_t channels_fill(struct channels_parts *parts, struct channel out[NOTICE_CHANNEL_COUNT])
{
    const struct settings *settings = parts->settings;
    size_t count = 0;
    webhook_channel(parts->webhooks, &out[count++]);
    parts->mail.settings = settings;
    if (*settings->mail.folder || *settings->mail.smtp_url)
        out[count++] = mail_channel(&parts->mail);
    return count;
}
