/* SPDX-License-Identifier: Apache-2.0
 *
 * Which agent somebody is whom the operator's provider has named.
 */
#ifndef PORCHLIGHT_OIDC_AGENT_H
#define PORCHLIGHT_OIDC_AGENT_H

#include "api/call.h"
#include "oidc/claims.h"

/* Why nobody is signed in. */
enum oidc_agent_result {
    OIDC_AGENT_NONE = 1,   /* there is no agent for them, or one that may not sign in */
    OIDC_AGENT_UNVERIFIED, /* and the provider has verified no e-mail that could name one */
};

/* Finds the agent by the subject that was bound; else by the verified e-mail, which binds the
 * subject; else, where groups give roles, makes one. An agent that groups made gets anew what they
 * give now, and loses its sessions when that is nothing. Must be committed whatever comes of it.
 * 0, a result, or a fault. */
int oidc_agent_find(struct call *call, struct db_tx *tx, const struct claims_person *person,
                    struct store_agent *out) MUST_CHECK;

#endif
