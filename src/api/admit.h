/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a request goes on to its handler: the first thing that is asked of every one.
 */
#ifndef PORCHLIGHT_ADMIT_H
#define PORCHLIGHT_ADMIT_H

#include "http/http.h"

/* http_config.admit: makes the request's call, or replies and says false. */
bool admit_call(struct http_request *req);

#endif
