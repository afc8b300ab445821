/* SPDX-License-Identifier: Apache-2.0
 *
 * How long what is known of people is kept (R9 for all that is no photo): pure, so that the page
 * that tells somebody a date and the sweep that keeps it reckon alike. docs/privacy/retention.md
 * lists every column.
 */
#ifndef PORCHLIGHT_RETENTION_H
#define PORCHLIGHT_RETENTION_H

#include "domain/words.h"

/* The server's settings, in milliseconds. */
struct retention_terms {
    int64_t delivery; /* after its end */
    int64_t idle;     /* after the last change of one that never ended */
    int64_t words;    /* what was written in a case, after it was resolved */
    int64_t hold;     /* an open case holds what belongs to it so long at most */
};

/* A delivery, as far as its end and those who wait for it go. Times 0: never, or none. */
struct retention_facts {
    enum delivery_state state;
    int64_t created_at, changed_at, received_at, window_to;
    int64_t photo_until; /* the last delete-by of a photo that is there; INT64_MAX: not yet said */
    int64_t case_opened; /* the newest open case */
    int64_t case_resolved; /* the newest resolved one whose words are kept */
    bool left;             /* its recipient deleted their account: nothing but work keeps it */
};

/* When name, address and whatever else of people stands in the delivery is deleted, as things
 * stand. 0: not while the driver's work on it goes on, since its recipient has left. */
int64_t retention_delivery(const struct retention_facts *facts,
                           const struct retention_terms *terms);

/* When a case's words are deleted. One that was never resolved ends with its hold. */
int64_t retention_case(int64_t opened_at, int64_t resolved_at, const struct retention_terms *terms);

#endif
