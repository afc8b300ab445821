/* SPDX-License-Identifier: Apache-2.0
 *
 * Drivers, their pairing codes and their devices: for the shipper's program (docs/openapi.yaml, tag
 * `shipper`), and as operations for the desk's page, where a dispatcher does the same by hand.
 */
#ifndef PORCHLIGHT_DRIVERS_H
#define PORCHLIGHT_DRIVERS_H

#include "api/call.h"
#include "store/driver.h"

/* Handlers of api/routes.c. */
void drivers_add(struct http_request *req);
void drivers_list(struct http_request *req);
void drivers_new_pairing_code(struct http_request *req);
void drivers_revoke(struct http_request *req);
void drivers_list_devices(struct http_request *req);
void drivers_revoke_device(struct http_request *req);

/* Adds the driver that the body names, with a first pairing code: for the caller's shipper, or for
 * the query's `shipper` where the agent is everybody's. */
operation drivers_op_add;
/* On the driver {id} and the device {device_id} of the path. */
operation drivers_op_pairing_code, drivers_op_revoke, drivers_op_revoke_device;

/* The driver {id} of the path, when it is the caller's shipper's; an agent of every shipper knows
 * all. 0, CALL_REFUSE with the answer filled, or a fault. */
int drivers_need(struct call *call, struct db_tx *tx, struct answer *answer,
                 struct store_driver *driver) MUST_CHECK;

/* The driver's devices, newest first, as JSON; NULL and a fault. */
int drivers_devices(struct call *call, struct db_tx *tx, const char *driver_id,
                    json_t **items_out) MUST_CHECK;

#endif
