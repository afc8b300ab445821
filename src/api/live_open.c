/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening the streams of pages. Each asks what its page asks, on a snapshot; what happened between
 * that and the stream's beginning is asked for once more by the streams' thread.
 */
#include <errno.h>

#include "api/api.h"
#include "api/cases.h"
#include "api/live.h"
#include "api/subject.h"
#include "api/tracking.h"
#include "base/log.h"
#include "base/text.h"
#include "store/delivery.h"

/* What the page knows already: the number of the event it was told last, or that it was made with.
 */
static int64_t read_seen(struct call *call)
{
    uint64_t seen;
    const char *text = http_header(call->req, "Last-Event-ID");
    if (!text || !*text)
        text = http_query(call->req, "after");
    return text && text_to_u64(text, 0, INT64_MAX, &seen) ? (int64_t)seen : -1;
}

static void take_session(struct call *call, struct http_stream_about *about)
{
    memcpy(about->session, call->actor.credential, sizeof about->session);
    (void)id_to_bytes(call->actor.id, about->owner);
}

static int may_order(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    struct http_stream_about *about = call->work;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_STATUS, answer, &subject);
    if (result == 0 && !id_to_bytes(subject.delivery.id, about->key))
        result = call_refuse(answer, &http_not_found, NULL);
    about->kind = subject.facts.actor == ACTOR_BUYER ? LIVE_BUYER : LIVE_ORDER;
    take_session(call, about);
    return result;
}

static int may_case(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct cases_found found;
    struct http_stream_about *about = call->work;
    int result = cases_need(call, tx, PURPOSE_FACTS, answer, &found);
    if (result == 0 && !id_to_bytes(found.subject.delivery.id, about->key))
        result = call_refuse(answer, &http_not_found, NULL);
    take_session(call, about);
    return result;
}

static int may_desk(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct http_stream_about *about = call->work;
    (void)tx, (void)answer;
    live_desk_key((enum live_kind)about->kind, &call->actor.shippers, about->key);
    take_session(call, about);
    return 0;
}

/* Whoever has the link; they are counted together by its delivery. */
static int may_status(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct delivery delivery;
    struct http_stream_about *about = call->work;
    int result = tracking_find(call, tx, http_param(call->req, "token"), &delivery);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    (void)id_to_bytes(delivery.id, about->key);
    memcpy(about->owner, about->key, sizeof about->owner);
    about->detail = (uint32_t)delivery.token_version;
    return 0;
}

static void open_stream(struct http_request *req, enum live_kind kind, operation *may)
{
    struct call *call = call_of(req);
    struct http_stream_about about = {.kind = kind, .seen = read_seen(call)};
    struct answer answer = {0};
    AUTO_DB_READ struct db_tx *tx = NULL;
    call->work = &about;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = may(call, tx, &answer);
    db_read_end(&tx);
    if (result == 0)
        http_reply_stream(req, call->api->streams, &about);
    else
        call_reply(call, result < 0 ? result : 0, &answer);
}

void live_order(struct http_request *req)
{
    open_stream(req, LIVE_ORDER, may_order);
}

void live_desk(struct http_request *req)
{
    open_stream(req, LIVE_DESK, may_desk);
}

void live_board(struct http_request *req)
{
    open_stream(req, LIVE_BOARD, may_desk);
}

void live_case(struct http_request *req)
{
    open_stream(req, LIVE_CASE, may_case);
}

void live_status(struct http_request *req)
{
    http_set_header(req, "X-Robots-Tag", "noindex, nofollow, noarchive");
    open_stream(req, LIVE_STATUS, may_status);
}

/* ---- what a page needs for its stream ---- */

int live_put(struct call *call, struct db_tx *tx, const struct live_page *page, json_t *data)
{
    int64_t seen;
    bool still = http_query(call->req, "still") != NULL; /* its reader wants it so */
    bool list = page->kind == LIVE_DESK || page->kind == LIVE_BOARD;
    int result = !page->path ? -ENOMEM
                 : list      ? live_newest_of_desk(tx, &call->actor.shippers, &seen)
                             : live_newest(tx, page->kind, page->id, &seen);
    if (result != 0)
        return result;
    int64_t refresh = still ? 0 : call->api->settings->live.refresh_seconds;
    json_t *live = json_pack("{s:s, s:o, s:I, s:I}", "page", page->path, "url",
                             json_sprintf("%s/live", page->path), "seen", (json_int_t)seen,
                             "refresh", (json_int_t)refresh);
    return live && json_object_set_new(data, "live", live) == 0
               ? 0
               : log_fault("live.page", -ENOMEM, "request=%s", http_id(call->req));
}
