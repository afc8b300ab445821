/* SPDX-License-Identifier: Apache-2.0
 *
 * Built with json_pack: "o" steals, "s?" and our helpers give null for what is absent.
 */
#include "api/shapes.h"

#include "api/api.h"
#include "api/pin.h"
#include "api/proofs.h"
#include "api/tracking.h"
#include "base/clock.h"
#include "base/text.h"
#include "domain/states.h"

static json_t *word(const struct words *list, int value)
{
    return json_of_text(words_name(list, value));
}

static json_t *lines_of(const struct address *address)
{
    json_t *lines = json_array();
    for (int i = 0; i < address->line_count; i++)
        json_array_append_new(lines, json_string(address->lines[i]));
    return lines;
}

static json_t *window_of(const struct delivery *delivery)
{
    if (!delivery->window_from && !delivery->window_to)
        return json_null();
    return json_pack("{s:o, s:o}", "from", json_of_time(delivery->window_from), "to",
                     json_of_time(delivery->window_to));
}

static json_t *flags_of(const struct photo *photo)
{
    json_t *flags = json_array();
    for (int i = 0; i < PHOTO_FLAG_COUNT; i++)
        if (photo->flags >> i & 1)
            json_array_append_new(flags, json_string(words_name(&words_photo_flag, i)));
    return flags;
}

/* Adds all members of `more` (stolen) to `object`. */
static json_t *with(json_t *object, json_t *more)
{
    if (!object || !more || json_object_update(object, more) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}

static bool is_kept(const struct photo *photo)
{
    return photo && (photo->state == PHOTO_POSTED || photo->state == PHOTO_WITHHELD);
}

/* ---- the shipper's ---- */

/* Of a photo that was judged; before that its place is not known to anyone. */
static json_t *place_word(const struct photo *photo)
{
    return is_kept(photo) ? word(&words_place, photo->place) : json_null();
}

/* What shipper and agents are told of the photo of the present attempt. */
static json_t *photo_facts_of(const struct delivery *delivery, const struct photo *photo,
                              const struct shipper *shipper)
{
    static const struct photo none;
    const struct photo *known = photo ? photo : &none;
    return json_pack("{s:s, s:o, s:s?, s:o, s:i, s:o, s:o, s:o, s:o}", "want",
                     words_name(&words_photo_want, delivery->photo_want), "state",
                     word(&words_photo_state, delivery->photo_state), "reason",
                     delivery->photo_reason, "place", place_word(photo), "metres_limit",
                     shipper->far_metres, "flags", flags_of(known), "captured_at",
                     json_of_time(known->captured_at), "received_at",
                     json_of_time(known->received_at), "posted_at", json_of_time(known->posted_at));
}

static json_t *contacts_of(const struct delivery *delivery)
{
    if (delivery_is_blank(delivery))
        return json_null();
    return json_pack("{s:s?, s:s?, s:s?}", "name", delivery->recipient_name, "email",
                     delivery->recipient_email, "phone", delivery->recipient_phone);
}

static json_t *place_of(const struct address *address)
{
    return json_pack("{s:o, s:o, s:o}", "lines", lines_of(address), "lat",
                     address->located ? json_real(address->lat) : json_null(), "lon",
                     address->located ? json_real(address->lon) : json_null());
}

json_t *shape_parcels(const struct delivery *delivery)
{
    json_t *parcels = json_array();
    for (int i = 0; i < delivery->parcel_count; i++)
        json_array_append_new(parcels, json_pack("{s:s?, s:s?}", "code", delivery->parcels[i].code,
                                                 "label", delivery->parcels[i].label));
    return parcels;
}

/* Its place on the round, from 1. */
static json_t *position_of(const struct delivery *delivery)
{
    return delivery->position ? json_integer(delivery->position) : json_null();
}

/* What the driver did, in the words of every reader who may know it. */
static json_t *outcome_of(const struct delivery *delivery)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "captured_at",
                     json_of_time(delivery->delivered_captured_at), "received_at",
                     json_of_time(delivery->delivered_received_at), "left_at",
                     word(&words_left_at, delivery->left_at), "attempt_reason",
                     word(&words_attempt_reason, delivery->attempt_reason));
}

/* Whether people are still in it: their part goes, and the delivery stays. */
static json_t *personal_of(const struct delivery *delivery)
{
    return json_string(delivery_is_blank(delivery) ? "deleted" : "kept");
}

json_t *shape_delivery(const struct call *call, const struct delivery *delivery,
                       const struct photo *photo, const struct shipper *shipper)
{
    char token[TRACKING_TOKEN_ROOM];
    json_t *facts = with(photo_facts_of(delivery, photo, shipper),
                         json_pack("{s:b, s:n}", "shared", false, "terms"));
    tracking_token(call->api, delivery->id, delivery->token_version, token);
    json_t *shape = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s?, s:o, s:o, s:o, s:o, s:i, s:o, s:o, "
        "s:o, s:o, s:o, s:o}",
        "id", delivery->id, "reference", delivery->reference, "tracking_url",
        json_sprintf("%s/t/%s", call->api->settings->server.public_url, token), "recipient",
        contacts_of(delivery), "personal_data", personal_of(delivery), "buyer",
        delivery->buyer_email ? json_pack("{s:s}", "email", delivery->buyer_email) : json_null(),
        "address", delivery_is_blank(delivery) ? json_null() : place_of(&delivery->address),
        "time_zone", delivery->time_zone, "confidential",
        word(&words_confidentiality, delivery->confidential), "instructions",
        delivery->instructions, "parcels", shape_parcels(delivery), "driver_id",
        json_of_text(delivery->driver_id), "position", position_of(delivery), "window",
        window_of(delivery), "attempt", delivery->attempt, "proof",
        word(&words_proof, delivery->proof), "proof_verified", proofs_verified(delivery), "state",
        word(&words_delivery_state, delivery->state), "photo", facts, "created_at",
        json_of_time(delivery->created_at), "changed_at", json_of_time(delivery->changed_at));
    return with(shape, outcome_of(delivery));
}

json_t *shape_settings(const struct shipper *shipper)
{
    return json_pack("{s:i, s:s, s:b, s:b, s:i, s:s}", "retention_days", shipper->retention_days,
                     "confidential_photos",
                     words_name(&words_confidential_photos, shipper->confidential_photos),
                     "refuse_dark", shipper->refuse_dark, "refuse_blurred", shipper->refuse_blurred,
                     "far_metres", shipper->far_metres, "photo_default",
                     words_name(&words_photo_want, shipper->photo_default));
}

/* ---- people's ---- */

json_t *shape_status(const struct delivery *delivery, const struct shipper *shipper)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s}}", "state",
                     words_name(&words_delivery_state, delivery->state), "time_zone",
                     delivery->time_zone, "created_at", json_of_time(delivery->created_at),
                     "out_for_delivery_at", json_of_time(delivery->out_at), "changed_at",
                     json_of_time(delivery->changed_at), "captured_at",
                     json_of_time(delivery->delivered_captured_at), "received_at",
                     json_of_time(delivery->delivered_received_at), "window", window_of(delivery),
                     "shipper", "name", shipper->name);
}

json_t *shape_order_item(const struct subject *subject)
{
    const struct delivery *delivery = &subject->delivery;
    bool recipient = subject->facts.actor == ACTOR_RECIPIENT;
    json_t *shape =
        with(shape_status(delivery, &subject->shipper),
             json_pack("{s:s, s:s, s:s}", "id", delivery->id, "reference", delivery->reference,
                       "relation", recipient ? "recipient" : "buyer"));
    if (!recipient) /* a buyer hears that it was delivered; where and how is the recipient's */
        return shape;
    return with(with(shape, outcome_of(delivery)),
                json_pack("{s:{s:s, s:s?}, s:o, s:o}", "photo", "state",
                          words_name(&words_photo_state, delivery->photo_state), "reason",
                          delivery->photo_reason, "proof", word(&words_proof, delivery->proof),
                          "proof_verified", proofs_verified(delivery)));
}

/* An open case keeps a photo past its delete-by date, and no longer than until this (R9). */
static json_t *hold_of(const struct subject *subject, const struct photo *photo)
{
    int64_t until = subject->open_case.opened_at + POLICY_HOLD_DAYS * CLOCK_DAY;
    if (!subject->has_case || photo->delete_by == 0 || until <= photo->delete_by)
        return json_null();
    return json_pack("{s:s, s:I, s:o}", "reason", "open_case", "case_number",
                     (json_int_t)subject->open_case.number, "until", json_of_time(until));
}

/* One of the recipient's own photos: its dates while it is kept, all of it when it is posted. */
static json_t *own_photo_of(const struct subject *subject, int attempt,
                            const struct photo_place *place, const struct photo *photo)
{
    static const struct photo none;
    const struct photo *kept = is_kept(photo) ? photo : &none;
    bool posted = kept->state == PHOTO_POSTED;
    const struct photo *seen = posted ? photo : &none;
    return json_pack(
        "{s:i, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "attempt", attempt, "state",
        words_name(&words_photo_state, place->state), "reason", place->reason, "captured_at",
        json_of_time(seen->captured_at), "received_at", json_of_time(seen->received_at),
        "delete_by", json_of_time(kept->delete_by), "hold", hold_of(subject, kept), "width",
        posted ? json_integer(photo->width) : json_null(), "height",
        posted ? json_integer(photo->height) : json_null(), "place",
        place_word(posted ? photo : NULL), "metres_limit", subject->shipper.far_metres);
}

static json_t *present_photo_of(const struct subject *subject)
{
    const struct delivery *delivery = &subject->delivery;
    struct photo_place place = {delivery->photo_state, delivery->photo_reason};
    return own_photo_of(subject, delivery->attempt, &place,
                        subject->has_photo ? &subject->photo : NULL);
}

static bool is_earlier(const struct subject *subject, const struct photo *photo)
{
    return photo->attempt != subject->delivery.attempt;
}

/* Those of earlier attempts that are there. */
static json_t *earlier_photos_of(const struct subject *subject)
{
    json_t *items = json_array();
    for (int i = 0; i < subject->live.count; i++) {
        const struct photo *photo = &subject->live.items[i];
        struct photo_place place = {photo->state, photo->reason};
        if (is_earlier(subject, photo))
            json_array_append_new(items, own_photo_of(subject, photo->attempt, &place, photo));
    }
    return items;
}

/* What was said about photos: by the recipient, nearest last, and by the shipper. */
static json_t *consent_of(const struct policy_facts *facts)
{
    const char *shipper = facts->shipper_refused_address ? "for_address"
                          : facts->shipper_refused       ? "for_you"
                                                         : NULL;
    return json_pack("{s:s, s:s, s:s, s:s?}", "account",
                     words_name(&words_consent, facts->account_consent), "address",
                     words_name(&words_consent, facts->address_consent), "delivery",
                     words_name(&words_consent, facts->delivery_consent), "shipper", shipper);
}

/* What the recipient says at the door; null where the driver does not come any more. */
static json_t *pin_json(const struct api *api, const struct delivery *delivery)
{
    char pin[PIN_ROOM];
    if (!pin_is_known(api, delivery))
        return json_null();
    pin_of(api, delivery, pin);
    return json_string(pin);
}

json_t *shape_order(const struct call *call, const struct subject *subject)
{
    if (subject->facts.actor != ACTOR_RECIPIENT)
        return shape_order_item(subject);
    return with(shape_order_item(subject),
                json_pack("{s:{s:o}, s:o, s:o, s:o, s:o}", "address", "lines",
                          lines_of(&subject->delivery.address), "photo", present_photo_of(subject),
                          "earlier_photos", earlier_photos_of(subject), "consent",
                          consent_of(&subject->facts), "pin",
                          pin_json(call->api, &subject->delivery)));
}

/* ---- the driver's ---- */

/* What became of the upload, in the words a driver may read: withheld and erased are `stored` (R2,
 * R3); one that was set aside waits for its verdict still. */
static const char *upload_word(const struct delivery *delivery)
{
    switch (delivery->photo_state) {
    case PHOTO_RECEIVED:
    case PHOTO_SET_ASIDE:
        return "received";
    case PHOTO_POSTED:
    case PHOTO_WITHHELD:
    case PHOTO_ERASED:
        return "stored";
    case PHOTO_REJECTED:
        return "rejected";
    default:
        return "none";
    }
}

/* Whether the driver shall take a picture. Refused, confidential and not asked for read the same:
 * no camera here (R2, R6). */
static json_t *wish_of(const struct subject *subject)
{
    const struct delivery *delivery = &subject->delivery;
    enum policy_answer upload = policy_decide(&subject->facts, PURPOSE_UPLOAD);
    bool camera = upload == POLICY_ALLOW || upload == POLICY_SPENT;
    const char *wanted = !camera                                 ? "declined"
                         : delivery->photo_want == WANT_REQUIRED ? "wanted"
                                                                 : "optional";
    bool rejected = delivery->photo_state == PHOTO_REJECTED;
    json_t *refuse = json_array();
    if (subject->shipper.refuse_dark)
        json_array_append_new(refuse, json_string(words_name(&words_photo_flag, FLAG_DARK)));
    if (subject->shipper.refuse_blurred)
        json_array_append_new(refuse, json_string(words_name(&words_photo_flag, FLAG_BLURRED)));
    return json_pack("{s:s, s:s, s:s?, s:o}", "state", wanted, "upload", upload_word(delivery),
                     "reason", rejected ? delivery->photo_reason : NULL, "refuse", refuse);
}

/* Whom to call: nobody any more once the stop has ended. */
static const char *phone_of(const struct delivery *delivery)
{
    bool open = states_may_follow(delivery->state, DELIVERY_CANCELLED);
    return open ? delivery->recipient_phone : NULL;
}

json_t *shape_stop(const struct call *call, const struct subject *subject)
{
    const struct delivery *delivery = &subject->delivery;
    uint8_t challenge[32];
    char challenge_text[BASE64_ROOM(32)];
    tracking_challenge(call->api, delivery->id, call->actor.device_id, delivery->attempt,
                       challenge);
    text_base64url(challenge, sizeof challenge, challenge_text);
    json_t *door = json_pack("{s:s, s:s?, s:o, s:s, s:s?, s:o, s:o, s:o}", "name",
                             delivery->recipient_name, "phone", phone_of(delivery), "address",
                             place_of(&delivery->address), "time_zone", delivery->time_zone,
                             "instructions", delivery->instructions, "window", window_of(delivery),
                             "position", position_of(delivery), "parcels", shape_parcels(delivery));
    return with(json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:o}", "delivery_id",
                          delivery->id, "reference", delivery->reference, "state",
                          words_name(&words_delivery_state, delivery->state), "attempt",
                          delivery->attempt, "challenge", challenge_text, "photo", wish_of(subject),
                          "proofs", proofs_offered(call, delivery), "left_at",
                          word(&words_left_at, delivery->left_at), "attempt_reason",
                          word(&words_attempt_reason, delivery->attempt_reason)),
                door);
}

json_t *shape_driver(const struct store_driver *driver, int devices)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:o}", "id", driver->id, "name", driver->name, "state",
                     driver->disabled_at ? "revoked" : "active", "devices", devices, "created_at",
                     json_of_time(driver->created_at));
}

json_t *shape_device(const struct store_device *device)
{
    return json_pack("{s:s, s:s?, s:s, s:o, s:o}", "id", device->id, "name", device->name, "state",
                     device->revoked_at ? "revoked" : "active", "created_at",
                     json_of_time(device->created_at), "revoked_at",
                     json_of_time(device->revoked_at));
}

/* ---- cases ---- */

json_t *shape_case(const struct store_case *row)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:o, s:o}", "id", row->id, "number",
                     (json_int_t)row->number, "kind", words_name(&words_case_kind, row->kind),
                     "state", words_name(&words_case_state, row->state), "opened_by",
                     row->opened_by == SIDE_AGENT ? "agent" : "recipient", "opened_at",
                     json_of_time(row->opened_at), "resolved_at", json_of_time(row->resolved_at),
                     "reason", json_of_text(row->reason));
}

json_t *shape_message(const struct store_message *message)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", message->id, "from",
                     message->side == SIDE_AGENT ? "agent" : "recipient", "text", message->text,
                     "at", json_of_time(message->at), "look_id", json_of_text(message->look_id));
}

json_t *shape_messages(const struct store_messages *messages)
{
    json_t *items = json_array();
    for (int i = 0; i < messages->count; i++)
        json_array_append_new(items, shape_message(&messages->items[i]));
    return items;
}

/* An agent is a number to all who read of a look; `note` is `text` under its older name. */
json_t *shape_look(const struct store_look *look)
{
    bool glass = store_look_breaks_glass(look);
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:b, s:s?, s:s?, s:o, s:o, s:o}", "id",
                     look->id, "by", glass ? "administrator" : "agent", "agent_number",
                     look->agent_number, "kind", words_name(&words_look_kind, (int)look->kind),
                     "reason", words_name(&words_look_reason, (int)look->reason), "case_number",
                     glass ? json_null() : json_integer(look->case_number), "break_glass", glass,
                     "text", look->text, "note", look->text, "at", json_of_time(look->created_at),
                     "until", json_of_time(look->expires_at), "case_id",
                     json_of_text(look->case_id));
}

json_t *shape_looks(const struct store_looks *looks)
{
    json_t *items = json_array();
    for (int i = 0; i < looks->count; i++)
        json_array_append_new(items, shape_look(&looks->items[i]));
    return items;
}

json_t *shape_kept_proof(const struct delivery *delivery, const struct store_proof *kept)
{
    return kept ? json_pack("{s:s, s:s, s:o}", "kind", words_name(&words_proof, delivery->proof),
                            "value", kept->value, "delete_by", json_of_time(kept->delete_by))
                : json_null();
}

/* Which earlier attempts have a photo that can be looked at, and how it stands. */
static json_t *earlier_states_of(const struct subject *subject)
{
    json_t *items = json_array();
    for (int i = 0; i < subject->live.count; i++) {
        const struct photo *photo = &subject->live.items[i];
        if (is_earlier(subject, photo) && is_kept(photo))
            json_array_append_new(
                items, json_pack("{s:i, s:o, s:s?, s:o}", "attempt", photo->attempt, "state",
                                 word(&words_photo_state, photo->state), "reason", photo->reason,
                                 "captured_at", json_of_time(photo->captured_at)));
    }
    return items;
}

json_t *shape_desk_delivery(const struct subject *subject, const char *driver_name)
{
    const struct delivery *delivery = &subject->delivery;
    const struct photo *photo = subject->has_photo ? &subject->photo : NULL;
    bool kept = is_kept(photo);
    json_t *facts = with(photo_facts_of(delivery, photo, &subject->shipper),
                         json_pack("{s:o, s:o, s:o, s:s?}", "delete_by",
                                   json_of_time(kept ? photo->delete_by : 0), "width",
                                   kept ? json_integer(photo->width) : json_null(), "height",
                                   kept ? json_integer(photo->height) : json_null(), "anyway",
                                   photo ? photo->anyway : NULL));
    json_object_del(facts, "want");
    json_t *shape = shape_status(delivery, &subject->shipper);
    json_object_del(shape, "shipper");
    shape = with(shape, outcome_of(delivery));
    shape = with(shape, json_pack("{s:o}", "earlier_photos", earlier_states_of(subject)));
    shape = with(shape, json_pack("{s:o}", "proof_verified", proofs_verified(delivery)));
    return with(
        shape,
        json_pack(
            "{s:s, s:s, s:i, s:o, s:o, s:s?, s:o, s:o, s:o, s:o, s:o}", "id", delivery->id,
            "reference", delivery->reference, "attempt", delivery->attempt, "confidential",
            word(&words_confidentiality, delivery->confidential), "proof",
            word(&words_proof, delivery->proof), "instructions", delivery->instructions,
            "recipient", contacts_of(delivery), "personal_data", personal_of(delivery), "address",
            delivery_is_blank(delivery) ? json_null()
                                        : json_pack("{s:o}", "lines", lines_of(&delivery->address)),
            "driver",
            driver_name ? json_pack("{s:s, s:s}", "id", delivery->driver_id, "name", driver_name)
                        : json_null(),
            "photo", facts));
}
