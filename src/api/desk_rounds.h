/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's page of a driver's round, for dispatchers and administrators: its stops in their
 * order, moved, taken off and added one by one.
 */
#ifndef PORCHLIGHT_DESK_ROUNDS_H
#define PORCHLIGHT_DESK_ROUNDS_H

struct http_request;

/* Handlers of api/routes.c. */
void face_desk_round(struct http_request *req);
void face_desk_round_post(struct http_request *req);

#endif
