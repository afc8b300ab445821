/* SPDX-License-Identifier: Apache-2.0
 *
 * An order as its page shows it comes first, from the same place, so that the two never tell
 * different things; what follows under `held` is told to its recipient only.
 */
#include "api/mine.h"

#include <errno.h>

#include "api/api.h"
#include "api/me.h"
#include "api/orders.h"
#include "api/shapes.h"
#include "api/subject.h"
#include "base/clock.h"
#include "domain/retention.h"
#include "jobs/sweep.h"
#include "notify/sms.h"
#include "store/delivery.h"
#include "store/event.h"
#include "store/leaving.h"
#include "store/mailbox.h"
#include "store/mine.h"
#include "store/preference.h"
#include "store/proof.h"
#include "store/retention.h"
#include "store/text_message.h"

/* A photo that is not judged yet has no date, so neither has what waits for it. */
int mine_add_delete_by(struct call *call, struct db_tx *tx, const char *delivery_id, json_t *order)
{
    struct store_personal row;
    struct retention_terms terms = sweep_terms(call->api->settings);
    int result = store_personal_get(tx, delivery_id, &row);
    if (result != 0)
        return result;
    int64_t due = retention_delivery(&row.facts, &terms);
    json_object_set_new(order, "personal_data_delete_by", json_of_time(due == INT64_MAX ? 0 : due));
    return 0;
}

/* ---- the account ---- */

static int add_sessions(struct call *call, struct db_tx *tx, json_t *account)
{
    struct store_session_list found;
    json_t *items = json_array();
    int result = store_session_of_account(tx, call->actor.id, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++)
        json_array_append_new(items, json_pack("{s:o, s:o, s:o}", "created_at",
                                               json_of_time(found.items[i].created_at), "seen_at",
                                               json_of_time(found.items[i].seen_at), "expires_at",
                                               json_of_time(found.items[i].expires_at)));
    json_object_set_new(account, "sessions", items);
    return result;
}

static int add_mailbox(struct call *call, struct db_tx *tx, json_t *account)
{
    struct store_mailbox mailbox;
    uint8_t hash[STORE_HASH];
    store_address_hash(call->actor.email, hash);
    int result = store_mailbox_get(tx, hash, &mailbox);
    json_object_set_new(account, "mailbox_refused",
                        result == 0 ? json_pack("{s:i, s:o, s:o}", "times", mailbox.refusals,
                                                "last_at", json_of_time(mailbox.refused_at),
                                                "rests_until", json_of_time(mailbox.rest_until))
                                    : json_null());
    return result == STORE_NOT_FOUND ? 0 : result;
}

int mine_account(struct call *call, struct db_tx *tx, json_t **out)
{
    struct answer answer = {0};
    int64_t used = 0;
    int result = me_op_page(call, tx, &answer);
    json_t *account = result == 0 ? json_incref(answer.body) : NULL;
    answer_clear(&answer);
    if (!account)
        return result < 0 ? result : -ENOENT;
    json_t *passkeys = json_object_get(json_object_get(account, "passkeys"), "items");
    json_object_set(account, "passkeys", passkeys);
    json_object_del(account, "usual_zone");
    json_object_set_new(account, "exported_at", json_of_time(call->now));
    result = store_account_last_use(tx, call->actor.id, &used);
    json_object_set_new(account, "signed_in_at", json_of_time(used));
    if (result == 0)
        result = add_sessions(call, tx, account);
    if (result == 0)
        result = add_mailbox(call, tx, account);
    if (result == 0)
        *out = account;
    else
        json_decref(account);
    return result;
}

/* ---- one delivery ---- */

static int add_events(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                      json_t *held)
{
    struct store_event_filter filter = {delivery->shipper_id, delivery->id};
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    struct store_events found = {.more = true};
    json_t *items = json_array();
    int result = 0;
    while (result == 0 && found.more) {
        result = store_event_list(tx, &filter, &page, call->arena, &found);
        for (int i = 0; result == 0 && i < found.count; i++) {
            const struct store_event *event = &found.items[i];
            json_array_append_new(items,
                                  json_pack("{s:s, s:s, s:o, s:o}", "id", event->id, "type",
                                            words_name(&words_event_kind, (int)event->kind),
                                            "timestamp", json_of_time(event->at), "data",
                                            json_loads(event->data, JSON_REJECT_DUPLICATES, NULL)));
            page.after = event->id;
        }
    }
    json_object_set_new(held, "events", items);
    return result;
}

static int add_texts(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                     json_t *held)
{
    struct store_mine_texts found = {0};
    json_t *items = json_array();
    uint8_t hash[STORE_HASH];
    int result = 0, stopped = STORE_NOT_FOUND;
    if (delivery->recipient_phone) {
        sms_number_hash(call->api->sms, delivery->recipient_phone, hash);
        result = store_mine_text_list(tx, delivery->id, hash, call->arena, &found);
        stopped = store_number_stopped(tx, hash);
    }
    for (int i = 0; result == 0 && i < found.count; i++)
        json_array_append_new(
            items, json_pack("{s:o, s:o, s:s, s:i}", "at", json_of_time(found.items[i].created_at),
                             "changed_at", json_of_time(found.items[i].changed_at), "status",
                             found.items[i].status, "segments", found.items[i].segments));
    json_object_set_new(held, "texts", items);
    json_object_set_new(held, "texts_stopped", json_boolean(stopped == 0));
    return result != 0 ? result : stopped < 0 ? stopped : 0;
}

static json_t *coordinates_of(const struct address *address)
{
    return address->located ? json_pack("{s:f, s:f}", "lat", address->lat, "lon", address->lon)
                            : json_null();
}

static int add_held(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                    json_t *order)
{
    struct store_proof proof;
    json_t *held = json_pack(
        "{s:{s:s?, s:s?, s:s?}, s:o, s:s?, s:o, s:s?, s:b}", "recipient", "name",
        delivery->recipient_name, "email", delivery->recipient_email, "phone",
        delivery->recipient_phone, "coordinates", coordinates_of(&delivery->address),
        "instructions", delivery->instructions, "parcels", shape_parcels(delivery), "confidential",
        delivery->confidential ? words_name(&words_confidentiality, (int)delivery->confidential)
                               : NULL,
        "bought_by_somebody_else", delivery->buyer_email != NULL);
    int result = store_proof_get(tx, delivery->id, call->arena, &proof);
    json_object_set_new(held, "kept_proof",
                        shape_kept_proof(delivery, result == 0 ? &proof : NULL));
    result = result == STORE_NOT_FOUND ? 0 : result;
    if (result == 0)
        result = mine_add_photos(call, tx, delivery, held);
    if (result == 0)
        result = add_events(call, tx, delivery, held);
    if (result == 0)
        result = add_texts(call, tx, delivery, held);
    json_object_set_new(order, "held", held);
    return result;
}

int mine_delivery(struct call *call, struct db_tx *tx, const char *delivery_id, json_t **out)
{
    struct answer answer = {0};
    struct delivery delivery;
    int result = orders_answer(call, tx, delivery_id, &answer);
    json_t *order = result == 0 ? json_incref(answer.body) : NULL;
    answer_clear(&answer);
    if (!order)
        return result < 0 ? result : STORE_NOT_FOUND;
    result = store_delivery_get(tx, delivery_id, call->arena, &delivery);
    if (result == 0 && subject_relation(&call->actor, &delivery) == ACTOR_RECIPIENT)
        result = add_held(call, tx, &delivery, order);
    if (result == 0)
        *out = order;
    else
        json_decref(order);
    return result;
}
