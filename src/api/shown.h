/* SPDX-License-Identifier: Apache-2.0
 *
 * Sharing: its recipient shows a photo to the shipper or the buyer and takes it back, and these
 * fetch it. What they fetch is on record before the first byte leaves.
 */
#ifndef PORCHLIGHT_SHOWN_H
#define PORCHLIGHT_SHOWN_H

#include "api/call.h"

void shown_share(struct http_request *req);   /* POST /v1/me/orders/{id}/share */
void shown_unshare(struct http_request *req); /* DELETE /v1/me/orders/{id}/share */

/* GET /v1/deliveries/{id}/photo, and on behalf of photos_of_order where the buyer asks: sends the
 * photo to whom it is shared with. May block. */
void shown_photo(struct http_request *req);

/* The operations behind them, for the page's forms too: `with` in the body or the query. Taking
 * back is a withdrawal: shown_unshare_now is as call_perform. */
operation shown_op_share;
int shown_unshare_now(struct call *call, struct answer *answer) MUST_CHECK;

#endif
