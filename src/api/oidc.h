/* SPDX-License-Identifier: Apache-2.0
 *
 * Staff sign in at the operator's OpenID Connect provider: a form begins it, the browser goes there
 * and comes back with a code, and an agent's session begins. Pages only (docs/openapi.yaml, tag
 * `pages`).
 */
#ifndef PORCHLIGHT_API_OIDC_H
#define PORCHLIGHT_API_OIDC_H

#include "api/call.h"

void oidc_start(struct http_request *req);    /* POST /desk/sign-in/oidc */
void oidc_callback(struct http_request *req); /* GET /desk/oidc/callback */

/* The data of the desk's sign-in page, which offers the provider where there is one; the page's
 * policy lets its form lead there. NULL when memory is short. */
json_t *oidc_page(struct call *call);

#endif
