/* SPDX-License-Identifier: Apache-2.0
 *
 * Web Push: the phones and browsers that recipients want told, and whether a notification may show
 * the photo. A browser's endpoint and keys let others send to it, so no list of ours gives them
 * out.
 */
#ifndef PORCHLIGHT_STORE_SUBSCRIPTION_H
#define PORCHLIGHT_STORE_SUBSCRIPTION_H

#include "store/store.h"

enum {
    STORE_PUSH_POINT = 65,
    STORE_PUSH_AUTH = 16,
    STORE_SUBSCRIPTIONS = 50, /* most of one account */
};

struct store_subscription {
    char id[ID_ROOM];
    char account_id[ID_ROOM];
    uint8_t session_hash[STORE_HASH]; /* the session it was last named in */
    const char *endpoint;
    uint8_t point[STORE_PUSH_POINT];
    uint8_t auth[STORE_PUSH_AUTH];
    int64_t created_at, expires_at, tested_at;
};
STORE_LIST(store_subscriptions, struct store_subscription);

/* Notes a subscription under its endpoint; `id` and `created_at` are given, and come out as they
 * were when the account had it before. Whoever else had it has it no more: a browser tells one
 * person. Then forgets the account's oldest beyond `most`. */
int store_subscription_put(struct db_tx *tx, struct store_subscription *subscription,
                           int most) MUST_CHECK;
int store_subscription_get(struct db_tx *tx, const char *id, struct arena *arena,
                           struct store_subscription *out) MUST_CHECK;
/* All of an account, newest first. */
int store_subscription_list(struct db_tx *tx, const char *account_id, struct arena *arena,
                            struct store_subscriptions *out) MUST_CHECK;
/* All of the account under a verified e-mail, newest first; none when there is no such account. */
int store_subscription_of_email(struct db_tx *tx, const char *email, struct arena *arena,
                                struct store_subscriptions *out) MUST_CHECK;
int store_subscription_tested(struct db_tx *tx, const char *id, int64_t at) MUST_CHECK;
int store_subscription_delete(struct db_tx *tx, const char *id) MUST_CHECK;
/* Those of a session that ends by its owner's word; 0 also when there are none. */
int store_subscription_delete_of_session(struct db_tx *tx,
                                         const uint8_t session_hash[STORE_HASH]) MUST_CHECK;
/* Deletes at most `limit` that have run out. */
int store_subscription_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out) MUST_CHECK;

/* May a notification to this account show the photo? */
int store_push_picture_get(struct db_tx *tx, const char *account_id, bool *out) MUST_CHECK;
int store_push_picture_set(struct db_tx *tx, const char *account_id, bool picture) MUST_CHECK;

#endif
