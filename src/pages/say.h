/* SPDX-License-Identifier: Apache-2.0
 *
 * What people read: a delivery's state, its times and its photo's state as sentences. All pure:
 * `now` and the zone are handed in.
 *
 * Who reads decides what is said. A recipient and an agent are told a photo's state and why;
 * everyone else (driver, buyer, stranger) reads one sentence that is the same for every state and
 * reason, since a reason such as `protected` is itself private, and neither place nor reason of the
 * delivery.
 */
#ifndef PORCHLIGHT_SAY_H
#define PORCHLIGHT_SAY_H

#include "base/buf.h"
#include "domain/words.h"

enum say_to { SAY_TO_OTHERS, SAY_TO_RECIPIENT, SAY_TO_AGENT };

/* What is known of a delivery; times in milliseconds, 0 = none. */
struct say_delivery {
    enum delivery_state state;
    const char *zone; /* IANA name, in which its times are read */
    int64_t created_at, changed_at;
    int64_t out_at;                   /* when it last set out */
    int64_t captured_at, received_at; /* of delivered or attempted: the phone's clock and ours */
    int64_t window_from, window_to;
    enum left_at left_at;
    enum attempt_reason attempt_reason;
};

/* The gap between the two clocks from which on both are shown. */
enum { SAY_CLOCK_GAP = 5 * 60 * 1000 };

/* "today at 14:32", "yesterday at 09:05", "on Monday at 14:32" (the last six days), "on 3 November
 * at 14:32", with the year when it is another; and the same without the time of day. */
void say_moment(int64_t at, const char *zone, int64_t now, struct buf *out);
void say_day(int64_t at, const char *zone, int64_t now, struct buf *out);

/* "Delivered today at 14:32, by the front door": a heading, without a full stop. */
void say_state(const struct say_delivery *delivery, enum say_to to, int64_t now, struct buf *out);

/* One word or two for a step or a list: "Out for delivery". */
const char *say_step(enum delivery_state state);

/* The moment of delivered or attempted that say_state shows: the phone's, unless there is none or
 * it lies after ours, when the phone's clock is wrong. */
int64_t say_event_time(const struct say_delivery *delivery);

/* A sentence with both clocks; nothing is added when they differ by no more than SAY_CLOCK_GAP or
 * one is missing. */
void say_clocks(const struct say_delivery *delivery, int64_t now, struct buf *out);

/* Why there is, or is not, a photo. `reason` is a PHOTO_REASONS word, a verdict of the judge, or
 * NULL; one that is not known is passed over. `delivery` says whether it lies ahead. */
void say_photo(enum photo_state photo, const char *reason, enum delivery_state delivery,
               enum say_to to, struct buf *out);

/* "Taken within 150 m of the address." Nothing for a place that is not known. */
void say_taken_where(enum place place, int metres, struct buf *out);

/* "Europe/Berlin", "America/New York". */
void say_zone(const char *zone, struct buf *out);

/* Words of closed lists as people read them. */
const char *say_left_at(enum left_at left_at);                      /* "by the front door"; "" */
const char *say_attempt_reason(enum attempt_reason reason);         /* "nobody was at home"; "" */
const char *say_case_kind(enum case_kind kind);                     /* "It did not arrive" */
const char *say_look_reason(enum look_reason reason);               /* "to see where it was left" */
const char *say_confidentiality(enum confidentiality confidential); /* "Registry address"; "" */
const char *say_proof(enum proof proof);                            /* "PIN"; "" */
const char *say_place(enum place place);                            /* "Near the address" */
const char *say_photo_flag(enum photo_flag flag);

#endif
