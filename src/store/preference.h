/* SPDX-License-Identifier: Apache-2.0
 *
 * What recipients say about being told: which events, through which channel, when not, and in which
 * language. What nobody said anything about is as domain/preference.h has it.
 *
 * A switch belongs to an account; one of mail belongs to the address instead, as its SHA-256, so
 * that it counts for recipients without an account, and before and after they make one.
 */
#ifndef PORCHLIGHT_STORE_PREFERENCE_H
#define PORCHLIGHT_STORE_PREFERENCE_H

#include "domain/preference.h"
#include "store/store.h"

/* Whose switches: the account of `account_id` ("" = there is none) and the address. Each is asked
 * for the channels that go by it. */
struct store_recipient {
    const char *account_id;
    uint8_t address_hash[STORE_HASH];
};
/* An address in lower case. */
void store_address_hash(const char *email, uint8_t out[STORE_HASH]);

/* Does the account want to be told of the event by the channel? An event that recipients are not
 * told of is never wanted. "" has the defaults; for mail ask store_preference_is_on. */
int store_preference_wants(struct db_tx *tx, const char *account_id, enum event_kind kind,
                           enum notice_channel channel, bool *out) MUST_CHECK;

struct store_switch {
    enum notice_class what;
    enum notice_channel channel;
};
int store_preference_is_on(struct db_tx *tx, const struct store_recipient *who,
                           struct store_switch which, bool *out) MUST_CHECK;
/* STORE_NOT_FOUND: a switch that belongs to an account, and there is none. */
int store_preference_set(struct db_tx *tx, const struct store_recipient *who,
                         struct store_switch which, bool wanted) MUST_CHECK;

/* How an account wants to be reached. One that never said has no row: STORE_NOT_FOUND. */
struct store_reach {
    const char *language; /* "en", "es" or "de"; NULL: automatic */
    struct quiet quiet;
};
int store_reach_get(struct db_tx *tx, const char *account_id, struct arena *arena,
                    struct store_reach *out) MUST_CHECK;
int store_reach_set(struct db_tx *tx, const char *account_id,
                    const struct store_reach *reach) MUST_CHECK;

#endif
