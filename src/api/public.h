/* SPDX-License-Identifier: Apache-2.0
 *
 * What anyone may ask, in JSON: health, readiness, the receipts' public key, and the interface's
 * own description.
 */
#ifndef PORCHLIGHT_PUBLIC_H
#define PORCHLIGHT_PUBLIC_H

struct http_request;

void public_health(struct http_request *req);
void public_ready(struct http_request *req);
void public_key(struct http_request *req);
void public_openapi(struct http_request *req);

/* docs/openapi.yaml as JSON, made at build. */
extern const unsigned char public_openapi_json[];
extern const unsigned long public_openapi_json_len;

#endif
