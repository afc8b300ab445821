/* SPDX-License-Identifier: Apache-2.0
 *
 * Serving the picture: to its recipient as it is, and to an agent under a look with the agent's
 * number in it (marked.h). The only place from which a photo's bytes leave.
 */
#ifndef PORCHLIGHT_PHOTOS_H
#define PORCHLIGHT_PHOTOS_H

#include "base/base.h"

struct blob_store;
struct call;
struct http_request;
struct photo;
struct sealed_reader;
struct store_look;

void photos_of_order(struct http_request *req); /* GET /v1/me/orders/{id}/photo */
void photos_of_look(struct http_request *req);  /* GET /v1/cases/{id}/looks/{look_id}/photo */
void photos_of_glass(struct http_request *req); /* GET /v1/break-glass/{look_id}/photo */
void photos_erase(struct http_request *req);    /* DELETE /v1/me/orders/{id}/photo */

/* For evidence, which holds the picture: asks who may have it, as photos_of_order and
 * photos_of_look ask for the picture, and has `send` reply, behind the same fence. `until`: nothing
 * may be sent from then on; 0: no end.
 */
struct photos_sent {
    const struct photo *photo;
    const struct store_look *look; /* under which an agent asked; NULL: the recipient did */
    const char *time_zone;         /* the delivery's */
    int64_t until;
};
typedef void photos_sender(struct call *call, const struct photos_sent *what);
void photos_serve_order(struct http_request *req, photos_sender *send);
void photos_serve_look(struct http_request *req, photos_sender *send);

/* Opens a photo's bytes, to be closed. 0, 1 when they are gone, or a fault. */
int photos_open(struct call *call, const struct photo *photo,
                struct sealed_reader *reader_out) MUST_CHECK;

/* The erasure itself, for the page's form too: an operation and the fence around it. */
struct answer;
int photos_erase_now(struct call *call, struct answer *answer);

#endif
