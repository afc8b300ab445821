/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened, for the shipper's system to read at its own pace. Handler of api/routes.c.
 */
#ifndef PORCHLIGHT_EVENTS_H
#define PORCHLIGHT_EVENTS_H

struct http_request;

void events_list(struct http_request *req);

#endif
