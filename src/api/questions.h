/* SPDX-License-Identifier: Apache-2.0
 *
 * "Ask about this": a recipient's question about one look at their photo.
 */
#ifndef PORCHLIGHT_QUESTIONS_H
#define PORCHLIGHT_QUESTIONS_H

#include "api/call.h"

void questions_ask(struct http_request *req); /* POST /v1/me/orders/{id}/looks/{look_id}/question */

/* The operation behind it; a page's form calls the text `question`. */
operation questions_op_ask;

#endif
