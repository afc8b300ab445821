/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recipient was promised when they asked, "at the latest on …", stays: a case that is opened
 * afterwards may keep a photo until then, and not a day longer.
 */
#include "api/going.h"

#include "api/api.h"
#include "api/orders.h"
#include "base/clock.h"
#include "base/log.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/erase.h"
#include "jobs/shares.h"
#include "store/case.h"
#include "store/photo.h"
#include "store/share.h"

static struct shares_end end_of(struct call *call, struct db_tx *tx)
{
    return (struct shares_end){tx, &call->telling, call->api->recorder, call->arena, call->now};
}

/* ---- asked for ---- */

int going_ask(struct call *call, struct db_tx *tx, const struct subject *subject,
              int64_t *until_out)
{
    const struct photo *photo = subject->asked;
    struct store_wish wish = {.asked_at = call->now,
                              .due = subject->open_case.opened_at + POLICY_HOLD_DAYS * CLOCK_DAY};
    struct shares_end end = end_of(call, tx);
    memcpy(wish.photo_id, photo->id, ID_ROOM);
    memcpy(wish.delivery_id, photo->delivery_id, ID_ROOM);
    int result = store_wish_add(tx, &wish);
    if (result == 0)
        result = store_wish_get(tx, photo->id, &wish); /* it may have been asked before */
    if (result == 0)
        result = shares_end_all(&end, photo);
    if (result == 0)
        result = shares_tell_terms(&end, photo);
    if (result != 0)
        return result < 0 ? result : 0;
    *until_out = wish.due;
    log_event(LOG_INFO, "photo.erase_asked", "photo=%s case=%s", photo->id, subject->open_case.id);
    return 0;
}

json_t *going_shape(int64_t until)
{
    return json_pack("{s:s, s:o}", "state", "pending", "pending_until", json_of_time(until));
}

/* ---- withdrawn ---- */

static int keep(struct call *call, struct db_tx *tx, const struct photo *photo)
{
    struct shares_end end = end_of(call, tx);
    int result = store_wish_drop(tx, photo->id);
    if (result != 0) /* that there was none is as good */
        return result < 0 ? result : 0;
    log_event(LOG_INFO, "photo.kept", "photo=%s", photo->id);
    return shares_tell_terms(&end, photo);
}

int going_op_keep(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    int attempt, result = subject_need(call, tx, http_param(call->req, "id"), PURPOSE_ORDER, answer,
                                       &subject);
    if (result == 0 && !subject_read_attempt(call, &attempt, answer))
        result = CALL_REFUSE;
    for (int i = 0; result == 0 && i < subject.live.count; i++)
        if (attempt == 0 || subject.live.items[i].attempt == attempt)
            result = keep(call, tx, &subject.live.items[i]);
    return result != 0 ? result : orders_op_get(call, tx, answer);
}

void going_keep(struct http_request *req)
{
    call_write(call_of(req), going_op_keep);
}

/* ---- sooner ---- */

/* The photo of the attempt that is named, or of the newest that has one. */
static int need_dated(struct call *call, struct db_tx *tx, struct answer *answer,
                      struct subject *subject)
{
    int attempt;
    if (!subject_read_attempt(call, &attempt, answer))
        return CALL_REFUSE;
    int result = subject_load(call, tx, http_param(call->req, "id"), subject);
    if (result == 0)
        result = subject_pick_attempt(call, tx, subject, attempt);
    if (result < 0)
        return result;
    enum policy_answer policy = result == 0 ? subject_ask(subject, PURPOSE_SOONER) : POLICY_HIDDEN;
    return policy == POLICY_ALLOW ? 0 : call_refuse_policy(answer, policy);
}

int going_op_sooner(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct subject subject;
    int result = need_dated(call, tx, answer, &subject);
    if (result != 0)
        return result;
    struct photo *photo = subject.asked;
    fields_begin(&body, call->body, &failure);
    int64_t delete_by = fields_time(&body, "delete_by", FIELDS_REQUIRED);
    fields_end(&body);
    if (!failure.failed && delete_by <= call->now)
        fields_fail(&body, "delete_by", MSG("This is past. To delete the photo now, delete it."));
    if (!failure.failed && photo->delete_by && delete_by > photo->delete_by)
        fields_fail(&body, "delete_by",
                    MSG("The photo can be deleted earlier than it would be, not later."));
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    struct shares_end end = end_of(call, tx);
    if (delete_by != photo->delete_by) {
        photo->delete_by = delete_by;
        result = store_photo_update(tx, photo);
        if (result == 0)
            result = shares_tell_terms(&end, photo);
        log_event(LOG_INFO, "photo.sooner", "photo=%s", photo->id);
    }
    return result != 0 ? result : orders_op_get(call, tx, answer);
}

void going_sooner(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, going_op_sooner);
}

/* ---- carried out ---- */

int going_release(struct call *call, struct db_tx *tx, const char *delivery_id)
{
    struct store_case open;
    int result = store_case_open_on(tx, delivery_id, call->arena, &open);
    if (result != STORE_NOT_FOUND)
        return result < 0 ? result : 0;
    return store_wish_release(tx, delivery_id, call->now);
}

/* One carrying out. */
struct carrying {
    struct call *call;
    const char *delivery_id;
    struct erasure erasure;
};

static int carry_in(struct db_tx *tx, void *arg)
{
    struct carrying *carrying = arg;
    struct arena *arena = carrying->call->arena;
    struct store_wishes wishes;
    int result = store_wish_on_delivery(tx, carrying->delivery_id, arena, &wishes);
    for (int i = 0; result == 0 && i < wishes.count; i++) {
        struct photo photo;
        if (wishes.items[i].due > carrying->erasure.now)
            continue;
        result = store_photo_get(tx, wishes.items[i].photo_id, arena, &photo);
        bool there =
            result == 0 && (photo.state == PHOTO_POSTED || photo.state == PHOTO_WITHHELD ||
                            photo.state == PHOTO_RECEIVED || photo.state == PHOTO_SET_ASIDE);
        if (there)
            result = erase_photo(&carrying->erasure, tx, &photo);
    }
    return result < 0 ? result : 0;
}

static int count_due(struct call *call, const char *delivery_id, int64_t now)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_wishes wishes = {0};
    int due = 0, result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_wish_on_delivery(tx, delivery_id, call->arena, &wishes);
    for (int i = 0; result == 0 && i < wishes.count; i++)
        due += wishes.items[i].due <= now;
    return due;
}

void going_carry_out(struct call *call, const char *delivery_id)
{
    uint8_t key[16];
    struct carrying carrying = {call,
                                delivery_id,
                                {.conveyor = call->api->conveyor,
                                 .recorder = call->api->recorder,
                                 .arena = call->arena,
                                 .now = clock_now(),
                                 .reason = "by_recipient",
                                 .telling = &call->telling}};
    if (count_due(call, delivery_id, carrying.erasure.now) == 0 || !id_to_bytes(delivery_id, key))
        return;
    http_fence_cut(call->api->fence, key);
    int result = db_write(call->api->db, carry_in, &carrying);
    http_fence_lift(call->api->fence, key);
    if (result != 0) {
        log_event(LOG_WARN, "photo.erase_later", "delivery=%s fault=%d", delivery_id, -result);
        return;
    }
    tell_wake(&call->telling);
    conveyor_wake(call->api->conveyor, DESTROY_KIND);
}
