/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling: the one way in which a change of state becomes an event and notices. Whoever changes the
 * state of a delivery, a photo or a case says so here, in the same transaction, and after the
 * commit calls tell_wake: so what is told has happened, and what has happened is told.
 *
 * The data of an event are ids, states and reasons. Names, addresses, texts of people, tokens and
 * positions are never in it.
 */
#ifndef PORCHLIGHT_TELL_H
#define PORCHLIGHT_TELL_H

#include "notify/channel.h"

struct sender;

/* Whom to ask, and whom to wake. Must outlive all who tell; made by cli/services*.c. */
struct tell {
    const struct channel *channels;
    size_t channel_count;
    struct sender *sender; /* NULL outside a server: its sender finds the rows */
    /* Called by tell_wake with the delivery that changed; may be NULL. Must not block. */
    void (*heard)(void *context, const char *delivery_id);
    void *heard_context;
};

/* What happened. Beside what is given here the data say where the delivery or photo stands. */
struct event {
    enum event_kind kind;
    const struct delivery *delivery; /* as it is after the change */
    const struct photo *photo;       /* as it is after the change; NULL: the delivery's own words */
    const struct store_case *of_case; /* of case.*, and of photo.looked where there is one */
    const struct store_look *look;    /* of photo.looked */
    const char *by;                   /* of case.*: "recipient" or "agent" */
    int64_t at;
};

/* Writes the event and the notices of all who are to be told. 0 or a fault, which undoes the
 * transaction. `tell` NULL: no event is written, for tests of what lies below. */
int tell_event(struct db_tx *tx, const struct tell *tell, const struct event *event) MUST_CHECK;

/* The events that lie between two states of a delivery: `delivery.…` where its state or attempt
 * changed, then `photo.…` where its photo's did. `before` NULL: it is new. */
struct tell_move {
    const struct delivery *before, *after;
    const struct photo *photo; /* the photo itself as it is after the change, where it is at hand */
    int64_t at;
};
int tell_moved(struct db_tx *tx, const struct tell *tell, const struct tell_move *move) MUST_CHECK;

/* After the commit: has the sender look, and lets open pages know. NULL is harmless. */
void tell_wake(const struct tell *tell, const char *delivery_id);

#endif
