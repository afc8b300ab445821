/* SPDX-License-Identifier: Apache-2.0
 *
 * Challenges of passkeys. One says by itself when it ends, for which ceremony and whose it is,
 * under a MAC of ours; so none is kept while it waits, and only those that were answered are noted,
 * until they would have ended anyway. Asking for options costs no memory and no row.
 */
#ifndef PORCHLIGHT_CHALLENGE_H
#define PORCHLIGHT_CHALLENGE_H

#include "base/text.h"
#include "crypto/webauthn.h"
#include "db/db.h"

/* What a challenge is for; one for another is none. */
enum ceremony {
    CEREMONY_SIGN_IN = 'r',   /* of recipients */
    CEREMONY_DESK = 'd',      /* sign-in of agents */
    CEREMONY_REGISTER = 'p',  /* one more passkey, in a session */
    CEREMONY_INVITATION = 'i' /* an agent's first one */
};

/* `bound` is whose it is: a session's or an invitation's hash, or nothing. */
struct challenge_scope {
    const uint8_t *secret; /* api.passkey_secret */
    enum ceremony ceremony;
    struct span bound;
};

enum { CHALLENGE_ROOM = BASE64_ROOM(WEBAUTHN_CHALLENGE) };

/* A fresh one that ends at `expires_at`, as base64url. */
void challenge_new(const struct challenge_scope *scope, int64_t expires_at,
                   char out[CHALLENGE_ROOM]);

/* True when it is one of ours, of this scope, and has not ended. It may have been answered. */
bool challenge_holds(const struct challenge_scope *scope,
                     const struct webauthn_challenge *challenge, int64_t now);

/* Answers one that holds: 0, STORE_EXISTS when it was answered before, or a fault. What came of the
 * answer does not matter: the caller's operation commits either way. */
int challenge_spend(struct db_tx *tx, const struct webauthn_challenge *challenge) MUST_CHECK;

#endif
