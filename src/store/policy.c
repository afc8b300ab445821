/* SPDX-License-Identifier: Apache-2.0
 *
 * A recipient known only by telephone has no account yet, so no word for all deliveries.
 */
#include "store/policy.h"

#include "store/account.h"

int store_policy_facts(struct db_tx *tx, const struct delivery *delivery,
                       const struct shipper *shipper, struct arena *arena, struct policy_facts *out)
{
    *out = (struct policy_facts){
        .confidential = delivery->confidential,
        .confidential_photos = shipper->confidential_photos,
        .want = delivery->photo_want,
        .delivery_consent = delivery->consent,
        .delivery = delivery->state,
        .photo = delivery->photo_state,
    };
    if (!delivery->recipient_email)
        return 0;
    struct store_account account;
    int result = store_account_by_email(tx, delivery->recipient_email, arena, &account);
    if (result == 0)
        out->account_consent = account.consent;
    return result == STORE_NOT_FOUND ? 0 : result;
}
