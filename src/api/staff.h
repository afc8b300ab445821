/* SPDX-License-Identifier: Apache-2.0
 *
 * The people at the desk, as administrators of every shipper keep them: who there is, inviting,
 * roles, and the end of it. Nobody does it to themselves, so that there is always one left.
 */
#ifndef PORCHLIGHT_STAFF_H
#define PORCHLIGHT_STAFF_H

#include "api/call.h"

void staff_list(struct http_request *req);
void staff_invite(struct http_request *req);
void staff_change(struct http_request *req);
void staff_reset(struct http_request *req);
void staff_disable(struct http_request *req);

/* Shared with the pages. */
operation staff_op_list, staff_op_invite, staff_op_change, staff_op_reset, staff_op_disable;

/* Runs a change, reset or disabling of whom the path names, as call_perform does. It ends their
 * sessions: from its commit on not one more byte of a photo goes out under their looks. */
int staff_perform(struct call *call, operation *run, struct answer *answer) MUST_CHECK;

#endif
