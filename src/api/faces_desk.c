/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's pages: cases, one case, and the look.
 */
#include "api/api.h"
#include "api/auth.h"
#include "api/cases.h"
#include "api/faces.h"
#include "api/live.h"
#include "api/looks.h"
#include "api/oidc.h"
#include "api/page.h"

const char *face_desk_landing(const struct answer *answer)
{
    const char *role = json_string_value(json_object_get(answer->body, "role"));
    bool dispatch = role && words_find(&words_agent_role, role) == ROLE_DISPATCHER;
    return dispatch ? "/desk/drivers" : "/desk";
}

void face_desk_sign_in(struct http_request *req)
{
    struct call *call = call_of(req);
    page_reply(call, 200, PAGE_DESK_SIGN_IN, oidc_page(call));
}

void face_desk_sign_in_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = auth_desk_sign_in_now(call, &answer);
    if (result == 0 && answer.problem) {
        json_t *data = oidc_page(call);
        page_add_errors(call, data, &answer);
        page_reply(call, answer.problem->status, PAGE_DESK_SIGN_IN, data);
        answer_clear(&answer);
        return;
    }
    page_done(call, result, &answer, face_desk_landing(&answer), NULL);
}

void face_desk_sign_out_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    page_done(call, auth_sign_out_now(call, COOKIE_AGENT), &answer, "/desk/sign-in", "signed_out");
}

/* The delivery that a refused form was about is what the page shows as found again. */
static const char *find_text(struct call *call)
{
    const char *find = http_query(call->req, "find");
    return find ? find : json_string_value(json_object_get(call->body, "delivery_id"));
}

/* The list, and what was searched for. */
static int desk(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *find = find_text(call);
    const char *show = http_query(call->req, "show");
    struct answer found = {0};
    int result = cases_op_list(call, tx, answer);
    if (result != 0)
        return result;
    json_object_set_new(answer->body, "show",
                        json_string(show && strcmp(show, "all") == 0 ? "all" : "open"));
    if (!find || !*find)
        return 0;
    call->work = (void *)find;
    result = cases_op_find(call, tx, &found);
    if (result == 0) {
        json_object_set_new(answer->body, "find", json_string(find));
        json_object_set(answer->body, "found", found.body);
    }
    answer_clear(&found);
    return result;
}

/* The list's first page, whose cases come and go; what was found stands still. */
static int desk_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    int result = desk(call, tx, answer);
    bool moves = !find_text(call) && !http_query(call->req, "after");
    if (result != 0 || !moves)
        return result;
    return live_put(call, tx, &(struct live_page){LIVE_DESK, "/desk", NULL}, answer->body);
}

void face_desk(struct http_request *req)
{
    page_read(call_of(req), desk_page, PAGE_DESK, NULL);
}

static int case_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *path = arena_printf(call->arena, "/desk/cases/%s", http_param(call->req, "id"));
    int result = cases_op_get(call, tx, answer);
    const json_t *delivery = json_object_get(answer->body, "delivery");
    const char *id = json_string_value(json_object_get(delivery, "id"));
    if (result != 0 || !id)
        return result;
    return live_put(call, tx, &(struct live_page){LIVE_CASE, path, id}, answer->body);
}

void face_desk_case(struct http_request *req)
{
    page_read(call_of(req), case_page, PAGE_DESK_CASE, "case");
}

static const char *case_path(struct call *call, const char *id)
{
    const char *path = arena_printf(call->arena, "/desk/cases/%s", id ? id : "");
    return path ? path : "/desk";
}

void face_desk_case_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = cases_open_now(call, &answer);
    if (result == 0 && answer.problem == &api_invalid_field) {
        page_again(call, desk, PAGE_DESK, &answer);
        return;
    }
    const char *id = answer.body ? json_string_value(json_object_get(answer.body, "id")) : NULL;
    page_done(call, result, &answer, case_path(call, id), "case_opened");
}

/* The case's page again, with what was wrong with its form. */
static void case_again(struct call *call, struct answer *wrong)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = cases_op_get(call, tx, &answer);
    db_read_end(&tx);
    if (result != 0) {
        call_reply(call, result < 0 ? result : 0, &answer);
    } else {
        json_t *data = json_pack("{s:O}", "case", answer.body);
        page_add_errors(call, data, wrong);
        page_reply(call, 422, PAGE_DESK_CASE, data);
    }
    answer_clear(&answer);
    answer_clear(wrong);
}

static void case_done(struct call *call, int result, struct answer *answer, const char *done)
{
    if (result == 0 && answer->problem == &api_invalid_field)
        case_again(call, answer);
    else
        page_done(call, result, answer, case_path(call, http_param(call->req, "id")), done);
}

static void case_form(struct http_request *req, operation *run, const char *done)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (call_read_body(call, FIELDS_REQUIRED))
        case_done(call, call_perform(call, run, &answer), &answer, done);
}

void face_desk_look_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    const char *kind = json_string_value(json_object_get(call->body, "kind"));
    bool evidence = kind && words_find(&words_look_kind, kind) == LOOK_AT_EVIDENCE;
    case_done(call, call_perform(call, looks_op_begin, &answer), &answer,
              evidence ? "evidence_ready" : "look_started");
}

void face_desk_message_post(struct http_request *req)
{
    case_form(req, cases_op_message, "message_sent");
}

void face_desk_resolve_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (call_read_body(call, FIELDS_OPTIONAL))
        case_done(call, cases_resolve_now(call, &answer), &answer, "case_resolved");
}
