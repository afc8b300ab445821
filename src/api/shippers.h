/* SPDX-License-Identifier: Apache-2.0
 *
 * A shipper's settings (docs/openapi.yaml, tag `shipper`). Handlers of api/routes.c.
 */
#ifndef PORCHLIGHT_SHIPPERS_H
#define PORCHLIGHT_SHIPPERS_H

struct http_request;

void shippers_get_settings(struct http_request *req);
void shippers_put_settings(struct http_request *req);

#endif
