/* SPDX-License-Identifier: Apache-2.0
 *
 * Every step reads what it decides on in the transaction in which it acts, so it cannot run into a
 * request that was quicker.
 */
#include "jobs/sweep_steps.h"

#include <errno.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "domain/policy.h"
#include "jobs/destroy.h"
#include "jobs/erase.h"
#include "store/account.h"
#include "store/case.h"
#include "store/delivery.h"
#include "store/driver.h"
#include "store/endpoint.h"
#include "store/event.h"
#include "store/idempotency.h"
#include "store/job.h"
#include "store/mailbox.h"
#include "store/notice.h"
#include "store/passkey.h"
#include "store/photo.h"
#include "store/policy.h"
#include "store/proof.h"
#include "store/share.h"
#include "store/shipper.h"
#include "store/subscription.h"
#include "store/text_message.h"
#include "store/upload.h"

/* ---- uploads ---- */

static int queue_upload(struct sweep_step *step, struct db_tx *tx, const char *upload_id,
                        int64_t slot)
{
    struct store_job job;
    int result = destroy_job_for_upload(step->config->conveyor, upload_id, slot, step->arena, &job);
    if (result == 0)
        result = store_job_insert(tx, &job);
    step->queued += result == 0;
    return result;
}

/* Does a photo still need this upload's staging file? Its row must stay then. 1 yes, 0 no. */
static int is_needed(struct sweep_step *step, struct db_tx *tx, const struct store_upload *upload)
{
    struct photo photo;
    if (upload->state != UPLOAD_COMPLETE)
        return 0;
    int result = store_photo_get(tx, upload->photo_id, step->arena, &photo);
    if (result != 0)
        return result < 0 ? result : 0;
    return photo.staging_slot >= 0;
}

static int end_upload(struct sweep_step *step, struct db_tx *tx, struct store_upload *upload)
{
    int result = is_needed(step, tx, upload);
    if (result < 0)
        return result;
    if (result > 0)
        return store_upload_keep(tx, upload->id, step->now + CLOCK_DAY);
    if (upload->state == UPLOAD_OPEN) {
        log_event(LOG_INFO, "upload.expired", "upload=%s delivery=%s", upload->id,
                  upload->delivery_id);
        result = upload->slot >= 0 ? queue_upload(step, tx, upload->id, upload->slot) : 0;
    }
    return result == 0 ? store_upload_delete(tx, upload->id) : result;
}

int sweep_uploads(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    struct store_uploads expired;
    int result = store_upload_expired(tx, step->now, SWEEP_BATCH, step->arena, &expired);
    if (result != 0)
        return result;
    for (int i = 0; result == 0 && i < expired.count; i++)
        result = end_upload(step, tx, &expired.items[i]);
    step->found = expired.count;
    return result;
}

/* ---- photos that did not come ---- */

/* An expected photo whose time is up is missing, unless it was refused meanwhile: who was told "no
 * photo here" does not read later that one is missing. */
static int place_overdue(struct sweep_step *step, struct db_tx *tx, struct delivery *delivery)
{
    struct shipper shipper;
    struct policy_facts facts;
    int result = store_shipper_get(tx, delivery->shipper_id, step->arena, &shipper);
    if (result == 0)
        result = store_policy_facts(tx, delivery, &shipper, step->arena, &facts);
    if (result != 0)
        return result < 0 ? result : log_fault("sweep.overdue", -ENOENT, "%s", delivery->id);
    struct photo_place now = {delivery->photo_state, delivery->photo_reason};
    struct photo_place place = policy_place_coming(&facts, now);
    if (place.state == PHOTO_EXPECTED)
        place = (struct photo_place){PHOTO_MISSING, "deadline_passed"};
    delivery->photo_state = place.state;
    delivery->photo_reason = place.reason;
    return 0;
}

int sweep_overdue(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    struct store_deliveries overdue;
    int64_t before = step->now - step->config->settings->delivery.photo_deadline_hours * CLOCK_HOUR;
    int result = store_delivery_overdue(tx, before, SWEEP_BATCH, step->arena, &overdue);
    if (result != 0)
        return result;
    for (int i = 0; result == 0 && i < overdue.count; i++) {
        struct delivery *delivery = &overdue.items[i];
        struct delivery was = *delivery;
        result = place_overdue(step, tx, delivery);
        if (result != 0)
            return result;
        delivery->changed_at = step->now;
        log_event(LOG_INFO,
                  delivery->photo_state == PHOTO_MISSING ? "photo.missing" : "photo.declined",
                  "delivery=%s", delivery->id);
        result = store_delivery_move(tx, delivery);
        if (result == 0)
            result = tell_moved(tx, &step->telling, &(struct tell_move){&was, delivery, step->now});
    }
    step->found = overdue.count;
    return result;
}

/* ---- photos whose day has come ---- */

int sweep_find_due(struct sweep_step *step)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_photos due = {0};
    int result = db_read_begin(step->config->db, &tx);
    if (result == 0)
        result = store_photo_due(tx, step->now, step->limit, step->arena, &due);
    if (result != 0)
        return result;
    step->due = due.items;
    step->due_count = due.count;
    return 0;
}

/* Does an open case hold what there is of this delivery? 1 yes, 0 no. */
static int is_held(struct sweep_step *step, struct db_tx *tx, const char *delivery_id,
                   struct store_case *open)
{
    int result = store_case_open_on(tx, delivery_id, step->arena, open);
    if (result != 0)
        return result < 0 ? result : 0;
    return step->now < open->opened_at + POLICY_HOLD_DAYS * CLOCK_DAY;
}

/* Is the photo held by an open case? 1 yes, and then its date has moved by a day, or to the end of
 * the hold, and it is asked again; 0 no. The order's page says that it is held, and until when at
 * most. */
static int hold(struct sweep_step *step, struct db_tx *tx, struct photo *photo)
{
    struct store_case open;
    int result = is_held(step, tx, photo->delivery_id, &open);
    if (result <= 0)
        return result;
    int64_t end = open.opened_at + POLICY_HOLD_DAYS * CLOCK_DAY;
    photo->delete_by = step->now + CLOCK_DAY < end ? step->now + CLOCK_DAY : end;
    log_event(LOG_INFO, "photo.held", "photo=%s case=%s", photo->id, open.id);
    result = store_photo_update(tx, photo);
    return result == 0 ? 1 : result;
}

/* Did its recipient ask for its deletion, and is that due? Then nothing holds it any more. 1 yes,
 * 0 no. */
static int is_wished(struct sweep_step *step, struct db_tx *tx, const char *photo_id)
{
    struct store_wish wish;
    int result = store_wish_get(tx, photo_id, &wish);
    if (result != 0)
        return result < 0 ? result : 0;
    return wish.due <= step->now;
}

static int erase(struct sweep_step *step, struct db_tx *tx, const char *photo_id)
{
    struct photo photo;
    int result = store_photo_get(tx, photo_id, step->arena, &photo);
    if (result != 0)
        return result < 0 ? result : 0;
    bool can_be = photo.state == PHOTO_POSTED || photo.state == PHOTO_WITHHELD ||
                  photo.state == PHOTO_SET_ASIDE;
    int wished = is_wished(step, tx, photo_id);
    if (wished < 0)
        return wished;
    if (!wished && (!can_be || photo.delete_by == 0 || photo.delete_by > step->now))
        return 0;
    if (wished && !can_be && photo.state != PHOTO_RECEIVED)
        return store_wish_drop(tx, photo_id); /* it was found to be no photo meanwhile */
    result = wished ? 0 : hold(step, tx, &photo);
    if (result != 0)
        return result < 0 ? result : 0;
    struct erasure erasure = {.conveyor = step->config->conveyor,
                              .recorder = step->config->recorder,
                              .arena = step->arena,
                              .now = step->now,
                              .reason = wished ? "by_recipient" : "retention",
                              .telling = &step->telling};
    result = erase_photo(&erasure, tx, &photo);
    step->queued += erasure.queued;
    return result;
}

/* As photos of which no more is known than which they are. */
int sweep_find_wished(struct sweep_step *step)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_wishes due = {0};
    int result = db_read_begin(step->config->db, &tx);
    if (result == 0)
        result = store_wish_due(tx, step->now, SWEEP_BATCH, step->arena, &due);
    if (result != 0 || due.count == 0)
        return result;
    struct photo *photos = arena_alloc(step->arena, (size_t)due.count * sizeof *photos);
    if (!photos)
        return log_fault("sweep.wishes", -ENOMEM, "count=%d", due.count);
    for (int i = 0; i < due.count; i++) {
        photos[i] = (struct photo){0};
        memcpy(photos[i].id, due.items[i].photo_id, ID_ROOM);
        memcpy(photos[i].delivery_id, due.items[i].delivery_id, ID_ROOM);
    }
    step->due = photos;
    step->found = step->due_count = due.count;
    return 0;
}

int sweep_erase(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    int result = 0;
    for (int i = 0; result == 0 && i < step->due_count; i++)
        result = erase(step, tx, step->due[i].id);
    return result;
}

/* ---- names and signatures whose day has come ---- */

static int end_proof(struct sweep_step *step, struct db_tx *tx, struct store_proof *proof)
{
    struct store_case open;
    int result = is_held(step, tx, proof->delivery_id, &open);
    if (result < 0)
        return result;
    if (result == 0) {
        log_event(LOG_INFO, "proof.erased", "delivery=%s", proof->delivery_id);
        return store_proof_drop(tx, proof->delivery_id);
    }
    proof->delete_by = step->now + CLOCK_DAY;
    log_event(LOG_INFO, "proof.held", "delivery=%s case=%s", proof->delivery_id, open.id);
    return store_proof_put(tx, proof);
}

int sweep_proofs(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    struct store_proofs due;
    int result = store_proof_due(tx, step->now, SWEEP_BATCH, step->arena, &due);
    for (int i = 0; result == 0 && i < due.count; i++)
        result = end_proof(step, tx, &due.items[i]);
    step->found = result == 0 ? due.count : 0;
    return result;
}

/* ---- rows that have run out ---- */

int sweep_codes(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_code_sweep(tx, step->now, SWEEP_BATCH, &step->found);
}

int sweep_sessions(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_session_sweep(tx, step->now, SWEEP_BATCH, &step->found);
}

int sweep_challenges(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_challenge_sweep(tx, step->now, SWEEP_BATCH, &step->found);
}

int sweep_invitations(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_invitation_sweep(tx, step->now, SWEEP_BATCH, &step->found);
}

int sweep_pairings(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_pairing_sweep(tx, step->now, SWEEP_BATCH, &step->found);
}

int sweep_subscriptions(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    return store_subscription_sweep(tx, step->now, SWEEP_BATCH, &step->found);
}

int sweep_answers(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    int64_t before = step->now - step->config->settings->api.idempotency_hours * CLOCK_HOUR;
    return store_idempotency_sweep(tx, before, SWEEP_BATCH, &step->found);
}

int sweep_texts(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    int64_t before = step->now - step->config->settings->sms.keep_days * CLOCK_DAY;
    return store_text_sweep(tx, before, SWEEP_BATCH, &step->found);
}

int sweep_events(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    int64_t before = step->now - step->config->settings->notify.event_days * CLOCK_DAY;
    return store_event_sweep(tx, before, SWEEP_BATCH, &step->found);
}

int sweep_notices(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    int64_t before = step->now - step->config->settings->notify.set_aside_days * CLOCK_DAY;
    return store_notice_sweep(tx, before, SWEEP_BATCH, &step->found);
}

/* A busy server writes tens of thousands a minute, so a batch of these is larger. */
int sweep_webhooks(struct db_tx *tx, void *arg)
{
    enum { TIMES = 10 };
    struct sweep_step *step = arg;
    int64_t before = step->now - step->config->settings->webhook.log_days * CLOCK_DAY;
    int result = store_webhook_attempt_sweep(tx, before, TIMES * SWEEP_BATCH, &step->found);
    step->found /= TIMES;
    return result;
}

/* What a mailbox refused is forgotten as long after its rest as notices are kept. */
int sweep_mailboxes(struct db_tx *tx, void *arg)
{
    struct sweep_step *step = arg;
    int64_t before = step->now - step->config->settings->notify.set_aside_days * CLOCK_DAY;
    return store_mailbox_sweep(tx, before, SWEEP_BATCH, &step->found);
}
