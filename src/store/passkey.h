/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys of recipients and agents, the challenges that were answered already, and the invitations
 * that let an agent make their first one. A public key opens nothing; of invitations only the hash
 * is kept.
 */
#ifndef PORCHLIGHT_STORE_PASSKEY_H
#define PORCHLIGHT_STORE_PASSKEY_H

#include "store/account.h"
#include "store/store.h"

enum { STORE_PASSKEYS = 50 }; /* most of one person */

struct store_passkey {
    char id[ID_ROOM];
    enum session_kind kind;
    char subject_id[ID_ROOM]; /* the account or the agent */
    struct span credential;   /* the authenticator's own id of it; in the arena when read */
    int algorithm;            /* COSE's number */
    struct span public_key;
    uint32_t counter;
    bool backup_eligible, backed_up;
    const char *name;
    int64_t created_at;
    int64_t used_at;    /* 0: never since it was made */
    int64_t doubted_at; /* when its counter went back last; 0: never */
};
STORE_LIST(store_passkeys, struct store_passkey);

/* Whose. */
struct store_owner {
    enum session_kind kind;
    const char *id;
};

/* 0, or STORE_EXISTS: somebody has this credential. */
int store_passkey_insert(struct db_tx *tx, const struct store_passkey *passkey) MUST_CHECK;
int store_passkey_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct store_passkey *out) MUST_CHECK;
int store_passkey_by_credential(struct db_tx *tx, struct span credential, struct arena *arena,
                                struct store_passkey *out) MUST_CHECK;
/* All of a person, oldest first. */
int store_passkey_list(struct db_tx *tx, struct store_owner owner, struct arena *arena,
                       struct store_passkeys *out) MUST_CHECK;
int store_passkey_count(struct db_tx *tx, struct store_owner owner, int *out) MUST_CHECK;
/* Writes counter, backed_up, used_at and doubted_at by id. */
int store_passkey_update(struct db_tx *tx, const struct store_passkey *passkey) MUST_CHECK;
int store_passkey_delete(struct db_tx *tx, const char *id) MUST_CHECK;
/* 0 also when there was none. */
int store_passkey_delete_all(struct db_tx *tx, struct store_owner owner) MUST_CHECK;

/* Spends a challenge: 0, or STORE_EXISTS when it was spent before. */
int store_challenge_spend(struct db_tx *tx, const uint8_t challenge_hash[STORE_HASH],
                          int64_t expires_at) MUST_CHECK;
int store_challenge_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out) MUST_CHECK;

/* The live invitation of an agent: a new one replaces it. */
int store_invitation_put(struct db_tx *tx, const char *agent_id,
                         const uint8_t token_hash[STORE_HASH], int64_t expires_at) MUST_CHECK;
/* Whose invitation this is, while it can be used: 0 or STORE_NOT_FOUND. */
int store_invitation_get(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t now,
                         char agent_id_out[ID_ROOM]) MUST_CHECK;
/* When an agent's invitation ends; 0: there is none. */
int store_invitation_of_agent(struct db_tx *tx, const char *agent_id, int64_t now,
                              int64_t *expires_at_out) MUST_CHECK;
/* 0 also when there was none. */
int store_invitation_delete(struct db_tx *tx, const char *agent_id) MUST_CHECK;
int store_invitation_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out) MUST_CHECK;

#endif
