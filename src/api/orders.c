/* SPDX-License-Identifier: Apache-2.0
 *
 * A word about photos, for one delivery or for all, takes effect in the same transaction on every
 * photo that is still expected (R6).
 */
#include "api/orders.h"

#include "api/api.h"
#include "api/cases.h"
#include "api/me.h"
#include "api/mine.h"
#include "api/placing.h"
#include "api/shapes.h"
#include "api/terms.h"
#include "base/log.h"
#include "store/account.h"
#include "store/delivery.h"

static struct fields_length up_to(int64_t max)
{
    return (struct fields_length){1, (size_t)max};
}

/* ---- the account ---- */

int orders_op_me(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_account account;
    int result = store_account_get(tx, call->actor.id, call->arena, &account);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_unauthorized, NULL);
    json_t *me = json_pack("{s:s, s:s, s:o}", "email", account.email, "consent",
                           words_name(&words_consent, account.consent), "created_at",
                           json_of_time(account.created_at));
    result = me ? me_add_preferences(call, tx, me) : 0;
    if (result == 0)
        return call_ok(answer, 200, me);
    json_decref(me);
    return result;
}

void orders_me(struct http_request *req)
{
    call_read(call_of(req), orders_op_me);
}

int orders_op_preferences(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct me_wish wish;
    /* A page's form calls it `photo`. */
    const char *name = json_object_get(call->body, "photo") ? "photo" : "photos";
    fields_begin(&body, call->body, &failure);
    me_read_wish(call, &body, &wish);
    bool about_photos = !wish.any || fields_has(&body, name);
    int consent = fields_word(&body, name, about_photos ? FIELDS_REQUIRED : FIELDS_OPTIONAL,
                              &words_consent, CONSENT_UNSET);
    fields_end(&body);
    if (!failure.failed && about_photos && consent == CONSENT_UNSET)
        fields_fail(&body, name, "This must be one of: allowed refused");
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    int result = me_apply_wish(call, tx, &wish);
    if (result == 0 && about_photos)
        result = store_account_set_consent(tx, call->actor.id, (enum consent)consent);
    if (result == 0 && about_photos)
        result = placing_of_recipient(call, tx, call->actor.email);
    return result != 0 ? result : orders_op_me(call, tx, answer);
}

void orders_put_preferences(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, orders_op_preferences);
}

/* ---- orders ---- */

int orders_op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_DELIVERY};
    struct store_deliveries found;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result = store_delivery_orders(
        tx, call->actor.email, &(struct store_page){page.after, page.limit}, call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count && result == 0; i++) {
        struct subject subject;
        result = subject_load(call, tx, found.items[i].id, &subject);
        if (result == 0)
            json_array_append_new(items, shape_order_item(&subject));
    }
    if (result < 0) {
        json_decref(items);
        return result;
    }
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void orders_list(struct http_request *req)
{
    call_read(call_of(req), orders_op_list);
}

static int add_cases(struct call *call, struct db_tx *tx, const char *delivery_id, json_t *order)
{
    struct store_cases cases;
    json_t *items = json_array();
    int result = store_case_on_delivery(tx, delivery_id, call->arena, &cases);
    for (int i = 0; result == 0 && i < cases.count; i++) {
        struct store_messages messages;
        struct store_page page = {.limit = STORE_PAGE_LIMIT};
        json_t *item = shape_case(&cases.items[i]);
        result = store_message_list(tx, cases.items[i].id, &page, call->arena, &messages);
        if (result == 0)
            json_object_set_new(item, "messages", shape_messages(&messages));
        json_array_append_new(items, item);
    }
    json_object_set_new(order, "cases", items);
    return result;
}

static int add_looks(struct call *call, struct db_tx *tx, const char *delivery_id, json_t *order)
{
    struct store_looks looks = {0};
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    int result = store_look_list(tx, delivery_id, &page, call->arena, &looks);
    json_object_set_new(order, "looks", shape_looks(&looks));
    return result;
}

/* The order, as whoever asks may read it: the recipient all of it, the buyer its state. */
int orders_answer(struct call *call, struct db_tx *tx, const char *id, struct answer *answer)
{
    struct subject subject;
    int result = subject_need(call, tx, id, PURPOSE_STATUS, answer, &subject);
    if (result != 0)
        return result;
    if (subject.facts.actor == ACTOR_RECIPIENT) /* an open case holds the photos */
        result = subject_load_hold(call, tx, &subject);
    if (result != 0)
        return result;
    json_t *order = shape_order(call, &subject);
    if (order && subject.facts.actor == ACTOR_BUYER)
        result = terms_put_shared(call, tx, &subject, order);
    if (order && subject.facts.actor == ACTOR_RECIPIENT) {
        result = add_cases(call, tx, subject.delivery.id, order);
        if (result == 0)
            result = add_looks(call, tx, subject.delivery.id, order);
        if (result == 0)
            result = terms_put_order(call, tx, &subject, order);
        if (result == 0)
            result = mine_add_delete_by(call, tx, subject.delivery.id, order);
    }
    if (result != 0) {
        json_decref(order);
        return result;
    }
    return call_ok(answer, 200, order);
}

int orders_op_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    return orders_answer(call, tx, http_param(call->req, "id"), answer);
}

void orders_get(struct http_request *req)
{
    call_read(call_of(req), orders_op_get);
}

static int op_looks(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_LOOK};
    struct subject subject;
    struct store_looks looks;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_LOOKS, answer, &subject);
    if (result == 0)
        result = store_look_list(tx, subject.delivery.id,
                                 &(struct store_page){page.after, page.limit}, call->arena, &looks);
    if (result != 0)
        return result;
    return call_ok(
        answer, 200,
        call_list(shape_looks(&looks), looks.more ? looks.items[looks.count - 1].id : NULL));
}

void orders_looks(struct http_request *req)
{
    call_read(call_of(req), op_looks);
}

/* ---- consent for one delivery ---- */

int orders_say(struct call *call, struct db_tx *tx, struct subject *subject, enum consent consent)
{
    struct delivery *delivery = &subject->delivery, before = *delivery;
    struct photo_place now = {delivery->photo_state, delivery->photo_reason};
    delivery->consent = subject->facts.delivery_consent = consent;
    struct photo_place place = policy_place_coming(&subject->facts, now);
    if (place.state != now.state)
        delivery->changed_at = call->now;
    delivery->photo_state = place.state;
    delivery->photo_reason = place.reason;
    int result = store_delivery_update(tx, delivery);
    if (result == 0)
        result = tell_moved(tx, &call->telling, &(struct tell_move){&before, delivery, call->now});
    return result;
}

static int say(struct call *call, struct db_tx *tx, struct answer *answer, enum consent consent)
{
    struct subject subject;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_CONSENT, answer, &subject);
    if (result == 0)
        result = orders_say(call, tx, &subject, consent);
    return result != 0 ? result : orders_answer(call, tx, subject.delivery.id, answer);
}

int orders_op_refuse(struct call *call, struct db_tx *tx, struct answer *answer)
{
    return say(call, tx, answer, CONSENT_REFUSED);
}

int orders_op_allow(struct call *call, struct db_tx *tx, struct answer *answer)
{
    return say(call, tx, answer, CONSENT_ALLOWED);
}

void orders_refuse_photo(struct http_request *req)
{
    call_write(call_of(req), orders_op_refuse);
}

void orders_allow_photo(struct http_request *req)
{
    call_write(call_of(req), orders_op_allow);
}

/* ---- problems ---- */

int orders_add_message(struct call *call, struct db_tx *tx, const char *case_id,
                       struct store_message *message)
{
    message->side = SIDE_RECIPIENT;
    message->at = call->now;
    id_new(ID_MESSAGE, message->id);
    snprintf(message->case_id, sizeof message->case_id, "%s", case_id);
    return store_message_insert(tx, message);
}

int orders_open_case(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                     enum case_kind kind, struct store_case *row)
{
    *row = (struct store_case){
        .kind = kind, .state = CASE_OPEN, .opened_by = SIDE_RECIPIENT, .opened_at = call->now};
    id_new(ID_CASE, row->id);
    memcpy(row->delivery_id, delivery->id, ID_ROOM);
    memcpy(row->shipper_id, delivery->shipper_id, ID_ROOM);
    return store_case_insert(tx, row, &row->number);
}

int orders_op_problem(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct subject subject;
    struct store_case row;
    struct store_message message;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_OPEN_CASE, answer, &subject);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    int kind = fields_word(&body, "kind", FIELDS_REQUIRED, &words_case_kind, CASE_OTHER);
    const char *text =
        fields_lines(&body, "text", FIELDS_REQUIRED, up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    message = (struct store_message){.text = text};
    result = cases_check_room(call, tx, subject.delivery.id, answer);
    if (result == 0)
        result = orders_open_case(call, tx, &subject.delivery, (enum case_kind)kind, &row);
    if (result == 0)
        result = orders_add_message(call, tx, row.id, &message);
    if (result == 0)
        result = cases_tell(call, tx, EVENT_CASE_OPENED, &subject.delivery, &row);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "case.opened", "case=%s delivery=%s by=recipient", row.id,
              subject.delivery.id);
    json_t *shape = shape_case(&row);
    json_object_set_new(shape, "messages", json_pack("[o]", shape_message(&message)));
    return call_ok(answer, 201, shape);
}

void orders_report_problem(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, orders_op_problem);
}

/* ---- messages ---- */

static int op_messages(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_MESSAGE};
    struct cases_found found;
    struct store_messages messages;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result = cases_need(call, tx, PURPOSE_ORDER, answer, &found);
    if (result == 0)
        result = store_message_list(tx, found.row.id, &(struct store_page){page.after, page.limit},
                                    call->arena, &messages);
    if (result != 0)
        return result;
    return call_ok(answer, 200,
                   call_list(shape_messages(&messages),
                             messages.more ? messages.items[messages.count - 1].id : NULL));
}

void orders_messages(struct http_request *req)
{
    call_read(call_of(req), op_messages);
}

int orders_op_message(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct cases_found found;
    struct store_message message;
    int result = cases_need(call, tx, PURPOSE_ORDER, answer, &found);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    const char *text = fields_lines(&body, call_message_field(call), FIELDS_REQUIRED,
                                    up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    message = (struct store_message){.text = text};
    result = cases_check_open(call, tx, &found.row, answer);
    if (result == 0)
        result = orders_add_message(call, tx, found.row.id, &message);
    if (result == 0)
        result = cases_tell(call, tx, EVENT_CASE_ANSWERED, &found.subject.delivery, &found.row);
    return result != 0 ? result : call_ok(answer, 201, shape_message(&message));
}

void orders_write_message(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, orders_op_message);
}
