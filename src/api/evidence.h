/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger as others see it: the checkpoint and the tiles of the log, for anyone, and the
 * evidence of one photo, for whoever may see the photo.
 */
#ifndef PORCHLIGHT_API_EVIDENCE_H
#define PORCHLIGHT_API_EVIDENCE_H

struct http_request;

void evidence_checkpoint(struct http_request *req); /* GET /log/checkpoint */
void evidence_tile(struct http_request *req);       /* GET /log/tile/{path*} */
void evidence_of_order(struct http_request *req);   /* GET /v1/me/orders/{id}/evidence */
/* GET /v1/me/orders/{id}/looks/{look_id}/evidence: that someone looked */
void evidence_that_looked(struct http_request *req);
void evidence_of_look(struct http_request *req); /* GET /v1/cases/{id}/looks/{look_id}/evidence */

#endif
