/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver's interface but for uploads: pairing, the round's stops, delivered and attempted
 * (docs/openapi.yaml, tag `driver`). Handlers of api/routes.c.
 */
#ifndef PORCHLIGHT_DRIVER_H
#define PORCHLIGHT_DRIVER_H

struct http_request;

void driver_pair(struct http_request *req);
void driver_stops(struct http_request *req);
void driver_start_round(struct http_request *req);
void driver_delivered(struct http_request *req);
void driver_attempted(struct http_request *req);

#endif
