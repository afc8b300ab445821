/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints of people without an account: made on /privacy, read by a private link, answered at
 * the desk. What somebody writes is taken whatever deliveries there are, so that nobody learns from
 * the answer whether one was made at an address.
 */
#ifndef PORCHLIGHT_COMPLAINTS_H
#define PORCHLIGHT_COMPLAINTS_H

struct http_request;

/* Anyone. */
void complaints_make(struct http_request *req);       /* POST /v1/complaints */
void complaints_show(struct http_request *req);       /* GET /complaints/{token} */
void complaints_write_more(struct http_request *req); /* POST /complaints/{token} */
void face_complaint_post(struct http_request *req);   /* POST /privacy */

/* Agents and administrators. */
void complaints_list(struct http_request *req);    /* GET /v1/complaints */
void complaints_get(struct http_request *req);     /* GET /v1/complaints/{id} */
void complaints_answer(struct http_request *req);  /* POST /v1/complaints/{id}/messages */
void complaints_match(struct http_request *req);   /* POST /v1/complaints/{id}/match */
void complaints_resolve(struct http_request *req); /* POST /v1/complaints/{id}/resolve */
void face_complaints(struct http_request *req);    /* GET /desk/complaints */
void face_complaint(struct http_request *req);     /* GET /desk/complaints/{id} */
void face_complaint_answer_post(struct http_request *req);
void face_complaint_match_post(struct http_request *req);
void face_complaint_resolve_post(struct http_request *req);

#endif
