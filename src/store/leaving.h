/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an account, and the refusal that may outlive it: of an address only a keyed hash is
 * kept, which says "no photo" when a delivery comes for it and tells nothing else.
 */
#ifndef PORCHLIGHT_STORE_LEAVING_H
#define PORCHLIGHT_STORE_LEAVING_H

#include "store/account.h"
#include "store/store.h"

/* Takes the account away, with sessions, passkeys, subscriptions, switches, how it is reached,
 * stored answers and a sign-in code that may be under way. What was said of mail stays: it belongs
 * to the address. STORE_NOT_FOUND: there is none. */
int store_account_forget(struct db_tx *tx, const char *account_id, const char *email) MUST_CHECK;
/* What was said of mail too. */
int store_address_forget(struct db_tx *tx, const uint8_t address_hash[STORE_HASH]) MUST_CHECK;

/* Notes a sign-in. */
int store_account_used(struct db_tx *tx, const char *account_id, int64_t now) MUST_CHECK;
/* When an account was last used, or made; STORE_NOT_FOUND. */
int store_account_last_use(struct db_tx *tx, const char *account_id, int64_t *at_out) MUST_CHECK;

/* Before an account goes: its refusals, of everything and at addresses, are kept under a hash of
 * its e-mail, keyed by the database's secret (db_secret). *kept_out: was there one? */
int store_refusal_outlive(struct db_tx *tx, const struct store_account *account, int64_t now,
                          bool *kept_out) MUST_CHECK;
/* Before an account is made: whatever outlived an earlier one of its e-mail is its own again; of
 * everything it is written into `consent`, for whoever inserts the row. */
int store_refusal_come_back(struct db_tx *tx, struct store_account *account) MUST_CHECK;
/* Drops all that the account ever refused, what shippers were told included. */
int store_refusal_forget(struct db_tx *tx, const struct store_account *account) MUST_CHECK;
/* 0 when a refusal of everything outlived an account of the e-mail, else STORE_NOT_FOUND. */
int store_kept_refusal_has(struct db_tx *tx, const char *email) MUST_CHECK;

/* When the sessions of an account began, were last used and end. */
struct store_session_times {
    int64_t created_at, seen_at, expires_at;
};
STORE_LIST(store_session_list, struct store_session_times);
int store_session_of_account(struct db_tx *tx, const char *account_id, struct arena *arena,
                             struct store_session_list *out) MUST_CHECK;

#endif
