/* SPDX-License-Identifier: Apache-2.0
 *
 * Mailboxes that refused a message for good. One that did is left alone for a while, longer after
 * each refusal, so that an address that is dead is not hammered and one that lives again is found.
 * Kept under the SHA-256 of the address, and gone after a message was taken or its rest is long
 * over.
 */
#ifndef PORCHLIGHT_STORE_MAILBOX_H
#define PORCHLIGHT_STORE_MAILBOX_H

#include "store/store.h"

struct store_mailbox {
    uint8_t address_hash[STORE_HASH];
    int refusals;       /* in a row */
    int reply;          /* of the last: 550; 0 where none was said */
    int64_t refused_at; /* the last time */
    int64_t rest_until; /* nothing is sent before */
};
/* STORE_NOT_FOUND: it refuses nothing. */
int store_mailbox_get(struct db_tx *tx, const uint8_t address_hash[STORE_HASH],
                      struct store_mailbox *out) MUST_CHECK;
int store_mailbox_put(struct db_tx *tx, const struct store_mailbox *mailbox) MUST_CHECK;
/* A message was taken. 0 also when nothing was known against it. */
int store_mailbox_forget(struct db_tx *tx, const uint8_t address_hash[STORE_HASH]) MUST_CHECK;
/* Deletes those whose rest was over before `before`, at most `limit`. */
int store_mailbox_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out) MUST_CHECK;

#endif
