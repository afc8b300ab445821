/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail as a channel of the outbox: which events are mailed to the recipient, in which letter, and
 * what the mail server's answer means. There are two lines to the mail server, one for the course
 * of deliveries and one for what support does, so that one that is down is asked less and less
 * often.
 *
 * An address stands in no notice: it is read from the delivery at the moment of sending, together
 * with what the recipient says about mail, whether the mailbox rests, quiet hours, and whether the
 * letter is still true. One of a photo that was withheld or erased meanwhile is not sent.
 *
 * Codes to sign in go another way (jobs/mail.h): none waits behind a hundred thousand notices.
 */
#ifndef PORCHLIGHT_MAIL_CHANNEL_H
#define PORCHLIGHT_MAIL_CHANNEL_H

#include "notify/channel.h"
#include "settings/settings.h"

struct letters;
struct mailer;

/* What the channel works with; must outlive it. For `admin`, which only addresses, mailer and
 * letters are NULL. */
struct mail_channel {
    const struct settings *settings;
    struct mailer *mailer;
    struct letters *letters;
    uint8_t secret[32]; /* of links in mail */
};

struct channel mail_channel(struct mail_channel *channel);

/* The notice of a test message to an account's own address: insert it, and wake the sender. */
void mail_channel_test(const char *account_id, int64_t now, struct store_notice *out);

#endif
