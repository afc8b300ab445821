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
#include "store/case.h"
#include "store/look.h"

struct sender;

/* Whom to ask, and whom to wake. Must outlive all who tell; made by cli/services*.c. */
struct tell {
    const struct channel *channels;
    size_t channel_count;
    struct sender *sender; /* NULL outside a server: its sender finds the rows */
    /* Called by tell_wake with each delivery that changed; may be NULL. Must not block. */
    void (*heard)(void *context, const char *delivery_id);
    void *heard_context;
};

/* What one transaction tells. Begun before it, passed to whatever tells in it, and shown to
 * tell_wake once it has committed. Zeroed, or with `tell` NULL, it tells nobody and writes nothing:
 * for tests of what lies below. */
struct telling {
    const struct tell *tell;
    struct arena *arena; /* remembers which deliveries changed */
    struct told *first;  /* they */
};

/* A case, a look or a photo, beside the delivery that it belongs to. */
struct event {
    enum event_kind kind;
    const struct delivery *delivery; /* as it is after the change */
    const struct photo *photo;       /* of photo.*, as it is after the change, where there is one */
    const struct store_case *of_case; /* of case.*, and of photo.looked */
    const struct store_look *look;    /* of photo.looked */
    enum case_side by;                /* of case.*: who opened, answered or resolved it */
    int64_t at;
};

/* Writes the event, and the notices of all who are to be told. 0 or a fault, which undoes the
 * transaction. */
int tell_event(struct db_tx *tx, struct telling *telling, const struct event *event) MUST_CHECK;

/* The events that lie between two states of a delivery: `delivery.…` where its state or attempt is
 * another, then photo.expected or photo.missing where its photo is now to come, or will not come.
 * `before` NULL: it is new. */
struct tell_move {
    const struct delivery *before, *after;
    int64_t at;
};
int tell_moved(struct db_tx *tx, struct telling *telling, const struct tell_move *move) MUST_CHECK;

/* The event that is a photo's new state: posted, withheld, rejected, erased, or missing where it
 * was lost or refused meanwhile. Others are nobody's business, and tell nothing. */
struct tell_photo {
    const struct delivery *delivery;
    const struct photo *photo;
    int64_t at;
};
int tell_photo(struct db_tx *tx, struct telling *telling, const struct tell_photo *what) MUST_CHECK;

/* After the commit: has the sender look, and lets open pages know, where anything was told. */
void tell_wake(const struct telling *telling);

#endif
