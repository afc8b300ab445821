/* SPDX-License-Identifier: Apache-2.0
 *
 * What people read: a delivery's state, its times and its photo's state as sentences, in their
 * language. All pure: language, `now` and the zone are handed in.
 *
 * Who reads decides what is said. A recipient and an agent are told a photo's state and why;
 * everyone else (driver, buyer, stranger) reads one sentence that is the same for every state and
 * reason, since a reason such as `protected` is itself private, and neither place nor reason of the
 * delivery.
 */
#ifndef PORCHLIGHT_SAY_H
#define PORCHLIGHT_SAY_H

#include "domain/words.h"
#include "lang/lang.h"

enum say_to { SAY_TO_OTHERS, SAY_TO_RECIPIENT, SAY_TO_AGENT };

/* Who reads, in what language, and when: `now` is the moment of "today". */
struct say_reader {
    enum say_to to;
    const struct lang *lang;
    int64_t now;
};

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

/* "Delivered today at 14:32, by the front door": a heading, without a full stop. */
void say_state(const struct say_delivery *delivery, const struct say_reader *reader,
               struct buf *out);

/* One word or two for a step or a list: "Out for delivery". */
const char *say_step(const struct lang *lang, enum delivery_state state);

/* The moment of delivered or attempted that say_state shows: the phone's, unless there is none or
 * it lies after ours, when the phone's clock is wrong. */
int64_t say_event_time(const struct say_delivery *delivery);

/* A sentence with both clocks; nothing is added when they differ by no more than SAY_CLOCK_GAP or
 * one is missing. */
void say_clocks(const struct say_delivery *delivery, const struct say_reader *reader,
                struct buf *out);

/* Why there is, or is not, a photo. `reason` is a PHOTO_REASONS word, a verdict of the judge, or
 * NULL; one that is not known is passed over. `delivery` says whether it lies ahead. */
void say_photo(enum photo_state photo, const char *reason, enum delivery_state delivery,
               const struct say_reader *reader, struct buf *out);

/* "Taken within 150 m of the address." Nothing for a place that is not known. */
void say_taken_where(const struct lang *lang, enum place place, int metres, struct buf *out);

/* "Europe/Berlin", "America/New York". */
void say_zone(const char *zone, struct buf *out);

/* Words of closed lists as people read them; "" where there is nothing to say. */
const char *say_case_kind(const struct lang *lang, enum case_kind kind);
const char *say_look_reason(const struct lang *lang, enum look_reason reason);
const char *say_confidentiality(const struct lang *lang, enum confidentiality confidential);
const char *say_proof(const struct lang *lang, enum proof proof);
/* A sentence to the recipient: what showed the delivery, and whether it was right. */
const char *say_proven(const struct lang *lang, enum proof proof, enum proof_check check);
const char *say_place(const struct lang *lang, enum place place);
const char *say_photo_flag(const struct lang *lang, enum photo_flag flag);

#endif
