/* SPDX-License-Identifier: Apache-2.0
 *
 * The phones and browsers that a recipient has told by Web Push (docs/openapi.yaml, tag
 * `recipient`), and the forms of the account's page about them.
 */
#ifndef PORCHLIGHT_API_PUSH_H
#define PORCHLIGHT_API_PUSH_H

#include "api/call.h"

/* Handlers of api/routes.c. */
void push_list(struct http_request *req);
void push_put(struct http_request *req);
void push_add(struct http_request *req);
void push_remove(struct http_request *req);
void push_test(struct http_request *req);
void face_push_picture_post(struct http_request *req);
void face_push_remove_post(struct http_request *req);

/* What GET /v1/me/push answers. */
operation push_op_list;

#endif
