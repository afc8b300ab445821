/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints of people without an account, about a picture that they or theirs are in. Nothing
 * leads from a delivery to them but the case that an agent opened for one; their contact is kept
 * here alone.
 */
#ifndef PORCHLIGHT_STORE_COMPLAINT_H
#define PORCHLIGHT_STORE_COMPLAINT_H

#include "store/case.h"

struct store_complaint {
    char id[ID_ROOM];
    int64_t number; /* to say on the telephone */
    enum case_state state;
    enum complaint_kind kind;
    const char *place;    /* where and when, in their words, or NULL */
    const char *tracking; /* what they know of the delivery, or NULL */
    const char *contact;  /* how to reach them, or NULL */
    const char *language; /* in which they wrote */
    char case_id[ID_ROOM];
    int64_t created_at, changed_at, delete_by;
};
/* Gives it its number. 0 or STORE_EXISTS (the id). */
int store_complaint_insert(struct db_tx *tx, const struct store_complaint *complaint,
                           int64_t *number_out) MUST_CHECK;
int store_complaint_get(struct db_tx *tx, const char *id, struct arena *arena,
                        struct store_complaint *out) MUST_CHECK;
/* Writes state, case, changed_at and delete_by. STORE_NOT_FOUND. */
int store_complaint_move(struct db_tx *tx, const struct store_complaint *complaint) MUST_CHECK;

STORE_LIST(store_complaints, struct store_complaint);
/* Newest first. */
int store_complaint_list(struct db_tx *tx, enum case_state state, const struct store_page *page,
                         struct arena *arena, struct store_complaints *out) MUST_CHECK;
/* Those that led to a case on a delivery. */
int store_complaint_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                                struct store_complaints *out) MUST_CHECK;
/* How many are open, counted up to `limit`. */
int store_complaint_count(struct db_tx *tx, int64_t limit, int64_t *out) MUST_CHECK;

/* A word in it: SIDE_RECIPIENT is whoever complained. 0 or STORE_EXISTS. */
int store_complaint_say(struct db_tx *tx, const struct store_message *message) MUST_CHECK;
/* Oldest first; `case_id` of a row is the complaint's. */
int store_complaint_words(struct db_tx *tx, const char *complaint_id, const struct store_page *page,
                          struct arena *arena, struct store_messages *out) MUST_CHECK;

/* Deletes complaints whose day has come, with all words, at most `limit`; their number. */
int store_complaint_sweep(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                          int *deleted_out) MUST_CHECK;

#endif
