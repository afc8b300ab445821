/* SPDX-License-Identifier: Apache-2.0
 *
 * The row keeps no slot after this: a slot is another's as soon as its key is destroyed.
 */
#include "jobs/erase.h"

#include "base/log.h"
#include "jobs/destroy.h"
#include "jobs/judge.h"
#include "jobs/shares.h"
#include "ledger/step.h"
#include "store/delivery.h"
#include "store/erasure.h"
#include "store/job.h"
#include "store/photo.h"
#include "store/proof.h"
#include "store/share.h"

/* A photo may have bytes as they came, bytes as they are shown, or both for a moment, or none any
 * more: one job is for all. */
static int erase_bytes(struct erasure *erasure, struct db_tx *tx, struct photo *photo)
{
    struct store_job job;
    int result = destroy_job_for_erasure(erasure->conveyor, photo, erasure->arena, &job);
    if (result == 0)
        result = store_job_insert(tx, &job);
    erasure->queued += result == 0;
    photo->staging_slot = photo->key_slot = -1;
    return result;
}

static int erase_show(struct erasure *erasure, struct db_tx *tx, const struct photo *photo)
{
    struct delivery delivery;
    struct photo_place place = {photo->state, photo->reason};
    int result = store_delivery_get(tx, photo->delivery_id, erasure->arena, &delivery);
    if (result != 0)
        return result < 0 ? result : 0;
    result = tell_photo(tx, erasure->telling, &(struct tell_photo){&delivery, photo, erasure->now});
    if (result != 0 || strcmp(delivery.photo_id, photo->id) != 0)
        return result;
    result = store_delivery_place_photo(tx, delivery.id, &place, erasure->now);
    return result == 0 ? store_proof_drop(tx, delivery.id) : result;
}

/* Nobody is shown it any more, and nothing waits. */
static int end_terms(struct erasure *erasure, struct db_tx *tx, const struct photo *photo)
{
    struct shares_end end = {tx, erasure->telling, NULL, erasure->arena, erasure->now};
    int result = shares_end_all(&end, photo);
    if (result == 0)
        result = store_wish_drop(tx, photo->id);
    return result == STORE_NOT_FOUND ? 0 : result;
}

int erase_photo(struct erasure *erasure, struct db_tx *tx, struct photo *photo)
{
    photo->reason = erasure->reason;
    int result = erase_bytes(erasure, tx, photo);
    if (result == 0)
        result = store_job_drop_subject(tx, JUDGE_KIND, photo->id);
    if (result != 0)
        return result;
    photo->state = PHOTO_ERASED;
    result = store_photo_update(tx, photo);
    if (result == 0)
        result =
            store_erasure_add(tx, photo->id, erasure->asked_at ? erasure->asked_at : erasure->now);
    if (result == 0)
        result = erase_show(erasure, tx, photo);
    if (result == 0)
        result = end_terms(erasure, tx, photo);
    if (result == 0)
        result = step_end(erasure->recorder, tx,
                          &(struct step){.step = STEP_ERASED, .photo = photo, .at = erasure->now});
    if (result == 0)
        log_event(LOG_INFO, "photo.erased", "photo=%s delivery=%s reason=%s", photo->id,
                  photo->delivery_id, photo->reason);
    return result;
}
