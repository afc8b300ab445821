/* SPDX-License-Identifier: Apache-2.0
 *
 * Sixteen million deliveries a day are eleven thousand a minute, each walked once and asked once
 * more; a batch is a thousand here, and a round may do a hundred of either.
 *
 * The walk's place is kept in `meta` together with the days it was reckoned with: when those change
 * it begins anew, since a day that was noted may have become an earlier one. A row is asked again
 * before its day can have come: one that has not ended, within the days that its end would leave
 * it; one that waits for a photo or a case, tomorrow, since both may go sooner than they said.
 */
#include "jobs/sweep_personal.h"

#include <errno.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/policy.h"
#include "domain/states.h"
#include "jobs/sweep_steps.h"
#include "store/account.h"
#include "store/complaint.h"
#include "store/delivery.h"
#include "store/leaving.h"
#include "store/retention.h"
#include "store/search.h"

enum { TIMES = 10, PLACE_ROOM = ID_ROOM + 24 };
enum { SCRATCH = 1 << 20 };
static const char walk_place[] = "retention.walk", search_place[] = "search.walk",
                  search_done[] = "done";

struct retention_terms sweep_terms(const struct settings *settings)
{
    return (struct retention_terms){.delivery = settings->retention.delivery_days * CLOCK_DAY,
                                    .idle = settings->retention.idle_days * CLOCK_DAY,
                                    .words = settings->retention.case_days * CLOCK_DAY,
                                    .hold = POLICY_HOLD_DAYS * CLOCK_DAY};
}

static struct retention_terms terms_of(const struct sweep_step *step)
{
    return sweep_terms(step->config->settings);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Asks again at `at`, but not before tomorrow where something else holds it. */
static int ask_again(struct db_tx *tx, enum retention_kind kind, const char *id, int64_t at)
{
    struct store_due due = {.due_at = at, .kind = kind};
    snprintf(due.id, sizeof due.id, "%s", id);
    return store_due_put(tx, &due);
}

/* ---- deliveries ---- */

/* When to ask a delivery that is not due. */
static int64_t next_question(const struct sweep_step *step, const struct store_personal *row,
                             int64_t due)
{
    const struct retention_facts *facts = &row->facts;
    struct retention_terms terms = terms_of(step);
    bool waits = facts->photo_until > step->now || facts->case_opened || facts->case_resolved;
    if (facts->left || waits)
        return step->now + CLOCK_DAY;
    return states_is_final(facts->state) ? due : sooner(due, step->now + terms.delivery);
}

static int end_delivery(struct sweep_step *step, struct db_tx *tx, enum retention_kind kind,
                        struct store_personal *row)
{
    struct retention_terms terms = terms_of(step);
    row->facts.left = kind == RETENTION_LEFT;
    int64_t due = retention_delivery(&row->facts, &terms);
    if (row->blank)
        return 0;
    if (due == 0 || due > step->now)
        return ask_again(tx, kind, row->id, next_question(step, row, due));
    log_event(LOG_INFO, "delivery.blanked", "delivery=%s", row->id);
    return store_personal_blank(tx, row->id);
}

/* The walk's place; "" is the beginning. */
static int read_place(struct sweep_step *step, struct db_tx *tx, char after[ID_ROOM])
{
    const char *place = NULL;
    char days[24];
    after[0] = '\0';
    int result = store_meta_get(tx, walk_place, step->arena, &place);
    if (result != 0)
        return result < 0 ? result : 0;
    int len = snprintf(days, sizeof days, "%lld ",
                       (long long)step->config->settings->retention.delivery_days);
    if (strncmp(place, days, (size_t)len) == 0 && id_is(ID_DELIVERY, place + len))
        snprintf(after, ID_ROOM, "%s", place + len);
    return 0;
}

static int write_place(struct sweep_step *step, struct db_tx *tx, const char *after)
{
    char place[PLACE_ROOM];
    snprintf(place, sizeof place, "%lld %s",
             (long long)step->config->settings->retention.delivery_days, after);
    return store_meta_set(tx, walk_place, place);
}

int sweep_walk(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    struct store_personals found;
    char after[ID_ROOM];
    int walked = 0, result = read_place(step, tx, after);
    bool more = result == 0;
    while (result == 0 && more && walked < TIMES * SWEEP_BATCH) {
        result = store_personal_walk(tx, step->now - terms_of(step).delivery,
                                     &(struct store_page){after, SWEEP_BATCH}, step->arena, &found);
        for (int i = 0; result == 0 && i < found.count; i++)
            result = end_delivery(step, tx, RETENTION_DELIVERY, &found.items[i]);
        more = result == 0 && found.more;
        walked += result == 0 ? found.count : 0;
        if (result == 0 && found.count > 0)
            snprintf(after, sizeof after, "%s", found.items[found.count - 1].id);
    }
    step->found = more ? SWEEP_BATCH : 0;
    return result == 0 && walked > 0 ? write_place(step, tx, after) : result;
}

/* ---- the others ---- */

static int ask_delivery(struct sweep_step *step, struct db_tx *tx, const struct store_due *due)
{
    struct store_personal row;
    int result = store_personal_get(tx, due->id, &row);
    if (result != 0)
        return result < 0 ? result : 0;
    return end_delivery(step, tx, due->kind, &row);
}

static int ask_case(struct sweep_step *step, struct db_tx *tx, const struct store_due *due)
{
    int64_t opened, resolved;
    struct retention_terms terms = terms_of(step);
    int result = store_words_of_case(tx, due->id, &opened, &resolved);
    if (result != 0)
        return result < 0 ? result : 0;
    int64_t end = retention_case(opened, resolved, &terms);
    if (end > step->now)
        return ask_again(tx, due->kind, due->id,
                         resolved ? end : sooner(end, step->now + terms.words));
    log_event(LOG_INFO, "case.blanked", "case=%s", due->id);
    return store_words_blank(tx, due->id, step->now);
}

/* One that has orders still is used, whether its owner comes or not. */
static int has_orders(struct sweep_step *step, struct db_tx *tx, const char *email)
{
    struct store_deliveries found;
    int result =
        store_delivery_orders(tx, email, &(struct store_page){.limit = 1}, step->arena, &found);
    return result != 0 ? result : found.count > 0;
}

static int ask_account(struct sweep_step *step, struct db_tx *tx, const struct store_due *due)
{
    struct store_account account;
    bool kept;
    int64_t used, term = step->config->settings->retention.account_days * CLOCK_DAY;
    int result = store_account_get(tx, due->id, step->arena, &account);
    if (result == 0)
        result = store_account_last_use(tx, due->id, &used);
    if (result != 0)
        return result < 0 ? result : 0;
    if (used + term > step->now)
        return ask_again(tx, due->kind, due->id, used + term);
    result = has_orders(step, tx, account.email);
    if (result != 0)
        return result < 0 ? result : ask_again(tx, due->kind, due->id, step->now + CLOCK_DAY);
    result = store_refusal_outlive(tx, &account, step->now, &kept);
    if (result == 0)
        result = store_account_forget(tx, due->id, account.email);
    log_event(LOG_INFO, "account.unused", "account=%s", due->id);
    return result;
}

static int ask_staff(struct sweep_step *step, struct db_tx *tx, const struct store_due *due)
{
    int64_t left, term = step->config->settings->retention.staff_days * CLOCK_DAY;
    int result = store_staff_left(tx, due, &left);
    if (result != 0 || left == 0) /* gone, or let in again */
        return result < 0 ? result : 0;
    if (left + term > step->now)
        return ask_again(tx, due->kind, due->id, left + term);
    log_event(LOG_INFO, "staff.blanked", "who=%s", due->id);
    return store_staff_blank(tx, due);
}

int sweep_personal(struct db_tx *tx, void *arg)
{
    static int (*const ask[RETENTION_KIND_COUNT])(struct sweep_step *, struct db_tx *,
                                                  const struct store_due *) = {
        [RETENTION_DELIVERY] = ask_delivery, [RETENTION_LEFT] = ask_delivery,
        [RETENTION_CASE] = ask_case,         [RETENTION_ACCOUNT] = ask_account,
        [RETENTION_DRIVER] = ask_staff,      [RETENTION_DEVICE] = ask_staff,
        [RETENTION_AGENT] = ask_staff,
    };
    struct sweep_step *step = arg;
    struct store_dues due = {0};
    int asked = 0, result = 0;
    bool more = true;
    while (result == 0 && more && asked < TIMES * SWEEP_BATCH) {
        result = store_due_list(tx, step->now, SWEEP_BATCH, step->arena, &due);
        for (int i = 0; result == 0 && i < due.count; i++) {
            result = store_due_drop(tx, &due.items[i]);
            if (result == 0)
                result = ask[due.items[i].kind](step, tx, &due.items[i]);
        }
        more = result == 0 && due.more;
        asked += result == 0 ? due.count : 0;
    }
    step->found = more ? SWEEP_BATCH : 0;
    return result;
}

int sweep_complaints(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_complaint_sweep(tx, step->now, SWEEP_BATCH, step->arena, &step->found);
}

/* ---- words for the desk's search ---- */

int sweep_search(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    const char *place = "";
    char after[ID_ROOM];
    int result = store_meta_get(tx, search_place, step->arena, &place), walked = 0;
    if (result < 0 || strcmp(place, search_done) == 0)
        return result < 0 ? result : 0;
    snprintf(after, sizeof after, "%s", place);
    struct arena *scratch = arena_new(SCRATCH);
    if (!scratch)
        return log_fault("sweep.search", -ENOMEM, "no arena");
    result = store_search_walk(tx, after, SWEEP_BATCH, scratch, &walked);
    arena_free(&scratch);
    step->found = walked;
    if (result == 0)
        result = store_meta_set(tx, search_place, walked < SWEEP_BATCH ? search_done : after);
    return result;
}
