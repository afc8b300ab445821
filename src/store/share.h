/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recipient decided about a photo after it came: whom it is shown to, what they fetched of
 * it, and a deletion that waits for a case.
 */
#ifndef PORCHLIGHT_STORE_SHARE_H
#define PORCHLIGHT_STORE_SHARE_H

#include "domain/words.h"
#include "store/store.h"

/* ---- shares ---- */

struct store_share {
    char delivery_id[ID_ROOM];
    char photo_id[ID_ROOM];
    enum share with;
    bool shown;      /* false: it was taken back */
    int64_t since;   /* when it was last shared */
    int64_t told_at; /* the newest event that an open page of theirs is to be told */
};
/* Writes the row, whether there is one or not. */
int store_share_put(struct db_tx *tx, const struct store_share *share) MUST_CHECK;
STORE_LIST(store_shares, struct store_share);
/* All of a delivery's photos, those that were taken back too; at most STORE_PAGE_LIMIT. */
int store_share_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                            struct store_shares *out) MUST_CHECK;
/* The newest `told_at` of the delivery's shares with somebody; 0 where there never was one. */
int store_share_told_at(struct db_tx *tx, const char *delivery_id, enum share with,
                        int64_t *out) MUST_CHECK;

/* ---- what was fetched ---- */

/* A day of it: whoever fetches again within that is counted in the same row. */
struct store_view {
    char id[ID_ROOM];
    char delivery_id[ID_ROOM];
    char photo_id[ID_ROOM];
    enum share by;
    int64_t first_at, last_at;
    int times;
};
/* Counts the fetch in the newest row of the photo and viewer that began after `since`, or inserts
 * `view` as a new one; which, *is_new_out says. */
int store_view_note(struct db_tx *tx, const struct store_view *view, int64_t since,
                    bool *is_new_out) MUST_CHECK;
STORE_LIST(store_views, struct store_view);
/* Newest first. */
int store_view_list(struct db_tx *tx, const char *delivery_id, const struct store_page *page,
                    struct arena *arena, struct store_views *out) MUST_CHECK;

/* ---- deletions that wait ---- */

struct store_wish {
    char photo_id[ID_ROOM];
    char delivery_id[ID_ROOM];
    int64_t asked_at;
    int64_t due; /* when it is carried out at the latest, whatever is open then */
};
/* Writes the wish; one that is there already stays as it is. */
int store_wish_add(struct db_tx *tx, const struct store_wish *wish) MUST_CHECK;
int store_wish_get(struct db_tx *tx, const char *photo_id, struct store_wish *out) MUST_CHECK;
/* STORE_NOT_FOUND when there is none. */
int store_wish_drop(struct db_tx *tx, const char *photo_id) MUST_CHECK;
/* Nothing holds the delivery's photos any more: its wishes are due at `now`. 0 or a fault. */
int store_wish_release(struct db_tx *tx, const char *delivery_id, int64_t now) MUST_CHECK;
STORE_LIST(store_wishes, struct store_wish);
int store_wish_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                           struct store_wishes *out) MUST_CHECK;
/* Those that are due at `now`, the longest due first. */
int store_wish_due(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                   struct store_wishes *out) MUST_CHECK;

#endif
