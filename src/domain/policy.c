/* SPDX-License-Identifier: Apache-2.0
 *
 * One function a purpose, in the order of the rules. Who is not named in a function is answered
 * POLICY_HIDDEN. test_policy.c holds the table written from the rules, over every combination.
 */
#include "domain/policy.h"

#define NAME(symbol, text) text,
static const char *const actor_names[] = {POLICY_ACTORS(NAME)};
static const char *const purpose_names[] = {POLICY_PURPOSES(NAME)};
static const char *const answer_names[] = {POLICY_ANSWERS(NAME)};
const struct words words_policy_actor = {actor_names, POLICY_ACTOR_COUNT};
const struct words words_policy_purpose = {purpose_names, POLICY_PURPOSE_COUNT};
const struct words words_policy_answer = {answer_names, POLICY_ANSWER_COUNT};

bool policy_refused(const struct policy_facts *facts)
{
    enum consent word = facts->delivery_consent;
    if (word == CONSENT_UNSET)
        word = facts->account_consent;
    return word == CONSENT_REFUSED;
}

/* True when the shipper wants no picture taken: none at all, or none of a confidential address
 * (R2). */
static bool unwanted(const struct policy_facts *facts)
{
    return facts->want == WANT_NONE || (facts->confidential != NOT_CONFIDENTIAL &&
                                        facts->confidential_photos == CONFIDENTIAL_DO_NOT_TAKE);
}

static bool exists(enum photo_state photo)
{
    return photo == PHOTO_POSTED || photo == PHOTO_WITHHELD;
}

static enum policy_answer allow_when(bool allowed)
{
    return allowed ? POLICY_ALLOW : POLICY_HIDDEN;
}

/* Under an open case, or after an administrator's breaking the glass while still one. */
static bool may_look(const struct policy_facts *facts)
{
    return facts->look_broke_glass ? facts->administrator : facts->case_open;
}

/* R1, R2 for the recipient; R4 for an agent, who sees that of which the look was begun; nobody
 * else, ever (R3, R5). */
static enum policy_answer decide_photo(const struct policy_facts *facts, enum look_kind kind)
{
    switch (facts->actor) {
    case ACTOR_RECIPIENT:
        if (facts->confidential != NOT_CONFIDENTIAL || facts->photo == PHOTO_WITHHELD)
            return POLICY_WITHHELD;
        return facts->photo == PHOTO_POSTED ? POLICY_ALLOW : POLICY_NO_PHOTO;
    case ACTOR_AGENT:
        if (!may_look(facts))
            return POLICY_NEEDS_CASE;
        if (!exists(facts->photo))
            return POLICY_NO_PHOTO;
        return facts->look_live && facts->look_kind == kind ? POLICY_ALLOW : POLICY_NEEDS_LOOK;
    default:
        return POLICY_HIDDEN;
    }
}

/* R4: without a case an administrator only, who tells everybody. */
static enum policy_answer decide_break_glass(const struct policy_facts *facts)
{
    if (facts->actor != ACTOR_AGENT || !facts->administrator)
        return POLICY_HIDDEN;
    return exists(facts->photo) ? POLICY_ALLOW : POLICY_NO_PHOTO;
}

/* R3, R6: the assigned driver, once an attempt, where a photo is wanted and not refused. A photo
 * that comes after its deadline (missing) or after a rejection is still welcome. */
static enum policy_answer decide_upload(const struct policy_facts *facts)
{
    if (facts->actor != ACTOR_DRIVER)
        return POLICY_HIDDEN;
    if (facts->delivery == DELIVERY_CANCELLED || facts->delivery == DELIVERY_RETURNED)
        return POLICY_ENDED;
    if (policy_refused(facts))
        return POLICY_DECLINED;
    if (unwanted(facts))
        return POLICY_UNWANTED;
    switch (facts->photo) {
    case PHOTO_EXPECTED:
    case PHOTO_MISSING:
    case PHOTO_REJECTED:
    case PHOTO_NONE:     /* wanted again since the state was set */
    case PHOTO_DECLINED: /* allowed again since the state was set */
        return POLICY_ALLOW;
    default:
        return POLICY_SPENT;
    }
}

/* R4: an agent begins a look under an open case only. */
static enum policy_answer decide_look(const struct policy_facts *facts)
{
    if (facts->actor != ACTOR_AGENT)
        return POLICY_HIDDEN;
    if (!facts->case_open)
        return POLICY_NEEDS_CASE;
    return exists(facts->photo) ? POLICY_ALLOW : POLICY_NO_PHOTO;
}

/* A photo that exists in any form is the recipient's to delete, withheld and waiting ones included
 * (R9). */
static enum policy_answer decide_erase(const struct policy_facts *facts)
{
    if (facts->actor != ACTOR_RECIPIENT)
        return POLICY_HIDDEN;
    bool there =
        exists(facts->photo) || facts->photo == PHOTO_RECEIVED || facts->photo == PHOTO_SET_ASIDE;
    return there ? POLICY_ALLOW : POLICY_NO_PHOTO;
}

enum policy_answer policy_decide(const struct policy_facts *facts, enum policy_purpose purpose)
{
    enum policy_actor actor = facts->actor;
    switch (purpose) {
    case PURPOSE_STATUS:
        return allow_when(actor == ACTOR_LINK_HOLDER || actor == ACTOR_RECIPIENT ||
                          actor == ACTOR_BUYER || actor == ACTOR_SHIPPER || actor == ACTOR_AGENT ||
                          actor == ACTOR_DRIVER);
    case PURPOSE_ORDER:
    case PURPOSE_CONSENT:
    case PURPOSE_LOOKS:
        return allow_when(actor == ACTOR_RECIPIENT);
    case PURPOSE_FACTS:
        return allow_when(actor == ACTOR_SHIPPER || actor == ACTOR_AGENT);
    case PURPOSE_OPEN_CASE:
        return allow_when(actor == ACTOR_RECIPIENT || actor == ACTOR_AGENT);
    case PURPOSE_CHANGE:
        return allow_when(actor == ACTOR_SHIPPER);
    case PURPOSE_STOP:
        return allow_when(actor == ACTOR_DRIVER);
    case PURPOSE_PHOTO:
        return decide_photo(facts, LOOK_AT_PHOTO);
    case PURPOSE_EVIDENCE:
        return decide_photo(facts, LOOK_AT_EVIDENCE);
    case PURPOSE_BREAK_GLASS:
        return decide_break_glass(facts);
    case PURPOSE_UPLOAD:
        return decide_upload(facts);
    case PURPOSE_ERASE:
        return decide_erase(facts);
    case PURPOSE_LOOK:
        return decide_look(facts);
    case POLICY_PURPOSE_COUNT:
        break;
    }
    return POLICY_HIDDEN;
}

enum photo_state policy_initial_photo(const struct policy_facts *facts)
{
    if (unwanted(facts))
        return PHOTO_NONE;
    return policy_refused(facts) ? PHOTO_DECLINED : PHOTO_EXPECTED;
}

const char *policy_initial_reason(const struct policy_facts *facts)
{
    if (facts->want == WANT_NONE)
        return "not_asked";
    if (unwanted(facts))
        return words_name(&words_confidentiality, facts->confidential);
    return policy_refused(facts) ? "by_recipient" : NULL;
}

struct photo_place policy_place_coming(const struct policy_facts *facts, struct photo_place now)
{
    struct photo_place begun = {policy_initial_photo(facts), policy_initial_reason(facts)};
    bool waits = now.state == PHOTO_EXPECTED;
    bool was_dropped = now.state == PHOTO_NONE || now.state == PHOTO_DECLINED;
    switch (facts->delivery) {
    case DELIVERY_CREATED:
    case DELIVERY_OUT_FOR_DELIVERY:
    case DELIVERY_ATTEMPTED:
        return waits || was_dropped ? begun : now;
    case DELIVERY_DELIVERED:
        return waits ? begun : now;
    default:
        return now;
    }
}

struct photo_place policy_place_kept(const struct policy_facts *facts, struct photo_place now)
{
    if (!exists(now.state))
        return now;
    if (facts->confidential == NOT_CONFIDENTIAL)
        return (struct photo_place){PHOTO_POSTED, NULL};
    return (struct photo_place){PHOTO_WITHHELD,
                                words_name(&words_confidentiality, facts->confidential)};
}

enum photo_state policy_after_judging(const struct policy_facts *facts)
{
    if (policy_refused(facts) || unwanted(facts))
        return PHOTO_DECLINED;
    return facts->confidential == NOT_CONFIDENTIAL ? PHOTO_POSTED : PHOTO_WITHHELD;
}
