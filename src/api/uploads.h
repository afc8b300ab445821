/* SPDX-License-Identifier: Apache-2.0
 *
 * The tus 1.0.0 face of uploads (docs/openapi.yaml, tag `uploads`): headers in, headers out. What
 * an upload is and what becomes of it is in api/accept.h; how its bytes reach the disk is in
 * intake/uploads.h. Handlers and sinks of api/routes.c.
 */
#ifndef PORCHLIGHT_API_UPLOADS_H
#define PORCHLIGHT_API_UPLOADS_H

#include "http/http.h"

extern const struct http_sink upload_create_sink;
extern const struct http_sink upload_append_sink;

void upload_describe(struct http_request *req);
void upload_create(struct http_request *req);
void upload_append(struct http_request *req);
void upload_head(struct http_request *req);
void upload_terminate(struct http_request *req);

#endif
