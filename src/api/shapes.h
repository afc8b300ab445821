/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON of each thing as each reader gets it: docs/openapi.yaml names them. A field that a
 * reader must not have is not made for them, so that no page and no client can show it by mistake.
 * All return NULL when memory is short.
 */
#ifndef PORCHLIGHT_SHAPES_H
#define PORCHLIGHT_SHAPES_H

#include "api/subject.h"
#include "store/driver.h"
#include "store/proof.h"

/* A delivery as its shipper reads it (R5): facts, never the picture. `photo` may be NULL. */
json_t *shape_delivery(const struct call *call, const struct delivery *delivery,
                       const struct photo *photo, const struct shipper *shipper);

/* A shipper's settings. */
json_t *shape_settings(const struct shipper *shipper);

/* A delivery as one of its people reads it: an item of the list, or with address, consent and the
 * picture's terms for the recipient. Looks and cases are added by the caller. */
json_t *shape_order_item(const struct subject *subject);
json_t *shape_order(const struct call *call, const struct subject *subject);

/* What anybody with the link may know (R1). */
json_t *shape_status(const struct delivery *delivery, const struct shipper *shipper);

/* A stop of a driver's round; `photo` says only whether a picture is wanted. */
json_t *shape_stop(const struct call *call, const struct subject *subject);

/* `devices`: how many are paired now. */
json_t *shape_driver(const struct store_driver *driver, int devices);

json_t *shape_device(const struct store_device *device);

/* A case without its messages; the lists of messages and looks. */
json_t *shape_case(const struct store_case *row);
json_t *shape_message(const struct store_message *message);
json_t *shape_messages(const struct store_messages *messages);
json_t *shape_look(const struct store_look *look);
json_t *shape_looks(const struct store_looks *looks);

/* Its parcels' codes and labels. */
json_t *shape_parcels(const struct delivery *delivery);

/* What is kept of the door, for an agent with an open case; null where nothing is. */
json_t *shape_kept_proof(const struct delivery *delivery, const struct store_proof *kept);

/* The delivery behind a case, as an agent reads it. `driver_name` may be NULL. */
json_t *shape_desk_delivery(const struct subject *subject, const char *driver_name);

#endif
