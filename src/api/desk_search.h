/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's search: deliveries of an agent's shippers by tracking link, id, reference, parcel,
 * name, phone number, e-mail address or postcode. What is found is facts: no picture, and for a
 * dispatcher nothing of one.
 */
#ifndef PORCHLIGHT_DESK_SEARCH_H
#define PORCHLIGHT_DESK_SEARCH_H

#include "api/call.h"

/* Handlers of api/routes.c. */
void desk_search(struct http_request *req);
void face_desk_search(struct http_request *req);

#endif
