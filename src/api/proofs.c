/* SPDX-License-Identifier: Apache-2.0
 *
 * A report that comes late must not be refused for its PIN: nobody is at the door to ask for
 * another, and the phone would keep it for ever. It is recorded with a proof that was not right.
 */
#include "api/proofs.h"

#include <ctype.h>
#include <errno.h>

#include "api/api.h"
#include "api/pin.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/address_key.h"
#include "store/delivery.h"
#include "store/refusal.h"

/* Whatever people wrote into a driver's stops; and the key of an address. */
enum { STOPS_MEMORY = 64 << 20, KEY_CEILING = 64 << 10 };

/* ---- reading ---- */

/* An SVG path of moves and lines, as the app draws a signature: nothing else can stand in it. */
static bool is_signature(const char *path)
{
    return (*path == 'M' || *path == 'm') && strspn(path, "MLml0123456789 .,-") == strlen(path);
}

void proofs_read(const struct call *call, struct fields *body, struct given_proof *out)
{
    const struct settings *settings = call->api->settings;
    struct fields proof;
    *out = (struct given_proof){.kind = PROOF_NONE};
    fields_names(body, "proof");
    if (!fields_has(body, "proof"))
        return;
    fields_object(body, "proof", "proof.", &proof);
    out->kind = (enum proof)fields_word(&proof, "kind", FIELDS_REQUIRED, &words_proof, PROOF_NONE);
    int64_t most = out->kind == PROOF_SIGNATURE ? settings->text.signature : settings->text.name;
    out->value =
        fields_text(&proof, "value", FIELDS_REQUIRED, (struct fields_length){1, (size_t)most});
    out->late = fields_flag(&proof, "late", false);
    fields_end(&proof);
    if (out->kind == PROOF_SIGNATURE && out->value && !is_signature(out->value))
        fields_fail(&proof, "value", "This must be an SVG path of M and L with their numbers.");
}

const char *proofs_kept(const struct given_proof *given)
{
    return given->kind == PROOF_SIGNATURE || given->kind == PROOF_NAME ? given->value : NULL;
}

/* ---- held against one delivery ---- */

/* As the app compares them: no spaces or hyphens, one case. */
static bool is_same_code(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, " -\t");
        b += strspn(b, " -\t");
        if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

static bool has_code(const struct delivery *delivery, const char *code)
{
    for (int i = 0; i < delivery->parcel_count; i++)
        if (delivery->parcels[i].code && is_same_code(delivery->parcels[i].code, code))
            return true;
    return false;
}

static bool fits(const struct call *call, const struct delivery *delivery,
                 const struct given_proof *given)
{
    return given->kind == PROOF_PIN ? pin_fits(call->api, delivery, given->value)
                                    : has_code(delivery, given->value);
}

/* ---- and against those that are given together with it ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Is it for the same person at the same door? 1, 0, or a fault. */
static int goes_together(const struct delivery *delivery, const struct delivery *other)
{
    AUTO_BUF struct buf door, other_door;
    buf_init(&door, KEY_CEILING);
    buf_init(&other_door, KEY_CEILING);
    if (strcmp(delivery->shipper_id, other->shipper_id) != 0 ||
        !same_text(delivery->recipient_email, other->recipient_email) ||
        !same_text(delivery->recipient_phone, other->recipient_phone))
        return 0;
    int result = address_key(&delivery->address, &door);
    if (result == 0)
        result = address_key(&other->address, &other_door);
    return result != 0 ? result : strcmp(buf_string(&door), buf_string(&other_door)) == 0;
}

static int any_fits(const struct call *call, const struct delivery *delivery,
                    const struct given_proof *given, const struct store_deliveries *stops)
{
    for (int i = 0; i < stops->count; i++) {
        int result = goes_together(delivery, &stops->items[i]);
        if (result < 0)
            return result;
        if (result > 0 && fits(call, &stops->items[i], given))
            return 1;
    }
    return 0;
}

/* The driver's other stops, and those that were delivered: their reports may have come first. */
static int fits_together(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                         const struct given_proof *given)
{
    struct store_deliveries open, delivered;
    struct store_delivery_filter filter = {.shipper_id = delivery->shipper_id,
                                           .driver_id = call->actor.id,
                                           .by_state = true,
                                           .state = DELIVERY_DELIVERED};
    struct arena *arena = arena_new(STOPS_MEMORY);
    if (!arena)
        return log_fault("proofs.stops", -ENOMEM, "delivery=%s", delivery->id);
    int result = store_delivery_stops(tx, call->actor.id, STORE_PAGE_LIMIT, arena, &open);
    if (result == 0)
        result = any_fits(call, delivery, given, &open);
    if (result == 0)
        result = store_delivery_list(tx, &filter, &(struct store_page){NULL, STORE_PAGE_LIMIT},
                                     arena, &delivered);
    if (result == 0)
        result = any_fits(call, delivery, given, &delivered);
    arena_free(&arena);
    return result;
}

/* ---- the outcome ---- */

static int ask_again(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                     int tries_left, struct answer *answer)
{
    int result = tries_left > 0 ? store_pin_spend(tx, delivery->id, delivery->token_version) : 0;
    if (result != 0)
        return result;
    if (tries_left > 0)
        tries_left--;
    call_refuse(answer, &api_wrong_pin,
                tries_left > 0 ? "Ask for it again, or choose another proof."
                               : "No more tries: choose another proof.");
    snprintf(answer->field, sizeof answer->field, "proof.value");
    answer->body = json_pack("{s:i}", "tries_left", tries_left);
    log_event(LOG_INFO, "pin.wrong", "delivery=%s tries_left=%d", delivery->id, tries_left);
    return answer->body ? PROOFS_AGAIN
                        : log_fault("proofs.again", -ENOMEM, "delivery=%s", delivery->id);
}

int proofs_check(struct call *call, struct db_tx *tx, const struct given_proof *given,
                 struct delivery *delivery, struct answer *answer)
{
    const struct settings *settings = call->api->settings;
    int wrong = 0, tries = (int)settings->delivery.pin_tries;
    delivery->proof_check = CHECK_NONE;
    if (given->kind != PROOF_PIN && given->kind != PROOF_SCAN)
        return 0;
    if (given->kind == PROOF_PIN) {
        int result = store_pin_wrong(tx, delivery->id, delivery->token_version, &wrong);
        if (result != 0)
            return result;
    }
    int right = 0;
    if (wrong < tries)
        right = fits(call, delivery, given) ? 1 : fits_together(call, tx, delivery, given);
    if (right < 0)
        return right;
    delivery->proof_check = right ? CHECK_RIGHT : CHECK_WRONG;
    bool late =
        given->late || call->now - given->at > settings->delivery.pin_minutes * CLOCK_MINUTE;
    if (right || late || given->kind != PROOF_PIN)
        return 0;
    return ask_again(call, tx, delivery, tries - wrong, answer);
}

json_t *proofs_verified(const struct delivery *delivery)
{
    return delivery->proof_check == CHECK_NONE ? json_null()
                                               : json_boolean(delivery->proof_check == CHECK_RIGHT);
}

json_t *proofs_offered(const struct call *call, const struct delivery *delivery)
{
    json_t *proofs = json_array();
    for (int kind = PROOF_NONE + 1; kind < PROOF_COUNT; kind++)
        if (kind != PROOF_PIN || pin_is_known(call->api, delivery))
            json_array_append_new(proofs, json_string(words_name(&words_proof, kind)));
    return proofs;
}
