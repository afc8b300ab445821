/* SPDX-License-Identifier: Apache-2.0
 *
 * Who an agent is at the operator's provider: the subject of an issuer, bound at the first sign-in.
 * And the sign-ins there that were completed.
 */
#ifndef PORCHLIGHT_STORE_IDENTITY_H
#define PORCHLIGHT_STORE_IDENTITY_H

#include "store/store.h"

struct store_identity {
    const char *issuer, *subject;
    char agent_id[ID_ROOM];
    bool by_groups; /* the provider's groups made the agent, and say what it may */
    int64_t created_at;
};
/* 0, or STORE_EXISTS: the subject is somebody's, or the agent has another one there. */
int store_identity_insert(struct db_tx *tx, const struct store_identity *identity) MUST_CHECK;
/* By issuer and subject, which are not read. */
int store_identity_get(struct db_tx *tx, const char *issuer, const char *subject,
                       struct store_identity *out) MUST_CHECK;
/* Forgets who an agent is at every provider; STORE_NOT_FOUND when it was nobody. */
int store_identity_forget(struct db_tx *tx, const char *agent_id) MUST_CHECK;

/* Notes that a sign-in came back; STORE_EXISTS when it had before. A few that have run out are
 * deleted. */
int store_oidc_spend(struct db_tx *tx, const uint8_t state_hash[STORE_HASH], int64_t expires_at,
                     int64_t now) MUST_CHECK;

#endif
