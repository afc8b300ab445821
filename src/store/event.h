/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: what happened to deliveries, in the order in which it was committed, numbered per
 * delivery. A row is written in the transaction that changes the state, is never changed, and goes
 * after the days that the settings say.
 */
#ifndef PORCHLIGHT_STORE_EVENT_H
#define PORCHLIGHT_STORE_EVENT_H

#include "domain/words.h"
#include "store/store.h"

struct store_event {
    int64_t seq; /* the order of all; grows, with gaps */
    char id[ID_ROOM];
    char delivery_id[ID_ROOM];
    char shipper_id[ID_ROOM];
    int number; /* within its delivery, from 1, without gaps */
    enum event_kind kind;
    const char *data; /* a JSON object of ids, states and reasons; never a name, address or token */
    int64_t at;
};

/* Writes an event, and fills in `seq`, `id` and `number`. STORE_NOT_FOUND: no such delivery. */
int store_event_insert(struct db_tx *tx, struct store_event *event) MUST_CHECK;
int store_event_get(struct db_tx *tx, const char *id, struct arena *arena,
                    struct store_event *out) MUST_CHECK;

STORE_LIST(store_events, struct store_event);
struct store_event_filter {
    const char *shipper_id;  /* must be given */
    const char *delivery_id; /* NULL = of all */
};
/* Oldest first. A cursor whose event has been swept stands where that event stood. */
int store_event_list(struct db_tx *tx, const struct store_event_filter *filter,
                     const struct store_page *page, struct arena *arena,
                     struct store_events *out) MUST_CHECK;

/* Of a photo.looked: did an administrator look without a case? Its recipient is told whatever they
 * switched off. */
bool store_event_breaks_glass(const struct store_event *event);

/* Deletes events of before `before`, the oldest first, at most `limit`. */
int store_event_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out) MUST_CHECK;

#endif
