/* SPDX-License-Identifier: Apache-2.0
 *
 * The printable proof of delivery, as PDF: what the evidence archive proves, on one page.
 */
#ifndef PORCHLIGHT_API_SHEET_H
#define PORCHLIGHT_API_SHEET_H

struct http_request;

void sheet_of_order(struct http_request *req); /* GET /v1/me/orders/{id}/proof.pdf */
void sheet_of_look(struct http_request *req);  /* GET /v1/cases/{id}/looks/{look_id}/proof.pdf */

#endif
