/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an account, and the refusal that may outlive it: of an address only a keyed hash is
 * kept, which says "no photo" when a delivery comes for it and tells nothing else.
 */
#ifndef PORCHLIGHT_STORE_LEAVING_H
#define PORCHLIGHT_STORE_LEAVING_H

#include "store/store.h"

/* Takes the account away, with sessions, subscriptions, switches, how it is reached, stored answers
 * and a sign-in code that may be under way. What was said of mail stays: it belongs to the address.
 * STORE_NOT_FOUND: there is none. */
int store_account_forget(struct db_tx *tx, const char *account_id, const char *email) MUST_CHECK;
/* What was said of mail too. */
int store_address_forget(struct db_tx *tx, const uint8_t address_hash[STORE_HASH]) MUST_CHECK;

/* Notes a sign-in. */
int store_account_used(struct db_tx *tx, const char *account_id, int64_t now) MUST_CHECK;
/* When an account was last used, or made; STORE_NOT_FOUND. */
int store_account_last_use(struct db_tx *tx, const char *account_id, int64_t *at_out) MUST_CHECK;

/* What an address is known by there: an HMAC under a secret of the installation, which lies with
 * the keys and not in the database. */
void store_contact_hash(const uint8_t secret[32], const char *email, uint8_t out[STORE_HASH]);
int store_kept_refusal_put(struct db_tx *tx, const uint8_t contact_hash[STORE_HASH],
                           int64_t now) MUST_CHECK;
/* 0 when one is kept, else STORE_NOT_FOUND. */
int store_kept_refusal_has(struct db_tx *tx, const uint8_t contact_hash[STORE_HASH]) MUST_CHECK;
/* 0 also when there was none. */
int store_kept_refusal_drop(struct db_tx *tx, const uint8_t contact_hash[STORE_HASH]) MUST_CHECK;

/* When the sessions of an account began, were last used and end. */
struct store_session_times {
    int64_t created_at, seen_at, expires_at;
};
STORE_LIST(store_session_list, struct store_session_times);
int store_session_of_account(struct db_tx *tx, const char *account_id, struct arena *arena,
                             struct store_session_list *out) MUST_CHECK;

#endif
