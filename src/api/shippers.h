/* SPDX-License-Identifier: Apache-2.0
 *
 * A shipper's settings and its drivers (docs/openapi.yaml, tag `shipper`). Handlers of
 * api/routes.c.
 */
#ifndef PORCHLIGHT_SHIPPERS_H
#define PORCHLIGHT_SHIPPERS_H

struct http_request;

void shippers_get_settings(struct http_request *req);
void shippers_put_settings(struct http_request *req);
void shippers_add_driver(struct http_request *req);
void shippers_list_drivers(struct http_request *req);
void shippers_new_pairing_code(struct http_request *req);
void shippers_revoke_driver(struct http_request *req);

#endif
