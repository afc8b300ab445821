/* SPDX-License-Identifier: Apache-2.0
 *
 * A shipper reads the events of its deliveries, so none says that a photo is shared with the buyer:
 * the kind photo.terms says no more than that something about it changed.
 */
#include "jobs/shares.h"

#include "base/log.h"
#include "ledger/step.h"
#include "store/delivery.h"

static int tell(const struct shares_end *end, const struct photo *photo, enum event_kind kind)
{
    struct delivery delivery;
    int result = store_delivery_get(end->tx, photo->delivery_id, end->arena, &delivery);
    if (result != 0)
        return result < 0 ? result : 0;
    return tell_event(
        end->tx, end->telling,
        &(struct event){.kind = kind, .delivery = &delivery, .photo = photo, .at = end->now});
}

int shares_tell(const struct shares_end *end, const struct photo *photo, struct store_share *share)
{
    enum event_kind kind = EVENT_PHOTO_TERMS;
    if (share->with == SHARE_SHIPPER)
        kind = share->shown ? EVENT_PHOTO_SHARED : EVENT_PHOTO_UNSHARED;
    share->told_at = end->now;
    int result = store_share_put(end->tx, share);
    return result == 0 ? tell(end, photo, kind) : result;
}

int shares_end_one(const struct shares_end *end, const struct photo *photo,
                   struct store_share *share)
{
    const char *with = words_name(&words_share, (int)share->with);
    share->shown = false;
    int result = shares_tell(end, photo, share);
    if (result == 0)
        result = step_record(
            end->recorder, end->tx,
            &(struct step){.step = STEP_UNSHARED, .photo = photo, .at = end->now, .with = with});
    if (result == 0)
        log_event(LOG_INFO, "photo.unshared", "photo=%s with=%s", photo->id, with);
    return result;
}

static bool is_of(const struct store_share *share, const struct photo *photo)
{
    return share->shown && strcmp(share->photo_id, photo->id) == 0;
}

int shares_end_all(const struct shares_end *end, const struct photo *photo)
{
    struct store_shares shares;
    int result = store_share_on_delivery(end->tx, photo->delivery_id, end->arena, &shares);
    for (int i = 0; result == 0 && i < shares.count; i++)
        if (is_of(&shares.items[i], photo))
            result = shares_end_one(end, photo, &shares.items[i]);
    return result;
}

int shares_tell_terms(const struct shares_end *end, const struct photo *photo)
{
    struct store_shares shares;
    int result = store_share_on_delivery(end->tx, photo->delivery_id, end->arena, &shares);
    for (int i = 0; result == 0 && i < shares.count; i++) {
        if (!is_of(&shares.items[i], photo))
            continue;
        shares.items[i].told_at = end->now;
        result = store_share_put(end->tx, &shares.items[i]);
    }
    return result == 0 ? tell(end, photo, EVENT_PHOTO_TERMS) : result;
}
