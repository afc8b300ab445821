/* SPDX-License-Identifier: Apache-2.0
 *
 * An SMTP reply does not say for certain whose fault it is, so no mailbox is given up for ever.
 */
#include "notify/mail_bounce.h"

#include "base/clock.h"
#include "store/mailbox.h"
#include "store/preference.h"

enum { MOST_DOUBLINGS = 6 };

bool mail_bounce_is_ours(int status)
{
    return status == 530 || status == 534 || status == 535 || status == 538;
}

int mail_bounce_note(struct db_tx *tx, const struct settings *settings,
                     const struct mail_reply *reply)
{
    struct store_mailbox box = {0};
    uint8_t hash[STORE_HASH];
    store_address_hash(reply->email, hash);
    if (reply->status >= 200 && reply->status <= 299)
        return store_mailbox_forget(tx, hash);
    if (reply->status < 500 || reply->status > 599 || mail_bounce_is_ours(reply->status))
        return 0;
    int result = store_mailbox_get(tx, hash, &box);
    if (result < 0)
        return result;
    int64_t rest = settings->mail.refused_hours * CLOCK_HOUR;
    for (int i = 0; i < box.refusals && i < MOST_DOUBLINGS; i++)
        rest *= 2;
    memcpy(box.address_hash, hash, sizeof hash);
    box.refusals++;
    box.reply = reply->status;
    box.refused_at = reply->now;
    box.rest_until = reply->now + rest;
    return store_mailbox_put(tx, &box);
}

int mail_bounce_rests(struct db_tx *tx, const uint8_t address_hash[STORE_HASH], int64_t now,
                      bool *out)
{
    struct store_mailbox box;
    int result = store_mailbox_get(tx, address_hash, &box);
    *out = result == 0 && box.rest_until > now;
    return result == STORE_NOT_FOUND ? 0 : result;
}
