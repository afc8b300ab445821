/* SPDX-License-Identifier: Apache-2.0
 *
 * Relations are worked out here from ids and verified contacts; a relation that is not certain is
 * none.
 */
#include "api/subject.h"

#include "api/api.h"
#include "base/text.h"
#include "domain/states.h"
#include "store/delivery.h"
#include "store/policy.h"
#include "store/shipper.h"

static bool same(const char *a, const char *b)
{
    return a && b && *a && strcmp(a, b) == 0;
}

bool actor_serves(const struct actor *actor, const char *shipper_id)
{
    return actor->kind == WHO_AGENT ? store_agent_serves(&actor->shippers, shipper_id)
                                    : same(actor->shipper_id, shipper_id);
}

enum policy_actor subject_relation(const struct actor *actor, const struct delivery *delivery)
{
    switch (actor->kind) {
    case WHO_SHIPPER:
        return same(actor->shipper_id, delivery->shipper_id) ? ACTOR_SHIPPER : ACTOR_OTHER_SHIPPER;
    case WHO_DRIVER:
        return same(actor->id, delivery->driver_id) && same(actor->shipper_id, delivery->shipper_id)
                   ? ACTOR_DRIVER
                   : ACTOR_OTHER_DRIVER;
    case WHO_RECIPIENT:
        if (same(actor->email, delivery->recipient_email) || same(actor->link_of, delivery->id))
            return ACTOR_RECIPIENT;
        return same(actor->email, delivery->buyer_email) ? ACTOR_BUYER : ACTOR_OTHER_ACCOUNT;
    case WHO_AGENT:
        return actor_serves(actor, delivery->shipper_id) ? ACTOR_AGENT : ACTOR_OTHER_AGENT;
    default:
        return ACTOR_STRANGER;
    }
}

/* ---- whose photo, and which ---- */

/* This session's live look at the photo that is meant, under the delivery's open case: only an
 * agent is asked for it. A look ends with its own case. */
static int load_look(struct call *call, struct db_tx *tx, struct subject *subject)
{
    struct store_case of_look;
    int result = STORE_NOT_FOUND;
    if (subject->has_case && subject->asked)
        result = store_look_live(
            tx, &(struct store_look_ask){call->actor.credential, subject->asked->id, call->now},
            call->arena, &subject->look);
    if (result == 0)
        result = store_case_get(tx, subject->look.case_id, call->arena, &of_look);
    subject->has_look = result == 0 && of_look.state == CASE_OPEN;
    subject->facts.look_live = subject->has_look;
    return result == STORE_NOT_FOUND ? 0 : result;
}

static int load_support(struct call *call, struct db_tx *tx, struct subject *subject)
{
    int result = store_case_open_on(tx, subject->delivery.id, call->arena, &subject->open_case);
    subject->facts.case_open = subject->has_case = result == 0;
    return result < 0 ? result : load_look(call, tx, subject);
}

/* The photos that are there, of all attempts, and that of the present one in whatever state. Most
 * deliveries have one attempt, and so nothing but that. */
static int load_photos(struct call *call, struct db_tx *tx, struct subject *subject)
{
    const struct delivery *delivery = &subject->delivery;
    int result = 0;
    if (delivery->photo_id[0] || delivery->attempt > 1)
        result = store_photo_live(tx, delivery->id, call->arena, &subject->live);
    subject->asked = subject->live.count > 0 ? &subject->live.items[0] : NULL;
    if (result != 0 || !delivery->photo_id[0])
        return result;
    subject->has_photo = subject->asked && strcmp(subject->asked->id, delivery->photo_id) == 0;
    if (subject->has_photo) {
        subject->photo = *subject->asked;
        return 0;
    }
    result = store_photo_get(tx, delivery->photo_id, call->arena, &subject->photo);
    subject->has_photo = result == 0;
    return result < 0 ? result : 0;
}

int subject_pick_attempt(struct call *call, struct db_tx *tx, struct subject *subject, int attempt)
{
    subject->asked = NULL;
    for (int i = 0; i < subject->live.count && !subject->asked; i++)
        if (attempt == 0 || subject->live.items[i].attempt == attempt)
            subject->asked = &subject->live.items[i];
    return subject->facts.actor == ACTOR_AGENT ? load_look(call, tx, subject) : 0;
}

void subject_pick_photo(struct subject *subject, const char *photo_id)
{
    subject->asked = NULL;
    for (int i = 0; i < subject->live.count; i++)
        if (strcmp(subject->live.items[i].id, photo_id) == 0)
            subject->asked = &subject->live.items[i];
}

bool subject_read_attempt(struct call *call, int *attempt_out, struct answer *answer)
{
    uint64_t attempt = 0;
    const char *text = http_query(call->req, "attempt");
    bool good = !text || text_to_u64(text, 1, STATES_ATTEMPTS, &attempt);
    *attempt_out = (int)attempt;
    if (!good) {
        snprintf(answer->field, sizeof answer->field, "attempt");
        call_refuse(answer, &api_invalid_field, MSG("This must be the number of an attempt."));
    }
    return good;
}

/* ---- the delivery ---- */

int subject_load(struct call *call, struct db_tx *tx, const char *delivery_id, struct subject *out)
{
    memset(out, 0, sizeof *out);
    int result = store_delivery_get(tx, delivery_id, call->arena, &out->delivery);
    if (result == 0)
        result = store_shipper_get(tx, out->delivery.shipper_id, call->arena, &out->shipper);
    if (result == 0)
        result = store_policy_facts(tx, &out->delivery, &out->shipper, call->arena, &out->facts);
    if (result != 0)
        return result;
    out->facts.actor = subject_relation(&call->actor, &out->delivery);
    result = load_photos(call, tx, out);
    if (result != 0)
        return result;
    return out->facts.actor == ACTOR_AGENT ? load_support(call, tx, out) : 0;
}

enum policy_answer subject_ask(const struct subject *subject, enum policy_purpose purpose)
{
    struct policy_facts facts = subject->facts;
    if (purpose == PURPOSE_PHOTO || purpose == PURPOSE_LOOK || purpose == PURPOSE_ERASE)
        facts.photo = subject->asked ? subject->asked->state : PHOTO_NONE;
    return policy_decide(&facts, purpose);
}

int subject_need(struct call *call, struct db_tx *tx, const char *delivery_id,
                 enum policy_purpose purpose, struct answer *answer, struct subject *out)
{
    int result = subject_load(call, tx, delivery_id ? delivery_id : "", out);
    if (result < 0)
        return result;
    enum policy_answer policy = result == 0 ? subject_ask(out, purpose) : POLICY_HIDDEN;
    return policy == POLICY_ALLOW ? 0 : call_refuse_policy(answer, policy);
}
