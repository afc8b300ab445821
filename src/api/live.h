/* SPDX-License-Identifier: Apache-2.0
 *
 * Open pages told live (docs/design.md §4): the pages of an order, of the desk and of a tracking
 * link each have a stream that says when something about them changed. It says no more than that
 * and what kind of event it was; the page then fetches itself again, as whoever has it open may
 * read it then.
 *
 * A stream is authorised as its page is, when it is opened and again before everything that is said
 * on it. It ends with its session.
 */
#ifndef PORCHLIGHT_LIVE_H
#define PORCHLIGHT_LIVE_H

#include "api/call.h"
#include "http/stream.h"

struct live;

/* Which page has a stream: http_stream_about.kind. The key of the desk's list is the agent's only
 * shipper, or zero; the board's the same with its first bit turned; that of the others the
 * delivery. `detail` of a link's page is the version of its link.
 *
 * What a stream is numbered by: events of its delivery, or all events for the desk's list; for the
 * buyer and the link the time of the newest delivery.… event, so that no gap tells them of others.
 */
enum live_kind { LIVE_ORDER, LIVE_BUYER, LIVE_STATUS, LIVE_CASE, LIVE_DESK, LIVE_BOARD };

/* Begins with the newest event; `api` must outlive it, and its `streams` is set. */
int live_new(struct api *api, struct live **out) MUST_CHECK;
/* Ends all streams. NULL is harmless. */
void live_free(struct live **live, struct api *api);
/* The `heard` of telling: something was committed. */
void live_heard(void *api, const char *delivery_id);

/* The streams of the pages /orders/{id}, /desk, /desk/board, /desk/cases/{id} and /t/{token}. */
void live_order(struct http_request *req);
void live_desk(struct http_request *req);
void live_board(struct http_request *req);
void live_case(struct http_request *req);
void live_status(struct http_request *req);

/* How far a page about a delivery has come, or the desk's list of an agent. 0 or a fault. */
int live_newest(struct db_tx *tx, enum live_kind kind, const char *id, int64_t *out) MUST_CHECK;
int live_newest_of_desk(struct db_tx *tx, const struct store_agent_shippers *of,
                        int64_t *out) MUST_CHECK;
/* The key of the stream of an agent's list or board. */
void live_desk_key(enum live_kind kind, const struct store_agent_shippers *of, uint8_t out[16]);

/* What a page needs for its stream, as `live` of `data`: {page, url, seen, refresh}. To be read on
 * the same snapshot as what the page shows, so that nothing falls between. `id` is the delivery's;
 * of the desk's list NULL. 0 or a fault. */
struct live_page {
    enum live_kind kind;
    const char *path, *id;
};
int live_put(struct call *call, struct db_tx *tx, const struct live_page *page,
             json_t *data) MUST_CHECK;

#endif
