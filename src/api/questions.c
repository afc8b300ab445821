/* SPDX-License-Identifier: Apache-2.0
 *
 * A question goes into the case that the look was under. Where that is resolved, or the look was
 * under none, it goes into a case about privacy that the recipient has open, and else opens one.
 */
#include "api/questions.h"

#include "api/api.h"
#include "api/cases.h"
#include "api/orders.h"
#include "api/shapes.h"
#include "base/log.h"
#include "store/look.h"

/* The look of the path, of this recipient's delivery; else there is none. */
static int need_look(struct call *call, struct db_tx *tx, struct answer *answer,
                     struct subject *subject, struct store_look *look)
{
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_LOOKS, answer, subject);
    if (result != 0)
        return result;
    if (subject_ask(subject, PURPOSE_OPEN_CASE) != POLICY_ALLOW)
        return call_refuse(answer, &http_not_found, NULL);
    result = store_look_get(tx, http_param(call->req, "look_id"), call->arena, look);
    if (result == 0 && strcmp(look->delivery_id, subject->delivery.id) != 0)
        result = STORE_NOT_FOUND;
    return result <= 0 ? result : call_refuse(answer, &http_not_found, NULL);
}

/* An open case that the question belongs into; STORE_NOT_FOUND: a new one. */
static int find_case(struct call *call, struct db_tx *tx, const struct store_look *look,
                     struct store_case *out)
{
    struct store_cases cases;
    int result =
        look->case_id[0] ? store_case_get(tx, look->case_id, call->arena, out) : STORE_NOT_FOUND;
    if (result < 0 || (result == 0 && out->state == CASE_OPEN))
        return result;
    result = store_case_on_delivery(tx, look->delivery_id, call->arena, &cases);
    if (result != 0)
        return result;
    for (int i = 0; i < cases.count; i++) {
        *out = cases.items[i];
        if (out->state == CASE_OPEN && out->kind == CASE_PRIVACY &&
            out->opened_by == SIDE_RECIPIENT)
            return 0;
    }
    return STORE_NOT_FOUND;
}

/* The case, open and with room for a message, found or opened; `is_new_out`: which. */
static int need_case(struct call *call, struct db_tx *tx, struct answer *answer,
                     const struct store_look *look, struct store_case *row)
{
    int result = find_case(call, tx, look, row);
    if (result == 0)
        return cases_check_open(call, tx, row, answer);
    if (result < 0)
        return result;
    *row = (struct store_case){0};
    return cases_check_room(call, tx, look->delivery_id, answer);
}

int questions_op_ask(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct subject subject;
    struct store_look look = {0};
    struct store_case row;
    struct store_message message;
    int result = need_look(call, tx, answer, &subject, &look);
    if (result != 0)
        return result;
    const char *name = json_object_get(call->body, "question") ? "question" : "text";
    size_t most = (size_t)call->api->settings->text.message;
    fields_begin(&body, call->body, &failure);
    const char *text = fields_lines(&body, name, FIELDS_REQUIRED, (struct fields_length){1, most});
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = need_case(call, tx, answer, &look, &row);
    bool opens = result == 0 && !row.id[0];
    if (opens)
        result = orders_open_case(call, tx, &subject.delivery, CASE_PRIVACY, &row);
    message = (struct store_message){.text = text};
    memcpy(message.look_id, look.id, ID_ROOM);
    if (result == 0)
        result = orders_add_message(call, tx, row.id, &message);
    if (result == 0)
        result = cases_tell(call, tx, opens ? EVENT_CASE_OPENED : EVENT_CASE_ANSWERED,
                            &subject.delivery, &row);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "look.asked_about", "look=%s case=%s", look.id, row.id);
    json_t *shape = shape_message(&message);
    json_object_set_new(shape, "case_id", json_string(row.id));
    json_object_set_new(shape, "case_number", json_integer(row.number));
    return call_ok(answer, 201, shape);
}

void questions_ask(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, questions_op_ask);
}
