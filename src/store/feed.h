/* SPDX-License-Identifier: Apache-2.0
 *
 * Events as open pages follow them: all of them in the order of their commits, and how far it has
 * come. Nothing of an event but what it is about.
 */
#ifndef PORCHLIGHT_STORE_FEED_H
#define PORCHLIGHT_STORE_FEED_H

#include "domain/words.h"
#include "store/store.h"

struct store_news {
    int64_t seq;
    int number; /* within its delivery */
    enum event_kind kind;
    int64_t at;
    char delivery_id[ID_ROOM];
    char shipper_id[ID_ROOM];
};

/* The next after `seq`, the oldest first: at most `room`, how many in *count_out. */
int store_feed_next(struct db_tx *tx, int64_t seq, struct store_news *out, int room,
                    int *count_out) MUST_CHECK;
/* The newest of all, or of one shipper; 0 when there is none. */
int store_feed_newest(struct db_tx *tx, int64_t *seq_out) MUST_CHECK;
int store_feed_newest_of(struct db_tx *tx, const char *shipper_id, int64_t *seq_out) MUST_CHECK;
/* The number of a delivery's newest event, swept or not; 0 when it has had none. STORE_NOT_FOUND:
 * no such delivery. */
int store_feed_number(struct db_tx *tx, const char *delivery_id, int64_t *number_out) MUST_CHECK;
/* When its newest delivery.… event was, of those that are kept; 0 when there is none. */
int store_feed_state_at(struct db_tx *tx, const char *delivery_id, int64_t *at_out) MUST_CHECK;

#endif
