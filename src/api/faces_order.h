/* SPDX-License-Identifier: Apache-2.0
 *
 * What the forms of the order's page have in common.
 */
#ifndef PORCHLIGHT_FACES_ORDER_H
#define PORCHLIGHT_FACES_ORDER_H

#include "api/call.h"

/* The page's path, in the request's memory. */
const char *face_order_path(struct call *call);

/* The page again, with what was wrong with its form; clears the answer. */
void face_order_again(struct call *call, struct answer *wrong);

/* Performs a form's operation and ends on the page either way. */
void face_order_form(struct call *call, operation *run, const char *done);

#endif
