/* SPDX-License-Identifier: Apache-2.0
 *
 * What a board shows of one state: how many deliveries there are, and the few that stand on top.
 */
#ifndef PORCHLIGHT_STORE_BOARD_H
#define PORCHLIGHT_STORE_BOARD_H

#include "domain/words.h"
#include "store/store.h"

enum { BOARD_TOP = 200 };

struct store_board_top {
    char id[ID_ROOM];
    int64_t rank; /* the smallest stand on top */
};

/* A list's head that others may be put before. Zeroed but for `shown` before the first. */
struct store_board_column {
    int64_t count;
    bool cut;  /* there were more than were read */
    int shown; /* 1 to BOARD_TOP: how many of `top` are kept */
    int top_count;
    struct store_board_top top[BOARD_TOP];
};

/* Puts one among the column's deliveries, counted. */
void store_board_add(struct store_board_column *column, const char *id, int64_t rank);

struct store_board_ask {
    const char *shipper_id;
    enum delivery_state state;
    int64_t made_after;    /* only those that were made since */
    int64_t changed_after; /* and changed since */
    int64_t now;
    int most; /* rows that are read */
};

/* Adds a shipper's deliveries of a state: those whose window is over to `late`, where it is not
 * NULL and counted in both, the longest late on top; to `column` those that change next, by the end
 * of their window, or where `late` is NULL those that changed last. Reads `most` rows, the newest
 * first. 0 or a fault. */
int store_board_read(struct db_tx *tx, const struct store_board_ask *ask,
                     struct store_board_column *column, struct store_board_column *late) MUST_CHECK;

#endif
