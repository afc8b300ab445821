/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing in and out: recipients by a mailed code, agents by password and authenticator code
 * (docs/openapi.yaml, tag `sign-in`).
 */
#ifndef PORCHLIGHT_AUTH_H
#define PORCHLIGHT_AUTH_H

#include "api/call.h"
#include "store/account.h"

void auth_start(struct http_request *req);
void auth_verify(struct http_request *req);
void auth_sign_out(struct http_request *req);
void auth_desk_sign_in(struct http_request *req);
void auth_desk_sign_out(struct http_request *req);

/* The account as itself would be answered, for a sign-in: an operation's result. */
int auth_answer_account(struct call *call, struct db_tx *tx, const struct store_account *account,
                        struct answer *answer) MUST_CHECK;

/* Shared with the pages. Each fills the answer; on success of the two sign-ins the session's cookie
 * is set on the reply. 0, CALL_REPLIED or a fault. */
int auth_start_now(struct call *call, struct answer *answer);
int auth_verify_now(struct call *call, struct answer *answer);
int auth_desk_sign_in_now(struct call *call, struct answer *answer);
int auth_sign_out_now(struct call *call, const char *cookie);

#endif
