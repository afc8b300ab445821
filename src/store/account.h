/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients' accounts, the codes they sign in with, and the sessions of recipients and agents.
 * E-mails are lower case. Codes are keyed hashes, session tokens SHA-256.
 */
#ifndef PORCHLIGHT_STORE_ACCOUNT_H
#define PORCHLIGHT_STORE_ACCOUNT_H

#include "domain/words.h"
#include "store/store.h"

struct store_account {
    char id[ID_ROOM];
    const char *email;    /* verified */
    enum consent consent; /* to photos, for all deliveries */
    int64_t created_at;
};
/* 0 or STORE_EXISTS (id or e-mail). */
int store_account_insert(struct db_tx *tx, const struct store_account *account) MUST_CHECK;
int store_account_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct store_account *out) MUST_CHECK;
int store_account_by_email(struct db_tx *tx, const char *email, struct arena *arena,
                           struct store_account *out) MUST_CHECK;
int store_account_set_consent(struct db_tx *tx, const char *id, enum consent consent) MUST_CHECK;

struct store_code {
    const char *email;
    uint8_t mac[STORE_HASH];
    int64_t created_at, expires_at;
    int tries_left;
};
/* The live code of an e-mail: a new one replaces it. */
int store_code_put(struct db_tx *tx, const struct store_code *code) MUST_CHECK;

enum store_code_answer {
    STORE_CODE_RIGHT, /* and consumed: no second sign-in with it */
    STORE_CODE_WRONG, /* a try is spent */
    STORE_CODE_NONE,  /* no live code: never asked for, consumed, past its time, or out of tries */
};
/* Tries a code. A wrong one costs a try, and that must be committed: the caller's db_write function
 * returns 0 whatever the answer, which is why the answer is not the result. */
int store_code_try(struct db_tx *tx, const char *email, const uint8_t mac[STORE_HASH], int64_t now,
                   enum store_code_answer *answer_out) MUST_CHECK;
/* Deletes at most `limit` codes past their time. */
int store_code_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out) MUST_CHECK;

#define SESSION_KINDS(X)                                                                           \
    X(SESSION_RECIPIENT, "recipient")                                                              \
    X(SESSION_AGENT, "agent")
#define SESSION_KIND_ENUM(symbol, text) symbol,
enum session_kind { SESSION_KINDS(SESSION_KIND_ENUM) SESSION_KIND_COUNT };
extern const struct words words_session_kind;

struct store_session {
    uint8_t token_hash[STORE_HASH];
    enum session_kind kind;
    char subject_id[ID_ROOM]; /* the account or the agent */
    int64_t created_at, seen_at, expires_at;
};
/* 0 or STORE_EXISTS. */
int store_session_insert(struct db_tx *tx, const struct store_session *session) MUST_CHECK;
/* A session that has not run out. */
int store_session_get(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t now,
                      struct store_session *out) MUST_CHECK;
int store_session_touch(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t seen_at,
                        int64_t expires_at) MUST_CHECK;
/* Signs out. */
int store_session_delete(struct db_tx *tx, const uint8_t token_hash[STORE_HASH]) MUST_CHECK;
/* Signs an account or agent out everywhere. 0 also when there was no session. */
int store_session_delete_all(struct db_tx *tx, enum session_kind kind,
                             const char *subject_id) MUST_CHECK;
/* Deletes at most `limit` sessions that have run out. */
int store_session_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out) MUST_CHECK;

#endif
