/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an account: DELETE /v1/me, the page that asks first, and the page after it.
 */
#ifndef PORCHLIGHT_LEAVE_H
#define PORCHLIGHT_LEAVE_H

struct http_request;

void leave_me(struct http_request *req);   /* DELETE /v1/me */
void face_leave(struct http_request *req); /* GET /account/delete */
void face_leave_post(struct http_request *req);
void face_goodbye(struct http_request *req); /* GET /goodbye */

#endif
