/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's interface: cases, messages, looks (docs/openapi.yaml, tag `agent`). Operations are
 * shared with the desk's pages.
 */
#ifndef PORCHLIGHT_CASES_H
#define PORCHLIGHT_CASES_H

#include "api/call.h"

void cases_list(struct http_request *req);
void cases_open(struct http_request *req);
void cases_get(struct http_request *req);
void cases_write_message(struct http_request *req);
void cases_look(struct http_request *req);
void cases_resolve(struct http_request *req);

/* The case is the path's {id}. */
operation cases_op_list, cases_op_get, cases_op_message, cases_op_look, cases_op_resolve;

/* Opens a case and has its news mailed: as call_perform. */
int cases_open_now(struct call *call, struct answer *answer) MUST_CHECK;

/* Deliveries of the agent's shipper that match a text: a delivery's id, or a reference. For the
 * desk's search. An array in answer->body. */
operation cases_op_find;

#endif
