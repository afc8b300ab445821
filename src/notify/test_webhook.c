/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel by itself: what it sends and no longer sends, what an answer does to an endpoint, and
 * what is written down.
 */
#include <jansson.h>

#include "base/clock.h"
#include "notify/tell.h"
#include "notify/webhook.h"
#include "notify/webhook_sign.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/test_help.h"

static struct settings settings;
static struct webhooks webhooks;
static struct channel channel;
static char endpoint_id[ID_ROOM], other_id[ID_ROOM];

/* A shipper's two endpoints, the first for some kinds only; a delivery with a posted photo. */
static void set_up(struct db_tx *tx)
{
    static const uint8_t secret[32] = {7};
    settings_defaults(&settings);
    webhooks_init(&webhooks, &settings, secret);
    webhook_channel(&webhooks, &channel);
    struct store_endpoint endpoint = {
        .url = "https://shop.example/a",
        .key_version = 1,
        .created_at = 1,
        .kinds = 1u << EVENT_PHOTO_POSTED | 1u << EVENT_DELIVERY_DELIVERED,
    };
    help_id(ID_SHIPPER, 1, endpoint.shipper_id);
    help_id(ID_WEBHOOK, 1, endpoint.id);
    help_id(ID_WEBHOOK, 1, endpoint_id);
    help_id(ID_WEBHOOK, 2, other_id);
    CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    memcpy(endpoint.id, other_id, ID_ROOM);
    endpoint.kinds = 0;
    CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    struct delivery delivery = help_delivery(1);
    delivery.state = DELIVERY_DELIVERED;
    delivery.photo_state = PHOTO_POSTED;
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    struct photo photo = {.attempt = 1,
                          .state = PHOTO_POSTED,
                          .staging_slot = -1,
                          .key_slot = 4,
                          .delete_by = INT64_C(1) << 40};
    help_id(ID_PHOTO, 1, photo.id);
    memcpy(photo.delivery_id, delivery.id, ID_ROOM);
    help_id(ID_DRIVER, 1, photo.driver_id);
    help_id(ID_DEVICE, 1, photo.device_id);
    CHECK_INT(store_photo_insert(tx, &photo), 0);
}

static void set_photo(struct db_tx *tx, struct arena *arena, enum photo_state state)
{
    char id[ID_ROOM];
    struct photo photo;
    struct delivery delivery;
    CHECK_INT(store_photo_get(tx, help_id(ID_PHOTO, 1, id), arena, &photo), 0);
    photo.state = state;
    CHECK_INT(store_photo_update(tx, &photo), 0);
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 1, id), arena, &delivery), 0);
    delivery.photo_state = state;
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
}

/* An event of the delivery, queued to the first endpoint and taken. */
static struct notice take(struct db_tx *tx, struct arena *arena, enum event_kind kind,
                          const char *data)
{
    struct notice notice = {0};
    struct store_event event = {.kind = kind, .data = data, .at = INT64_C(1764000000123)};
    help_id(ID_SHIPPER, 1, event.shipper_id);
    help_id(ID_DELIVERY, 1, event.delivery_id);
    CHECK_INT(store_event_insert(tx, &event), 0);
    struct store_notice row = {.channel = CHANNEL_WEBHOOK, .created_at = clock_now(), .run_at = 1};
    memcpy(row.event_id, event.id, ID_ROOM);
    memcpy(row.delivery_id, event.delivery_id, ID_ROOM);
    memcpy(row.target, endpoint_id, ID_ROOM);
    CHECK_INT(store_notice_insert(tx, &row), 0);
    struct store_notice_take how = {CHANNEL_WEBHOOK, endpoint_id, 1, clock_now()};
    CHECK_INT(store_notice_take(tx, &how, arena, &notice.row), 0);
    notice.event = event;
    return notice;
}

static int prepare(struct db_tx *tx, struct arena *arena, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    *out = (struct outgoing){0};
    *verdict = (struct notice_verdict){0};
    struct notice with_arena = *notice;
    with_arena.arena = arena;
    return channel.prepare(channel.context, tx, &with_arena, out, verdict);
}

/* Judges an answer and has it settled. */
static struct notice_verdict settle(struct db_tx *tx, const struct notice *notice,
                                    const struct incoming *answer)
{
    struct notice_verdict verdict = {0};
    channel.judge(channel.context, notice, answer, &verdict);
    CHECK_INT(channel.settle(channel.context, tx, notice, answer, &verdict), 0);
    return verdict;
}

static struct store_endpoint endpoint_now(struct db_tx *tx, struct arena *arena)
{
    struct store_endpoint endpoint = {0};
    CHECK_INT(store_endpoint_get(tx, endpoint_id, arena, &endpoint), 0);
    return endpoint;
}

static struct store_webhook_attempts attempts(struct db_tx *tx, struct arena *arena)
{
    struct store_webhook_attempts list = {0};
    CHECK_INT(
        store_webhook_attempt_list(tx, endpoint_id, &(struct store_page){NULL, 50}, arena, &list),
        0);
    return list;
}

/* Its data as tell.c writes them, about photo number 1. */
static const char *photo_data(struct arena *arena)
{
    char id[ID_ROOM];
    return arena_printf(arena, "{\"photo_id\":\"%s\",\"attempt\":1,\"state\":\"posted\"}",
                        help_id(ID_PHOTO, 1, id));
}

STORE_TEST(an_event_goes_to_those_who_want_it)
{
    struct store_notice_counts counts;
    struct notice notice = {0};
    set_up(tx);
    struct tell tell = {.channels = &channel, .channel_count = 1};
    struct telling telling = {.tell = &tell, .arena = arena};
    struct delivery delivery = help_delivery(1);
    static const enum event_kind kinds[] = {EVENT_DELIVERY_RETURNED, EVENT_DELIVERY_DELIVERED};
    for (int i = 0; i < 2; i++) {
        struct event event = {.kind = kinds[i], .delivery = &delivery, .at = 5};
        CHECK_INT(tell_event(tx, &telling, &event), 0);
        CHECK_INT(store_notice_count(tx, CHANNEL_WEBHOOK, &counts), 0);
        CHECK_INT(counts.queued, i == 0 ? 1 : 3);
    }
    struct store_notice_take how = {CHANNEL_WEBHOOK, endpoint_id, 1, clock_now()};
    CHECK_INT(store_notice_take(tx, &how, arena, &notice.row), 0);
    CHECK_INT(store_event_get(tx, notice.row.event_id, arena, &notice.event), 0);
    CHECK_INT(notice.event.kind, EVENT_DELIVERY_DELIVERED);
}

STORE_TEST(the_request_is_signed_and_thin)
{
    struct outgoing out;
    struct notice_verdict verdict;
    char id[ID_ROOM];
    set_up(tx);
    struct notice notice = take(tx, arena, EVENT_PHOTO_POSTED, photo_data(arena));
    CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
    CHECK_INT(verdict.outcome, NOTICE_SENT);
    CHECK_STR(out.url, "https://shop.example/a");
    CHECK(out.guarded);
    CHECK_INT(out.timeout_ms, 15000);
    CHECK_INT(out.header_count, 4);
    CHECK_STR(out.headers[0], "Content-Type: application/json");
    CHECK_STR(out.headers[1], arena_printf(arena, "webhook-id: %s", notice.event.id));
    json_t *body = json_loadb((const char *)out.body.data, out.body.len, 0, NULL);
    json_t *data = json_object_get(body, "data"), *now = json_object_get(data, "now");
    CHECK_STR(json_string_value(json_object_get(body, "type")), "photo.posted");
    CHECK_STR(json_string_value(json_object_get(body, "timestamp")), "2025-11-24T16:00:00.123Z");
    CHECK_STR(json_string_value(json_object_get(data, "delivery_id")), help_id(ID_DELIVERY, 1, id));
    CHECK_INT(json_integer_value(json_object_get(data, "number")), 1);
    CHECK_STR(json_string_value(json_object_get(now, "state")), "delivered");
    CHECK_STR(json_string_value(json_object_get(json_object_get(now, "photo"), "state")), "posted");
    json_decref(body);
    static const char *const private[] = {"Ada", "Long Lane", "ada@example.org", "52.5"};
    for (size_t i = 0; i < ARRAY_LEN(private); i++)
        CHECK(!strstr((const char *)out.body.data, private[i]));
    struct webhook_keys keys;
    struct webhook_message message = {notice.event.id, 0, (const char *)out.body.data};
    message.timestamp = strtoll(strchr(out.headers[2], ' '), NULL, 10);
    webhook_keys_derive(webhooks.secret, endpoint_id, 1, &keys);
    CHECK_STR(out.headers[3], arena_printf(arena, "webhook-signature: %s",
                                           webhook_signatures(&keys, 1, &message, arena)));
}

STORE_TEST(old_keys_sign_too_for_a_while)
{
    struct outgoing out;
    struct notice_verdict verdict;
    set_up(tx);
    struct notice notice = take(tx, arena, EVENT_PHOTO_POSTED, photo_data(arena));
    struct store_endpoint endpoint = endpoint_now(tx, arena);
    int64_t until[] = {clock_now() + CLOCK_HOUR, clock_now() - 1, 0};
    for (int i = 0; i < 3; i++) {
        endpoint.key_version = 2;
        endpoint.old_keys_until = until[i];
        CHECK_INT(store_endpoint_update(tx, &endpoint), 0);
        CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
        int signatures = 0;
        for (const char *at = out.headers[3]; (at = strstr(at, "v1a,")); at++)
            signatures++;
        CHECK_INT(signatures, i == 0 ? 2 : 1);
    }
}

STORE_TEST(what_is_no_longer_true_is_not_sent)
{
    struct outgoing out;
    struct notice_verdict verdict;
    static const enum photo_state others[] = {PHOTO_WITHHELD, PHOTO_ERASED};
    set_up(tx);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct notice notice = take(tx, arena, EVENT_PHOTO_POSTED, photo_data(arena));
        set_photo(tx, arena, others[i]);
        CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
        CHECK_INT(verdict.outcome, NOTICE_STALE);
        CHECK_STR(verdict.reason, "no_longer_true");
        CHECK_INT(store_notice_finish(tx, &notice.row), 0);
        CHECK_INT(channel.settle(channel.context, tx, &notice, NULL, &verdict), 0);
        struct store_webhook_attempts list = attempts(tx, arena);
        CHECK_INT(list.count, (int)i + 1);
        CHECK_STR(list.items[0].outcome, "not_sent");
        CHECK_INT(list.items[0].took_ms, -1);
    }
    /* What else waited says where things stand, and not where they stood. */
    struct notice notice = take(tx, arena, EVENT_DELIVERY_DELIVERED,
                                "{\"state\":\"delivered\",\"photo\":{\"state\":\"posted\"}}");
    CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
    CHECK_INT(verdict.outcome, NOTICE_SENT);
    CHECK(strstr((const char *)out.body.data, "\"photo\":{\"state\":\"erased\""));
    CHECK(!strstr((const char *)out.body.data, "posted"));
}

STORE_TEST(what_is_not_wanted_is_not_sent_unless_asked_for)
{
    struct outgoing out;
    struct notice_verdict verdict;
    set_up(tx);
    struct notice notice = take(tx, arena, EVENT_DELIVERY_RETURNED, "{\"state\":\"returned\"}");
    CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
    CHECK_INT(verdict.outcome, NOTICE_STALE);
    CHECK_STR(verdict.reason, "not_wanted");
    notice.row.payload = "again";
    CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
    CHECK_INT(verdict.outcome, NOTICE_SENT);
}

STORE_TEST(a_stopped_or_deleted_endpoint_gets_nothing_and_its_line_goes)
{
    struct outgoing out;
    struct notice_verdict verdict;
    struct store_notice_counts counts;
    set_up(tx);
    for (int i = 0; i < 2; i++) {
        struct notice notice = take(tx, arena, EVENT_PHOTO_POSTED, photo_data(arena));
        char ping[ID_ROOM];
        CHECK_INT(webhook_queue_ping(tx, endpoint_id, 5, ping), 0);
        if (i == 0)
            CHECK_INT(store_endpoint_stop(tx, endpoint_id, STOP_BY_SHIPPER, 9), 0);
        else
            CHECK_INT(store_endpoint_delete(tx, endpoint_id), 0);
        CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
        CHECK_INT(verdict.outcome, NOTICE_TARGET_GONE);
        CHECK_STR(verdict.reason, i == 0 ? "stopped" : "deleted");
        CHECK_INT(store_notice_finish(tx, &notice.row), 0);
        CHECK_INT(channel.settle(channel.context, tx, &notice, NULL, &verdict), 0);
        CHECK_INT(store_notice_count(tx, CHANNEL_WEBHOOK, &counts), 0);
        CHECK_INT(counts.queued, 0);
        CHECK_INT(attempts(tx, arena).count, 0);
    }
}

STORE_TEST(answers_are_judged_and_written_down)
{
    static const struct {
        struct incoming answer;
        enum notice_outcome outcome;
        const char *reason, *word;
    } cases[] = {
        {{.answered = true, .status = 204}, NOTICE_SENT, NULL, "sent"},
        {{.answered = true, .status = 500}, NOTICE_LATER, "status_500", "later"},
        {{.answered = true, .status = 302}, NOTICE_LATER, "status_302", "later"},
        {{.trouble = "guarded"}, NOTICE_LATER, "guarded", "later"},
        {{.trouble = "timeout"}, NOTICE_LATER, "timeout", "later"},
        {{.answered = true, .status = 410}, NOTICE_TARGET_GONE, "status_410", "gone"},
    };
    set_up(tx);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct notice notice = take(tx, arena, EVENT_PHOTO_POSTED, photo_data(arena));
        struct incoming answer = cases[i].answer;
        answer.took_ms = 12;
        if (cases[i].outcome == NOTICE_LATER)
            CHECK_INT(store_notice_back_off(tx, &notice.row, INT64_C(1) << 41, "x"), 0);
        else
            CHECK_INT(store_notice_finish(tx, &notice.row), 0);
        CHECK_INT(settle(tx, &notice, &answer).outcome, cases[i].outcome);
        struct store_webhook_attempt got = attempts(tx, arena).items[0];
        CHECK_STR(got.outcome, cases[i].word);
        CHECK_STR(got.reason, cases[i].reason);
        CHECK_STR(got.type, "photo.posted");
        CHECK_STR(got.event_id, notice.event.id);
        CHECK_INT(got.status, answer.status);
        CHECK_INT(got.took_ms, 12);
        CHECK_INT(got.next_at, cases[i].outcome == NOTICE_LATER ? INT64_C(1) << 41 : 0);
        struct store_endpoint endpoint = endpoint_now(tx, arena);
        CHECK_INT(endpoint.failing_since != 0, i != 0);
        struct store_line line = {.channel = CHANNEL_WEBHOOK};
        int dropped;
        memcpy(line.target, endpoint_id, ID_ROOM);
        CHECK_INT(store_notice_drop_target(tx, &line, 100, &dropped), 0);
    }
    CHECK_INT(endpoint_now(tx, arena).stop, STOP_GONE);
}

/* The last of an event's attempts fails. */
static void give_up(struct db_tx *tx, struct arena *arena)
{
    struct notice notice = take(tx, arena, EVENT_PHOTO_POSTED, photo_data(arena));
    notice.row.attempts = webhooks.schedule_count + 1;
    struct incoming answer = {.answered = true, .status = 500};
    CHECK_INT(store_notice_set_aside(tx, &notice.row, 1, "status_500"), 0);
    CHECK_INT(settle(tx, &notice, &answer).outcome, NOTICE_REFUSED);
}

STORE_TEST(an_endpoint_that_takes_nothing_is_stopped_and_the_others_hear_of_it)
{
    struct outgoing out;
    struct notice_verdict verdict;
    set_up(tx);
    CHECK_INT(webhooks.schedule_count, 9);
    CHECK_INT(webhooks.schedule[0], 5000);
    CHECK_INT(webhooks.schedule[8], CLOCK_DAY);
    CHECK_INT(store_endpoint_failed(tx, endpoint_id, 5), 0);
    CHECK_INT(store_endpoint_succeeded(tx, endpoint_id, clock_now() + CLOCK_HOUR), 0);
    give_up(tx, arena); /* while others are taken */
    CHECK_INT(endpoint_now(tx, arena).stop, STOP_NONE);
    struct store_endpoint endpoint = endpoint_now(tx, arena);
    endpoint.succeeded_at = 6;
    CHECK_INT(store_endpoint_update(tx, &endpoint), 0);
    give_up(tx, arena);
    CHECK_INT(endpoint_now(tx, arena).stop, STOP_FAILING);
    CHECK_STR(attempts(tx, arena).items[0].outcome, "given_up");
    struct notice told = {0};
    struct store_notice_take how = {CHANNEL_WEBHOOK, other_id, 1, clock_now()};
    CHECK_INT(store_notice_take(tx, &how, arena, &told.row), 0);
    CHECK_INT(prepare(tx, arena, &told, &out, &verdict), 0);
    CHECK_INT(verdict.outcome, NOTICE_SENT);
    CHECK(strstr((const char *)out.body.data, "\"type\":\"webhook.stopped\""));
    CHECK(
        strstr((const char *)out.body.data,
               arena_printf(arena, "{\"webhook_id\":\"%s\",\"reason\":\"failing\"}", endpoint_id)));
    CHECK(strncmp(out.headers[1], "webhook-id: evt_", 16) == 0);
}

STORE_TEST(a_ping_has_one_id_over_all_attempts)
{
    struct outgoing out;
    struct notice_verdict verdict;
    struct notice notice = {0};
    char id[ID_ROOM];
    set_up(tx);
    CHECK_INT(webhook_queue_ping(tx, endpoint_id, 1, id), 0);
    for (int i = 0; i < 3; i++) {
        struct store_notice_take how = {CHANNEL_WEBHOOK, endpoint_id, 1, clock_now()};
        CHECK_INT(store_notice_take(tx, &how, arena, &notice.row), 0);
        CHECK_INT(prepare(tx, arena, &notice, &out, &verdict), 0);
        CHECK_INT(verdict.outcome, NOTICE_SENT);
        CHECK_STR(out.headers[1], arena_printf(arena, "webhook-id: %s", id));
        CHECK(strstr((const char *)out.body.data, "\"type\":\"webhook.ping\""));
        CHECK_INT(store_notice_back_off(tx, &notice.row, 1, "x"), 0);
    }
}

TAP_MAIN(TAP(an_event_goes_to_those_who_want_it), TAP(the_request_is_signed_and_thin),
         TAP(old_keys_sign_too_for_a_while), TAP(what_is_no_longer_true_is_not_sent),
         TAP(what_is_not_wanted_is_not_sent_unless_asked_for),
         TAP(a_stopped_or_deleted_endpoint_gets_nothing_and_its_line_goes),
         TAP(answers_are_judged_and_written_down),
         TAP(an_endpoint_that_takes_nothing_is_stopped_and_the_others_hear_of_it),
         TAP(a_ping_has_one_id_over_all_attempts))
