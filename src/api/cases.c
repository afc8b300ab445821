/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations on cases. Looks under them are begun in looks.c.
 */
#include "api/cases.h"

#include "api/api.h"
#include "api/going.h"
#include "api/looks.h"
#include "api/shapes.h"
#include "api/terms.h"
#include "api/withdraw.h"
#include "base/log.h"
#include "store/delivery.h"
#include "store/driver.h"

static struct fields_length up_to(int64_t max)
{
    return (struct fields_length){1, (size_t)max};
}

int cases_need(struct call *call, struct db_tx *tx, enum policy_purpose purpose,
               struct answer *answer, struct cases_found *found)
{
    const char *of_order = http_param(call->req, "case");
    const char *id = http_param(call->req, "id");
    struct store_case *row = &found->row;
    int result = store_case_get(tx, of_order ? of_order : id, call->arena, row);
    if (result == 0 && of_order && strcmp(row->delivery_id, id) != 0)
        result = STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    return subject_need(call, tx, row->delivery_id, purpose, answer, &found->subject);
}

int cases_tell(struct call *call, struct db_tx *tx, enum event_kind kind,
               const struct delivery *delivery, const struct store_case *row)
{
    struct event event = {.kind = kind,
                          .delivery = delivery,
                          .of_case = row,
                          .by = call->actor.kind == WHO_AGENT ? SIDE_AGENT : SIDE_RECIPIENT,
                          .at = call->now};
    return tell_event(tx, &call->telling, &event);
}

int cases_check_room(struct call *call, struct db_tx *tx, const char *delivery_id,
                     struct answer *answer)
{
    struct store_cases cases;
    int result = store_case_on_delivery(tx, delivery_id, call->arena, &cases);
    if (result == 0 && cases.count >= call->api->settings->delivery.cases)
        return call_refuse(answer, &http_conflict,
                           MSG("There are too many cases on this delivery."));
    return result;
}

int cases_check_open(struct call *call, struct db_tx *tx, const struct store_case *row,
                     struct answer *answer)
{
    struct store_messages messages;
    int limit = (int)call->api->settings->delivery.case_messages;
    if (row->state == CASE_RESOLVED)
        return call_refuse(answer, &api_case_resolved, NULL);
    int result = store_message_list(tx, row->id, &(struct store_page){.limit = limit}, call->arena,
                                    &messages);
    if (result == 0 && messages.count >= limit)
        return call_refuse(answer, &http_conflict, MSG("The case has no room for more messages."));
    return result;
}

/* ---- one case, whole ---- */

static const char *driver_name(struct call *call, struct db_tx *tx, const struct delivery *delivery)
{
    struct store_driver driver;
    bool found = delivery->driver_id[0] &&
                 store_driver_get(tx, delivery->driver_id, call->arena, &driver) == 0;
    return found ? driver.name : NULL;
}

/* A name or signature is there to be read while the case is open, and only then. */
static int add_kept_proof(struct call *call, struct db_tx *tx, const struct store_case *row,
                          const struct delivery *delivery, json_t *shape)
{
    struct store_proof kept;
    int result = row->state == CASE_OPEN ? store_proof_get(tx, delivery->id, call->arena, &kept)
                                         : STORE_NOT_FOUND;
    if (result < 0)
        return result;
    return json_object_set_new(shape, "kept_proof",
                               shape_kept_proof(delivery, result == 0 ? &kept : NULL));
}

/* Beside the photo of the present attempt, and in this session's look, if it has one. */
static int add_terms(struct call *call, struct db_tx *tx, const struct subject *subject, bool live,
                     json_t *shape)
{
    json_t *terms = NULL, *looked = NULL;
    json_t *photo = json_object_get(json_object_get(shape, "delivery"), "photo");
    int result = terms_for_agent(call, tx, subject->has_photo ? &subject->photo : NULL, &terms);
    if (result == 0 && live)
        result = terms_for_agent(call, tx, subject->asked, &looked);
    json_object_set_new(photo, "terms", terms ? terms : json_null());
    json_object_set_new(shape, "look", live ? looks_granted(&subject->look, looked) : json_null());
    return result;
}

/* This session's look at the evidence under this case, or null. */
static int look_at_evidence(struct call *call, struct db_tx *tx, const struct store_case *row,
                            const struct subject *subject, json_t **out)
{
    struct store_look look;
    struct store_look_ask ask = {.session_hash = call->actor.credential,
                                 .photo_id = subject->asked ? subject->asked->id : "",
                                 .now = call->now,
                                 .kind = LOOK_AT_EVIDENCE};
    int result = row->state == CASE_OPEN && subject->asked
                     ? store_look_live(tx, &ask, call->arena, &look)
                     : STORE_NOT_FOUND;
    json_t *terms = NULL;
    bool live = result == 0 && strcmp(look.case_id, row->id) == 0;
    if (live)
        result = terms_for_agent(call, tx, subject->asked, &terms);
    *out = live ? looks_granted(&look, terms) : json_null();
    return result < 0 ? result : 0;
}

static int answer_case(struct call *call, struct db_tx *tx, const struct store_case *row,
                       int status, struct answer *answer)
{
    struct subject subject;
    struct store_messages messages;
    struct store_looks looks;
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    int result = subject_load(call, tx, row->delivery_id, &subject);
    if (result == 0)
        result = store_message_list(tx, row->id, &page, call->arena, &messages);
    if (result == 0)
        result = store_look_list(tx, row->delivery_id, &page, call->arena, &looks);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    json_t *evidence = NULL;
    result = look_at_evidence(call, tx, row, &subject, &evidence);
    if (result != 0)
        return result;
    bool live = subject.has_look && strcmp(subject.look.case_id, row->id) == 0 &&
                subject_ask(&subject, PURPOSE_PHOTO) == POLICY_ALLOW;
    bool can_look = row->state == CASE_OPEN && subject_ask(&subject, PURPOSE_LOOK) == POLICY_ALLOW;
    json_t *shape = shape_case(row);
    json_object_set_new(shape, "messages", shape_messages(&messages));
    json_object_set_new(shape, "looks", shape_looks(&looks));
    json_object_set_new(shape, "delivery",
                        shape_desk_delivery(&subject, driver_name(call, tx, &subject.delivery)));
    json_object_set_new(shape, "evidence_look", evidence);
    json_object_set_new(shape, "can_look", json_boolean(can_look));
    result = add_terms(call, tx, &subject, live, shape);
    if (result == 0)
        result = add_kept_proof(call, tx, row, &subject.delivery, shape);
    if (result == 0)
        return call_ok(answer, status, shape);
    json_decref(shape);
    return result;
}

int cases_op_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct cases_found found;
    int result = cases_need(call, tx, PURPOSE_FACTS, answer, &found);
    return result != 0 ? result : answer_case(call, tx, &found.row, 200, answer);
}

void cases_get(struct http_request *req)
{
    call_read(call_of(req), cases_op_get);
}

/* ---- list ---- */

static int add_case(struct call *call, struct db_tx *tx, const struct store_case *row,
                    json_t *items)
{
    struct delivery delivery;
    int result = store_delivery_get(tx, row->delivery_id, call->arena, &delivery);
    if (result != 0)
        return result;
    json_t *item = shape_case(row);
    json_object_set_new(item, "delivery",
                        json_pack("{s:s, s:s, s:s}", "id", delivery.id, "reference",
                                  delivery.reference, "time_zone", delivery.time_zone));
    return json_array_append_new(items, item);
}

/* One page: open cases, and with show=all the resolved ones after them. A cursor is a state's
 * letter and an id. */
static int list_states(struct call *call, struct db_tx *tx, struct list_page *page, bool all,
                       json_t *items, char next[ID_ROOM + 1])
{
    static const struct {
        char letter;
        enum case_state state;
    } order[] = {{'o', CASE_OPEN}, {'r', CASE_RESOLVED}};
    const char *after = page->after;
    int left = page->limit, result = 0;
    next[0] = 0;
    for (size_t i = 0; result == 0 && left > 0 && i < (all ? ARRAY_LEN(order) : 1); i++) {
        struct store_cases found;
        if (after && after[0] != order[i].letter)
            continue;
        result = store_case_list(
            tx, &(struct store_case_filter){&call->actor.shippers, order[i].state},
            &(struct store_page){after ? after + 1 : NULL, left}, call->arena, &found);
        after = NULL;
        for (int n = 0; result == 0 && n < found.count; n++)
            result = add_case(call, tx, &found.items[n], items);
        left -= result == 0 ? found.count : 0;
        if (result == 0 && found.more)
            snprintf(next, ID_ROOM + 1, "%c%s", order[i].letter, found.items[found.count - 1].id);
        else if (result == 0 && left == 0 && all && i == 0)
            snprintf(next, ID_ROOM + 1, "r");
    }
    return result;
}

int cases_op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_CASE, .letters = "or"};
    char next[ID_ROOM + 1];
    const char *show = http_query(call->req, "show");
    bool all = show && strcmp(show, "all") == 0;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    if (show && !all && strcmp(show, "open") != 0) {
        snprintf(answer->field, sizeof answer->field, "show");
        return call_refuse(answer, &api_invalid_field, "This must be open or all.");
    }
    json_t *items = json_array();
    int result = list_states(call, tx, &page, all, items, next);
    if (result != 0) {
        json_decref(items);
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    }
    return call_ok(answer, 200, call_list(items, next[0] ? next : NULL));
}

void cases_list(struct http_request *req)
{
    call_read(call_of(req), cases_op_list);
}

/* ---- open ---- */

int cases_open_as(struct call *call, struct db_tx *tx, const struct cases_opening *opening,
                  struct store_case *row, struct answer *answer)
{
    struct subject subject;
    int result = subject_need(call, tx, opening->delivery_id, PURPOSE_OPEN_CASE, answer, &subject);
    if (result != 0)
        return result;
    result = cases_check_room(call, tx, subject.delivery.id, answer);
    if (result != 0)
        return result;
    *row = (struct store_case){.kind = opening->kind,
                               .state = CASE_OPEN,
                               .opened_by = SIDE_AGENT,
                               .reason = opening->reason,
                               .opened_at = call->now};
    id_new(ID_CASE, row->id);
    memcpy(row->delivery_id, subject.delivery.id, ID_ROOM);
    memcpy(row->shipper_id, subject.delivery.shipper_id, ID_ROOM);
    memcpy(row->agent_id, call->actor.id, ID_ROOM);
    result = store_case_insert(tx, row, &row->number);
    if (result == 0) /* they are told at once (R4) */
        result = cases_tell(call, tx, EVENT_CASE_OPENED, &subject.delivery, row);
    if (result == 0)
        log_event(LOG_INFO, "case.opened", "case=%s delivery=%s agent=%s", row->id,
                  row->delivery_id, row->agent_id);
    return result;
}

static int op_open(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct cases_opening opening;
    struct store_case row;
    fields_begin(&body, call->body, &failure);
    opening.delivery_id = fields_id(&body, "delivery_id", FIELDS_REQUIRED, ID_DELIVERY);
    opening.kind =
        (enum case_kind)fields_word(&body, "kind", FIELDS_OPTIONAL, &words_case_kind, CASE_OTHER);
    opening.reason =
        fields_lines(&body, "reason", FIELDS_REQUIRED, up_to(call->api->settings->text.reason));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    int result = cases_open_as(call, tx, &opening, &row, answer);
    return result != 0 ? result : answer_case(call, tx, &row, 201, answer);
}

int cases_open_now(struct call *call, struct answer *answer)
{
    return call_perform(call, op_open, answer);
}

void cases_open(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = cases_open_now(call, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        call_reply(call, result, &answer);
}

/* ---- messages ---- */

static int write_text(struct call *call, struct db_tx *tx, const struct store_case *row,
                      const char *text, struct store_message *message)
{
    *message = (struct store_message){.side = SIDE_AGENT, .text = text, .at = call->now};
    id_new(ID_MESSAGE, message->id);
    memcpy(message->case_id, row->id, ID_ROOM);
    memcpy(message->agent_id, call->actor.id, ID_ROOM);
    return store_message_insert(tx, message);
}

int cases_op_message(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct cases_found found;
    struct store_message message;
    int result = cases_need(call, tx, PURPOSE_FACTS, answer, &found);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    const char *text = fields_lines(&body, call_message_field(call), FIELDS_REQUIRED,
                                    up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = cases_check_open(call, tx, &found.row, answer);
    if (result == 0)
        result = write_text(call, tx, &found.row, text, &message);
    if (result == 0)
        result = cases_tell(call, tx, EVENT_CASE_ANSWERED, &found.subject.delivery, &found.row);
    return result != 0 ? result : call_ok(answer, 201, shape_message(&message));
}

void cases_write_message(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, cases_op_message);
}

/* ---- resolve ---- */

/* `text_out`: its last word, or NULL. */
static int read_resolution(struct call *call, struct db_tx *tx, struct answer *answer,
                           struct cases_found *found, const char **text_out)
{
    struct fields_failure failure = {0};
    struct fields body;
    int result = cases_need(call, tx, PURPOSE_FACTS, answer, found);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    *text_out =
        fields_lines(&body, "text", FIELDS_OPTIONAL, up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (found->row.state == CASE_RESOLVED)
        return call_refuse(answer, &api_case_resolved, NULL);
    /* Without a word even a full case can be closed. */
    return *text_out ? cases_check_open(call, tx, &found->row, answer) : 0;
}

static int ask_resolve(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct cases_found found;
    const char *text;
    return read_resolution(call, tx, answer, &found, &text);
}

static int resolve(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct cases_found found;
    struct store_message message;
    const char *text;
    int result = read_resolution(call, tx, answer, &found, &text);
    if (result == 0 && text)
        result = write_text(call, tx, &found.row, text, &message);
    if (result == 0)
        result = store_case_resolve(tx, found.row.id, text, call->now);
    if (result == 0)
        result = store_case_get(tx, found.row.id, call->arena, &found.row);
    if (result == 0)
        result = cases_tell(call, tx, EVENT_CASE_RESOLVED, &found.subject.delivery, &found.row);
    if (result == 0)
        result = going_release(call, tx, found.row.delivery_id);
    if (result != 0)
        return result;
    call->work = arena_printf(call->arena, "%s", found.row.delivery_id);
    log_event(LOG_INFO, "case.resolved", "case=%s agent=%s", found.row.id, call->actor.id);
    return answer_case(call, tx, &found.row, 200, answer);
}

int cases_resolve_now(struct call *call, struct answer *answer)
{
    const struct withdrawal looks = {http_param(call->req, "id"), ask_resolve, resolve};
    call->work = NULL;
    int result = withdraw_perform(call, &looks, answer);
    if (result == 0 && call->work) /* what only waited for it */
        going_carry_out(call, call->work);
    return result;
}

void cases_resolve(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = cases_resolve_now(call, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        call_reply(call, result, &answer);
}
