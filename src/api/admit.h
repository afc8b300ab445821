/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a request goes on to its handler: the first thing that is asked of every one.
 */
#ifndef PORCHLIGHT_ADMIT_H
#define PORCHLIGHT_ADMIT_H

#include "http/http.h"

struct actor;

/* http_config.admit: makes the request's call, or replies and says false. */
bool admit_call(struct http_request *req);

/* Who is signed in, for the page of a request that was not admitted, such as of a path that does
 * not exist: nobody where that cannot be found out. */
void admit_visitor(struct http_request *req, struct actor *actor_out);

#endif
