/* SPDX-License-Identifier: Apache-2.0
 *
 * A subject stays bound to its agent: an e-mail address that is given to somebody else at the
 * provider later opens nothing that was its first owner's. Agents whom an administrator made keep
 * role and shippers as they were made, whatever their groups.
 */
#include "api/oidc_agent.h"

#include "api/api.h"
#include "api/oidc_roles.h"
#include "base/log.h"
#include "store/account.h"
#include "store/identity.h"
#include "store/shipper.h"

static int bind_subject(struct call *call, struct db_tx *tx, const struct claims_person *person,
                        const struct store_agent *agent, bool by_groups)
{
    struct store_identity identity = {.issuer = call->api->settings->oidc.issuer,
                                      .subject = person->subject,
                                      .by_groups = by_groups,
                                      .created_at = call->now};
    memcpy(identity.agent_id, agent->id, ID_ROOM);
    int result = store_identity_insert(tx, &identity);
    if (result == 0)
        log_event(LOG_INFO, "oidc.bound", "agent=%s", agent->id);
    if (result == STORE_EXISTS) {
        log_event(LOG_WARN, "oidc.nobody", "agent=%s why=other_subject", agent->id);
        return OIDC_AGENT_NONE;
    }
    return result;
}

/* What the groups give, of shippers that there are. */
static int read_grant(struct call *call, struct db_tx *tx, const struct claims_person *person,
                      struct oidc_grant *out)
{
    const struct settings *settings = call->api->settings;
    struct shipper shipper;
    int kept = 0;
    int result = oidc_roles_of(settings->oidc.roles, person->groups,
                               (int)settings->auth.agent_shippers, call->arena, out);
    for (int i = 0; result == 0 && i < out->shippers.count; i++) {
        result = store_shipper_get(tx, out->shippers.ids[i], call->arena, &shipper);
        if (result == 0 && kept++ < i)
            memcpy(out->shippers.ids[kept - 1], shipper.id, ID_ROOM);
        if (result == STORE_NOT_FOUND)
            result = 0;
    }
    out->shippers.count = kept;
    return result;
}

/* An agent of the provider's groups is what they say now. */
static int follow_groups(struct call *call, struct db_tx *tx, const struct claims_person *person,
                         struct store_agent *agent)
{
    struct oidc_grant grant;
    int result = read_grant(call, tx, person, &grant);
    if (result == OIDC_ROLES_NONE) {
        log_event(LOG_WARN, "oidc.nobody", "agent=%s why=groups", agent->id);
        result = store_session_delete_all(tx, SESSION_AGENT, agent->id);
        return result < 0 ? result : OIDC_AGENT_NONE;
    }
    if (result != 0)
        return result;
    agent->role = grant.role;
    agent->shippers = grant.shippers;
    return store_agent_update(tx, agent);
}

static int make_agent(struct call *call, struct db_tx *tx, const struct claims_person *person,
                      struct store_agent *out)
{
    struct oidc_grant grant;
    const char *name = person->name[0] ? person->name : person->email;
    int result = read_grant(call, tx, person, &grant);
    if (result != 0)
        return result == OIDC_ROLES_NONE ? OIDC_AGENT_NONE : result;
    *out = (struct store_agent){.email = person->email,
                                .name = name,
                                .role = grant.role,
                                .shippers = grant.shippers,
                                .created_at = call->now};
    id_new(ID_AGENT, out->id);
    result = store_agent_insert(tx, out);
    if (result == 0)
        result = bind_subject(call, tx, person, out, true);
    if (result == 0)
        log_event(LOG_INFO, "oidc.agent_made", "agent=%s", out->id);
    return result;
}

static int find_bound(struct call *call, struct db_tx *tx, const struct claims_person *person,
                      const struct store_identity *identity, struct store_agent *out)
{
    int result = store_agent_get(tx, identity->agent_id, call->arena, out);
    if (result == 0 && identity->by_groups && out->disabled_at == 0)
        result = follow_groups(call, tx, person, out);
    return result;
}

/* Whoever was never here, by the verified e-mail. */
static int find_new(struct call *call, struct db_tx *tx, const struct claims_person *person,
                    struct store_agent *out)
{
    if (!person->email[0])
        return OIDC_AGENT_UNVERIFIED;
    int result = store_agent_by_email(tx, person->email, call->arena, out);
    if (result == STORE_NOT_FOUND)
        return make_agent(call, tx, person, out);
    if (result == 0 && out->disabled_at == 0)
        result = bind_subject(call, tx, person, out, false);
    return result;
}

int oidc_agent_find(struct call *call, struct db_tx *tx, const struct claims_person *person,
                    struct store_agent *out)
{
    struct store_identity identity;
    int result =
        store_identity_get(tx, call->api->settings->oidc.issuer, person->subject, &identity);
    if (result == 0)
        result = find_bound(call, tx, person, &identity, out);
    else if (result == STORE_NOT_FOUND)
        result = find_new(call, tx, person, out);
    return result == 0 && out->disabled_at != 0 ? OIDC_AGENT_NONE : result;
}
