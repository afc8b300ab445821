/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of the tus face: the headers that each must carry, and every refusal in the words of tus.
 * Passing trouble is 423 on HEAD and 503 otherwise: a tus client begins anew at byte 0 on any other
 * failure of HEAD, and takes 429 for final.
 */
#ifndef PORCHLIGHT_UPLOAD_REPLY_H
#define PORCHLIGHT_UPLOAD_REPLY_H

#include "api/accept.h"

#define UPLOADS_PATH "/v1/driver/uploads/"

/* Single headers. */
void upload_reply_tus(struct call *call);
void upload_reply_number(struct call *call, const char *name, uint64_t value);
void upload_reply_expires(struct call *call, const struct store_upload *row);

/* A problem; `field` and `detail` may be NULL. */
void upload_reply_problem(struct call *call, const struct http_problem *problem, const char *field,
                          const char *detail);
/* Passing trouble, and a fault of ours. */
void upload_reply_later(struct call *call, const struct http_problem *problem);
void upload_reply_fault(struct call *call, int fault);
/* Replies what a parser of intake/tus.h refused; false when it refused nothing. */
bool upload_reply_tus_refusal(struct call *call, int outcome, const char *field);
/* Replies what intake/uploads.h answered, an outcome or a fault. */
void upload_reply_intake(struct call *call, int outcome);

/* A success for bytes: 201 with Location for a POST, 204 otherwise. */
void upload_reply_progress(struct call *call, bool with_offset);
/* HEAD's 200. */
void upload_reply_head(struct call *call);
/* 422: the picture is no use, and why. */
void upload_reply_rejected(struct call *call, const char *reason);
/* A refusal that the phone may act on: signed where `word` is given; and the problem that belongs
 * to a word. */
void upload_reply_refused(struct call *call, const struct http_problem *problem, const char *word);
const struct http_problem *upload_reply_problem_of(const char *word);
/* Answers a POST, PATCH or HEAD of an upload that is not open any more, by how it stands. */
void upload_reply_standing(struct call *call, enum standing standing, const char *reason);

#endif
