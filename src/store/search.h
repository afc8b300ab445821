/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that deliveries are found by at the desk (domain/search_words.h), in the order of
 * shipper and word: whoever asks says for whom, and reads nothing of others. They are written with
 * their delivery, changed with it, and go when its personal data goes: delivery.c and retention.c
 * see to that.
 */
#ifndef PORCHLIGHT_STORE_SEARCH_H
#define PORCHLIGHT_STORE_SEARCH_H

#include "domain/search_words.h"
#include "store/store.h"

/* Writes a delivery's words, or takes out those that it has: it is given as it was written. 0 or a
 * fault. */
int store_search_put(struct db_tx *tx, const struct delivery *delivery) MUST_CHECK;
int store_search_drop(struct db_tx *tx, const struct delivery *delivery) MUST_CHECK;
/* The same for one that stands in the table of deliveries. 0, STORE_NOT_FOUND or a fault. */
int store_search_forget(struct db_tx *tx, const char *delivery_id) MUST_CHECK;

enum {
    SEARCH_FOUND = 200,  /* most that one search finds */
    SEARCH_TRIED = 1000, /* most that it looks at to find deliveries of several words */
};

struct search_found {
    int count;
    bool more; /* there may be others */
    struct search_hit {
        char delivery_id[ID_ROOM];
        bool exact; /* a whole word of it was asked for */
    } hits[SEARCH_FOUND];
};

/* Adds what a shipper has to what was found; none twice. Reads at most SEARCH_FOUND rows for each
 * whole and SEARCH_TRIED deliveries for the words, of which the rarest leads. The arena is reset at
 * will. 0 or a fault. */
int store_search(struct db_tx *tx, const char *shipper_id, const struct search_asked *asked,
                 struct arena *scratch, struct search_found *found) MUST_CHECK;

/* Writes the words of the deliveries after `after` (an id, "" for the first), which may have them;
 * at most `limit` of them. The last one's id goes to `after`, and how many there were. For what was
 * there before there were words. 0 or a fault. */
int store_search_walk(struct db_tx *tx, char after[ID_ROOM], int limit, struct arena *scratch,
                      int *walked_out) MUST_CHECK;

#endif
