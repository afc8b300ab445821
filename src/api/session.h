/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions begin here, however somebody proved who they are: each sign-in makes a new token, so
 * that none that was known before is ever signed in. The cookie is set once the operation has
 * committed.
 */
#ifndef PORCHLIGHT_SESSION_H
#define PORCHLIGHT_SESSION_H

#include "api/call.h"
#include "store/account.h"
#include "store/agent.h"

struct session_begun {
    char token[TOKEN_ROOM];
    int64_t expires_at;
};

/* True when the client's address may try to sign in now; false: it was told to wait. */
bool session_may_try(struct call *call);

/* A new session of an account or agent. 0 or a fault. */
int session_begin(struct call *call, struct db_tx *tx, enum session_kind kind,
                  const char *subject_id, struct session_begun *out) MUST_CHECK;

/* A new session of an agent, whichever way they signed in: the one that their browser had is ended.
 * The answer is filled. An operation's result. */
int staff_session_begin(struct call *call, struct db_tx *tx, const struct store_agent *agent,
                        struct session_begun *out, struct answer *answer) MUST_CHECK;

/* Gives the client the cookie of a session that was committed. */
void session_set_cookie(struct call *call, enum session_kind kind,
                        const struct session_begun *begun);

#endif
