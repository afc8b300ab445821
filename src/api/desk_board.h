/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's board: how an agent's shippers' deliveries stand now, a column a state, what is late
 * or failed first. Open deliveries are those of the last api-board_days; what has ended is shown
 * for a day.
 */
#ifndef PORCHLIGHT_DESK_BOARD_H
#define PORCHLIGHT_DESK_BOARD_H

struct http_request;

/* Handlers of api/routes.c. */
void desk_board(struct http_request *req);
void face_desk_board(struct http_request *req);

#endif
