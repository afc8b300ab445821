/* SPDX-License-Identifier: Apache-2.0
 *
 * Ending what a recipient shares of a photo, whoever or whatever ends it: the recipient, a late
 * confidential marking, a deletion. The share and the news of it are one transaction; whoever
 * withdraws the picture itself has cut its fence before (api/withdraw.h).
 */
#ifndef PORCHLIGHT_JOBS_SHARES_H
#define PORCHLIGHT_JOBS_SHARES_H

#include "domain/delivery.h"
#include "notify/tell.h"
#include "store/share.h"

struct recorder;

/* What ends in. */
struct shares_end {
    struct db_tx *tx;
    struct telling *telling;
    const struct recorder *recorder; /* NULL: what ends the share has an entry of its own */
    struct arena *arena;
    int64_t now;
};

/* Tells that the photo's terms are others now, and writes that down for the open page of whoever
 * has it or had it until now: `share` with that moment. photo.shared or photo.unshared for the
 * shipper, else photo.terms. 0 or a fault. */
int shares_tell(const struct shares_end *end, const struct photo *photo,
                struct store_share *share) MUST_CHECK;

/* Ends a share that is shown. 0 or a fault. */
int shares_end_one(const struct shares_end *end, const struct photo *photo,
                   struct store_share *share) MUST_CHECK;

/* Ends every share of the photo; without one, nothing. 0 or a fault. */
int shares_end_all(const struct shares_end *end, const struct photo *photo) MUST_CHECK;

/* Tells that the terms are others for whom it is shared with too: its date, for one. */
int shares_tell_terms(const struct shares_end *end, const struct photo *photo) MUST_CHECK;

#endif
