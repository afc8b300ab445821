/* SPDX-License-Identifier: Apache-2.0
 *
 * A change begins with the row as it is: a member that is left away stays as it was. A new delivery
 * begins empty, and is held against what it must have.
 */
#include "api/announce.h"

#include "base/clock.h"
#include "base/text.h"
#include "domain/states.h"
#include "store/delivery.h"
#include "store/driver.h"
#include "store/leaving.h"
#include "store/policy.h"

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

static void read_recipient(const struct announce *announce, struct fields *body,
                           struct delivery *delivery)
{
    if (!fields_has(body, "recipient"))
        return;
    struct fields recipient;
    fields_object(body, "recipient", "recipient.", &recipient);
    if (fields_names(&recipient, "name") || !delivery->recipient_name)
        delivery->recipient_name =
            fields_text(&recipient, "name", FIELDS_REQUIRED, up_to(announce->settings->text.name));
    if (fields_names(&recipient, "email"))
        delivery->recipient_email =
            fields_email(&recipient, "email", FIELDS_OPTIONAL, announce->arena);
    if (fields_names(&recipient, "phone"))
        delivery->recipient_phone = read_phone(&recipient);
    fields_end(&recipient);
    if (!delivery->recipient_email && !delivery->recipient_phone)
        fields_fail(body, "recipient", "An e-mail address or a telephone number is needed.");
}

static void read_address(const struct announce *announce, struct fields *body,
                         struct delivery *delivery)
{
    if (!fields_has(body, "address"))
        return;
    struct fields address;
    struct address *out = &delivery->address;
    fields_object(body, "address", "address.", &address);
    *out = (struct address){0};
    out->line_count = fields_texts(&address, "lines", up_to(announce->settings->text.address_line),
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

static void read_buyer(const struct announce *announce, struct fields *body,
                       struct delivery *delivery)
{
    if (!fields_names(body, "buyer"))
        return;
    struct fields buyer;
    fields_object(body, "buyer", "buyer.", &buyer);
    delivery->buyer_email = fields_email(&buyer, "email", FIELDS_OPTIONAL, announce->arena);
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
    if (strcmp(delivery->driver_id, driver_id ? driver_id : "") != 0)
        delivery->position = 0; /* a place on another's round is none */
    snprintf(delivery->driver_id, sizeof delivery->driver_id, "%s", driver_id ? driver_id : "");
}

/* A parcel that is neither scanned nor called anything could not be told from another. */
static void read_parcel(const struct announce *announce, struct fields *parcel,
                        struct delivery *delivery)
{
    struct parcel *out = &delivery->parcels[delivery->parcel_count++];
    out->code =
        fields_text(parcel, "code", FIELDS_OPTIONAL, up_to(announce->settings->text.reference));
    out->label =
        fields_text(parcel, "label", FIELDS_OPTIONAL, up_to(announce->settings->text.name));
    fields_end(parcel);
    if (!out->code && !out->label)
        fields_fail(parcel, "code", "A parcel has a code, a label or both.");
    for (int i = 0; out->code && i < delivery->parcel_count - 1; i++)
        if (delivery->parcels[i].code && strcmp(delivery->parcels[i].code, out->code) == 0)
            fields_fail(parcel, "code", "Another parcel of this delivery has this code.");
}

/* A delivery that says nothing of its parcels is one, under its reference. */
static void set_only_parcel(struct delivery *delivery)
{
    delivery->parcels[0] = (struct parcel){.code = delivery->reference};
    delivery->parcel_count = 1;
}

static void read_parcels(const struct announce *announce, struct fields *body,
                         struct delivery *delivery)
{
    if (!fields_names(body, "parcels"))
        return;
    int count = fields_list(body, "parcels", 1, DELIVERY_PARCELS);
    if (count == 0) {
        set_only_parcel(delivery);
        return;
    }
    delivery->parcel_count = 0;
    for (int i = 0; i < count; i++) {
        struct fields parcel;
        fields_item(body, "parcels", i, announce->arena, &parcel);
        read_parcel(announce, &parcel, delivery);
    }
}

void announce_read(const struct announce *announce, struct fields *body, struct delivery *delivery)
{
    read_recipient(announce, body, delivery);
    read_buyer(announce, body, delivery);
    read_address(announce, body, delivery);
    read_zone(body, delivery);
    read_window(body, delivery);
    read_driver(body, delivery);
    read_parcels(announce, body, delivery);
    if (fields_names(body, "instructions"))
        delivery->instructions = fields_lines(body, "instructions", FIELDS_OPTIONAL,
                                              up_to(announce->settings->text.instructions));
    if (fields_names(body, "confidential"))
        delivery->confidential = (enum confidentiality)fields_word(
            body, "confidential", FIELDS_OPTIONAL, &words_confidentiality, NOT_CONFIDENTIAL);
    delivery->photo_want = (enum photo_want)fields_word(
        body, "photo", FIELDS_OPTIONAL, &words_photo_want, (int)delivery->photo_want);
}

void announce_read_new(const struct announce *announce, struct fields *body,
                       const struct shipper *shipper, struct delivery *delivery)
{
    static const char *const needed[] = {"recipient", "address", "time_zone"};
    *delivery = (struct delivery){.attempt = 1,
                                  .token_version = 1,
                                  .time_zone = "UTC",
                                  .photo_want = shipper->photo_default,
                                  .created_at = announce->now,
                                  .changed_at = announce->now};
    memcpy(delivery->shipper_id, shipper->id, ID_ROOM);
    delivery->reference =
        fields_text(body, "reference", FIELDS_REQUIRED, up_to(announce->settings->text.reference));
    announce_read(announce, body, delivery);
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!fields_has(body, needed[i]))
            fields_fail(body, needed[i], "This field is needed.");
    fields_end(body);
}

/* ---- writing ---- */

const char *announce_sentence(enum announce_result result)
{
    return result == ANNOUNCE_NO_DRIVER ? "There is no such driver."
                                        : "Another delivery of yours has this reference.";
}

int announce_check_driver(const struct announce *announce, struct db_tx *tx,
                          const struct delivery *delivery)
{
    struct store_driver driver;
    if (!delivery->driver_id[0])
        return 0;
    int result = store_driver_get(tx, delivery->driver_id, announce->arena, &driver);
    if (result < 0)
        return result;
    bool works = result == 0 && strcmp(driver.shipper_id, delivery->shipper_id) == 0 &&
                 driver.disabled_at == 0;
    return works ? 0 : ANNOUNCE_NO_DRIVER;
}

int announce_heed_refusal(struct db_tx *tx, struct delivery *delivery)
{
    if (delivery->consent != CONSENT_UNSET || !delivery->recipient_email)
        return 0;
    int result = store_kept_refusal_has(tx, delivery->recipient_email);
    if (result == 0)
        delivery->consent = CONSENT_REFUSED;
    return result < 0 ? result : 0;
}

void announce_place_photo(struct delivery *delivery, const struct policy_facts *facts)
{
    struct photo_place now = {delivery->photo_state, delivery->photo_reason};
    struct photo_place place = policy_place_coming(facts, now);
    delivery->photo_state = place.state;
    delivery->photo_reason = place.reason;
}

int announce_insert(const struct announce *announce, struct db_tx *tx,
                    const struct shipper *shipper, struct delivery *delivery)
{
    struct policy_facts facts;
    int result = announce_check_driver(announce, tx, delivery);
    if (result != 0)
        return result;
    id_new(ID_DELIVERY, delivery->id);
    if (delivery->parcel_count == 0)
        set_only_parcel(delivery);
    result = announce_heed_refusal(tx, delivery);
    if (result == 0)
        result = store_policy_facts(tx, delivery, shipper, announce->arena, &facts);
    if (result != 0)
        return result;
    announce_place_photo(delivery, &facts);
    result = store_delivery_insert(tx, delivery);
    if (result != 0)
        return result == STORE_EXISTS ? ANNOUNCE_TAKEN : result;
    return tell_moved(tx, announce->telling,
                      &(struct tell_move){.after = delivery, .at = announce->now});
}
