/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages of passkeys, and of the people at the desk. An invitation is the answer to its form
 * itself, not a redirect: it is shown this once, and has no address under which it could be found
 * again.
 */
#include "api/api.h"
#include "api/faces.h"
#include "api/page.h"
#include "api/passkeys.h"
#include "api/staff.h"

/* ---- one's own ---- */

static int account(struct call *call, struct db_tx *tx, struct answer *answer)
{
    int result = passkeys_op_list(call, tx, answer);
    json_t *list = answer->body;
    if (result != 0)
        return result;
    answer->body = NULL;
    return call_ok(answer, 200,
                   json_pack("{s:s, s:o}", "email", call->actor.email, "passkeys", list));
}

void face_desk_account(struct http_request *req)
{
    page_read(call_of(req), account, PAGE_DESK_ACCOUNT, NULL);
}

/* To where a role begins, for the script that signed somebody in. */
void face_desk_home(struct http_request *req)
{
    bool dispatch = call_of(req)->actor.role == ROLE_DISPATCHER;
    http_redirect(req, 303, dispatch ? "/desk/drivers" : "/desk");
}

void face_desk_welcome(struct http_request *req)
{
    page_reply(call_of(req), 200, PAGE_DESK_WELCOME, json_object());
}

void face_passkey_remove_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = call_perform(call, passkeys_op_remove, &answer);
    page_done(call, result, &answer, call->actor.kind == WHO_AGENT ? "/desk/account" : "/account",
              "passkey_removed");
}

/* ---- the people at the desk ---- */

void face_agents(struct http_request *req)
{
    page_read(call_of(req), staff_op_list, PAGE_DESK_AGENTS, NULL);
}

/* The agent's link, shown this once; or why there is none. */
static void show_invitation(struct call *call, int result, struct answer *answer)
{
    if (result != 0 || answer->problem) {
        page_done(call, result, answer, "/desk/agents", NULL);
        return;
    }
    json_t *data = json_pack("{s:O}", "agent", answer->body);
    answer_clear(answer);
    page_reply(call, 200, PAGE_DESK_INVITED, data);
}

void face_agent_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = call_perform(call, staff_op_invite, &answer);
    if (result == 0 && answer.problem == &api_invalid_field)
        page_again(call, staff_op_list, PAGE_DESK_AGENTS, &answer);
    else
        show_invitation(call, result, &answer);
}

void face_agent_reset_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = staff_perform(call, staff_op_reset, &answer);
    show_invitation(call, result, &answer);
}

static void agents_form(struct http_request *req, operation *run, const char *done)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = staff_perform(call, run, &answer);
    page_done(call, result, &answer, "/desk/agents", done);
}

void face_agent_role_post(struct http_request *req)
{
    agents_form(req, staff_op_change, "role_changed");
}

void face_agent_disable_post(struct http_request *req)
{
    agents_form(req, staff_op_disable, "agent_disabled");
}
