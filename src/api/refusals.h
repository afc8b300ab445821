/* SPDX-License-Identifier: Apache-2.0
 *
 * Refusing photos at an address, by the recipient, and by a shipper that was told so or takes none
 * there (docs/openapi.yaml; R6). Handlers of api/routes.c, and the operations that the pages share.
 *
 * A recipient's word at an address holds for their own deliveries there, of every shipper; nobody
 * speaks for another who lives there. A shipper's holds for its own deliveries. What a shipper was
 * told by a recipient can be taken back by the recipient alone.
 */
#ifndef PORCHLIGHT_REFUSALS_H
#define PORCHLIGHT_REFUSALS_H

#include "api/call.h"

struct http_request;

void refusals_list_mine(struct http_request *req);
void refusals_add_mine(struct http_request *req);
void refusals_remove_mine(struct http_request *req);
void refusals_list(struct http_request *req);
void refusals_add(struct http_request *req);
void refusals_remove(struct http_request *req);

/* The forms: POST /orders/{id}/refusal, POST /account/refusals/{id}/remove. */
void face_order_refusal_post(struct http_request *req);
void face_refusal_remove_post(struct http_request *req);

/* The account's list for its page: {items}, its own and what shippers were told. */
int refusals_of_account(struct call *call, struct db_tx *tx, json_t **out) MUST_CHECK;

#endif
