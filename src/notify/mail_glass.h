/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling administrators that one of them looked at a photo without a case: each who answers for
 * the delivery's shipper gets a mail of their own, whoever it was. Nobody can switch it off.
 */
#ifndef PORCHLIGHT_MAIL_GLASS_H
#define PORCHLIGHT_MAIL_GLASS_H

#include <jansson.h>

#include "notify/channel.h"

/* In the event's transaction: a notice for each of them, in a line of their own, whose payload is
 * the agent's id. Nothing for any other event. 0 or a fault. */
int mail_glass_address(struct db_tx *tx, const struct tell_about *about,
                       struct notice_list *list) MUST_CHECK;

/* Is the notice one of these? */
bool mail_glass_is(const struct notice *notice);

/* At the moment of sending: whose mailbox, in the notice's arena, and what the letter reads. NULL
 * in *email_out: there is nobody to tell any more. 0 or a fault. */
int mail_glass_read(struct db_tx *tx, const struct notice *notice, const char **email_out,
                    json_t **data_out) MUST_CHECK;

#endif
