/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables behind words.h, and the two ways through them. Lists are short, so a linear search is
 * the fastest.
 */
#include "domain/words.h"

#define NAME(symbol, text) text,
#define LIST(list, MACRO)                                                                          \
    static const char *const list##_names[] = {MACRO(NAME)};                                       \
    const struct words words_##list = {list##_names, (int)ARRAY_LEN(list##_names)};

LIST(delivery_state, DELIVERY_STATES)
LIST(photo_state, PHOTO_STATES)
LIST(confidentiality, CONFIDENTIALITIES)
LIST(photo_want, PHOTO_WANTS)
LIST(consent, CONSENTS)
LIST(left_at, LEFT_ATS)
LIST(proof, PROOFS)
LIST(proof_check, PROOF_CHECKS)
LIST(refusal_kind, REFUSAL_KINDS)
LIST(attempt_reason, ATTEMPT_REASONS)
LIST(place, PLACES)
LIST(photo_flag, PHOTO_FLAGS)
LIST(case_kind, CASE_KINDS)
LIST(complaint_kind, COMPLAINT_KINDS)
LIST(case_state, CASE_STATES)
LIST(agent_role, AGENT_ROLES)
LIST(look_reason, LOOK_REASONS)
LIST(look_kind, LOOK_KINDS)
LIST(confidential_photos, CONFIDENTIAL_PHOTOS)
LIST(ledger_step, LEDGER_STEPS)
LIST(event_kind, EVENT_KINDS)
LIST(notice_channel, NOTICE_CHANNELS)
LIST(endpoint_stop, ENDPOINT_STOPS)
LIST(notice_class, NOTICE_CLASSES)
LIST(language, LANGUAGES)
LIST(share, SHARES)

const char *words_name(const struct words *list, int value)
{
    return value >= 0 && value < list->count ? list->names[value] : "?";
}

int words_find(const struct words *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return i;
    return -1;
}

int agent_role_find(const char *name)
{
    return strcmp(name, "admin") == 0 ? (int)ROLE_ADMINISTRATOR
                                      : words_find(&words_agent_role, name);
}
