/* SPDX-License-Identifier: Apache-2.0
 *
 * The shipper's interface: deliveries, settings, drivers (docs/openapi.yaml, tag `shipper`).
 * Handlers of api/routes.c.
 */
#ifndef PORCHLIGHT_DELIVERIES_H
#define PORCHLIGHT_DELIVERIES_H

struct http_request;

void deliveries_create(struct http_request *req);
void deliveries_list(struct http_request *req);
void deliveries_get(struct http_request *req);
void deliveries_change(struct http_request *req);
void deliveries_cancel(struct http_request *req);
void deliveries_renew_tracking(struct http_request *req);
void deliveries_return(struct http_request *req);

#endif
