/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shipper asks to be sent: a ping, one event again, or those of a time. All of it is queued
 * as what happens by itself is, and is signed, tried again and logged the same way.
 */
#include "api/webhooks.h"

#include <errno.h>

#include "api/api.h"
#include "base/log.h"
#include "notify/sender.h"
#include "notify/webhook.h"
#include "store/event.h"

/* ---- asking ---- */

/* The endpoint, if it is told at all. */
static int need_enabled(struct call *call, struct db_tx *tx, struct answer *answer,
                        struct store_endpoint *endpoint)
{
    int result = webhooks_need(call, tx, answer, endpoint);
    if (result == 0 && endpoint->stopped_at)
        return call_refuse(answer, &api_webhook_stopped, NULL);
    return result;
}

/* Performs an operation that queues notices, and has the sender look. */
static void ask_for(struct http_request *req, operation *run)
{
    struct call *call = call_of(req);
    const struct tell *tell = call->api->tell;
    call_write(call, run);
    if (tell && tell->sender)
        sender_wake(tell->sender);
}

static int ping(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_endpoint endpoint;
    char event_id[ID_ROOM];
    int result = need_enabled(call, tx, answer, &endpoint);
    if (result == 0)
        result = webhook_queue_ping(tx, endpoint.id, call->now, event_id);
    return result != 0 ? result : call_ok(answer, 202, json_pack("{s:s}", "event_id", event_id));
}

void webhooks_ping(struct http_request *req)
{
    ask_for(req, ping);
}

/* ---- the log ---- */

static json_t *shape_attempt(const struct store_webhook_attempt *attempt)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:o, s:s, s:o, s:o, s:o, s:o}", "id", attempt->id,
                     "event_id", attempt->event_id, "type", attempt->type, "number",
                     attempt->number, "at", json_of_time(attempt->at), "outcome", attempt->outcome,
                     "reason", json_of_text(attempt->reason), "status",
                     attempt->status ? json_integer(attempt->status) : json_null(), "took_ms",
                     attempt->took_ms >= 0 ? json_integer(attempt->took_ms) : json_null(),
                     "next_at", json_of_time(attempt->next_at));
}

static int list_attempts(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_ATTEMPT};
    struct store_webhook_attempts found;
    struct store_endpoint endpoint;
    int result = webhooks_need(call, tx, answer, &endpoint);
    if (result != 0)
        return result;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    result = store_webhook_attempt_list(
        tx, endpoint.id, &(struct store_page){page.after, page.limit}, call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        json_array_append_new(items, shape_attempt(&found.items[i]));
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void webhooks_list_attempts(struct http_request *req)
{
    call_read(call_of(req), list_attempts);
}

/* ---- again ---- */

static int resend(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_endpoint endpoint;
    struct store_event event;
    int result = webhooks_need(call, tx, answer, &endpoint);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    const char *id = fields_id(&body, "event_id", FIELDS_REQUIRED, ID_EVENT);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (endpoint.stopped_at)
        return call_refuse(answer, &api_webhook_stopped, NULL);
    result = store_event_get(tx, id, call->arena, &event);
    if (result > 0 || (result == 0 && strcmp(event.shipper_id, endpoint.shipper_id) != 0)) {
        fields_fail(&body, "event_id", "There is no event with this id, or no longer.");
        return call_refuse_field(answer, &failure);
    }
    if (result == 0)
        result = webhook_queue_again(tx, endpoint.id, &event, call->now);
    return result != 0 ? result : call_ok(answer, 202, json_pack("{s:s}", "event_id", event.id));
}

void webhooks_resend(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        ask_for(req, resend);
}

/* A replay reads the shipper's events from an id on, in pages. Ids begin with the time they were
 * made at, which is within a request's length of the event's own. */
struct replay {
    struct store_endpoint endpoint;
    int64_t from, to;
    char after[ID_ROOM];
    int queued, seen;
    struct arena *arena; /* of one page */
    bool more;           /* `after` is where to go on */
};

enum { REPLAY_PAGE = 100, REPLAY_SLACK_MS = 600000, REPLAY_MEMORY = 1 << 20 };

static void begin_at(struct replay *replay)
{
    uint8_t bytes[16] = {0};
    uint64_t at = replay->from > REPLAY_SLACK_MS ? (uint64_t)(replay->from - REPLAY_SLACK_MS) : 0;
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(at >> (40 - 8 * i));
    id_from_bytes(ID_EVENT, bytes, replay->after);
}

/* One page; false in *more_out past the end. */
static int replay_page(struct call *call, struct db_tx *tx, struct replay *replay, bool *more_out)
{
    int left = (int)call->api->settings->webhook.replay_limit - replay->seen;
    struct store_page page = {replay->after, left < REPLAY_PAGE ? left : REPLAY_PAGE};
    struct store_event_filter filter = {.shipper_id = replay->endpoint.shipper_id};
    struct store_events events;
    arena_reset(replay->arena);
    int result = store_event_list(tx, &filter, &page, replay->arena, &events);
    *more_out = result == 0 && events.more;
    for (int i = 0; result == 0 && i < events.count; i++) {
        const struct store_event *event = &events.items[i];
        memcpy(replay->after, event->id, ID_ROOM);
        replay->seen++;
        if (event->at >= replay->to + REPLAY_SLACK_MS) {
            *more_out = false;
            break;
        }
        if (event->at < replay->from || event->at >= replay->to ||
            !store_endpoint_wants(&replay->endpoint, event->kind))
            continue;
        result = webhook_queue_again(tx, replay->endpoint.id, event, call->now);
        replay->queued++;
    }
    return result;
}

static int run_replay(struct call *call, struct db_tx *tx, struct replay *replay)
{
    int most = (int)call->api->settings->webhook.replay_limit, result = 0;
    bool more = true;
    replay->arena = arena_new(REPLAY_MEMORY);
    if (!replay->arena)
        return log_fault("webhook.replay", -ENOMEM, "webhook=%s", replay->endpoint.id);
    if (!replay->after[0])
        begin_at(replay);
    while (result == 0 && more && replay->seen < most)
        result = replay_page(call, tx, replay, &more);
    replay->more = more;
    arena_free(&replay->arena);
    return result;
}

static int replay(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct replay replay = {0};
    int result = webhooks_need(call, tx, answer, &replay.endpoint);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    replay.from = fields_time(&body, "from", FIELDS_REQUIRED);
    replay.to = fields_time(&body, "to", FIELDS_REQUIRED);
    const char *after = fields_id(&body, "after", FIELDS_OPTIONAL, ID_EVENT);
    if (!failure.failed && replay.to <= replay.from)
        fields_fail(&body, "to", "This must be after `from`.");
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (replay.endpoint.stopped_at)
        return call_refuse(answer, &api_webhook_stopped, NULL);
    if (after)
        memcpy(replay.after, after, ID_ROOM);
    result = run_replay(call, tx, &replay);
    if (result != 0)
        return result;
    return call_ok(answer, 202,
                   json_pack("{s:i, s:s?}", "queued", replay.queued, "next",
                             replay.more ? replay.after : NULL));
}

void webhooks_replay(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        ask_for(req, replay);
}
