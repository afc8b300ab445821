/* SPDX-License-Identifier: Apache-2.0
 *
 * Which letter an event is, and whether it is still true. Apart from the letters' words and the
 * way that they travel, so that both questions stand side by side: what is asked in the event's
 * transaction is asked again when it is sent.
 */
#ifndef PORCHLIGHT_MAIL_NEWS_H
#define PORCHLIGHT_MAIL_NEWS_H

#include <jansson.h>

#include "notify/channel.h"
#include "notify/letter.h"
#include "settings/settings.h"

/* Is the event mailed to a recipient who has said nothing against it? Then *at_out is when, at the
 * earliest: a delivery's mail waits a little for its photo, so that one tells both. */
bool mail_news_is(const struct settings *settings, const struct tell_about *about, int64_t *at_out);

/* At the moment of sending. 0: *letter_out is still true. MAIL_NEWS_STALE: it is not, or another
 * one told it. Or a fault. */
enum { MAIL_NEWS_STALE = 1 };
struct mail_moment {
    const struct settings *settings;
    const struct store_event *event;
    const struct delivery *delivery; /* as it is now */
    const struct quiet *quiet;       /* the recipient's */
};
int mail_news_letter(struct db_tx *tx, const struct mail_moment *moment, struct arena *arena,
                     enum letter *letter_out) MUST_CHECK;

/* What the letter says of the photo: a word for `first`. */
const char *mail_news_photo(const struct delivery *delivery);

#endif
