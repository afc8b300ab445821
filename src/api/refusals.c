/* SPDX-License-Identifier: Apache-2.0
 *
 * A refusal is one row; what it changes is worked out anew by the policy (api/placing.h), and so is
 * what lifting it changes.
 */
#include "api/refusals.h"

#include "api/api.h"
#include "api/page.h"
#include "api/placing.h"
#include "api/subject.h"
#include "base/log.h"
#include "base/text.h"
#include "store/refusal.h"
#include "store/shipper.h"

static struct fields_length up_to(int64_t max)
{
    return (struct fields_length){1, (size_t)max};
}

/* ---- as JSON ---- */

static json_t *address_json(const struct address *address)
{
    if (address->line_count == 0)
        return json_null();
    json_t *lines = json_array();
    for (int i = 0; i < address->line_count; i++)
        json_array_append_new(lines, json_string(address->lines[i]));
    return json_pack("{s:o}", "lines", lines);
}

/* As the recipient reads it. */
static json_t *for_recipient(struct call *call, struct db_tx *tx,
                             const struct store_refusal *refusal)
{
    struct shipper shipper;
    json_t *of = json_null();
    bool own = refusal->kind == REFUSAL_AT_ADDRESS;
    if (!own && store_shipper_get(tx, refusal->owner, call->arena, &shipper) == 0)
        of = json_pack("{s:s}", "name", shipper.name);
    return json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o}", "id", refusal->id, "by",
                     own ? "recipient" : "shipper", "address", address_json(&refusal->address),
                     "shipper", of, "reason", refusal->reason, "created_at",
                     json_of_time(refusal->created_at));
}

/* As the shipper reads its own. */
static json_t *for_shipper(const struct store_refusal *refusal)
{
    json_t *recipient =
        refusal->kind == REFUSAL_FOR_CONTACT
            ? json_pack("{s:s?, s:s?}", "email", refusal->email, "phone", refusal->phone)
            : json_null();
    return json_pack("{s:s, s:o, s:o, s:s?, s:o}", "id", refusal->id, "recipient", recipient,
                     "address", address_json(&refusal->address), "reason", refusal->reason,
                     "created_at", json_of_time(refusal->created_at));
}

/* ---- adding ---- */

/* Inserts it, unless the owner has as many as there may be. One that is there already is the same
 * again: 200 instead of 201. CALL_REFUSE or a fault otherwise. */
static int insert(struct call *call, struct db_tx *tx, struct store_refusal *refusal,
                  struct answer *answer, int *status_out)
{
    const struct settings *settings = call->api->settings;
    int count = 0,
        most = (int)(refusal->kind == REFUSAL_AT_ADDRESS ? settings->delivery.account_refusals
                                                         : settings->delivery.shipper_refusals);
    refusal->created_at = call->now;
    id_new(ID_REFUSAL, refusal->id);
    int result = store_refusal_insert(tx, refusal);
    *status_out = 201;
    if (result == STORE_EXISTS) {
        *status_out = 200;
        return store_refusal_get(tx, refusal->id, call->arena, refusal);
    }
    if (result == STORE_REFUSAL_EMPTY) {
        snprintf(answer->field, sizeof answer->field,
                 refusal->kind == REFUSAL_AT_ADDRESS ? "order_id" : "address.lines");
        return call_refuse(answer, &api_invalid_field,
                           MSG("There is no letter or number in this address."));
    }
    if (result == 0)
        result = store_refusal_count(tx, refusal->owner, most + 1, &count);
    if (result == 0 && count > most)
        return call_refuse(answer, &api_refusal_limit, NULL);
    if (result == 0)
        log_event(LOG_INFO, "photo.refused", "refusal=%s kind=%s", refusal->id,
                  words_name(&words_refusal_kind, refusal->kind));
    return result;
}

/* ---- the recipient's ---- */

static int add_at_order(struct call *call, struct db_tx *tx, const char *order_id,
                        struct answer *answer)
{
    struct subject subject;
    int status = 0;
    int result = subject_need(call, tx, order_id, PURPOSE_CONSENT, answer, &subject);
    if (result != 0)
        return result;
    struct store_refusal refusal = {.kind = REFUSAL_AT_ADDRESS,
                                    .email = call->actor.email,
                                    .address = subject.delivery.address};
    memcpy(refusal.owner, call->actor.id, ID_ROOM);
    result = insert(call, tx, &refusal, answer, &status);
    if (result == 0)
        result = placing_of_recipient(call, tx, call->actor.email);
    return result != 0 ? result : call_ok(answer, status, for_recipient(call, tx, &refusal));
}

static int op_add_mine(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    const char *order_id = fields_id(&body, "order_id", FIELDS_REQUIRED, ID_DELIVERY);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    return add_at_order(call, tx, order_id, answer);
}

void refusals_add_mine(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, op_add_mine);
}

/* May this account lift it: its own, or what a shipper was told by it? */
static bool is_mine(const struct call *call, const struct store_refusal *refusal)
{
    if (refusal->kind == REFUSAL_AT_ADDRESS)
        return strcmp(refusal->owner, call->actor.id) == 0;
    return refusal->kind == REFUSAL_FOR_CONTACT && refusal->email &&
           strcmp(refusal->email, call->actor.email) == 0;
}

static int op_remove_mine(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_refusal refusal;
    const char *id = http_param(call->req, "id");
    int result = store_refusal_get(tx, id, call->arena, &refusal);
    if (result < 0)
        return result;
    if (result != 0 || !is_mine(call, &refusal))
        return call_refuse(answer, &http_not_found, NULL);
    result = store_refusal_delete(tx, id);
    if (result == 0)
        result = placing_of_recipient(call, tx, call->actor.email);
    if (result == 0)
        log_event(LOG_INFO, "photo.allowed", "refusal=%s by=recipient", refusal.id);
    return result != 0 ? result : call_ok(answer, 204, NULL);
}

void refusals_remove_mine(struct http_request *req)
{
    call_write(call_of(req), op_remove_mine);
}

typedef int list_refusals(struct db_tx *tx, const char *of, const struct store_page *page,
                          struct arena *arena, struct store_refusals *out);

/* Adds all that are listed, page by page. */
static int add_all(struct call *call, struct db_tx *tx, list_refusals *list, const char *of,
                   json_t *items)
{
    struct store_refusals found = {.more = true};
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    int result = 0;
    while (result == 0 && found.more) {
        result = list(tx, of, &page, call->arena, &found);
        for (int i = 0; result == 0 && i < found.count; i++) {
            json_array_append_new(items, for_recipient(call, tx, &found.items[i]));
            page.after = found.items[i].id;
        }
    }
    return result;
}

/* Its own first, then what shippers were told: an account has as many as may be, and each shipper
 * one of it. */
int refusals_of_account(struct call *call, struct db_tx *tx, json_t **out)
{
    json_t *items = json_array();
    int result = add_all(call, tx, store_refusal_list, call->actor.id, items);
    if (result == 0)
        result = add_all(call, tx, store_refusal_told, call->actor.email, items);
    if (result != 0)
        json_decref(items);
    else
        *out = items;
    return result;
}

static int op_list_mine(struct call *call, struct db_tx *tx, struct answer *answer)
{
    json_t *items = NULL;
    int result = refusals_of_account(call, tx, &items);
    return result != 0 ? result : call_ok(answer, 200, call_list(items, NULL));
}

void refusals_list_mine(struct http_request *req)
{
    call_read(call_of(req), op_list_mine);
}

/* ---- the shipper's ---- */

static int op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_REFUSAL};
    struct store_refusals found;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result =
        store_refusal_list(tx, call->actor.shipper_id, &(struct store_page){page.after, page.limit},
                           call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        json_array_append_new(items, for_shipper(&found.items[i]));
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void refusals_list(struct http_request *req)
{
    call_read(call_of(req), op_list);
}

/* Whom or what it is about: one contact, or one address. */
static void read_about(struct call *call, struct fields *body, struct store_refusal *refusal)
{
    struct fields recipient, address;
    bool has_recipient = fields_has(body, "recipient"), has_address = fields_has(body, "address");
    fields_object(body, "recipient", "recipient.", &recipient);
    refusal->email = fields_email(&recipient, "email", FIELDS_OPTIONAL, call->arena);
    refusal->phone =
        fields_text(&recipient, "phone", FIELDS_OPTIONAL, (struct fields_length){8, 16});
    if (refusal->phone && !text_is_phone(refusal->phone))
        fields_fail(&recipient, "phone", "This must be a telephone number such as +4930123456.");
    fields_end(&recipient);
    fields_object(body, "address", "address.", &address);
    refusal->address.line_count =
        fields_texts(&address, "lines", up_to(call->api->settings->text.address_line),
                     refusal->address.lines, DELIVERY_LINES);
    if (has_address && refusal->address.line_count == 0)
        fields_fail(&address, "lines", "This field is needed.");
    fields_end(&address);
    refusal->kind = has_address ? REFUSAL_OF_ADDRESS : REFUSAL_FOR_CONTACT;
    if (has_recipient == has_address)
        fields_fail(body, has_address ? "address" : "recipient",
                    "Either a recipient or an address is needed.");
    else if (has_recipient && !refusal->email == !refusal->phone)
        fields_fail(body, "recipient", "Either an e-mail address or a telephone number is needed.");
}

static int op_add(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct settings *settings = call->api->settings;
    struct fields_failure failure = {0};
    struct fields body;
    struct store_refusal refusal = {0};
    int status = 0;
    fields_begin(&body, call->body, &failure);
    read_about(call, &body, &refusal);
    refusal.reason =
        fields_lines(&body, "reason", FIELDS_OPTIONAL, up_to(settings->text.instructions));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    memcpy(refusal.owner, call->actor.shipper_id, ID_ROOM);
    int result = insert(call, tx, &refusal, answer, &status);
    if (result == 0)
        result = placing_of_shipper(call, tx, &refusal);
    return result != 0 ? result : call_ok(answer, status, for_shipper(&refusal));
}

void refusals_add(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, op_add);
}

static int op_remove(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_refusal refusal;
    const char *id = http_param(call->req, "id");
    int result = store_refusal_get(tx, id, call->arena, &refusal);
    if (result < 0)
        return result;
    if (result != 0 || strcmp(refusal.owner, call->actor.shipper_id) != 0)
        return call_refuse(answer, &http_not_found, NULL);
    if (refusal.kind == REFUSAL_FOR_CONTACT)
        return call_refuse(answer, &api_recipients_word,
                           "You recorded what the recipient said. They can allow photos again on "
                           "their account's page, or one on an order's page.");
    result = store_refusal_delete(tx, id);
    if (result == 0)
        result = placing_of_shipper(call, tx, &refusal);
    if (result == 0)
        log_event(LOG_INFO, "photo.allowed", "refusal=%s by=shipper", refusal.id);
    return result != 0 ? result : call_ok(answer, 204, NULL);
}

void refusals_remove(struct http_request *req)
{
    call_write(call_of(req), op_remove);
}

/* ---- the forms ---- */

static int op_add_here(struct call *call, struct db_tx *tx, struct answer *answer)
{
    return add_at_order(call, tx, http_param(call->req, "id"), answer);
}

void face_order_refusal_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    const char *path = arena_printf(call->arena, "/orders/%s", http_param(req, "id"));
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = call_perform(call, op_add_here, &answer);
    page_done(call, result, &answer, path ? path : "/orders", "address_refused");
}

void face_refusal_remove_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = call_perform(call, op_remove_mine, &answer);
    page_done(call, result, &answer, "/account", "refusal_lifted");
}
