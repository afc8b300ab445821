/* SPDX-License-Identifier: Apache-2.0
 *
 * The recipient's interface: orders, consent, looks, problems and messages (docs/openapi.yaml, tag
 * `recipient`). Operations are shared with the pages, whose forms say the same things.
 */
#ifndef PORCHLIGHT_ORDERS_H
#define PORCHLIGHT_ORDERS_H

#include "api/subject.h"

void orders_me(struct http_request *req);
void orders_put_preferences(struct http_request *req);
void orders_list(struct http_request *req);
void orders_get(struct http_request *req);
void orders_looks(struct http_request *req);
void orders_refuse_photo(struct http_request *req);
void orders_allow_photo(struct http_request *req);
void orders_report_problem(struct http_request *req);
void orders_messages(struct http_request *req);
void orders_write_message(struct http_request *req);

/* The operations behind them. The delivery is the path's {id}; the case {case} on a page, {id} in
 * the API. */
operation orders_op_me, orders_op_list, orders_op_get, orders_op_refuse, orders_op_allow,
    orders_op_problem, orders_op_message, orders_op_preferences;

/* A case that the recipient opens, and what they write into one: `message` holds the text, and the
 * look that it is about; the rest is filled in. 0 or a fault. */
int orders_open_case(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                     enum case_kind kind, struct store_case *row) MUST_CHECK;
int orders_add_message(struct call *call, struct db_tx *tx, const char *case_id,
                       struct store_message *message) MUST_CHECK;

/* The order, as whoever asks may read it: the recipient all of it, the buyer its state. */
int orders_answer(struct call *call, struct db_tx *tx, const char *id,
                  struct answer *answer) MUST_CHECK;

/* The recipient's word about one delivery, which they were found to be allowed. 0 or a fault; the
 * subject is as it is then. */
int orders_say(struct call *call, struct db_tx *tx, struct subject *subject,
               enum consent consent) MUST_CHECK;

#endif
