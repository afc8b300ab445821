/* SPDX-License-Identifier: Apache-2.0
 *
 * What a mail server said about a mailbox, kept (store/mailbox.h): a refusal for good makes it
 * rest, twice as long each time; a message that was taken clears it.
 */
#ifndef PORCHLIGHT_MAIL_BOUNCE_H
#define PORCHLIGHT_MAIL_BOUNCE_H

#include "settings/settings.h"
#include "store/store.h"

/* The reply to a message of `now`: 250, 550 … Others than 2xx and 5xx say nothing of the mailbox. 0
 * or a fault. */
struct mail_reply {
    const char *email; /* lower case */
    int status;
    int64_t now;
};
int mail_bounce_note(struct db_tx *tx, const struct settings *settings,
                     const struct mail_reply *reply) MUST_CHECK;

/* Is the mailbox to be left alone at `now`? 0 or a fault. */
int mail_bounce_rests(struct db_tx *tx, const uint8_t address_hash[STORE_HASH], int64_t now,
                      bool *out) MUST_CHECK;

/* A 5xx that is about us and not about the mailbox: we are not signed in as the server wants. */
bool mail_bounce_is_ours(int status);

#endif
