/* SPDX-License-Identifier: Apache-2.0
 *
 * A shipper's webhooks: where its systems are told of events, with what keys, what was tried there,
 * and sending again.
 */
#ifndef PORCHLIGHT_API_WEBHOOKS_H
#define PORCHLIGHT_API_WEBHOOKS_H

#include "api/call.h"
#include "store/endpoint.h"

/* webhooks.c */
void webhooks_create(struct http_request *req);
void webhooks_list(struct http_request *req);
void webhooks_get(struct http_request *req);
void webhooks_change(struct http_request *req);
void webhooks_delete(struct http_request *req);
void webhooks_rotate(struct http_request *req);

/* webhooks_send.c */
void webhooks_ping(struct http_request *req);
void webhooks_list_attempts(struct http_request *req);
void webhooks_resend(struct http_request *req);
void webhooks_replay(struct http_request *req);

/* For operations: the shipper's endpoint that the path names, or a refusal. */
int webhooks_need(struct call *call, struct db_tx *tx, struct answer *answer,
                  struct store_endpoint *endpoint) MUST_CHECK;

#endif
