/* SPDX-License-Identifier: Apache-2.0
 *
 * A phone may report hours later, in any order with its photo, and twice: a report that says what
 * is already so is answered the same, and one that contradicts is refused.
 */
#include "api/driver.h"

#include "api/announce.h"
#include "api/api.h"
#include "api/pairing.h"
#include "api/proofs.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "base/text.h"
#include "domain/states.h"
#include "keys/keys.h"
#include "store/delivery.h"
#include "store/driver.h"
#include "store/policy.h"
#include "store/proof.h"
#include "store/shipper.h"

/* ---- pairing ---- */

/* The code as people type it: spaces and hyphens between digits. False: not a code at all. */
static bool read_code(const char *typed, char code[PAIRING_CODE_ROOM])
{
    int digits = 0;
    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (*typed < '0' || *typed > '9' || digits == PAIRING_DIGITS)
            return false;
        code[digits++] = *typed;
    }
    code[digits] = 0;
    return digits == PAIRING_DIGITS;
}

static int make_device(struct call *call, struct db_tx *tx, const char *driver_id, const char *name,
                       struct answer *answer)
{
    char token[TOKEN_ROOM], key_text[BASE64_ROOM(KEYS_PUBLIC)];
    uint8_t key[KEYS_PUBLIC];
    struct store_driver driver;
    struct shipper shipper;
    struct store_device device = {.name = name, .created_at = call->now};
    int result = store_driver_get(tx, driver_id, call->arena, &driver);
    if (result == 0)
        result = store_shipper_get(tx, driver.shipper_id, call->arena, &shipper);
    if (result == 0 && driver.disabled_at)
        result = STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &api_bad_code, NULL);
    token_new(TOKEN_DEVICE, token);
    token_hash(token, device.token_hash);
    id_new(ID_DEVICE, device.id);
    memcpy(device.driver_id, driver.id, ID_ROOM);
    result = store_device_insert(tx, &device);
    if (result != 0)
        return result;
    keys_public(call->api->keys, key);
    text_base64url(key, sizeof key, key_text);
    http_note(call->req, "device=%s", device.id);
    return call_ok(answer, 201,
                   json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s}, s:s}", "token", token, "device_id",
                             device.id, "driver", "id", driver.id, "name", driver.name, "shipper",
                             "name", shipper.name, "receipt_key", key_text));
}

static int pair(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    char code[PAIRING_CODE_ROOM], driver_id[ID_ROOM];
    uint8_t hash[32];
    fields_begin(&body, call->body, &failure);
    const char *typed = fields_text(&body, "code", FIELDS_REQUIRED, (struct fields_length){1, 40});
    const char *name =
        fields_text(&body, "device_name", FIELDS_OPTIONAL,
                    (struct fields_length){1, (size_t)call->api->settings->text.name});
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (!read_code(typed, code))
        return call_refuse(answer, &api_bad_code, NULL);
    pairing_hash(call->api->code_secret, code, hash);
    int result = store_pairing_take(tx, hash, call->now, driver_id);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &api_bad_code, NULL);
    return make_device(call, tx, driver_id, name, answer);
}

void driver_pair(struct http_request *req)
{
    struct call *call = call_of(req);
    uint8_t address[16];
    http_client_key(req, address);
    unsigned wait = http_limit_take(call->api->sign_ins, (struct span){address, sizeof address},
                                    clock_steady());
    if (wait > 0)
        http_problem_later(req, &http_too_many_requests, wait / 1000 + 1, NULL);
    else if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, pair);
}

/* ---- the round ---- */

/* One delivery of this driver as a stop; NULL on a fault. */
static json_t *stop_of(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                       const struct shipper *shipper)
{
    struct subject subject = {.delivery = *delivery, .shipper = *shipper};
    if (store_policy_facts(tx, delivery, shipper, call->arena, &subject.facts) != 0)
        return NULL;
    announce_place_photo(&subject.delivery, &subject.facts);
    subject.facts.actor = ACTOR_DRIVER;
    return shape_stop(call, &subject);
}

/* The day's stops, open and done, at most two pages of them. */
struct day {
    const struct delivery *stops[2 * STORE_PAGE_LIMIT];
    int count;
};

/* Those that were reported since then; what happens to a photo later does not bring a stop back,
 * and with it a name and an address. */
static void add_stops(struct day *day, const struct call *call,
                      const struct store_deliveries *found, int64_t since)
{
    for (int i = 0; i < found->count; i++) {
        const struct delivery *delivery = &found->items[i];
        if (delivery->delivered_received_at >= since && !delivery_is_blank(delivery) &&
            strcmp(delivery->shipper_id, call->actor.shipper_id) == 0)
            day->stops[day->count++] = delivery;
    }
}

/* In the order of the round; those without a place in it last, in the order they were made. */
static int by_position(const void *a, const void *b)
{
    const struct delivery *one = *(const struct delivery *const *)a;
    const struct delivery *other = *(const struct delivery *const *)b;
    unsigned first = (unsigned)one->position - 1, second = (unsigned)other->position - 1;
    if (first != second)
        return first < second ? -1 : 1;
    return strcmp(one->id, other->id);
}

static int find_day(struct call *call, struct db_tx *tx, struct day *day)
{
    struct store_deliveries open, ended;
    int64_t kept = call->api->settings->delivery.ended_stop_hours * CLOCK_HOUR;
    struct store_delivery_filter delivered = {.shipper_id = call->actor.shipper_id,
                                              .driver_id = call->actor.id,
                                              .by_state = true,
                                              .state = DELIVERY_DELIVERED};
    int result = store_delivery_stops(tx, call->actor.id, STORE_PAGE_LIMIT, call->arena, &open);
    if (result == 0)
        result = store_delivery_list(tx, &delivered, &(struct store_page){NULL, STORE_PAGE_LIMIT},
                                     call->arena, &ended);
    if (result != 0)
        return result;
    day->count = 0;
    add_stops(day, call, &open, 0);
    add_stops(day, call, &ended, call->now - kept);
    qsort(day->stops, (size_t)day->count, sizeof(void *), by_position);
    return 0;
}

static int list_stops(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct day day;
    struct shipper shipper;
    const char *only = http_query(call->req, "delivery_id");
    json_t *items = json_array();
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result == 0)
        result = find_day(call, tx, &day);
    for (int i = 0; result == 0 && i < day.count; i++)
        if (!only || strcmp(day.stops[i]->id, only) == 0)
            result = json_array_append_new(items, stop_of(call, tx, day.stops[i], &shipper));
    if (result != 0) {
        json_decref(items);
        return result;
    }
    return call_ok(answer, 200, call_list(items, NULL));
}

void driver_stops(struct http_request *req)
{
    call_read(call_of(req), list_stops);
}

/* Sends one stop out; an attempted one begins its next attempt, with a photo of its own. That of
 * the earlier attempt stays what it is: its recipient's. */
static int send_out(struct call *call, struct db_tx *tx, struct delivery *delivery,
                    const struct shipper *shipper)
{
    if (!states_may_follow(delivery->state, DELIVERY_OUT_FOR_DELIVERY) ||
        (delivery->state == DELIVERY_ATTEMPTED && delivery->attempt >= STATES_ATTEMPTS))
        return 0;
    struct delivery before = *delivery;
    struct policy_facts facts;
    int result = store_policy_facts(tx, delivery, shipper, call->arena, &facts);
    if (result != 0)
        return result;
    announce_place_photo(delivery, &facts);
    if (delivery->state == DELIVERY_ATTEMPTED) {
        delivery->attempt++;
        delivery->photo_id[0] = 0;
        delivery->photo_state = policy_initial_photo(&facts);
        delivery->photo_reason = policy_initial_reason(&facts);
        delivery->attempt_reason = ATTEMPT_NONE;
        delivery->left_at = LEFT_NOWHERE;
        delivery->proof = PROOF_NONE;
        delivery->proof_check = CHECK_NONE;
        delivery->delivered_captured_at = delivery->delivered_received_at = 0;
    }
    delivery->state = DELIVERY_OUT_FOR_DELIVERY;
    delivery->changed_at = delivery->out_at = call->now;
    result = store_delivery_move(tx, delivery);
    if (result == 0 && before.proof_check != delivery->proof_check)
        result = store_delivery_set_check(tx, delivery->id, delivery->proof_check);
    return result != 0
               ? result
               : tell_moved(tx, &call->telling, &(struct tell_move){&before, delivery, call->now});
}

static int start_round(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_deliveries found;
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result == 0)
        result = store_delivery_stops(tx, call->actor.id, STORE_PAGE_LIMIT, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++)
        if (strcmp(found.items[i].shipper_id, shipper.id) == 0)
            result = send_out(call, tx, &found.items[i], &shipper);
    return result != 0 ? result : list_stops(call, tx, answer);
}

void driver_start_round(struct http_request *req)
{
    call_write(call_of(req), start_round);
}

/* ---- at the door ---- */

/* What the phone says of the door. */
struct report {
    enum delivery_state state;
    enum left_at left_at;
    struct given_proof proof;
    enum attempt_reason reason;
    int64_t captured_at;
};

/* Words as people choose them; the empty one of each list is not among them. */
static bool read_delivered(struct call *call, struct report *report, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    report->state = DELIVERY_DELIVERED;
    report->left_at =
        (enum left_at)fields_word(&body, "left_at", FIELDS_REQUIRED, &words_left_at, LEFT_NOWHERE);
    report->captured_at = fields_time(&body, "captured_at", FIELDS_REQUIRED);
    proofs_read(call, &body, &report->proof);
    report->proof.at = report->captured_at;
    fields_end(&body);
    return !failure.failed || call_refuse_field(answer, &failure) == 0;
}

static bool read_attempted(struct call *call, struct report *report, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    report->state = DELIVERY_ATTEMPTED;
    report->reason = (enum attempt_reason)fields_word(&body, "reason", FIELDS_REQUIRED,
                                                      &words_attempt_reason, ATTEMPT_NONE);
    report->captured_at = fields_time(&body, "captured_at", FIELDS_REQUIRED);
    fields_end(&body);
    return !failure.failed || call_refuse_field(answer, &failure) == 0;
}

static bool is_same_report(const struct delivery *delivery, const struct report *report)
{
    return delivery->state == report->state && delivery->left_at == report->left_at &&
           delivery->proof == report->proof.kind && delivery->attempt_reason == report->reason &&
           delivery->delivered_captured_at == report->captured_at;
}

/* Writes a report down, with what is kept of the door until the photo's day. */
static int write_report(struct call *call, struct db_tx *tx, const struct report *report,
                        struct subject *subject)
{
    struct delivery *delivery = &subject->delivery, before = *delivery;
    bool other_proof = report->proof.kind != PROOF_NONE || report->left_at == LEFT_HANDED_OVER;
    const char *to_keep = proofs_kept(&report->proof);
    delivery->state = report->state;
    delivery->left_at = report->left_at;
    delivery->proof = report->proof.kind;
    delivery->attempt_reason = report->reason;
    delivery->delivered_captured_at = report->captured_at;
    delivery->delivered_received_at = call->now;
    delivery->changed_at = call->now;
    delivery->photo_state = states_photo_after(report->state, delivery->photo_state, other_proof,
                                               &delivery->photo_reason);
    subject->facts.delivery = delivery->state;
    subject->facts.photo = delivery->photo_state;
    int result = store_delivery_move(tx, delivery);
    if (result == 0 && delivery->proof_check != CHECK_NONE)
        result = store_delivery_set_check(tx, delivery->id, delivery->proof_check);
    if (result == 0)
        result = tell_moved(tx, &call->telling, &(struct tell_move){&before, delivery, call->now});
    if (result != 0 || !to_keep)
        return result;
    struct store_proof kept = {
        .value = to_keep, .delete_by = call->now + subject->shipper.retention_days * CLOCK_DAY};
    memcpy(kept.delivery_id, delivery->id, ID_ROOM);
    return store_proof_put(tx, &kept);
}

static int record(struct call *call, struct db_tx *tx, const struct report *report,
                  struct answer *answer)
{
    struct subject subject;
    int result = subject_need(call, tx, http_param(call->req, "delivery_id"), PURPOSE_STOP, answer,
                              &subject);
    if (result != 0)
        return result;
    if (!is_same_report(&subject.delivery, report)) {
        if (!states_may_follow(subject.delivery.state, report->state))
            return call_refuse(answer, &api_wrong_state,
                               "The stop was reported otherwise, or has ended.");
        result = proofs_check(call, tx, &report->proof, &subject.delivery, answer);
        if (result == PROOFS_AGAIN)
            return CALL_COMMIT;
        if (result == 0)
            result = write_report(call, tx, report, &subject);
        if (result != 0)
            return result;
        http_note(call->req, "delivery=%s", subject.delivery.id);
    }
    return call_ok(answer, 200, shape_stop(call, &subject));
}

static int record_delivered(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct report report = {0};
    return read_delivered(call, &report, answer) ? record(call, tx, &report, answer) : CALL_REFUSE;
}

static int record_attempted(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct report report = {0};
    return read_attempted(call, &report, answer) ? record(call, tx, &report, answer) : CALL_REFUSE;
}

void driver_delivered(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, record_delivered);
}

void driver_attempted(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, record_attempted);
}
