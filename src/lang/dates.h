/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments as people say them, in their language and in a delivery's time zone. All pure: `now` and
 * the zone are handed in. Times of day are of 24 hours in every language.
 */
#ifndef PORCHLIGHT_LANG_DATES_H
#define PORCHLIGHT_LANG_DATES_H

#include "lang/lang.h"

/* When is told from where: a moment, and the zone and the present that it is read in. */
struct lang_when {
    int64_t at;
    const char *zone; /* IANA name */
    int64_t now;
};

/* "today at 14:32", "yesterday at 09:05", "on Monday at 14:32" (the last six days), "on 3 November
 * at 14:32", with the year when it is another; and the same without the time of day. */
void lang_moment(const struct lang *lang, const struct lang_when *when, struct buf *out);
void lang_day(const struct lang *lang, const struct lang_when *when, struct buf *out);

/* "14:32" */
void lang_time(const struct lang_when *when, struct buf *out);

#endif
