/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers kept under an Idempotency-Key, in the same transaction as the effect they report. Bodies
 * arrive sealed, since an answer can hold a token.
 */
#ifndef PORCHLIGHT_STORE_IDEMPOTENCY_H
#define PORCHLIGHT_STORE_IDEMPOTENCY_H

#include "store/store.h"

struct store_idempotency {
    const char *actor;                /* whose key: keys of two actors never meet */
    uint8_t key_hash[STORE_HASH];     /* of the key */
    uint8_t request_hash[STORE_HASH]; /* of method, path and body: another request under the same
                                         key is the caller's 422 */
    int status;
    uint8_t salt[STORE_HASH]; /* of the key that seals the body: never the same twice */
    struct span body;         /* sealed; in the arena when read */
    int64_t created_at;
};
/* 0, or STORE_EXISTS: another request was quicker. */
int store_idempotency_insert(struct db_tx *tx, const struct store_idempotency *answer) MUST_CHECK;
int store_idempotency_get(struct db_tx *tx, const char *actor, const uint8_t key_hash[STORE_HASH],
                          struct arena *arena, struct store_idempotency *out) MUST_CHECK;
/* Deletes at most `limit` answers made before `before`. */
int store_idempotency_sweep(struct db_tx *tx, int64_t before, int limit,
                            int *deleted_out) MUST_CHECK;

#endif
