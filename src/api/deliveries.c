/* SPDX-License-Identifier: Apache-2.0
 *
 * Create, list, change and end deliveries. What a delivery may be told by its shipper is read by
 * one function, for creation and change alike: a change begins with the row as it is, and a member
 * that is left away stays as it was.
 *
 * Marking a delivery confidential late withdraws its posted photos, of earlier attempts too (R2).
 */
#include "api/deliveries.h"

#include "api/api.h"
#include "api/shapes.h"
#include "api/withdraw.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/states.h"
#include "store/delivery.h"
#include "store/driver.h"
#include "store/photo.h"
#include "store/policy.h"
#include "store/shipper.h"

/* ---- reading ---- */

static struct fields_length up_to(int64_t max)
{
    return (struct fields_length){1, (size_t)max};
}

static const char *read_phone(struct fields *fields)
{
    const char *phone =
        fields_text(fields, "phone", FIELDS_OPTIONAL, (struct fields_length){8, 16});
    if (phone && !text_is_phone(phone))
        fields_fail(fields, "phone", "This must be a telephone number such as +4930123456.");
    return phone;
}

static void read_recipient(struct call *call, struct fields *body, struct delivery *delivery)
{
    if (!fields_has(body, "recipient"))
        return;
    struct fields recipient;
    fields_object(body, "recipient", "recipient.", &recipient);
    if (fields_names(&recipient, "name") || !delivery->recipient_name)
        delivery->recipient_name =
            fields_text(&recipient, "name", FIELDS_REQUIRED, up_to(call->api->settings->text.name));
    if (fields_names(&recipient, "email"))
        delivery->recipient_email = fields_email(&recipient, "email", FIELDS_OPTIONAL, call->arena);
    if (fields_names(&recipient, "phone"))
        delivery->recipient_phone = read_phone(&recipient);
    fields_end(&recipient);
    if (!delivery->recipient_email && !delivery->recipient_phone)
        fields_fail(body, "recipient", "An e-mail address or a telephone number is needed.");
}

static void read_address(struct call *call, struct fields *body, struct delivery *delivery)
{
    if (!fields_has(body, "address"))
        return;
    struct fields address;
    struct address *out = &delivery->address;
    fields_object(body, "address", "address.", &address);
    *out = (struct address){0};
    out->line_count = fields_texts(&address, "lines", up_to(call->api->settings->text.address_line),
                                   out->lines, DELIVERY_LINES);
    if (out->line_count == 0)
        fields_fail(&address, "lines", "This field is needed.");
    bool lat = fields_has(&address, "lat"), lon = fields_has(&address, "lon");
    if (lat != lon)
        fields_fail(&address, lat ? "lon" : "lat", "Latitude and longitude go together.");
    out->located = lat && lon;
    out->lat = fields_number(&address, "lat", FIELDS_OPTIONAL, -90, 90);
    out->lon = fields_number(&address, "lon", FIELDS_OPTIONAL, -180, 180);
    fields_end(&address);
}

static void read_window(struct fields *body, struct delivery *delivery)
{
    if (!fields_names(body, "window"))
        return;
    struct fields window;
    fields_object(body, "window", "window.", &window);
    enum fields_need need = fields_has(body, "window") ? FIELDS_REQUIRED : FIELDS_OPTIONAL;
    delivery->window_from = fields_time(&window, "from", need);
    delivery->window_to = fields_time(&window, "to", FIELDS_OPTIONAL);
    fields_end(&window);
    if (delivery->window_to && delivery->window_to < delivery->window_from)
        fields_fail(&window, "to", "The window must not end before it begins.");
}

static void read_buyer(struct call *call, struct fields *body, struct delivery *delivery)
{
    if (!fields_names(body, "buyer"))
        return;
    struct fields buyer;
    fields_object(body, "buyer", "buyer.", &buyer);
    delivery->buyer_email = fields_email(&buyer, "email", FIELDS_OPTIONAL, call->arena);
    fields_end(&buyer);
}

static void read_zone(struct fields *body, struct delivery *delivery)
{
    const char *zone =
        fields_text(body, "time_zone", FIELDS_OPTIONAL, (struct fields_length){1, 63});
    if (!zone)
        return;
    if (!clock_zone_exists(zone))
        fields_fail(body, "time_zone", "This must be a time zone such as Europe/Berlin.");
    delivery->time_zone = zone;
}

static void read_driver(struct fields *body, struct delivery *delivery)
{
    if (!fields_names(body, "driver_id"))
        return;
    const char *driver_id = fields_id(body, "driver_id", FIELDS_OPTIONAL, ID_DRIVER);
    snprintf(delivery->driver_id, sizeof delivery->driver_id, "%s", driver_id ? driver_id : "");
}

/* All that creation and change have in common. */
static void read_delivery(struct call *call, struct fields *body, struct delivery *delivery)
{
    read_recipient(call, body, delivery);
    read_buyer(call, body, delivery);
    read_address(call, body, delivery);
    read_zone(body, delivery);
    read_window(body, delivery);
    read_driver(body, delivery);
    if (fields_names(body, "instructions"))
        delivery->instructions = fields_lines(body, "instructions", FIELDS_OPTIONAL,
                                              up_to(call->api->settings->text.instructions));
    if (fields_names(body, "confidential"))
        delivery->confidential = (enum confidentiality)fields_word(
            body, "confidential", FIELDS_OPTIONAL, &words_confidentiality, NOT_CONFIDENTIAL);
    delivery->photo_want = (enum photo_want)fields_word(
        body, "photo", FIELDS_OPTIONAL, &words_photo_want, (int)delivery->photo_want);
}

/* A driver must be the shipper's own and still work; any other reads as unknown. */
static int check_driver(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                        struct answer *answer)
{
    struct store_driver driver;
    if (!delivery->driver_id[0])
        return 0;
    int result = store_driver_get(tx, delivery->driver_id, call->arena, &driver);
    if (result < 0)
        return result;
    if (result == 0 && strcmp(driver.shipper_id, delivery->shipper_id) == 0 &&
        driver.disabled_at == 0)
        return 0;
    snprintf(answer->field, sizeof answer->field, "driver_id");
    return call_refuse(answer, &api_invalid_field, "There is no such driver.");
}

/* ---- the photo's state follows ---- */

static void place_coming_photo(struct delivery *delivery, const struct policy_facts *facts)
{
    struct photo_place now = {delivery->photo_state, delivery->photo_reason};
    struct photo_place place = policy_place_coming(facts, now);
    delivery->photo_state = place.state;
    delivery->photo_reason = place.reason;
}

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
        if (result != 0)
            return result;
        if (strcmp(photo->id, delivery->photo_id) == 0) {
            subject->photo = *photo;
            delivery->photo_state = place.state;
            delivery->photo_reason = place.reason;
        }
        if (moved)
            log_event(LOG_INFO, place.state == PHOTO_WITHHELD ? "photo.withheld" : "photo.posted",
                      "photo=%s delivery=%s request=%s", photo->id, delivery->id,
                      http_id(call->req));
    }
    return 0;
}

/* ---- create ---- */

static int create(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct delivery delivery = {.attempt = 1, .token_version = 1, .time_zone = "UTC"};
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    delivery.photo_want = shipper.photo_default;
    fields_begin(&body, call->body, &failure);
    delivery.reference = fields_text(&body, "reference", FIELDS_REQUIRED,
                                     up_to(call->api->settings->text.reference));
    read_delivery(call, &body, &delivery);
    if (!fields_has(&body, "recipient"))
        fields_fail(&body, "recipient", "This field is needed.");
    if (!fields_has(&body, "address"))
        fields_fail(&body, "address", "This field is needed.");
    if (!fields_has(&body, "time_zone"))
        fields_fail(&body, "time_zone", "This field is needed.");
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    id_new(ID_DELIVERY, delivery.id);
    memcpy(delivery.shipper_id, shipper.id, ID_ROOM);
    delivery.created_at = delivery.changed_at = call->now;
    result = check_driver(call, tx, &delivery, answer);
    if (result != 0)
        return result;
    struct policy_facts facts;
    result = store_policy_facts(tx, &delivery, &shipper, call->arena, &facts);
    if (result != 0)
        return result;
    place_coming_photo(&delivery, &facts);
    result = store_delivery_insert(tx, &delivery);
    if (result == STORE_EXISTS) {
        snprintf(answer->field, sizeof answer->field, "reference");
        return call_refuse(answer, &api_reference_taken,
                           "Another delivery of yours has this reference.");
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

static json_t *with_photo(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                          const struct shipper *shipper)
{
    struct photo photo;
    bool has =
        delivery->photo_id[0] && store_photo_get(tx, delivery->photo_id, call->arena, &photo) == 0;
    return shape_delivery(call, delivery, has ? &photo : NULL, shipper);
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
        json_array_append_new(items, with_photo(call, tx, &found.items[i], &shipper));
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
    return call_ok(answer, 200,
                   shape_delivery(call, &subject.delivery,
                                  subject.has_photo ? &subject.photo : NULL, &subject.shipper));
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
 * before allowed; a refusal stays, so that it cannot be got round. */
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
    if (delivery->consent == CONSENT_ALLOWED)
        delivery->consent = CONSENT_UNSET;
    return 0;
}

/* Asks, and reads the change into the subject's delivery. */
static int read_change(struct call *call, struct db_tx *tx, struct answer *answer,
                       struct subject *subject)
{
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
    struct delivery before = *delivery;
    fields_begin(&body, call->body, &failure);
    read_delivery(call, &body, delivery);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = check_driver(call, tx, delivery, answer);
    return result == 0 ? check_contact(call, tx, &before, subject, answer) : result;
}

static int ask_change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    return read_change(call, tx, answer, &subject);
}

static int change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    struct delivery *delivery = &subject.delivery;
    int result = read_change(call, tx, answer, &subject);
    if (result != 0)
        return result;
    result = store_policy_facts(tx, delivery, &subject.shipper, call->arena, &subject.facts);
    if (result != 0)
        return result;
    place_coming_photo(delivery, &subject.facts);
    result = place_kept_photos(call, tx, &subject);
    if (result != 0)
        return result;
    delivery->changed_at = call->now;
    result = store_delivery_update(tx, delivery);
    if (result != 0)
        return result;
    return call_ok(answer, 200,
                   shape_delivery(call, delivery, subject.has_photo ? &subject.photo : NULL,
                                  &subject.shipper));
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
    return call_ok(answer, 200,
                   shape_delivery(call, delivery, subject.has_photo ? &subject.photo : NULL,
                                  &subject.shipper));
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
        delivery->state = state;
        delivery->photo_state =
            states_photo_after(state, delivery->photo_state, false, &delivery->photo_reason);
        delivery->changed_at = call->now;
        result = store_delivery_move(tx, delivery);
        if (result != 0)
            return result;
        http_note(call->req, "delivery=%s", delivery->id);
    }
    return call_ok(answer, 200,
                   shape_delivery(call, delivery, subject.has_photo ? &subject.photo : NULL,
                                  &subject.shipper));
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
