/* SPDX-License-Identifier: Apache-2.0
 *
 * An invitation's link is in the answer once and nowhere else. Whoever loses a role or the desk
 * loses their sessions too: what they had open then asks again who they are.
 */
#include "api/staff.h"

#include <errno.h>

#include "api/api.h"
#include "api/invitations.h"
#include "api/withdraw.h"
#include "base/log.h"
#include "store/passkey.h"
#include "store/shipper.h"

/* ---- shapes ---- */

static json_t *shape(const struct store_agent *agent)
{
    json_t *shippers = json_array();
    for (int i = 0; i < agent->shippers.count; i++)
        json_array_append_new(shippers, json_string(agent->shippers.ids[i]));
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "id", agent->id, "email", agent->email, "name",
        agent->name, "role", words_name(&words_agent_role, agent->role), "all_shippers",
        (int)agent->shippers.all, "shipper_ids", shippers, "created_at",
        json_of_time(agent->created_at), "disabled_at", json_of_time(agent->disabled_at));
}

/* With what they sign in, and whether that is to be trusted. */
static int add_credentials(struct call *call, struct db_tx *tx, const struct store_agent *agent,
                           json_t *item)
{
    struct store_passkeys all;
    int64_t doubted = 0, invited = 0;
    int result =
        store_passkey_list(tx, (struct store_owner){SESSION_AGENT, agent->id}, call->arena, &all);
    if (result == 0)
        result = store_invitation_of_agent(tx, agent->id, call->now, &invited);
    for (int i = 0; result == 0 && i < all.count; i++)
        if (all.items[i].doubted_at > doubted)
            doubted = all.items[i].doubted_at;
    json_object_set_new(item, "passkeys", json_integer(result == 0 ? all.count : 0));
    json_object_set_new(item, "doubted_at", json_of_time(doubted));
    json_object_set_new(item, "invitation_expires_at", json_of_time(invited));
    return result;
}

static int answer_agent(struct call *call, struct db_tx *tx, const struct store_agent *agent,
                        struct answer *answer)
{
    json_t *item = shape(agent);
    int result = add_credentials(call, tx, agent, item);
    if (result == 0)
        return call_ok(answer, 200, item);
    json_decref(item);
    return result;
}

static int answer_invited(struct call *call, struct db_tx *tx, const struct store_agent *agent,
                          const struct invitation *invitation, struct answer *answer)
{
    int result = answer_agent(call, tx, agent, answer);
    json_object_set_new(answer->body, "invitation_url", json_string(invitation->url));
    answer->status = 201;
    return result;
}

/* ---- the list ---- */

int staff_op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_AGENT};
    struct store_agents found = {0};
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result =
        store_agent_list(tx, &(struct store_page){page.after, page.limit}, call->arena, &found);
    json_t *items = json_array();
    for (int i = 0; result == 0 && i < found.count; i++) {
        json_t *item = shape(&found.items[i]);
        result = add_credentials(call, tx, &found.items[i], item);
        json_array_append_new(items, item);
    }
    if (result == 0)
        return call_ok(answer, 200,
                       call_list(items, found.more ? found.items[found.count - 1].id : NULL));
    json_decref(items);
    return result;
}

void staff_list(struct http_request *req)
{
    call_read(call_of(req), staff_op_list);
}

/* ---- inviting ---- */

/* The shippers they will work for: those named, or all. 0, CALL_REFUSE, or a fault. */
static int read_shippers(struct call *call, struct db_tx *tx, struct fields *body,
                         struct store_agent_shippers *out)
{
    int most = (int)call->api->settings->auth.agent_shippers, result = 0;
    *out = (struct store_agent_shippers){.all = !fields_has(body, "shipper_ids")};
    if (out->all)
        return 0;
    const char **ids = arena_alloc(call->arena, (size_t)most * sizeof *ids);
    out->ids = arena_alloc(call->arena, (size_t)most * sizeof *out->ids);
    if (!ids || !out->ids)
        return log_fault("staff.invite", -ENOMEM, "request=%s", http_id(call->req));
    int count = fields_ids(body, "shipper_ids", ID_SHIPPER, ids, most);
    if (count == 0)
        fields_fail(body, "shipper_ids", "Name one at least, or leave it away for all.");
    for (int i = 0; i < count && result == 0; i++) {
        struct shipper shipper;
        result = store_shipper_get(tx, ids[i], call->arena, &shipper);
        if (result > 0)
            fields_fail(body, "shipper_ids", "There is no such shipper.");
        else
            memcpy(out->ids[out->count++], ids[i], ID_ROOM);
    }
    return result < 0 ? result : 0;
}

int staff_op_invite(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct invitation invitation = {0};
    struct store_agent agent = {.created_at = call->now};
    const struct fields_length name = {1, (size_t)call->api->settings->text.name};
    fields_begin(&body, call->body, &failure);
    agent.email = fields_email(&body, "email", FIELDS_REQUIRED, call->arena);
    agent.name = fields_text(&body, "name", FIELDS_OPTIONAL, name);
    agent.role =
        (enum agent_role)fields_word(&body, "role", FIELDS_OPTIONAL, &words_agent_role, ROLE_AGENT);
    int result = read_shippers(call, tx, &body, &agent.shippers);
    fields_end(&body);
    if (result < 0)
        return result;
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (!agent.name)
        agent.name = agent.email;
    id_new(ID_AGENT, agent.id);
    result = store_agent_insert(tx, &agent);
    if (result == STORE_EXISTS) {
        snprintf(answer->field, sizeof answer->field, "email");
        return call_refuse(answer, &api_invalid_field,
                           MSG("There is somebody at the desk with this address."));
    }
    if (result == 0)
        result = invitations_begin(tx, call->api, agent.id, call->now, &invitation);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "agent.invited", "agent=%s by=%s", agent.id, call->actor.id);
    return answer_invited(call, tx, &agent, &invitation, answer);
}

void staff_invite(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, staff_op_invite);
}

/* ---- one of them ---- */

/* The agent {id} of the path, who is somebody else. 0, CALL_REFUSE, or a fault. */
static int need(struct call *call, struct db_tx *tx, struct answer *answer, struct store_agent *out)
{
    int result = store_agent_get(tx, http_param(call->req, "id"), call->arena, out);
    if (result < 0)
        return result;
    if (result != 0)
        return call_refuse(answer, &http_not_found, NULL);
    if (strcmp(out->id, call->actor.id) == 0)
        return call_refuse(answer, &http_conflict,
                           MSG("This is yourself. Another administrator can do it."));
    return 0;
}

/* The role that a change gives. */
static bool read_role(struct call *call, int *out, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    *out = fields_word(&body, "role", FIELDS_REQUIRED, &words_agent_role, ROLE_AGENT);
    fields_end(&body);
    return !failure.failed || call_refuse_field(answer, &failure) == 0;
}

static int ask_one(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_agent agent;
    return need(call, tx, answer, &agent);
}

static int ask_change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    int role;
    return read_role(call, &role, answer) ? ask_one(call, tx, answer) : CALL_REFUSE;
}

static struct withdrawal looks_of(struct call *call, operation *run)
{
    return (struct withdrawal){http_param(call->req, "id"),
                               run == staff_op_change ? ask_change : ask_one, run};
}

int staff_perform(struct call *call, operation *run, struct answer *answer)
{
    const struct withdrawal looks = looks_of(call, run);
    return withdraw_perform(call, &looks, answer);
}

static void write_of(struct call *call, operation *run)
{
    const struct withdrawal looks = looks_of(call, run);
    withdraw_write(call, &looks);
}

int staff_op_change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_agent agent;
    int role;
    if (!read_role(call, &role, answer))
        return CALL_REFUSE;
    int result = need(call, tx, answer, &agent);
    if (result != 0)
        return result;
    agent.role = (enum agent_role)role;
    result = store_agent_update(tx, &agent);
    if (result == 0)
        result = store_session_delete_all(tx, SESSION_AGENT, agent.id);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "agent.role", "agent=%s role=%s by=%s", agent.id,
              words_name(&words_agent_role, role), call->actor.id);
    return answer_agent(call, tx, &agent, answer);
}

void staff_change(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        write_of(call, staff_op_change);
}

int staff_op_reset(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_agent agent;
    struct invitation invitation = {0};
    const struct invitations_reset how = {call->api, NULL, call->now};
    int result = need(call, tx, answer, &agent);
    if (result == 0 && agent.disabled_at != 0)
        return call_refuse(answer, &http_conflict, MSG("They are shut out."));
    if (result == 0)
        result = invitations_reset(tx, &how, &agent, &invitation);
    return result != 0 ? result : answer_invited(call, tx, &agent, &invitation, answer);
}

void staff_reset(struct http_request *req)
{
    write_of(call_of(req), staff_op_reset);
}

int staff_op_disable(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_agent agent;
    int result = need(call, tx, answer, &agent);
    if (result != 0)
        return result;
    if (agent.disabled_at == 0)
        agent.disabled_at = call->now;
    result = store_agent_update(tx, &agent);
    if (result == 0)
        result = store_session_delete_all(tx, SESSION_AGENT, agent.id);
    if (result == 0)
        result = store_invitation_delete(tx, agent.id);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "agent.disabled", "agent=%s by=%s", agent.id, call->actor.id);
    return answer_agent(call, tx, &agent, answer);
}

void staff_disable(struct http_request *req)
{
    write_of(call_of(req), staff_op_disable);
}
