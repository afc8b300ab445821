/* SPDX-License-Identifier: Apache-2.0
 *
 * A delivery waits for whatever of it is still there: its recipient finds photo, case and looks
 * under their name, and would lose them with it.
 */
#include "domain/retention.h"

#include "domain/states.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Its end, or its last change where it has none. */
static int64_t base_of(const struct retention_facts *facts, const struct retention_terms *terms)
{
    if (facts->state == DELIVERY_DELIVERED && facts->received_at)
        return facts->received_at + terms->delivery;
    if (states_is_final(facts->state))
        return facts->changed_at + terms->delivery;
    return later(facts->changed_at, facts->window_to) + terms->idle;
}

int64_t retention_case(int64_t opened_at, int64_t resolved_at, const struct retention_terms *terms)
{
    return resolved_at ? resolved_at + terms->words : opened_at + terms->hold + terms->words;
}

int64_t retention_delivery(const struct retention_facts *facts, const struct retention_terms *terms)
{
    int64_t due = base_of(facts, terms);
    if (facts->left && !states_is_final(facts->state))
        return 0;
    if (facts->left)
        due = facts->changed_at;
    due = later(due, facts->photo_until);
    if (facts->case_opened)
        due = later(due, facts->left ? facts->case_opened + terms->hold
                                     : retention_case(facts->case_opened, 0, terms));
    if (facts->case_resolved && !facts->left)
        due = later(due, facts->case_resolved + terms->words);
    return due;
}
