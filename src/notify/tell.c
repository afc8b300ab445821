/* SPDX-License-Identifier: Apache-2.0
 *
 * What is put into an event's data are ids, numbers and words of closed lists, so it is written as
 * it is; a value that would need quoting is a fault.
 */
#include "notify/tell.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "notify/sender.h"

struct told {
    struct told *next;
    char delivery_id[ID_ROOM];
};

/* ---- the data ---- */

enum { DATA_CEILING = 1024 };

struct data {
    char text[DATA_CEILING];
    size_t len;
    bool failed;
};

static bool is_plain(const char *value)
{
    for (; *value; value++)
        if (*value == '"' || *value == '\\' || (unsigned char)*value < 0x20 ||
            (unsigned char)*value > 0x7e)
            return false;
    return true;
}

static void put(struct data *data, const char *text)
{
    size_t len = strlen(text);
    if (data->len + len >= sizeof data->text) {
        data->failed = true;
        return;
    }
    memcpy(data->text + data->len, text, len + 1);
    data->len += len;
}

static void put_name(struct data *data, const char *name)
{
    put(data, data->len && data->text[data->len - 1] != '{' ? ",\"" : "\"");
    put(data, name);
    put(data, "\":");
}

/* Absent where the value is NULL or "". */
static void put_text(struct data *data, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    data->failed |= !is_plain(value);
    put_name(data, name);
    put(data, "\"");
    put(data, value);
    put(data, "\"");
}

static void put_number(struct data *data, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    put_name(data, name);
    put(data, text);
}

static void put_time(struct data *data, const char *name, int64_t at)
{
    char text[CLOCK_TEXT_ROOM];
    if (at == 0)
        return;
    clock_format(at, text);
    put_text(data, name, text);
}

static void describe_delivery(struct data *data, const struct delivery *delivery)
{
    put_text(data, "state", words_name(&words_delivery_state, (int)delivery->state));
    put_number(data, "attempt", delivery->attempt);
    put_text(data, "reason", words_name(&words_attempt_reason, (int)delivery->attempt_reason));
    put_text(data, "left_at", words_name(&words_left_at, (int)delivery->left_at));
    put_text(data, "proof", words_name(&words_proof, (int)delivery->proof));
    put_time(data, "captured_at", delivery->delivered_captured_at);
    put_name(data, "photo");
    put(data, "{");
    put_text(data, "state", words_name(&words_photo_state, (int)delivery->photo_state));
    put_text(data, "reason", delivery->photo_reason);
    put(data, "}");
}

/* Where there is no photo, what is said of it by the delivery. */
static void describe_photo(struct data *data, const struct delivery *delivery,
                           const struct photo *photo)
{
    put_text(data, "photo_id", photo ? photo->id : NULL);
    put_number(data, "attempt", photo ? photo->attempt : delivery->attempt);
    put_text(data, "state",
             words_name(&words_photo_state, (int)(photo ? photo->state : delivery->photo_state)));
    put_text(data, "reason", photo ? photo->reason : delivery->photo_reason);
    if (photo && (photo->state == PHOTO_POSTED || photo->state == PHOTO_WITHHELD))
        put_text(data, "place", words_name(&words_place, (int)photo->place));
}

static void describe_look(struct data *data, const struct event *event)
{
    put_text(data, "photo_id", event->look->photo_id);
    put_text(data, "look_id", event->look->id);
    put_text(data, "case_id", event->look->case_id);
    put_text(data, "kind", words_name(&words_look_kind, (int)event->look->kind));
    put_number(data, "agent_number", event->look->agent_number);
    put_text(data, "reason", words_name(&words_look_reason, (int)event->look->reason));
    if (store_look_breaks_glass(event->look)) {
        put_name(data, "break_glass");
        put(data, "true");
    }
}

static void describe_case(struct data *data, const struct event *event)
{
    const struct store_case *row = event->of_case;
    put_text(data, "case_id", row->id);
    put_number(data, "case_number", row->number);
    put_text(data, "kind", words_name(&words_case_kind, (int)row->kind));
    put_text(data, "state", words_name(&words_case_state, (int)row->state));
    put_text(data, "by", words_name(&words_case_side, (int)event->by));
}

static void describe(struct data *data, const struct event *event)
{
    put(data, "{");
    if (event->kind <= EVENT_DELIVERY_CANCELLED)
        describe_delivery(data, event->delivery);
    else if (event->look)
        describe_look(data, event);
    else if (event->of_case)
        describe_case(data, event);
    else
        describe_photo(data, event->delivery, event->photo);
    put(data, "}");
}

/* ---- whom to tell ---- */

struct notice_list {
    struct db_tx *tx;
    const struct store_event *event;
    enum notice_channel channel;
};

int notice_add(struct notice_list *list, const struct notice_to *to)
{
    struct store_notice row = {.channel = list->channel,
                               .payload = to->payload,
                               .run_at = to->run_at ? to->run_at : list->event->at,
                               .created_at = list->event->at};
    memcpy(row.event_id, list->event->id, ID_ROOM);
    memcpy(row.delivery_id, list->event->delivery_id, ID_ROOM);
    snprintf(row.target, sizeof row.target, "%s", to->target ? to->target : "");
    return store_notice_insert(list->tx, &row);
}

/* An event that cannot be remembered is found by the sender's next look, and by an open page's next
 * question. */
static void remember(struct telling *telling, const char *delivery_id)
{
    struct told *told = telling->first;
    if (told && strcmp(told->delivery_id, delivery_id) == 0)
        return;
    told = telling->arena ? arena_alloc(telling->arena, sizeof *told) : NULL;
    if (!told)
        return;
    memcpy(told->delivery_id, delivery_id, ID_ROOM);
    told->next = telling->first;
    telling->first = told;
}

int tell_event(struct db_tx *tx, struct telling *telling, const struct event *event)
{
    const struct tell *tell = telling->tell;
    struct data data = {0};
    if (!tell)
        return 0;
    describe(&data, event);
    if (data.failed)
        return log_fault("event.data", -EBADMSG, "delivery=%s", event->delivery->id);
    struct store_event row = {.kind = event->kind, .data = data.text, .at = event->at};
    memcpy(row.delivery_id, event->delivery->id, ID_ROOM);
    memcpy(row.shipper_id, event->delivery->shipper_id, ID_ROOM);
    int result = store_event_insert(tx, &row);
    if (result != 0)
        return result < 0 ? result : log_fault("event", -ENOENT, "delivery=%s", row.delivery_id);
    struct tell_about about = {&row, event->delivery};
    for (size_t i = 0; result == 0 && i < tell->channel_count; i++) {
        const struct channel *channel = &tell->channels[i];
        struct notice_list list = {tx, &row, channel->is};
        result = channel->address(channel->context, tx, &about, &list);
    }
    remember(telling, row.delivery_id);
    return result;
}

/* ---- from one state to another ---- */

static const enum event_kind of_delivery[DELIVERY_STATE_COUNT] = {
    [DELIVERY_CREATED] = EVENT_DELIVERY_CREATED,
    [DELIVERY_OUT_FOR_DELIVERY] = EVENT_DELIVERY_OUT_FOR_DELIVERY,
    [DELIVERY_DELIVERED] = EVENT_DELIVERY_DELIVERED,
    [DELIVERY_ATTEMPTED] = EVENT_DELIVERY_ATTEMPTED,
    [DELIVERY_RETURNED] = EVENT_DELIVERY_RETURNED,
    [DELIVERY_CANCELLED] = EVENT_DELIVERY_CANCELLED,
};

/* Whether the delivery's own word about its photo is news: that one is expected, or that there will
 * be none. That of a new delivery of which no photo was asked is not. False: *kind_out is unset. */
static bool photo_is_news(const struct tell_move *move, enum event_kind *kind_out)
{
    const struct delivery *before = move->before, *after = move->after;
    if (before && before->photo_state == after->photo_state && before->attempt == after->attempt)
        return false;
    bool not_asked = after->photo_reason && strcmp(after->photo_reason, "not_asked") == 0;
    switch (after->photo_state) {
    case PHOTO_EXPECTED:
        *kind_out = EVENT_PHOTO_EXPECTED;
        return true;
    case PHOTO_NONE:
        *kind_out = EVENT_PHOTO_MISSING;
        return (before && before->attempt == after->attempt) || !not_asked;
    case PHOTO_DECLINED:
    case PHOTO_MISSING:
        *kind_out = EVENT_PHOTO_MISSING;
        return true;
    default:
        return false; /* there is a photo: see tell_photo */
    }
}

int tell_moved(struct db_tx *tx, struct telling *telling, const struct tell_move *move)
{
    const struct delivery *before = move->before, *after = move->after;
    struct event event = {.delivery = after, .at = move->at};
    int result = 0;
    if (!before || before->state != after->state || before->attempt != after->attempt) {
        event.kind = of_delivery[after->state];
        result = tell_event(tx, telling, &event);
    }
    if (result == 0 && photo_is_news(move, &event.kind))
        result = tell_event(tx, telling, &event);
    return result;
}

int tell_photo(struct db_tx *tx, struct telling *telling, const struct tell_photo *what)
{
    struct event event = {.delivery = what->delivery, .photo = what->photo, .at = what->at};
    switch (what->photo->state) {
    case PHOTO_POSTED:
        event.kind = EVENT_PHOTO_POSTED;
        break;
    case PHOTO_WITHHELD:
        event.kind = EVENT_PHOTO_WITHHELD;
        break;
    case PHOTO_REJECTED:
        event.kind = EVENT_PHOTO_REJECTED;
        break;
    case PHOTO_DECLINED:
    case PHOTO_MISSING:
        event.kind = EVENT_PHOTO_MISSING;
        break;
    case PHOTO_ERASED:
        event.kind = EVENT_PHOTO_ERASED;
        break;
    default:
        return 0;
    }
    return tell_event(tx, telling, &event);
}

void tell_wake(const struct telling *telling)
{
    const struct tell *tell = telling->tell;
    if (!tell || !telling->first)
        return;
    if (tell->sender)
        sender_wake(tell->sender);
    for (const struct told *told = telling->first; tell->heard && told; told = told->next)
        tell->heard(tell->heard_context, told->delivery_id);
}
