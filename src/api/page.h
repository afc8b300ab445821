/* SPDX-License-Identifier: Apache-2.0
 *
 * Replying with pages: what every page's data has in common, and the ends of a form.
 */
#ifndef PORCHLIGHT_PAGE_H
#define PORCHLIGHT_PAGE_H

#include "api/call.h"
#include "pages/pages.h"

/* Replies with a page; `data` is stolen and gets viewer and notice. */
void page_reply(struct call *call, int status, enum page page, json_t *data);

/* The page of a read-only operation: its answer's body is the page's data, under `name` when that
 * is not NULL. */
void page_read(struct call *call, operation *run, enum page page, const char *name);

/* The end of a form: a redirect to `location` with ?done=word (NULL for none) after a success, else
 * the problem's page. Clears the answer. */
void page_done(struct call *call, int result, struct answer *answer, const char *location,
               const char *done);

/* Adds `errors` and `values` of the call's form that was not right, to be shown again. No secret is
 * among the values. */
void page_add_errors(struct call *call, json_t *data, const struct answer *answer);

/* The page of a read-only operation again, with what was wrong with its form. Clears `wrong`. */
void page_again(struct call *call, operation *run, enum page page, struct answer *wrong);

/* A problem as a page, for call_problem_page. False when it could not be made. */
bool page_problem(struct http_request *req, const struct http_problem *problem, const char *detail);

#endif
