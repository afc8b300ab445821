/* SPDX-License-Identifier: Apache-2.0
 *
 * In which language a page, and what is mailed because of a request, speaks: the account's own
 * word, else the browser's, else the server's setting. The JSON interface speaks English: programs
 * read it.
 */
#ifndef PORCHLIGHT_LANGUAGE_H
#define PORCHLIGHT_LANGUAGE_H

#include "lang/lang.h"

struct actor;
struct http_request;

/* `actor`: who asks, as far as that is known. */
const struct lang *language_of(struct http_request *req, const struct actor *actor);

/* Says in the answer's header which language it is in, and what that was chosen by. */
void language_declare(struct http_request *req, const struct lang *lang);

#endif
