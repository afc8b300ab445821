/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a request goes on to its handler: the first thing that is asked of every one.
 */
#ifndef PORCHLIGHT_ADMIT_H
#define PORCHLIGHT_ADMIT_H

#include "api/call.h"

/* http_config.admit: makes the request's call, or replies and says false. */
bool admit_call(struct http_request *req);

/* Who is signed in, for the page of a request that was not admitted, such as of a path that does
 * not exist: nobody where that cannot be found out. */
void admit_visitor(struct http_request *req, struct actor *actor_out);

/* Asks again, outside a request: whose is the session of call->actor.credential (`kind`
 * WHO_RECIPIENT or WHO_AGENT)? 0, STORE_NOT_FOUND when it is over, or a fault. */
int admit_still(struct call *call, struct db_tx *tx, enum who kind) MUST_CHECK;

#endif
