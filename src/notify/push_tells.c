/* SPDX-License-Identifier: Apache-2.0
 *
 * A case that the recipient opened or wrote into is no news to them: only support's words are told.
 * "Delivered" and "the photo is there" are one thing within seconds, so when the photo is there
 * before the first was sent, the second stands for both.
 */
#include "notify/push_tells.h"

#include <jansson.h>

#include "store/account.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/preference.h"

static const struct {
    struct push_tell tell;
    bool by_support; /* only when an agent did it */
} table[EVENT_KIND_COUNT] = {
    [EVENT_DELIVERY_OUT_FOR_DELIVERY] = {{true, PUSH_OF_DELIVERY, "normal"}, false},
    [EVENT_DELIVERY_DELIVERED] = {{true, PUSH_OF_DELIVERY, "high"}, false},
    [EVENT_DELIVERY_ATTEMPTED] = {{true, PUSH_OF_DELIVERY, "high"}, false},
    [EVENT_DELIVERY_RETURNED] = {{true, PUSH_OF_DELIVERY, "normal"}, false},
    [EVENT_DELIVERY_CANCELLED] = {{true, PUSH_OF_DELIVERY, "normal"}, false},
    [EVENT_PHOTO_POSTED] = {{true, PUSH_OF_DELIVERY, "high"}, false},
    [EVENT_PHOTO_LOOKED] = {{true, PUSH_OF_LOOK, "low"}, false},
    [EVENT_CASE_OPENED] = {{true, PUSH_OF_CASE, "normal"}, true},
    [EVENT_CASE_ANSWERED] = {{true, PUSH_OF_CASE, "normal"}, true},
    [EVENT_CASE_RESOLVED] = {{true, PUSH_OF_CASE, "normal"}, true},
};

/* A text of the event's data into `out`; "" where there is none. */
static void datum(const char *data, const char *name, char *out, size_t room)
{
    json_t *object = data ? json_loads(data, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(object, name));
    snprintf(out, room, "%s", text ? text : "");
    json_decref(object);
}

struct push_tell push_tells(enum event_kind kind, const char *data)
{
    char by[16];
    struct push_tell tell = table[kind].tell;
    if (tell.told && table[kind].by_support) {
        datum(data, "by", by, sizeof by);
        tell.told = strcmp(by, "agent") == 0;
    }
    return tell;
}

/* ---- again, at the moment of sending ---- */

/* Is the photo that the event spoke of still posted? One that names none speaks of the delivery's.
 */
static int photo_is_posted(struct db_tx *tx, const struct store_event *event,
                           const struct delivery *delivery, struct arena *arena, bool *out)
{
    char id[ID_ROOM];
    struct photo photo;
    datum(event->data, "photo_id", id, sizeof id);
    *out = delivery->photo_state == PHOTO_POSTED;
    if (!*id)
        return 0;
    int result = store_photo_get(tx, id, arena, &photo);
    *out = result == 0 && photo.state == PHOTO_POSTED &&
           strcmp(photo.delivery_id, event->delivery_id) == 0;
    return result < 0 ? result : 0;
}

static const char *passed(const struct delivery *delivery, enum event_kind kind)
{
    switch (kind) {
    case EVENT_DELIVERY_OUT_FOR_DELIVERY:
        return delivery->state == DELIVERY_OUT_FOR_DELIVERY ? NULL : "passed";
    case EVENT_DELIVERY_ATTEMPTED:
        return delivery->state == DELIVERY_ATTEMPTED ? NULL : "passed";
    case EVENT_DELIVERY_DELIVERED:
        return delivery->state != DELIVERY_DELIVERED   ? "passed"
               : delivery->photo_state == PHOTO_POSTED ? "photo_is_there"
                                                       : NULL;
    default:
        return NULL;
    }
}

int push_still_tells(struct db_tx *tx, const struct store_event *event, const char *account_id,
                     struct arena *arena, const char **stale_out)
{
    struct delivery delivery;
    struct store_account account;
    bool posted = true, wanted = true;
    int result = store_delivery_get(tx, event->delivery_id, arena, &delivery);
    if (result == 0)
        result = store_account_get(tx, account_id, arena, &account);
    if (result != 0) {
        *stale_out = "gone";
        return result < 0 ? result : 0;
    }
    if (!delivery.recipient_email || strcmp(delivery.recipient_email, account.email) != 0) {
        *stale_out = "not_theirs";
        return 0;
    }
    if (!store_event_breaks_glass(event)) /* which is told whatever was switched off */
        result = store_preference_wants(tx, account_id, event->kind, CHANNEL_PUSH, &wanted);
    if (result != 0)
        return result;
    *stale_out = wanted ? passed(&delivery, event->kind) : "not_wanted";
    if (!*stale_out && event->kind == EVENT_PHOTO_POSTED) {
        result = photo_is_posted(tx, event, &delivery, arena, &posted);
        *stale_out = posted ? NULL : "no_photo";
    }
    return result;
}
