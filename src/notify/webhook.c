/* SPDX-License-Identifier: Apache-2.0
 *
 * Two kinds of notice stand in an endpoint's line: of events, and a webhook's own, which have no
 * event: a ping, and the word to a shipper's other endpoints that one was stopped. The payload of
 * those begins with what they are and their webhook-id; that of an event which is sent because the
 * shipper asked for it says so.
 *
 * An endpoint is stopped when it answers 410, or when an event was given up and nothing at all was
 * taken since that event was queued: one event that it cannot take does not stop it. What still
 * waits for a stopped endpoint is dropped, some at once and the rest as its turn comes.
 */
#include "notify/webhook.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "notify/webhook_body.h"
#include "notify/webhook_sign.h"

#define AGAIN "again"

enum { DROP_BATCH = 500 };

/* ---- settings ---- */

void webhooks_init(struct webhooks *webhooks, const struct settings *settings,
                   const uint8_t secret[32])
{
    const char *cursor = settings->webhook.retry_seconds;
    char item[32];
    double seconds = 0;
    *webhooks = (struct webhooks){.settings = settings};
    memcpy(webhooks->secret, secret, sizeof webhooks->secret);
    while (webhooks->schedule_count < WEBHOOK_RETRIES &&
           settings_list_next(&cursor, item, sizeof item) && text_to_double(item, 0, 1e9, &seconds))
        webhooks->schedule[webhooks->schedule_count++] = (int64_t)(seconds * 1000);
}

/* ---- queueing ---- */

static int queue(struct db_tx *tx, const char *endpoint_id, struct store_notice *notice,
                 int64_t now)
{
    notice->channel = CHANNEL_WEBHOOK;
    notice->run_at = notice->created_at = now;
    memcpy(notice->target, endpoint_id, ID_ROOM);
    return store_notice_insert(tx, notice);
}

int webhook_queue_ping(struct db_tx *tx, const char *endpoint_id, int64_t now,
                       char event_id_out[ID_ROOM])
{
    char payload[WEBHOOK_PAYLOAD_ROOM];
    id_new(ID_EVENT, event_id_out);
    snprintf(payload, sizeof payload, WEBHOOK_PING " %s", event_id_out);
    return queue(tx, endpoint_id, &(struct store_notice){.payload = payload}, now);
}

int webhook_queue_again(struct db_tx *tx, const char *endpoint_id, const struct store_event *event,
                        int64_t now)
{
    struct store_notice notice = {.payload = AGAIN};
    memcpy(notice.event_id, event->id, ID_ROOM);
    memcpy(notice.delivery_id, event->delivery_id, ID_ROOM);
    return queue(tx, endpoint_id, &notice, now);
}

static int address(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list)
{
    struct store_targets targets;
    int result = store_endpoint_targets(tx, about->event->shipper_id, about->event->kind, &targets);
    for (int i = 0; result == 0 && i < targets.count; i++)
        result = notice_add(list, &(struct notice_to){.target = targets.id[i]});
    return result;
}

/* ---- at the moment of sending ---- */

static int no(struct notice_verdict *verdict, enum notice_outcome outcome, const char *reason)
{
    verdict->outcome = outcome;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
    return 0;
}

static int fill(const struct webhooks *webhooks, const struct store_endpoint *endpoint,
                struct webhook_parts *parts, struct arena *arena, struct outgoing *out)
{
    int64_t now = clock_now();
    struct webhook_message message = {parts->id, now / 1000, parts->body};
    struct webhook_keys keys[2];
    int count = endpoint->old_keys_until > now && endpoint->key_version > 1 ? 2 : 1;
    for (int i = 0; i < count; i++)
        webhook_keys_derive(webhooks->secret, endpoint->id, endpoint->key_version - i, &keys[i]);
    const char *signatures = webhook_signatures(keys, count, &message, arena);
    crypto_wipe(keys, sizeof keys);
    out->url = endpoint->url;
    out->guarded = true;
    out->timeout_ms = webhooks->settings->webhook.timeout_ms;
    out->body = (struct span){(const uint8_t *)parts->body, strlen(parts->body)};
    out->headers[0] = "Content-Type: application/json";
    out->headers[1] = arena_printf(arena, "webhook-id: %s", message.id);
    out->headers[2] = arena_printf(arena, "webhook-timestamp: %lld", (long long)message.timestamp);
    out->headers[3] = signatures ? arena_printf(arena, "webhook-signature: %s", signatures) : NULL;
    out->header_count = 4;
    if (out->headers[1] && out->headers[2] && out->headers[3])
        return 0;
    return log_fault("webhook.prepare", -ENOMEM, "webhook=%s", endpoint->id);
}

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    const struct webhooks *webhooks = context;
    struct arena *arena = notice->arena;
    struct store_endpoint endpoint;
    struct webhook_parts parts;
    int result = store_endpoint_get(tx, notice->row.target, arena, &endpoint);
    if (result < 0)
        return result;
    if (result > 0 || endpoint.stopped_at)
        return no(verdict, NOTICE_TARGET_GONE, result > 0 ? "deleted" : "stopped");
    bool asked_for = notice->row.payload && strcmp(notice->row.payload, AGAIN) == 0;
    if (notice->event.id[0] && !asked_for && !store_endpoint_wants(&endpoint, notice->event.kind))
        return no(verdict, NOTICE_STALE, "not_wanted");
    result = webhook_body(tx, notice, arena, &parts);
    if (result == WEBHOOK_UNTRUE)
        return no(verdict, NOTICE_STALE, "no_longer_true");
    return result ? result : fill(webhooks, &endpoint, &parts, arena, out);
}

static void judge(void *context, const struct notice *notice, const struct incoming *answer,
                  struct notice_verdict *out)
{
    const struct webhooks *webhooks = context;
    notice_judge_http(answer, out);
    if (out->outcome == NOTICE_LATER && notice->row.attempts > webhooks->schedule_count)
        out->outcome = NOTICE_REFUSED;
}

/* ---- writing down how it ended ---- */

static const char *const outcome_words[NOTICE_OUTCOME_COUNT] = {
    [NOTICE_SENT] = "sent",        [NOTICE_LATER] = "later",    [NOTICE_REFUSED] = "given_up",
    [NOTICE_TARGET_GONE] = "gone", [NOTICE_STALE] = "not_sent",
};

/* When the next try is due, as the notice's row now says. */
static int next_at(struct db_tx *tx, const struct notice *notice, struct arena *arena, int64_t *out)
{
    struct store_notice row;
    int result = store_notice_get(tx, notice->row.id, arena, &row);
    *out = result == 0 ? row.run_at : 0;
    return result < 0 ? result : 0;
}

static int note(struct db_tx *tx, const struct notice *notice, const struct incoming *answer,
                const struct notice_verdict *verdict, struct arena *arena)
{
    int64_t now = clock_now(), took = answer ? answer->took_ms : -1;
    struct webhook_name name;
    struct store_webhook_attempt attempt = {
        .number = notice->row.attempts,
        .at = took > 0 ? now - took : now,
        .status = answer && answer->answered ? answer->status : 0,
        .took_ms = took,
        .outcome = outcome_words[verdict->outcome],
        .reason = verdict->reason[0] ? verdict->reason : NULL,
    };
    webhook_name(notice, &name);
    attempt.type = name.type;
    id_new(ID_ATTEMPT, attempt.id);
    memcpy(attempt.event_id, name.id, ID_ROOM);
    memcpy(attempt.endpoint_id, notice->row.target, ID_ROOM);
    int result = 0;
    if (verdict->outcome == NOTICE_LATER)
        result = next_at(tx, notice, arena, &attempt.next_at);
    return result ? result : store_webhook_attempt_insert(tx, &attempt);
}

static int drop_line(struct db_tx *tx, const char *endpoint_id)
{
    struct store_line line = {.channel = CHANNEL_WEBHOOK};
    int dropped;
    memcpy(line.target, endpoint_id, ID_ROOM);
    return store_notice_drop_target(tx, &line, DROP_BATCH, &dropped);
}

/* The shipper hears of it at its other endpoints; and it stands in the API. */
static int tell_others(struct db_tx *tx, const struct store_endpoint *stopped,
                       enum endpoint_stop why, struct arena *arena)
{
    struct store_endpoints others;
    int64_t now = clock_now();
    int result = store_endpoint_list(tx, stopped->shipper_id,
                                     &(struct store_page){NULL, STORE_PAGE_LIMIT}, arena, &others);
    for (int i = 0; result == 0 && i < others.count; i++) {
        char payload[WEBHOOK_PAYLOAD_ROOM], id[ID_ROOM];
        if (others.items[i].stopped_at || strcmp(others.items[i].id, stopped->id) == 0)
            continue;
        id_new(ID_EVENT, id);
        snprintf(payload, sizeof payload, WEBHOOK_STOPPED " %s %s %s", id, stopped->id,
                 words_name(&words_endpoint_stop, (int)why));
        result = queue(tx, others.items[i].id, &(struct store_notice){.payload = payload}, now);
    }
    return result;
}

static int stop(struct db_tx *tx, const struct store_endpoint *endpoint, enum endpoint_stop why,
                struct arena *arena)
{
    int result = store_endpoint_stop(tx, endpoint->id, why, clock_now());
    if (result == STORE_NOT_FOUND)
        return 0;
    if (result == 0)
        result = tell_others(tx, endpoint, why, arena);
    if (result == 0)
        result = drop_line(tx, endpoint->id);
    if (result == 0)
        log_event(LOG_WARN, "webhook.stopped", "webhook=%s reason=%s", endpoint->id,
                  words_name(&words_endpoint_stop, (int)why));
    return result;
}

static int settle_endpoint(struct db_tx *tx, const struct notice *notice,
                           const struct notice_verdict *verdict,
                           const struct store_endpoint *endpoint, struct arena *arena)
{
    int64_t now = clock_now();
    if (verdict->outcome == NOTICE_SENT)
        return store_endpoint_succeeded(tx, endpoint->id, now);
    int result = store_endpoint_failed(tx, endpoint->id, now);
    if (result == 0 && verdict->outcome == NOTICE_TARGET_GONE)
        return stop(tx, endpoint, STOP_GONE, arena);
    if (result == 0 && verdict->outcome == NOTICE_REFUSED &&
        endpoint->succeeded_at < notice->row.created_at)
        return stop(tx, endpoint, STOP_FAILING, arena);
    return result;
}

static int settle_in(struct db_tx *tx, const struct notice *notice, const struct incoming *answer,
                     const struct notice_verdict *verdict, struct arena *arena)
{
    struct store_endpoint endpoint;
    int result = store_endpoint_get(tx, notice->row.target, arena, &endpoint);
    if (result < 0)
        return result;
    if (result > 0 || (!answer && verdict->outcome == NOTICE_TARGET_GONE))
        return drop_line(tx, notice->row.target);
    bool swept = notice->row.event_id[0] && !notice->event.id[0];
    if (swept || (!answer && verdict->outcome != NOTICE_STALE))
        return 0;
    result = note(tx, notice, answer, verdict, arena);
    return result || !answer ? result : settle_endpoint(tx, notice, verdict, &endpoint, arena);
}

static int settle(void *context, struct db_tx *tx, const struct notice *notice,
                  const struct incoming *answer, const struct notice_verdict *verdict)
{
    enum { SETTLE_CEILING = 1 << 20 };
    struct arena *arena = arena_new(SETTLE_CEILING);
    int result = arena ? settle_in(tx, notice, answer, verdict, arena) : -ENOMEM;
    arena_free(&arena);
    return result;
}

void webhook_channel(struct webhooks *webhooks, struct channel *out)
{
    *out = (struct channel){
        .is = CHANNEL_WEBHOOK,
        .address = address,
        .prepare = prepare,
        .judge = judge,
        .settle = settle,
        .schedule = webhooks ? webhooks->schedule : NULL,
        .schedule_count = webhooks ? webhooks->schedule_count : 0,
        .context = webhooks,
    };
}
