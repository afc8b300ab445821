/* SPDX-License-Identifier: Apache-2.0
 *
 * Create, list, change and end deliveries. What a shipper may say of one is read by api/announce.c,
 * for creation and change alike.
 *
 * Marking a delivery confidential late withdraws its posted photos, of earlier attempts too (R2).
 */
#include "api/deliveries.h"

#include <errno.h>

#include "api/announce.h"
#include "api/api.h"
#include "api/shapes.h"
#include "api/terms.h"
#include "api/withdraw.h"
#include "base/log.h"
#include "domain/states.h"
#include "jobs/shares.h"
#include "ledger/step.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/policy.h"
#include "store/shipper.h"

/* ---- the photo follows ---- */

/* R2 and its end: every photo that is there, of whichever attempt, goes where the marking says. */
static int place_kept_photos(struct call *call, struct db_tx *tx, struct subject *subject)
{
    struct delivery *delivery = &subject->delivery;
    for (int i = 0; i < subject->live.count; i++) {
        struct photo *photo = &subject->live.items[i];
        struct photo_place now = {photo->state, photo->reason};
        struct photo_place place = policy_place_kept(&subject->facts, now);
        bool moved = place.state != now.state;
        if (!moved && place.state != PHOTO_WITHHELD) /* a withheld one says under which marking */
            continue;
        photo->state = place.state;
        photo->reason = place.reason;
        int result = store_photo_update(tx, photo);
        if (result == 0 && moved)
            result =
                step_record(call->api->recorder, tx,
                            &(struct step){.step = place.state == PHOTO_WITHHELD ? STEP_WITHHELD
                                                                                 : STEP_RELEASED,
                                           .photo = photo,
                                           .at = call->now});
        if (result == 0 && place.state == PHOTO_WITHHELD)
            result = shares_end_all(
                &(struct shares_end){tx, &call->telling, NULL, call->arena, call->now}, photo);
        if (result != 0)
            return result;
        if (strcmp(photo->id, delivery->photo_id) == 0) {
            subject->photo = *photo;
            delivery->photo_state = place.state;
            delivery->photo_reason = place.reason;
        }
        if (!moved)
            continue;
        result = tell_photo(tx, &call->telling, &(struct tell_photo){delivery, photo, call->now});
        if (result != 0)
            return result;
        log_event(LOG_INFO, place.state == PHOTO_WITHHELD ? "photo.withheld" : "photo.posted",
                  "photo=%s delivery=%s request=%s", photo->id, delivery->id, http_id(call->req));
    }
    return 0;
}

/* ---- create ---- */

static struct announce announce_of(struct call *call)
{
    return (struct announce){call->api->settings, call->arena, call->now, &call->telling};
}

static int refuse_driver(struct answer *answer)
{
    snprintf(answer->field, sizeof answer->field, "driver_id");
    return call_refuse(answer, &api_invalid_field, announce_sentence(ANNOUNCE_NO_DRIVER));
}

static int create(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct announce announce = announce_of(call);
    struct fields_failure failure = {0};
    struct fields body;
    struct delivery delivery;
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    fields_begin(&body, call->body, &failure);
    announce_read_new(&announce, &body, &shipper, &delivery);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = announce_insert(&announce, tx, &shipper, &delivery);
    if (result == ANNOUNCE_NO_DRIVER)
        return refuse_driver(answer);
    if (result == ANNOUNCE_TAKEN) {
        snprintf(answer->field, sizeof answer->field, "reference");
        return call_refuse(answer, &api_reference_taken, announce_sentence(ANNOUNCE_TAKEN));
    }
    if (result != 0)
        return result;
    http_note(call->req, "delivery=%s", delivery.id);
    return call_ok(answer, 201, shape_delivery(call, &delivery, NULL, &shipper));
}

void deliveries_create(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, create);
}

/* ---- list and get ---- */

static bool read_filter(struct call *call, struct store_delivery_filter *filter,
                        struct answer *answer)
{
    *filter = (struct store_delivery_filter){.shipper_id = call->actor.shipper_id,
                                             .driver_id = http_query(call->req, "driver_id"),
                                             .reference = http_query(call->req, "reference")};
    const char *state = http_query(call->req, "state");
    if (!state)
        return true;
    int value = words_find(&words_delivery_state, state);
    filter->by_state = true;
    filter->state = (enum delivery_state)value;
    if (value < 0) {
        snprintf(answer->field, sizeof answer->field, "state");
        call_refuse(answer, &api_invalid_field, "There is no such state.");
    }
    return value >= 0;
}

/* One of the list. A photo that is to come is told as the policy says now, as by the single
 * reading: what is said or set later does not go through every row. */
static json_t *with_photo(struct call *call, struct db_tx *tx, struct delivery *delivery,
                          const struct shipper *shipper)
{
    struct photo photo;
    struct policy_facts facts;
    if (store_policy_facts(tx, delivery, shipper, call->arena, &facts) != 0)
        return NULL;
    announce_place_photo(delivery, &facts);
    bool has =
        delivery->photo_id[0] && store_photo_get(tx, delivery->photo_id, call->arena, &photo) == 0;
    json_t *shape = shape_delivery(call, delivery, has ? &photo : NULL, shipper);
    if (terms_put_facts(call, tx, has ? &photo : NULL, shape) == 0)
        return shape;
    json_decref(shape);
    return NULL;
}

/* The answer to whoever asked for it or changed it. */
static int answer_delivery(struct call *call, struct db_tx *tx, const struct subject *subject,
                           struct answer *answer)
{
    const struct photo *photo = subject->has_photo ? &subject->photo : NULL;
    json_t *shape = shape_delivery(call, &subject->delivery, photo, &subject->shipper);
    int result = terms_put_facts(call, tx, photo, shape);
    if (result == 0)
        return call_ok(answer, 200, shape);
    json_decref(shape);
    return result;
}

static int list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_DELIVERY};
    struct store_delivery_filter filter;
    struct store_deliveries found;
    struct shipper shipper;
    if (!call_list_page(call, &page, answer) || !read_filter(call, &filter, answer))
        return CALL_REFUSE;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result == 0)
        result = store_delivery_list(tx, &filter, &(struct store_page){page.after, page.limit},
                                     call->arena, &found);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        if (json_array_append_new(items, with_photo(call, tx, &found.items[i], &shipper)) != 0) {
            json_decref(items);
            return log_fault("deliveries.list", -EIO, "request=%s", http_id(call->req));
        }
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void deliveries_list(struct http_request *req)
{
    call_read(call_of(req), list);
}

static int get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_FACTS, answer, &subject);
    if (result != 0)
        return result;
    return answer_delivery(call, tx, &subject, answer);
}

void deliveries_get(struct http_request *req)
{
    call_read(call_of(req), get);
}

/* ---- change ---- */

/* After the door only the marking may still change, for then the rest is history. The first other
 * member goes into the answer; its name is a stranger's text, and is cut. */
static bool names_only_marking(json_t *body, struct answer *answer)
{
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value)
    {
        if (strcmp(name, "confidential") != 0) {
            snprintf(answer->field, sizeof answer->field, "%s", name);
            return false;
        }
    }
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The e-mail address and the telephone number are who the recipient is; the name is only what they
 * are called. Where both stay nothing is asked. Another recipient is not bound by what the one
 * before allowed; a refusal stays, of whatever reach it was, so that it cannot be got round. */
static int check_contact(struct call *call, struct db_tx *tx, const struct delivery *before,
                         struct subject *subject, struct answer *answer)
{
    struct store_cases cases;
    struct delivery *delivery = &subject->delivery;
    if (same_text(before->recipient_email, delivery->recipient_email) &&
        same_text(before->recipient_phone, delivery->recipient_phone))
        return 0;
    int result = store_case_on_delivery(tx, delivery->id, call->arena, &cases);
    if (result != 0)
        return result;
    if (subject->live.count > 0 || cases.count > 0) {
        snprintf(answer->field, sizeof answer->field, "recipient");
        return call_refuse(answer, &api_wrong_state,
                           subject->live.count > 0
                               ? "The photo belongs to whom it was taken for: while there is one, "
                                 "only the recipient's name may be corrected."
                               : "A case on this delivery belongs to whom it is about: only the "
                                 "recipient's name may be corrected.");
    }
    struct policy_facts said = subject->facts;
    said.shipper_refused_address = false; /* that one is the shipper's own to take back */
    if (policy_refused(&said))
        delivery->consent = CONSENT_REFUSED;
    else if (delivery->consent == CONSENT_ALLOWED)
        delivery->consent = CONSENT_UNSET;
    return 0;
}

/* Asks, and reads the change into the subject's delivery. */
static int read_change(struct call *call, struct db_tx *tx, struct answer *answer,
                       struct subject *subject, struct delivery *before)
{
    struct announce announce = announce_of(call);
    struct fields_failure failure = {0};
    struct fields body;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_CHANGE, answer, subject);
    if (result != 0)
        return result;
    struct delivery *delivery = &subject->delivery;
    if (states_is_final(delivery->state) && !names_only_marking(call->body, answer))
        return call_refuse(
            answer, &api_wrong_state,
            "The delivery has ended: only whether it is confidential may still be changed.");
    if (delivery_is_blank(delivery) && !names_only_marking(call->body, answer))
        return call_refuse(answer, &api_wrong_state,
                           "Who the delivery was for has been deleted: only whether it is "
                           "confidential may still be changed.");
    *before = *delivery;
    fields_begin(&body, call->body, &failure);
    announce_read(&announce, &body, delivery);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = announce_check_driver(&announce, tx, delivery);
    if (result != 0)
        return result < 0 ? result : refuse_driver(answer);
    return check_contact(call, tx, before, subject, answer);
}

static int ask_change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    struct delivery before;
    return read_change(call, tx, answer, &subject, &before);
}

static int change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    struct delivery before, *delivery = &subject.delivery;
    int result = read_change(call, tx, answer, &subject, &before);
    if (result != 0)
        return result;
    result = announce_heed_refusal(tx, delivery);
    if (result == 0)
        result = store_policy_facts(tx, delivery, &subject.shipper, call->arena, &subject.facts);
    if (result != 0)
        return result;
    announce_place_photo(delivery, &subject.facts);
    result = place_kept_photos(call, tx, &subject);
    if (result != 0)
        return result;
    delivery->changed_at = call->now;
    result = store_delivery_update(tx, delivery);
    if (result == 0)
        result = tell_moved(tx, &call->telling, &(struct tell_move){&before, delivery, call->now});
    if (result != 0)
        return result;
    return answer_delivery(call, tx, &subject, answer);
}

void deliveries_change(struct http_request *req)
{
    struct call *call = call_of(req);
    const struct withdrawal marking = {http_param(req, "id"), ask_change, change};
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    if (json_object_get(call->body, "confidential"))
        withdraw_write(call, &marking);
    else
        call_write(call, change);
}

/* A new version makes a new link, and every older one unknown from the commit on. */
static int renew_tracking(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_CHANGE, answer, &subject);
    if (result != 0)
        return result;
    struct delivery *delivery = &subject.delivery;
    result = store_delivery_set_token_version(tx, delivery->id, ++delivery->token_version);
    if (result != 0)
        return result;
    http_note(call->req, "delivery=%s", delivery->id);
    return answer_delivery(call, tx, &subject, answer);
}

void deliveries_renew_tracking(struct http_request *req)
{
    call_write(call_of(req), renew_tracking);
}

/* ---- end ---- */

static int end_as(struct call *call, struct db_tx *tx, struct answer *answer,
                  enum delivery_state state)
{
    struct subject subject;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_CHANGE, answer, &subject);
    if (result != 0)
        return result;
    struct delivery *delivery = &subject.delivery;
    if (delivery->state != state) { /* said twice is said once */
        if (!states_may_follow(delivery->state, state))
            return call_refuse(answer, &api_wrong_state,
                               "The delivery's state does not allow this any more.");
        struct delivery before = *delivery;
        delivery->state = state;
        delivery->photo_state =
            states_photo_after(state, delivery->photo_state, false, &delivery->photo_reason);
        delivery->changed_at = call->now;
        result = store_delivery_move(tx, delivery);
        if (result == 0)
            result =
                tell_moved(tx, &call->telling, &(struct tell_move){&before, delivery, call->now});
        if (result != 0)
            return result;
        http_note(call->req, "delivery=%s", delivery->id);
    }
    return answer_delivery(call, tx, &subject, answer);
}

static int cancel(struct call *call, struct db_tx *tx, struct answer *answer)
{
    return end_as(call, tx, answer, DELIVERY_CANCELLED);
}

static int give_back(struct call *call, struct db_tx *tx, struct answer *answer)
{
    return end_as(call, tx, answer, DELIVERY_RETURNED);
}

void deliveries_cancel(struct http_request *req)
{
    call_write(call_of(req), cancel);
}

void deliveries_return(struct http_request *req)
{
    call_write(call_of(req), give_back);
}
