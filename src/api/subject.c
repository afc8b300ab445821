/* SPDX-License-Identifier: Apache-2.0
 *
 * Relations are worked out here from ids and verified contacts; a relation that is not certain is
 * none.
 */
#include "api/subject.h"

#include "store/delivery.h"
#include "store/photo.h"
#include "store/policy.h"
#include "store/shipper.h"

static bool same(const char *a, const char *b)
{
    return a && b && *a && strcmp(a, b) == 0;
}

static enum policy_actor relation_of(const struct actor *actor, const struct delivery *delivery)
{
    switch (actor->kind) {
    case WHO_SHIPPER:
        return same(actor->shipper_id, delivery->shipper_id) ? ACTOR_SHIPPER : ACTOR_OTHER_SHIPPER;
    case WHO_DRIVER:
        return same(actor->id, delivery->driver_id) && same(actor->shipper_id, delivery->shipper_id)
                   ? ACTOR_DRIVER
                   : ACTOR_OTHER_DRIVER;
    case WHO_RECIPIENT:
        if (same(actor->email, delivery->recipient_email))
            return ACTOR_RECIPIENT;
        return same(actor->email, delivery->buyer_email) ? ACTOR_BUYER : ACTOR_OTHER_ACCOUNT;
    case WHO_AGENT: /* an agent without a shipper works for the installation, so for all */
        return !actor->shipper_id[0] || same(actor->shipper_id, delivery->shipper_id)
                   ? ACTOR_AGENT
                   : ACTOR_OTHER_AGENT;
    default:
        return ACTOR_STRANGER;
    }
}

/* The open case and this session's live look: only an agent is asked for them. A look ends with its
 * own case. */
static int load_support(struct call *call, struct db_tx *tx, struct subject *subject)
{
    struct store_case of_look;
    int result = store_case_open_on(tx, subject->delivery.id, call->arena, &subject->open_case);
    subject->has_case = result == 0;
    if (result == 0 && subject->has_photo)
        result = store_look_live(
            tx, &(struct store_look_ask){call->actor.credential, subject->photo.id, call->now},
            call->arena, &subject->look);
    if (result == 0 && subject->has_photo) {
        result = store_case_get(tx, subject->look.case_id, call->arena, &of_look);
        subject->has_look = result == 0 && of_look.state == CASE_OPEN;
    }
    subject->facts.case_open = subject->has_case;
    subject->facts.look_live = subject->has_look;
    return result == STORE_NOT_FOUND ? 0 : result;
}

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
    out->facts.actor = relation_of(&call->actor, &out->delivery);
    if (out->delivery.photo_id[0]) {
        result = store_photo_get(tx, out->delivery.photo_id, call->arena, &out->photo);
        out->has_photo = result == 0;
        if (result < 0)
            return result;
    }
    return out->facts.actor == ACTOR_AGENT ? load_support(call, tx, out) : 0;
}

int subject_need(struct call *call, struct db_tx *tx, const char *delivery_id,
                 enum policy_purpose purpose, struct answer *answer, struct subject *out)
{
    int result = subject_load(call, tx, delivery_id ? delivery_id : "", out);
    if (result < 0)
        return result;
    enum policy_answer policy = result == 0 ? policy_decide(&out->facts, purpose) : POLICY_HIDDEN;
    return policy == POLICY_ALLOW ? 0 : call_refuse_policy(answer, policy);
}
