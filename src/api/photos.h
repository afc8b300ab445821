/* SPDX-License-Identifier: Apache-2.0
 *
 * Serving the picture: to its recipient, and to an agent under a look. The only place from which a
 * photo's bytes leave.
 */
#ifndef PORCHLIGHT_PHOTOS_H
#define PORCHLIGHT_PHOTOS_H

struct http_request;

void photos_of_order(struct http_request *req); /* GET /v1/me/orders/{id}/photo */
void photos_of_look(struct http_request *req);  /* GET /v1/cases/{id}/looks/{look_id}/photo */
void photos_erase(struct http_request *req);    /* DELETE /v1/me/orders/{id}/photo */

/* The erasure itself, for the page's form too: an operation and the fence around it. */
struct answer;
struct call;
int photos_erase_now(struct call *call, struct answer *answer);

#endif
