/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's interface: cases and messages (docs/openapi.yaml, tag `agent`). Operations are
 * shared with the desk's pages, and what holds for every case with the recipient's side
 * (api/orders.c).
 */
#ifndef PORCHLIGHT_CASES_H
#define PORCHLIGHT_CASES_H

#include "api/subject.h"

void cases_list(struct http_request *req);
void cases_open(struct http_request *req);
void cases_get(struct http_request *req);
void cases_write_message(struct http_request *req);
void cases_resolve(struct http_request *req);

/* The case is the path's {id}. */
operation cases_op_list, cases_op_get, cases_op_message;

/* Opens a case and has its news mailed: as call_perform. */
int cases_open_now(struct call *call, struct answer *answer) MUST_CHECK;
/* Resolves a case and breaks off what is on its way under its looks: as call_perform. */
int cases_resolve_now(struct call *call, struct answer *answer) MUST_CHECK;

/* The case of the path, {case} of the order {id} or else {id} itself, with its delivery as whoever
 * asks may use it for `purpose`; otherwise it does not exist. 0, CALL_REFUSE with the answer
 * filled, or a fault; so the two below. */
struct cases_found {
    struct store_case row;
    struct subject subject;
};
int cases_need(struct call *call, struct db_tx *tx, enum policy_purpose purpose,
               struct answer *answer, struct cases_found *found) MUST_CHECK;
/* May one more case be opened on the delivery? */
int cases_check_room(struct call *call, struct db_tx *tx, const char *delivery_id,
                     struct answer *answer) MUST_CHECK;
/* May the case be written to: is it open, and has it room for one more message? */
int cases_check_open(struct call *call, struct db_tx *tx, const struct store_case *row,
                     struct answer *answer) MUST_CHECK;

/* Tells what became of a case, by whoever calls. 0 or a fault. */
int cases_tell(struct call *call, struct db_tx *tx, enum event_kind kind,
               const struct delivery *delivery, const struct store_case *row) MUST_CHECK;

/* Deliveries of the agent's shippers that match a text: a delivery's id, or a reference. For the
 * desk's search. An array in answer->body. */
operation cases_op_find;

/* A case that an agent opens: with a reason, and the recipient is told at once. CALL_REFUSE as
 * subject_need, and where there is no room for more. */
struct cases_opening {
    const char *delivery_id;
    enum case_kind kind;
    const char *reason;
};
int cases_open_as(struct call *call, struct db_tx *tx, const struct cases_opening *opening,
                  struct store_case *row, struct answer *answer) MUST_CHECK;

#endif
