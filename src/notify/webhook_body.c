/* SPDX-License-Identifier: Apache-2.0
 *
 * The data of an event are what was written down when it happened, but for one thing: where the
 * photo stands is never told from memory. It is asked for now, under `now`, and an event that says
 * that a photo can be seen is not sent when it no longer can.
 */
#include "notify/webhook_body.h"

#include <errno.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/delivery.h"
#include "store/photo.h"

/* "webhook.ping evt_…", "webhook.stopped evt_… whk_… reason". */
void webhook_name(const struct notice *notice, struct webhook_name *out)
{
    *out = (struct webhook_name){0};
    if (notice->event.id[0]) {
        memcpy(out->id, notice->event.id, ID_ROOM);
        snprintf(out->type, sizeof out->type, "%s",
                 words_name(&words_event_kind, (int)notice->event.kind));
        return;
    }
    const char *payload = notice->row.payload ? notice->row.payload : "";
    size_t len = strcspn(payload, " ");
    snprintf(out->type, sizeof out->type, "%.*s", (int)len, payload);
    snprintf(out->id, sizeof out->id, "%s", payload + len + (payload[len] == ' '));
}

/* The photo that an event is about, or else the delivery's own word, is posted. */
static int is_posted(struct db_tx *tx, json_t *data, const struct delivery *delivery,
                     struct arena *arena, bool *out)
{
    struct photo photo;
    const char *id = json_string_value(json_object_get(data, "photo_id"));
    *out = delivery->photo_state == PHOTO_POSTED;
    if (!id)
        return 0;
    int result = store_photo_get(tx, id, arena, &photo);
    *out = result == 0 && photo.state == PHOTO_POSTED;
    return result < 0 ? result : 0;
}

static json_t *now_of(const struct delivery *delivery)
{
    return json_pack(
        "{s:s, s:{s:s, s:s?}}", "state", words_name(&words_delivery_state, (int)delivery->state),
        "photo", "state", words_name(&words_photo_state, (int)delivery->photo_state), "reason",
        delivery->photo_reason && *delivery->photo_reason ? delivery->photo_reason : NULL);
}

/* The data of an event; NULL when memory is short or the row is no object. */
static json_t *event_data(const struct notice *notice, const struct delivery *delivery)
{
    json_t *data = json_loads(notice->event.data ? notice->event.data : "{}", 0, NULL);
    if (!json_is_object(data)) {
        json_decref(data);
        return NULL;
    }
    json_object_del(data, "photo");
    if (json_object_set_new(data, "delivery_id", json_string(delivery->id)) != 0 ||
        json_object_set_new(data, "number", json_integer(notice->event.number)) != 0 ||
        json_object_set_new(data, "now", now_of(delivery)) != 0) {
        json_decref(data);
        return NULL;
    }
    return data;
}

/* Writes the body into the arena; steals data. */
static int write_body(const struct webhook_name *name, int64_t at, json_t *data,
                      struct arena *arena, struct webhook_parts *out)
{
    char time[CLOCK_TEXT_ROOM];
    clock_format(at, time);
    json_t *body =
        data ? json_pack("{s:s, s:s, s:o}", "type", name->type, "timestamp", time, "data", data)
             : NULL;
    AUTO_FREE char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    out->id = arena_strdup(arena, name->id);
    out->body = text ? arena_strdup(arena, text) : NULL;
    if (out->id && out->body)
        return 0;
    return log_fault("webhook.body", -ENOMEM, "event=%s", name->id);
}

/* After type and id: what a webhook's own word is about, and why. */
static json_t *own_data(const struct notice *notice)
{
    char about[ID_ROOM], why[32];
    const char *payload = notice->row.payload ? notice->row.payload : "";
    if (sscanf(payload, "%*s %*s %30s %31s", about, why) == 2)
        return json_pack("{s:s, s:s}", "webhook_id", about, "reason", why);
    return json_pack("{s:s}", "webhook_id", notice->row.target);
}

int webhook_body(struct db_tx *tx, const struct notice *notice, struct arena *arena,
                 struct webhook_parts *out)
{
    struct webhook_name name;
    struct delivery delivery;
    webhook_name(notice, &name);
    if (!notice->event.id[0])
        return write_body(&name, notice->row.created_at, own_data(notice), arena, out);
    int result = store_delivery_get(tx, notice->event.delivery_id, arena, &delivery);
    if (result != 0)
        return result < 0 ? result : WEBHOOK_UNTRUE;
    json_t *data = event_data(notice, &delivery);
    bool posted = true;
    if (data && notice->event.kind == EVENT_PHOTO_POSTED)
        result = is_posted(tx, data, &delivery, arena, &posted);
    if (result < 0 || !posted) {
        json_decref(data);
        return result < 0 ? result : WEBHOOK_UNTRUE;
    }
    return write_body(&name, notice->event.at, data, arena, out);
}
