/* SPDX-License-Identifier: Apache-2.0
 *
 * What the groups of the operator's provider give at the desk: the setting oidc-roles, read.
 */
#ifndef PORCHLIGHT_OIDC_ROLES_H
#define PORCHLIGHT_OIDC_ROLES_H

#include <jansson.h>

#include "store/agent.h"

/* True when every line of the setting is GROUP=ROLE or GROUP=ROLE:SHIPPER:…; else the first that is
 * not is in `wrong`. */
enum { OIDC_ROLES_LINE = 400 };
bool oidc_roles_right(const char *setting, char wrong[OIDC_ROLES_LINE]);

/* What somebody gets who is in these groups. */
struct oidc_grant {
    enum agent_role role;
    struct store_agent_shippers shippers; /* in the arena */
};

/* The first line of one of the groups gives the role, and the others of that role add their
 * shippers, `most` at most. 0, OIDC_ROLES_NONE (no line is of these groups; NULL: no groups), or a
 * fault. */
enum { OIDC_ROLES_NONE = 1 };
int oidc_roles_of(const char *setting, const json_t *groups, int most, struct arena *arena,
                  struct oidc_grant *out) MUST_CHECK;

#endif
