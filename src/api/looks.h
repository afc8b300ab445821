/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks being begun: by an agent under a case, and by an administrator without one, which breaks
 * the glass (docs/openapi.yaml, tag `agent`). Operations are shared with the desk's pages.
 */
#ifndef PORCHLIGHT_LOOKS_H
#define PORCHLIGHT_LOOKS_H

#include "api/subject.h"

void looks_begin(struct http_request *req);       /* POST /v1/cases/{id}/looks */
void looks_break_glass(struct http_request *req); /* POST /v1/break-glass */
void looks_list_glass(struct http_request *req);  /* GET /v1/break-glass */

/* The three as operations: the case is the path's {id}; what was done without one, newest first. */
operation looks_op_begin, looks_op_break_glass, looks_op_list_glass;

/* One look without a case as its administrator reads it: that of the path's {look_id}, of this
 * agent. The photo's address only while it can be seen. */
operation looks_op_get_glass;

/* What an agent is told of a look: where to see what it is at, and until when. */
json_t *looks_granted(const struct store_look *look);

#endif
