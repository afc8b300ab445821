/* SPDX-License-Identifier: Apache-2.0
 *
 * Deliveries first, a few in each transaction, the account last: whoever is interrupted has their
 * account still and asks again, and what was erased stays so. Photos go behind the fence, as by
 * their own deletion; one that a case holds goes as if it had been asked for alone, when nothing
 * holds it any more, and its shares end at once.
 *
 * A delivery that is under way keeps name and address, which the driver needs, and is refused a
 * photo, which nobody could see; it is asked every day whether its work is over.
 */
#include "api/leave.h"

#include <errno.h>

#include "api/api.h"
#include "api/going.h"
#include "api/language.h"
#include "api/me.h"
#include "api/orders.h"
#include "api/page.h"
#include "api/subject.h"
#include "base/log.h"
#include "domain/states.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/erase.h"
#include "jobs/mail.h"
#include "jobs/shares.h"
#include "store/account.h"
#include "store/delivery.h"
#include "store/leaving.h"
#include "store/preference.h"
#include "store/retention.h"

enum { TOGETHER = 20 };

/* One farewell. */
struct leaving {
    bool forget_refusal;
    char after[ID_ROOM];
    char ids[TOGETHER][ID_ROOM]; /* of the deliveries of one transaction */
    int count;
    bool more;
    int erased, held;
};

/* ---- one delivery ---- */

static int leave_photo(struct call *call, struct db_tx *tx, struct subject *subject,
                       struct photo *photo)
{
    struct leaving *leaving = call->work;
    struct erasure erasure = {.conveyor = call->api->conveyor,
                              .recorder = call->api->recorder,
                              .arena = call->arena,
                              .now = call->now,
                              .reason = "by_recipient",
                              .telling = &call->telling};
    int64_t until;
    subject->asked = photo;
    switch (subject_ask(subject, PURPOSE_ERASE)) {
    case POLICY_ALLOW:
        leaving->erased++;
        return erase_photo(&erasure, tx, photo);
    case POLICY_LATER:
        leaving->held++;
        return going_ask(call, tx, subject, &until);
    default:
        return 0;
    }
}

/* What is not over yet is asked again. */
static int leave_names(struct call *call, struct db_tx *tx, const char *delivery_id)
{
    struct store_personal row;
    struct store_due due = {.due_at = call->now, .kind = RETENTION_LEFT};
    const struct retention_terms terms = {.hold = INT64_MAX / 2};
    int result = store_personal_get(tx, delivery_id, &row);
    if (result != 0)
        return result;
    row.facts.left = true;
    int64_t day = retention_delivery(&row.facts, &terms);
    if (day > 0 && day <= call->now)
        return store_personal_blank(tx, delivery_id);
    memcpy(due.id, delivery_id, ID_ROOM);
    return store_due_put(tx, &due);
}

static int leave_own(struct call *call, struct db_tx *tx, const char *delivery_id,
                     struct subject *subject)
{
    int result = subject_load_hold(call, tx, subject);
    for (int i = 0; result == 0 && i < subject->live.count; i++)
        result = leave_photo(call, tx, subject, &subject->live.items[i]);
    if (result == 0) /* as it is now */
        result = subject_load(call, tx, delivery_id, subject);
    if (result == 0 && !states_is_final(subject->delivery.state) &&
        subject->delivery.consent != CONSENT_REFUSED)
        result = orders_say(call, tx, subject, CONSENT_REFUSED);
    return result == 0 ? leave_names(call, tx, delivery_id) : result;
}

/* What was shown to whoever bought it is shown to nobody else who is named later. */
static int leave_bought(struct call *call, struct db_tx *tx, struct subject *subject)
{
    struct shares_end end = {tx, &call->telling, call->api->recorder, call->arena, call->now};
    int result = subject_load_shares(call, tx, subject);
    for (int i = 0; result == 0 && i < subject->live.count; i++)
        for (int j = 0; result == 0 && j < subject->shares.count; j++) {
            struct store_share *share = &subject->shares.items[j];
            if (share->with == SHARE_BUYER && share->shown &&
                strcmp(share->photo_id, subject->live.items[i].id) == 0)
                result = shares_end_one(&end, &subject->live.items[i], share);
        }
    return result == 0 ? store_personal_blank_buyer(tx, subject->delivery.id) : result;
}

static int leave_one(struct call *call, struct db_tx *tx, const char *delivery_id)
{
    struct subject subject;
    int result = subject_load(call, tx, delivery_id, &subject);
    if (result != 0)
        return result < 0 ? result : 0;
    const char *buyer = subject.delivery.buyer_email;
    bool own = subject.facts.actor == ACTOR_RECIPIENT;
    if (buyer && strcmp(buyer, call->actor.email) == 0)
        result = leave_bought(call, tx, &subject);
    if (result == 0 && own)
        result = subject_load(call, tx, delivery_id, &subject);
    return result == 0 && own ? leave_own(call, tx, delivery_id, &subject) : result;
}

static int leave_some(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct leaving *leaving = call->work;
    int result = 0;
    for (int i = 0; result == 0 && i < leaving->count; i++)
        result = leave_one(call, tx, leaving->ids[i]);
    return result == 0 ? call_ok(answer, 204, NULL) : result;
}

/* ---- the account ---- */

static int leave_refusals(struct call *call, struct db_tx *tx, const struct store_account *account,
                          bool *kept_out)
{
    const struct leaving *leaving = call->work;
    uint8_t address[STORE_HASH];
    *kept_out = false;
    if (!leaving->forget_refusal)
        return store_refusal_outlive(tx, account, call->now, kept_out);
    store_address_hash(account->email, address);
    int result = store_refusal_forget(tx, account);
    return result == 0 ? store_address_forget(tx, address) : result;
}

static int leave_account(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct leaving *leaving = call->work;
    struct store_account account;
    bool kept;
    struct mail_to to = {call->actor.email, language_of(call->req, &call->actor), LETTER_FAREWELL};
    int result = store_account_get(tx, call->actor.id, call->arena, &account);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_unauthorized, NULL);
    result = leave_refusals(call, tx, &account, &kept);
    if (result == 0)
        result = store_account_forget(tx, account.id, account.email);
    if (result == 0)
        result = mail_queue(tx, &to, call->now);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "account.deleted", "account=%s photos=%d held=%d", account.id,
              leaving->erased, leaving->held);
    return call_ok(answer, 200,
                   json_pack("{s:s, s:i, s:i, s:b}", "state", "deleted", "photos_erased",
                             leaving->erased, "photos_held", leaving->held, "refusal_kept", kept));
}

/* ---- all of it ---- */

static int find_some(struct call *call, struct leaving *leaving)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_deliveries found = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_delivery_orders(tx, call->actor.email,
                                       &(struct store_page){leaving->after, TOGETHER}, call->arena,
                                       &found);
    leaving->count = result == 0 ? found.count : 0;
    leaving->more = found.more;
    for (int i = 0; i < leaving->count; i++)
        memcpy(leaving->ids[i], found.items[i].id, ID_ROOM);
    if (leaving->count > 0)
        memcpy(leaving->after, leaving->ids[leaving->count - 1], ID_ROOM);
    return result;
}

static void fence(struct call *call, const struct leaving *leaving, bool cut)
{
    uint8_t key[16];
    for (int i = 0; i < leaving->count; i++)
        if (id_to_bytes(leaving->ids[i], key)) {
            if (cut)
                http_fence_cut(call->api->fence, key);
            else
                http_fence_lift(call->api->fence, key);
        }
}

/* A few deliveries, with memory of their own: an account may have any number. */
static int leave_page(struct call *call, struct leaving *leaving)
{
    enum { ARENA_CEILING = 16 << 20 };
    struct answer answer = {0};
    struct call part = *call;
    part.arena = arena_new(ARENA_CEILING);
    if (!part.arena)
        return log_fault("leave.page", -ENOMEM, "request=%s", http_id(call->req));
    part.telling.arena = part.arena;
    int result = find_some(&part, leaving);
    if (result == 0 && leaving->count > 0) {
        fence(call, leaving, true);
        result = call_perform(&part, leave_some, &answer);
        fence(call, leaving, false);
        if (result == 0 && answer.status != 204) /* undone: the account must not go without it */
            result = log_fault("leave.page", -EAGAIN, "request=%s", http_id(call->req));
    }
    answer_clear(&answer);
    arena_free(&part.arena);
    return result;
}

static bool read_leaving(struct call *call, struct leaving *leaving, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    bool form = http_route(call->req)->who & WHO_PAGE;
    fields_begin(&body, call->body, &failure);
    const char *confirm = fields_email(&body, "confirm", FIELDS_REQUIRED, call->arena);
    if (form)
        leaving->forget_refusal =
            fields_text(&body, "forget_refusal", FIELDS_OPTIONAL, (struct fields_length){1, 3});
    else
        leaving->forget_refusal = fields_flag(&body, "forget_refusal", false);
    fields_end(&body);
    if (!failure.failed && strcmp(confirm, call->actor.email) != 0)
        fields_fail(&body, "confirm", MSG("This is not the address of this account."));
    if (failure.failed)
        (void)call_refuse_field(answer, &failure);
    return !failure.failed;
}

static int leave_now(struct call *call, struct answer *answer)
{
    struct leaving leaving = {.more = true};
    int result = 0;
    *answer = (struct answer){0};
    if (!read_leaving(call, &leaving, answer))
        return 0;
    call->work = &leaving;
    while (result == 0 && leaving.more)
        result = leave_page(call, &leaving);
    if (result == 0)
        result = call_perform(call, leave_account, answer);
    conveyor_wake(call->api->conveyor, DESTROY_KIND);
    conveyor_wake(call->api->conveyor, MAIL_KIND);
    if (result == 0 && !answer->problem)
        http_clear_cookie(call->req, COOKIE_RECIPIENT);
    return result;
}

void leave_me(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (call_read_body(call, FIELDS_REQUIRED))
        call_reply(call, leave_now(call, &answer), &answer);
}

/* ---- pages ---- */

void face_leave(struct http_request *req)
{
    page_read(call_of(req), me_op_page, PAGE_LEAVE, NULL);
}

void face_leave_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = leave_now(call, &answer);
    if (result == 0 && answer.problem == &api_invalid_field)
        page_again(call, me_op_page, PAGE_LEAVE, &answer);
    else
        page_done(call, result, &answer, "/goodbye", NULL);
}

void face_goodbye(struct http_request *req)
{
    page_reply(call_of(req), 200, PAGE_GOODBYE, json_object());
}
