/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger as others see it: the checkpoint and the tiles of the log, for anyone, and the
 * evidence of one photo, for whoever may see the photo.
 */
#ifndef PORCHLIGHT_API_EVIDENCE_H
#define PORCHLIGHT_API_EVIDENCE_H

#include "api/photos.h"
#include "ledger/ledger.h"
#include "ledger/step.h"
#include "store/entry.h"

struct http_problem;

void evidence_checkpoint(struct http_request *req); /* GET /log/checkpoint */
void evidence_tile(struct http_request *req);       /* GET /log/tile/{path*} */
void evidence_of_order(struct http_request *req);   /* GET /v1/me/orders/{id}/evidence */
/* GET /v1/me/orders/{id}/looks/{look_id}/evidence: that someone looked */
void evidence_that_looked(struct http_request *req);
void evidence_of_look(struct http_request *req); /* GET /v1/cases/{id}/looks/{look_id}/evidence */

/* What a photo's evidence is put together from. */
struct evidence_parts {
    struct store_entry entry;
    struct step_opening opening;
    char text[STEP_ENTRY_ROOM]; /* the log's entry */
    struct ledger_proof proof;
    struct buf policy, photo;
};

/* A form in which it is sent. `make` writes it: 0; a problem in *problem_out, or a fault. */
struct evidence_form {
    const char *type, *ending; /* media type; of the file's name */
    int (*make)(struct call *call, const struct photos_sent *what,
                const struct evidence_parts *parts, struct buf *out,
                const struct http_problem **problem_out);
};

/* Collects the evidence of a photo and replies with it in a form, as photos_sender does. */
void evidence_send(struct call *call, const struct photos_sent *what,
                   const struct evidence_form *form);

#endif
