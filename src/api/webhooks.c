/* SPDX-License-Identifier: Apache-2.0
 *
 * The secret is shown once, when it is made: at creation and at each rotation. It could be computed
 * again at any time, but who holds an API key of the shop should not come by it unnoticed; a
 * rotation is noticed.
 *
 * What waits for an endpoint that is stopped or deleted is dropped by the sender when its turn
 * comes (notify/webhook.c); none of it is lost, since the events are kept and can be replayed.
 */
#include "api/webhooks.h"

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "notify/webhook_sign.h"
#include "notify/webhook_url.h"

/* ---- the shape ---- */

static json_t *shape_kinds(uint32_t kinds)
{
    json_t *names = kinds ? json_array() : json_null();
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (kinds & UINT32_C(1) << kind)
            json_array_append_new(names, json_string(words_name(&words_event_kind, kind)));
    return names;
}

static void derive(const struct call *call, const struct store_endpoint *endpoint,
                   struct webhook_keys *out)
{
    webhook_keys_derive(call->api->webhook_secret, endpoint->id, endpoint->key_version, out);
}

static json_t *shape(const struct call *call, const struct store_endpoint *endpoint)
{
    struct webhook_keys keys;
    char public[WEBHOOK_PUBLIC_ROOM];
    derive(call, endpoint, &keys);
    webhook_public_text(&keys, public);
    crypto_wipe(&keys, sizeof keys);
    bool old = endpoint->old_keys_until > call->now;
    return json_pack(
        "{s:s, s:s, s:o, s:b, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", endpoint->id, "url",
        endpoint->url, "events", shape_kinds(endpoint->kinds), "enabled", endpoint->stopped_at == 0,
        "stopped_at", json_of_time(endpoint->stopped_at), "stop_reason",
        json_of_text(words_name(&words_endpoint_stop, endpoint->stop)), "public_key", public,
        "old_keys_until", json_of_time(old ? endpoint->old_keys_until : 0), "failing_since",
        json_of_time(endpoint->failing_since), "succeeded_at", json_of_time(endpoint->succeeded_at),
        "created_at", json_of_time(endpoint->created_at));
}

/* With the secret. */
static json_t *shape_once(const struct call *call, const struct store_endpoint *endpoint)
{
    struct webhook_keys keys;
    char secret[WEBHOOK_SECRET_ROOM];
    json_t *shaped = shape(call, endpoint);
    derive(call, endpoint, &keys);
    webhook_secret_text(&keys, secret);
    json_object_set_new(shaped, "secret", json_string(secret));
    crypto_wipe(&keys, sizeof keys);
    crypto_wipe(secret, sizeof secret);
    return shaped;
}

/* ---- reading a body ---- */

static void read_url(struct call *call, struct fields *body, enum fields_need need,
                     struct store_endpoint *endpoint)
{
    const char *url =
        fields_text(body, "url", need, (struct fields_length){1, WEBHOOK_URL_CEILING});
    bool private = call->api->settings->notify.allow_private_targets;
    enum webhook_url form = url ? webhook_url_check(url, private) : WEBHOOK_URL_OK;
    if (form != WEBHOOK_URL_OK)
        fields_fail(body, "url", webhook_url_text(form));
    else if (url)
        endpoint->url = url;
}

static void read_kinds(struct fields *body, struct store_endpoint *endpoint)
{
    const char *names[EVENT_KIND_COUNT];
    int count =
        fields_texts(body, "events", (struct fields_length){1, 40}, names, EVENT_KIND_COUNT);
    if (!fields_names(body, "events"))
        return;
    endpoint->kinds = 0; /* null: all */
    for (int i = 0; i < count; i++) {
        int kind = names[i] ? words_find(&words_event_kind, names[i]) : -1;
        if (kind < 0)
            fields_fail(body, "events", "This must name kinds of event, such as photo.posted.");
        else
            endpoint->kinds |= UINT32_C(1) << kind;
    }
}

/* ---- add, list, get ---- */

int webhooks_need(struct call *call, struct db_tx *tx, struct answer *answer,
                  struct store_endpoint *endpoint)
{
    int result = store_endpoint_get(tx, http_param(call->req, "id"), call->arena, endpoint);
    if (result < 0)
        return result;
    if (result == 0 && strcmp(endpoint->shipper_id, call->actor.shipper_id) == 0)
        return 0;
    return call_refuse(answer, &http_not_found, NULL);
}

/* 0, a fault, or the refusal when the shipper has as many as it may. */
static int check_count(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_endpoints held;
    int most = (int)call->api->settings->webhook.endpoints_per_shipper;
    int result = store_endpoint_list(tx, call->actor.shipper_id, &(struct store_page){NULL, most},
                                     call->arena, &held);
    if (result == 0 && held.count >= most)
        return call_refuse(answer, &api_webhook_limit, NULL);
    return result;
}

static int create(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_endpoint endpoint = {.key_version = 1, .created_at = call->now};
    fields_begin(&body, call->body, &failure);
    read_url(call, &body, FIELDS_REQUIRED, &endpoint);
    read_kinds(&body, &endpoint);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    int result = check_count(call, tx, answer);
    if (result != 0)
        return result;
    id_new(ID_WEBHOOK, endpoint.id);
    memcpy(endpoint.shipper_id, call->actor.shipper_id, ID_ROOM);
    result = store_endpoint_insert(tx, &endpoint);
    return result != 0 ? result : call_ok(answer, 201, shape_once(call, &endpoint));
}

void webhooks_create(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, create);
}

static int list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_WEBHOOK};
    struct store_endpoints found;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result =
        store_endpoint_list(tx, call->actor.shipper_id,
                            &(struct store_page){page.after, page.limit}, call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        json_array_append_new(items, shape(call, &found.items[i]));
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void webhooks_list(struct http_request *req)
{
    call_read(call_of(req), list);
}

static int get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_endpoint endpoint;
    int result = webhooks_need(call, tx, answer, &endpoint);
    return result != 0 ? result : call_ok(answer, 200, shape(call, &endpoint));
}

void webhooks_get(struct http_request *req)
{
    call_read(call_of(req), get);
}

/* ---- change, delete ---- */

/* Enabled again, it begins anew: what failed before is forgotten. */
static int set_enabled(struct call *call, struct answer *answer, struct store_endpoint *endpoint,
                       bool enabled)
{
    if (enabled == (endpoint->stopped_at == 0))
        return 0;
    if (enabled && endpoint->stop == STOP_BY_ADMINISTRATOR)
        return call_refuse(answer, &api_webhook_stopped, "An administrator stopped this webhook.");
    endpoint->stopped_at = enabled ? 0 : call->now;
    endpoint->stop = enabled ? STOP_NONE : STOP_BY_SHIPPER;
    if (enabled)
        endpoint->failing_since = 0;
    return 0;
}

static int change(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_endpoint endpoint;
    int result = webhooks_need(call, tx, answer, &endpoint);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    read_url(call, &body, FIELDS_OPTIONAL, &endpoint);
    read_kinds(&body, &endpoint);
    bool enabled = fields_flag(&body, "enabled", endpoint.stopped_at == 0);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = set_enabled(call, answer, &endpoint, enabled);
    if (result == 0)
        result = store_endpoint_update(tx, &endpoint);
    return result != 0 ? result : call_ok(answer, 200, shape(call, &endpoint));
}

void webhooks_change(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, change);
}

static int delete (struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_endpoint endpoint;
    int result = webhooks_need(call, tx, answer, &endpoint);
    if (result == 0)
        result = store_endpoint_delete(tx, endpoint.id);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "webhook.deleted", "webhook=%s", endpoint.id);
    return call_ok(answer, 204, NULL);
}

void webhooks_delete(struct http_request *req)
{
    call_write(call_of(req), delete);
}

/* ---- new keys ---- */

/* Two versions sign at once at most, so a rotation within the overlap of another ends the oldest
 * keys at once; with an overlap of 0 it ends the present ones. */
static int rotate(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_endpoint endpoint;
    int64_t most = call->api->settings->webhook.overlap_hours;
    int result = webhooks_need(call, tx, answer, &endpoint);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    int64_t hours = fields_integer(&body, "overlap_hours", 0, most, most);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    endpoint.key_version++;
    endpoint.old_keys_until = hours ? call->now + hours * CLOCK_HOUR : 0;
    result = store_endpoint_update(tx, &endpoint);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "webhook.rotated", "webhook=%s", endpoint.id);
    return call_ok(answer, 200, shape_once(call, &endpoint));
}

void webhooks_rotate(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_OPTIONAL))
        call_write(call, rotate);
}
