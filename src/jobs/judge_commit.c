/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything the decision depends on is read again here, inside the transaction: a recipient who
 * refused, a shipper who marked the address, an administrator who erased while the worker decoded
 * is obeyed.
 */
#include "jobs/judge_commit.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "domain/policy.h"
#include "jobs/destroy.h"
#include "ledger/step.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/policy.h"
#include "store/shipper.h"

bool judge_awaits(const struct photo *photo)
{
    return photo->state == PHOTO_RECEIVED || photo->state == PHOTO_SET_ASIDE;
}

/* Photo, delivery, shipper and the policy's facts, as they are in this transaction. A missing row
 * under a photo that exists is a fault. */
static int read_again(struct judging *judging, struct db_tx *tx, struct policy_facts *facts)
{
    int result = store_photo_get(tx, judging->job->subject, judging->arena, &judging->photo);
    if (result < 0)
        return result;
    if (result != 0) {
        judging->photo.state = PHOTO_ERASED;
        judging->photo.key_slot = -1;
    }
    if (result != 0 || !judge_awaits(&judging->photo))
        return JUDGE_GONE;
    struct delivery *delivery = &judging->delivery;
    struct shipper *shipper = &judging->shipper;
    result = store_delivery_get(tx, judging->photo.delivery_id, judging->arena, delivery);
    if (result == 0)
        result = store_shipper_get(tx, delivery->shipper_id, judging->arena, shipper);
    if (result == 0)
        result = store_policy_facts(tx, delivery, shipper, judging->arena, facts);
    return result <= 0 ? result : log_fault("judge.commit", -ENOENT, "photo=%s", judging->photo.id);
}

/* Queues what destroys the bytes that came in, and, where it is not wanted any more, what was put.
 */
static int queue_destruction(struct judging *judging, struct db_tx *tx)
{
    struct conveyor *conveyor = judging->judge->conveyor;
    struct photo *photo = &judging->photo;
    int result = 0;
    if (photo->staging_slot >= 0) {
        result = destroy_job_for_upload(conveyor, photo->upload_id, photo->staging_slot,
                                        judging->arena, &judging->clearing);
        if (result == 0) {
            conveyor_lease(conveyor, &judging->clearing);
            result = store_job_insert_leased(tx, &judging->clearing);
        }
        photo->staging_slot = -1;
    }
    if (result == 0 && photo->state == PHOTO_DECLINED && judging->key_slot >= 0) {
        result = destroy_job_for_photo(conveyor, photo->id, judging->key_slot, judging->arena,
                                       &judging->withdrawal);
        if (result == 0)
            result = store_job_insert(tx, &judging->withdrawal);
    }
    return result;
}

static void fill_kept(struct judging *judging, int64_t now)
{
    const struct photo_facts *facts = &judging->facts;
    struct photo *photo = &judging->photo;
    photo->posted_at = now;
    photo->delete_by = now + judging->shipper.retention_days * CLOCK_DAY;
    memcpy(photo->posted_sha256, judging->posted_sha256, sizeof photo->posted_sha256);
    photo->posted_size = facts->posted_len;
    photo->preview_size = facts->preview_len;
    photo->width = (int)facts->width;
    photo->height = (int)facts->height;
    photo->place = judging->place;
    photo->flags = judging->flags;
    photo->fingerprint = facts->fingerprint;
    photo->darkness = facts->darkness;
    photo->sharpness = facts->sharpness;
    photo->key_slot = judging->key_slot;
}

/* What the photo becomes. */
static int decide(struct judging *judging, const struct policy_facts *facts)
{
    struct photo *photo = &judging->photo;
    photo->delete_by = 0;
    photo->reason = NULL;
    photo->state = policy_after_judging(facts);
    if (photo->state == PHOTO_DECLINED) {
        photo->reason = policy_initial_reason(facts);
    } else if (judging->lost) {
        photo->state = PHOTO_MISSING;
        photo->reason = "staging_lost";
    } else if (judging->rejected) {
        photo->state = PHOTO_REJECTED;
        photo->reason = judging->rejected;
    } else if (judging->key_slot < 0) {
        return JUDGE_CHANGED;
    } else {
        fill_kept(judging, clock_now());
        if (photo->state == PHOTO_WITHHELD)
            photo->reason = words_name(&words_confidentiality, judging->delivery.confidential);
    }
    return 0;
}

/* The delivery shows the photo of its current attempt only. */
static int move_delivery(struct judging *judging, struct db_tx *tx,
                         const struct policy_facts *facts)
{
    struct delivery *delivery = &judging->delivery;
    const struct photo *photo = &judging->photo;
    if (strcmp(delivery->photo_id, photo->id) != 0)
        return 0;
    delivery->photo_state =
        photo->state == PHOTO_DECLINED ? policy_initial_photo(facts) : photo->state;
    delivery->photo_reason = photo->reason;
    delivery->changed_at = clock_now();
    return store_delivery_move(tx, delivery);
}

/* The verdict in the ledger. */
static int record_verdict(struct judging *judging, struct db_tx *tx)
{
    const struct photo *photo = &judging->photo;
    const struct recorder *recorder = judging->judge->recorder;
    struct step record = {.step = step_of_state(photo->state), .photo = photo, .at = clock_now()};
    bool kept = photo->state == PHOTO_POSTED || photo->state == PHOTO_WITHHELD;
    return kept ? step_record(recorder, tx, &record) : step_end(recorder, tx, &record);
}

static int commit_in(struct db_tx *tx, void *arg)
{
    struct judging *judging = arg;
    struct policy_facts facts = {0};
    int result = read_again(judging, tx, &facts);
    if (result != 0)
        return result;
    result = store_job_finish(tx, judging->lease);
    if (result == STORE_NOT_FOUND)
        return JUDGE_DROPPED;
    if (result == 0)
        result = decide(judging, &facts);
    if (result == 0)
        result = queue_destruction(judging, tx);
    if (result == 0)
        result = store_photo_update(tx, &judging->photo);
    if (result == 0)
        result = move_delivery(judging, tx, &facts);
    if (result == 0)
        result = record_verdict(judging, tx);
    if (result == 0)
        result = tell_photo(tx, &judging->telling,
                            &(struct tell_photo){&judging->delivery, &judging->photo, clock_now()});
    return result;
}

int judge_commit(struct judging *judging)
{
    judging->clearing.id[0] = judging->withdrawal.id[0] = '\0';
    judging->telling = (struct telling){.tell = judging->judge->tell, .arena = judging->arena};
    return db_write(judging->judge->db, commit_in, judging);
}

int judge_set_aside(struct db_tx *tx, const char *photo_id, const char *reason, struct arena *arena)
{
    struct photo photo;
    struct delivery delivery;
    struct shipper shipper;
    int result = store_photo_get(tx, photo_id, arena, &photo);
    if (result != 0 || !judge_awaits(&photo))
        return result < 0 ? result : 0;
    result = store_delivery_get(tx, photo.delivery_id, arena, &delivery);
    if (result == 0)
        result = store_shipper_get(tx, delivery.shipper_id, arena, &shipper);
    if (result != 0)
        return result < 0 ? result : log_fault("judge.set_aside", -ENOENT, "photo=%s", photo_id);
    photo.state = PHOTO_SET_ASIDE;
    photo.reason = reason;
    photo.delete_by = photo.received_at + shipper.retention_days * CLOCK_DAY;
    result = store_photo_update(tx, &photo);
    if (result != 0 || strcmp(delivery.photo_id, photo.id) != 0)
        return result;
    delivery.photo_state = photo.state;
    delivery.photo_reason = photo.reason;
    delivery.changed_at = clock_now();
    return store_delivery_move(tx, &delivery);
}
