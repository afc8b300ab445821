/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's side. Complaints belong to the installation, so whoever works for one shipper sees
 * them too: nobody can know whose delivery it was before somebody looked. Matching one opens a case
 * of kind `privacy` on the delivery, as any case that an agent opens: with a reason, and the
 * recipient is told. Who complained, and their words, stay here.
 */
#include "api/api.h"
#include "api/cases.h"
#include "api/complaints.h"
#include "api/complaints_inside.h"
#include "api/page.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/log.h"

static struct fields_length up_to(int64_t max)
{
    return (struct fields_length){1, (size_t)max};
}

static int find(struct call *call, struct db_tx *tx, struct store_complaint *row,
                struct answer *answer)
{
    int result = store_complaint_get(tx, http_param(call->req, "id"), call->arena, row);
    return result > 0 ? call_refuse(answer, &http_not_found, NULL) : result;
}

static int answer_with(struct call *call, struct db_tx *tx, const struct store_complaint *row,
                       int status, struct answer *answer)
{
    json_t *shape = NULL;
    int result = complaint_shape(call, tx, row, true, &shape);
    return result == 0 ? call_ok(answer, status, shape) : result;
}

/* ---- reading ---- */

static int op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_COMPLAINT};
    struct store_complaints found;
    const char *show = http_query(call->req, "show");
    bool resolved = show && strcmp(show, "resolved") == 0;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    if (show && !resolved && strcmp(show, "open") != 0) {
        snprintf(answer->field, sizeof answer->field, "show");
        return call_refuse(answer, &api_invalid_field, "This must be open or resolved.");
    }
    int result =
        store_complaint_list(tx, resolved ? CASE_RESOLVED : CASE_OPEN,
                             &(struct store_page){page.after, page.limit}, call->arena, &found);
    json_t *items = json_array();
    for (int i = 0; result == 0 && i < found.count; i++) {
        const struct store_complaint *row = &found.items[i];
        json_array_append_new(items,
                              json_pack("{s:s, s:I, s:s, s:s, s:o, s:o}", "id", row->id, "number",
                                        (json_int_t)row->number, "state",
                                        words_name(&words_case_state, (int)row->state), "kind",
                                        words_name(&words_complaint_kind, (int)row->kind),
                                        "created_at", json_of_time(row->created_at), "changed_at",
                                        json_of_time(row->changed_at)));
    }
    if (result != 0) {
        json_decref(items);
        return result;
    }
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void complaints_list(struct http_request *req)
{
    call_read(call_of(req), op_list);
}

static int op_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_complaint row;
    int result = find(call, tx, &row, answer);
    return result == 0 ? answer_with(call, tx, &row, 200, answer) : result;
}

void complaints_get(struct http_request *req)
{
    call_read(call_of(req), op_get);
}

/* ---- answering ---- */

static int op_answer(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_complaint row;
    int result = find(call, tx, &row, answer);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    const char *text = fields_lines(&body, call_message_field(call), FIELDS_REQUIRED,
                                    up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = complaint_say(call, tx, &row, text, answer);
    return result == 0 ? answer_with(call, tx, &row, 201, answer) : result;
}

void complaints_answer(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, op_answer);
}

/* ---- resolving ---- */

static int op_resolve(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_complaint row;
    int result = find(call, tx, &row, answer);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    const char *text =
        fields_lines(&body, "text", FIELDS_OPTIONAL, up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (row.state == CASE_RESOLVED)
        return call_refuse(answer, &api_case_resolved, NULL);
    row.state = CASE_RESOLVED;
    row.changed_at = call->now;
    row.delete_by = call->now + call->api->settings->retention.complaint_days * CLOCK_DAY;
    result = text ? complaint_say(call, tx, &row, text, answer) : store_complaint_move(tx, &row);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "complaint.resolved", "complaint=%s agent=%s", row.id, call->actor.id);
    return answer_with(call, tx, &row, 200, answer);
}

void complaints_resolve(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_OPTIONAL))
        call_write(call, op_resolve);
}

/* ---- matching ---- */

static int op_match(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_complaint row;
    struct store_case opened;
    int result = find(call, tx, &row, answer);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    struct cases_opening opening = {.kind = CASE_PRIVACY};
    opening.delivery_id = fields_id(&body, "delivery_id", FIELDS_REQUIRED, ID_DELIVERY);
    opening.reason =
        fields_lines(&body, "reason", FIELDS_REQUIRED, up_to(call->api->settings->text.reason));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (row.case_id[0])
        return call_refuse(answer, &http_conflict, MSG("It has a case already."));
    result = cases_open_as(call, tx, &opening, &opened, answer);
    if (result != 0)
        return result;
    memcpy(row.case_id, opened.id, ID_ROOM);
    row.changed_at = call->now;
    result = store_complaint_move(tx, &row);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "complaint.matched", "complaint=%s case=%s agent=%s", row.id, opened.id,
              call->actor.id);
    return answer_with(call, tx, &row, 201, answer);
}

void complaints_match(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, op_match);
}

/* ---- pages ---- */

static int list_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *show = http_query(call->req, "show");
    bool resolved = show && strcmp(show, "resolved") == 0;
    int result = op_list(call, tx, answer);
    if (result == 0)
        json_object_set_new(answer->body, "show", json_string(resolved ? "resolved" : "open"));
    return result;
}

void face_complaints(struct http_request *req)
{
    page_read(call_of(req), list_page, PAGE_DESK_COMPLAINTS, NULL);
}

void face_complaint(struct http_request *req)
{
    page_read(call_of(req), op_get, PAGE_DESK_COMPLAINT, NULL);
}

static void form(struct http_request *req, operation *run, enum fields_need need, const char *done)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, need))
        return;
    int result = call_perform(call, run, &answer);
    const char *path = arena_printf(call->arena, "/desk/complaints/%s", http_param(req, "id"));
    if (result == 0 && answer.problem == &api_invalid_field)
        page_again(call, op_get, PAGE_DESK_COMPLAINT, &answer);
    else
        page_done(call, result, &answer, path ? path : "/desk/complaints", done);
}

void face_complaint_answer_post(struct http_request *req)
{
    form(req, op_answer, FIELDS_REQUIRED, "message_sent");
}

void face_complaint_match_post(struct http_request *req)
{
    form(req, op_match, FIELDS_REQUIRED, "case_opened");
}

void face_complaint_resolve_post(struct http_request *req)
{
    form(req, op_resolve, FIELDS_OPTIONAL, "case_resolved");
}
