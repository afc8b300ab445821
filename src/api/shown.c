/* SPDX-License-Identifier: Apache-2.0
 *
 * What is sent to whom a photo is shared with has entered the fence under two keys: the delivery's,
 * for all that withdraws the photo itself, and one of this delivery's shares with them, which
 * taking back cuts. So taking back breaks off nobody else's download.
 *
 * A fetch is written down, in the transaction that asks the policy, before it is answered. Programs
 * fetch often: so a day of it is one row that counts, and its recipient is told once.
 */
#include "api/shown.h"

#include "api/api.h"
#include "api/orders.h"
#include "api/photos.h"
#include "api/subject.h"
#include "api/terms.h"
#include "api/withdraw.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "jobs/shares.h"
#include "ledger/step.h"
#include "store/share.h"

/* The key of the fence, in the form of an id, which is what a withdrawal names. */
static bool fence_of(const char *delivery_id, enum share with, char out[ID_ROOM])
{
    uint8_t id[16], mixed[32];
    struct hash hash;
    if (!delivery_id || !id_to_bytes(delivery_id, id))
        return false;
    hash_start(&hash);
    hash_add(&hash, HASH_TEXT("porchlight share/v1 "));
    hash_add(&hash, HASH_TEXT(words_name(&words_share, (int)with)));
    hash_add(&hash, (struct span){id, sizeof id});
    hash_finish(&hash, mixed);
    id_from_bytes(ID_DELIVERY, mixed, out);
    return true;
}

/* ---- whom it is meant for ---- */

/* `with`, of the body or, where there is none, of the query. */
static bool read_with(struct call *call, enum share *out, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    const char *text = http_query(call->req, "with");
    int with = -1;
    if (call->body || !text) {
        fields_begin(&body, call->body, &failure);
        with = fields_word(&body, "with", FIELDS_REQUIRED, &words_share, -1);
        fields_end(&body);
    } else {
        with = words_find(&words_share, text);
        if (with < 0) {
            snprintf(answer->field, sizeof answer->field, "with");
            call_refuse(answer, &api_invalid_field, MSG("This must be shipper or buyer."));
            return false;
        }
    }
    if (failure.failed)
        call_refuse_field(answer, &failure);
    *out = (enum share)with;
    return !failure.failed;
}

static int refuse_no_buyer(struct answer *answer)
{
    snprintf(answer->field, sizeof answer->field, "with");
    return call_refuse(answer, &api_invalid_field,
                       MSG("Nobody else ordered this: there is no buyer to share it with."));
}

/* ---- sharing ---- */

static struct shares_end end_of(struct call *call, struct db_tx *tx)
{
    return (struct shares_end){tx, &call->telling, call->api->recorder, call->arena, call->now};
}

static int share(struct call *call, struct db_tx *tx, const struct photo *photo, enum share with)
{
    struct store_share row = {
        .with = with, .shown = true, .since = call->now, .told_at = call->now};
    const char *word = words_name(&words_share, (int)with);
    memcpy(row.delivery_id, photo->delivery_id, ID_ROOM);
    memcpy(row.photo_id, photo->id, ID_ROOM);
    struct shares_end end = end_of(call, tx);
    int result = shares_tell(&end, photo, &row);
    if (result == 0)
        result = step_record(
            call->api->recorder, tx,
            &(struct step){.step = STEP_SHARED, .photo = photo, .at = call->now, .with = word});
    if (result == 0)
        log_event(LOG_INFO, "photo.shared", "photo=%s with=%s", photo->id, word);
    return result;
}

int shown_op_share(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    struct store_wish wish;
    enum share with;
    int attempt, result = subject_need(call, tx, http_param(call->req, "id"), PURPOSE_ORDER, answer,
                                       &subject);
    if (result != 0)
        return result;
    if (!subject_read_attempt(call, &attempt, answer) || !read_with(call, &with, answer))
        return CALL_REFUSE;
    result = subject_pick_attempt(call, tx, &subject, attempt);
    if (result == 0 && subject.asked)
        result = store_wish_get(tx, subject.asked->id, &wish);
    if (result < 0)
        return result;
    subject.facts.going = subject.asked && result == 0;
    enum policy_answer policy = subject_ask(&subject, PURPOSE_SHARE);
    if (policy != POLICY_ALLOW)
        return call_refuse_policy(answer, policy);
    if (with == SHARE_BUYER && !terms_is_gift(&subject.delivery))
        return refuse_no_buyer(answer);
    result = subject_load_shares(call, tx, &subject);
    if (result == 0 && !subject_shares(&subject, subject.asked, with))
        result = share(call, tx, subject.asked, with);
    return result != 0 ? result : orders_op_get(call, tx, answer);
}

void shown_share(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, shown_op_share);
}

/* ---- taking back ---- */

/* Taking back needs no photo that can be seen, and what is not shared can be taken back too. */
static int need_unshare(struct call *call, struct db_tx *tx, struct answer *answer,
                        struct subject *subject, int *attempt_out)
{
    enum share with;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_ORDER, answer, subject);
    if (result != 0)
        return result;
    return subject_read_attempt(call, attempt_out, answer) && read_with(call, &with, answer)
               ? 0
               : CALL_REFUSE;
}

static int ask_unshare(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    int attempt;
    return need_unshare(call, tx, answer, &subject, &attempt);
}

/* Of the attempt that is named; with none named of all. */
static int unshare(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    enum share with;
    int attempt, result = need_unshare(call, tx, answer, &subject, &attempt);
    if (result == 0 && !read_with(call, &with, answer))
        result = CALL_REFUSE;
    if (result == 0)
        result = subject_load_shares(call, tx, &subject);
    struct shares_end end = end_of(call, tx);
    for (int i = 0; result == 0 && i < subject.live.count; i++) {
        const struct photo *photo = &subject.live.items[i];
        for (int n = 0; result == 0 && n < subject.shares.count; n++) {
            struct store_share *row = &subject.shares.items[n];
            if (row->shown && row->with == with && strcmp(row->photo_id, photo->id) == 0 &&
                (attempt == 0 || photo->attempt == attempt))
                result = shares_end_one(&end, photo, row);
        }
    }
    return result != 0 ? result : orders_op_get(call, tx, answer);
}

int shown_unshare_now(struct call *call, struct answer *answer)
{
    char fence[ID_ROOM] = "";
    enum share with;
    struct answer wrong = {0};
    /* What is wrong with it the operation says. */
    if (read_with(call, &with, &wrong) && !fence_of(http_param(call->req, "id"), with, fence))
        fence[0] = '\0';
    answer_clear(&wrong);
    const struct withdrawal withdrawal = {fence, ask_unshare, unshare};
    return withdraw_perform(call, &withdrawal, answer);
}

void shown_unshare(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    int result = shown_unshare_now(call, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        call_reply(call, result, &answer);
}

/* ---- fetching what is shared ---- */

/* One fetch. */
struct fetch {
    struct call *call;
    int attempt;
    enum share by;
    struct subject subject;
    enum policy_answer policy;
};

static int note(struct fetch *fetch, struct db_tx *tx, const struct photo *photo)
{
    struct call *call = fetch->call;
    struct store_view view = {
        .by = fetch->by, .first_at = call->now, .last_at = call->now, .times = 1};
    bool is_new;
    id_new(ID_VIEW, view.id);
    memcpy(view.delivery_id, photo->delivery_id, ID_ROOM);
    memcpy(view.photo_id, photo->id, ID_ROOM);
    int result = store_view_note(tx, &view, call->now - CLOCK_DAY, &is_new);
    if (result != 0 || !is_new)
        return result;
    result = step_record(call->api->recorder, tx,
                         &(struct step){.step = STEP_SEEN,
                                        .photo = photo,
                                        .at = call->now,
                                        .with = words_name(&words_share, (int)fetch->by)});
    return result != 0 ? result
                       : tell_event(tx, &call->telling,
                                    &(struct event){.kind = EVENT_PHOTO_TERMS,
                                                    .delivery = &fetch->subject.delivery,
                                                    .photo = photo,
                                                    .at = call->now});
}

/* Asks, and writes down what will be sent. */
static int fetch_in(struct db_tx *tx, void *arg)
{
    struct fetch *fetch = arg;
    struct call *call = fetch->call;
    struct subject *subject = &fetch->subject;
    fetch->policy = POLICY_HIDDEN;
    int result = subject_load(call, tx, http_param(call->req, "id"), subject);
    if (result == 0)
        result = subject_pick_attempt(call, tx, subject, fetch->attempt);
    if (result != 0)
        return result < 0 ? result : 0;
    enum policy_actor who = fetch->by == SHARE_SHIPPER ? ACTOR_SHIPPER : ACTOR_BUYER;
    if (subject->facts.actor == who)
        fetch->policy = subject_ask(subject, PURPOSE_PHOTO);
    if (fetch->policy != POLICY_ALLOW)
        return 0;
    return http_method(call->req) == HTTP_HEAD ? 0 : note(fetch, tx, subject->asked);
}

static int enter(struct call *call, enum share with)
{
    char fence[ID_ROOM];
    uint8_t key[16];
    const char *id = http_param(call->req, "id");
    int result = id_to_bytes(id, key) ? http_fence_enter(call->api->fence, key, call->req) : 0;
    if (result == 0 && fence_of(id, with, fence) && id_to_bytes(fence, key))
        result = http_fence_enter(call->api->fence, key, call->req);
    return result;
}

void shown_photo(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    struct fetch fetch = {.call = call,
                          .by = call->actor.kind == WHO_SHIPPER ? SHARE_SHIPPER : SHARE_BUYER};
    enum sealed_kind kind;
    if (!photos_read_size(call, &kind))
        return;
    if (!subject_read_attempt(call, &fetch.attempt, &answer)) {
        call_reply(call, 0, &answer);
        return;
    }
    int entered = enter(call, fetch.by);
    int result = entered < 0 ? entered : db_write(call->api->db, fetch_in, &fetch);
    if (result == 0)
        tell_wake(&call->telling);
    if (result < 0)
        http_fault(req, result);
    else if (fetch.policy == POLICY_ALLOW && entered == 0 && fetch.subject.asked)
        photos_send(call, fetch.subject.asked, kind);
    else {
        call_refuse_policy(&answer, fetch.policy == POLICY_ALLOW ? POLICY_NO_PHOTO : fetch.policy);
        call_reply(call, 0, &answer);
    }
}
