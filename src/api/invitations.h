/* SPDX-License-Identifier: Apache-2.0
 *
 * How an agent comes to their first passkey: a link that works once, for some hours, made by
 * `porchlight admin` or by an administrator at the desk. Its secret stands behind the '#' of the
 * link, where no server, proxy or log sees it, and is kept as a hash.
 */
#ifndef PORCHLIGHT_INVITATIONS_H
#define PORCHLIGHT_INVITATIONS_H

#include "api/api.h"
#include "api/call.h"
#include "store/agent.h"

#define TOKEN_INVITATION "pli_"

enum { INVITATIONS_URL_ROOM = 300 };

struct invitation {
    char url[INVITATIONS_URL_ROOM]; /* given out once */
    int64_t expires_at;
};

/* A new invitation of an agent, in place of an older one. Of `api` settings and origin are used. 0
 * or a fault. */
int invitations_begin(struct db_tx *tx, const struct api *api, const char *agent_id, int64_t now,
                      struct invitation *out) MUST_CHECK;

/* An agent lost what they signed in with: no passkey, session or password of theirs works any more,
 * and a new invitation does. With `password_hash` that becomes their password. 0 or a fault. */
struct invitations_reset {
    const struct api *api;
    const char *password_hash;
    int64_t now;
};
int invitations_reset(struct db_tx *tx, const struct invitations_reset *how,
                      struct store_agent *agent, struct invitation *out) MUST_CHECK;

/* What navigator.credentials.create wants; and the passkey, which signs in. */
void invitations_options(struct http_request *req);
void invitations_accept(struct http_request *req);

#endif
