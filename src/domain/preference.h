/* SPDX-License-Identifier: Apache-2.0
 *
 * What recipients are told of when they have said nothing, and when they are left in peace. Pure.
 */
#ifndef PORCHLIGHT_PREFERENCE_H
#define PORCHLIGHT_PREFERENCE_H

#include "domain/words.h"

/* The class an event belongs to; -1: no recipient is told of it. */
int preference_class(enum event_kind kind);

/* Whether a channel tells of it when nothing was said. */
bool preference_default(enum notice_class what, enum notice_channel channel);

/* Whether a channel tells of it at all, to those who want it. */
bool preference_is_told(enum notice_class what, enum notice_channel channel);

/* Hours of the day in which nobody is to be told anything they did not just ask for. Minutes from
 * midnight; they may reach over midnight; both the same: there are none. */
struct quiet {
    int from, to;
    const char *zone;
};

enum { QUIET_DAY = 24 * 60 };

/* When a message of `at` may go out: `at` itself, or the end of the quiet hours that it falls into.
 */
int64_t quiet_until(const struct quiet *quiet, int64_t at);

/* "22:30" and back; false for anything else. */
bool quiet_parse(const char *text, int *minutes_out);
enum { QUIET_ROOM = 6 };
void quiet_format(int minutes, char out[QUIET_ROOM]);

#endif
