/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel at the moment of sending: what is still told, what is not any more, what the request
 * looks like, and what each answer means.
 */
#include "base/clock.h"
#include "crypto/crypto.h"
#include "keys/keys.h"
#include "notify/push.h"
#include "notify/push_crypt.h"
#include "notify/push_endpoint.h"
#include "store/account.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/preference.h"
#include "store/subscription.h"
#include "store/test_help.h"

static struct settings settings;
static struct keys *keys;
static struct push *push;
static struct channel channel;
static struct p256_pair browser;

/* A recipient with a browser and a delivery, which is number 1. */
static struct delivery stage(struct db_tx *tx, struct arena *arena)
{
    struct store_account account = {.email = "ada@example.org", .created_at = 1};
    struct store_subscription row = {.endpoint = "https://push.example:8443/send/1",
                                     .created_at = clock_now()};
    struct delivery delivery = help_delivery(1);
    help_id(ID_ACCOUNT, 1, account.id);
    help_id(ID_SUBSCRIPTION, 1, row.id);
    memcpy(row.account_id, account.id, ID_ROOM);
    memcpy(row.point, browser.point, sizeof row.point);
    CHECK_INT(store_account_insert(tx, &account), 0);
    CHECK_INT(store_subscription_put(tx, &row, 10), 0);
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    return delivery;
}

static struct notice notice_of(enum event_kind kind, const char *data)
{
    struct notice notice = {.event = {.number = 3, .kind = kind, .data = data, .at = clock_now()}};
    id_new(ID_NOTICE, notice.row.id);
    id_new(ID_EVENT, notice.event.id);
    help_id(ID_SUBSCRIPTION, 1, notice.row.target);
    help_id(ID_DELIVERY, 1, notice.event.delivery_id);
    memcpy(notice.row.delivery_id, notice.event.delivery_id, ID_ROOM);
    notice.row.created_at = notice.event.at;
    return notice;
}

/* Prepares: "" when it is to be sent, else the reason why not; `out` may be NULL. */
static const char *prepare(struct db_tx *tx, struct arena *arena, const struct notice *notice,
                           struct outgoing *out)
{
    static struct notice_verdict verdict;
    struct outgoing ignored;
    struct notice at_hand = *notice;
    at_hand.arena = arena;
    out = out ? out : &ignored;
    *out = (struct outgoing){0};
    verdict = (struct notice_verdict){0};
    CHECK_INT(channel.prepare(channel.context, tx, &at_hand, out, &verdict), 0);
    CHECK((verdict.outcome == NOTICE_SENT) == (out->url != NULL));
    return verdict.reason;
}

static const char *header(const struct outgoing *out, const char *name)
{
    for (int i = 0; i < out->header_count; i++)
        if (strncmp(out->headers[i], name, strlen(name)) == 0 &&
            out->headers[i][strlen(name)] == ':')
            return out->headers[i] + strlen(name) + 2;
    return "";
}

STORE_TEST(a_request_as_rfc_8030_wants_it)
{
    struct outgoing out, again, later;
    struct delivery delivery = stage(tx, arena);
    delivery.state = DELIVERY_OUT_FOR_DELIVERY;
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    struct notice notice = notice_of(EVENT_DELIVERY_OUT_FOR_DELIVERY, "{}");
    CHECK_STR(prepare(tx, arena, &notice, &out), "");
    CHECK_STR(out.url, "https://push.example:8443/send/1");
    CHECK(out.guarded);
    CHECK_INT(out.body.len, PUSH_BODY);
    CHECK_STR(header(&out, "Content-Encoding"), "aes128gcm");
    CHECK_STR(header(&out, "Urgency"), "normal");
    CHECK_INT(strlen(header(&out, "Topic")), 32);
    CHECK(strtol(header(&out, "TTL"), NULL, 10) > 71 * 3600);
    CHECK(strncmp(header(&out, "Authorization"), "vapid t=", 8) == 0);
    CHECK_STR(prepare(tx, arena, &notice, &again), "");
    CHECK_STR(header(&again, "Topic"), header(&out, "Topic"));
    struct notice looked = notice_of(EVENT_PHOTO_LOOKED, "{}");
    CHECK_STR(prepare(tx, arena, &looked, &later), "");
    CHECK(strcmp(header(&later, "Topic"), header(&out, "Topic")) != 0);
    CHECK_STR(header(&later, "Urgency"), "low");
}

STORE_TEST(a_test_is_no_event_and_lives_minutes)
{
    struct outgoing out;
    stage(tx, arena);
    struct notice notice = {.row.created_at = clock_now()};
    help_id(ID_SUBSCRIPTION, 1, notice.row.target);
    CHECK_STR(prepare(tx, arena, &notice, &out), "");
    CHECK(strtol(header(&out, "TTL"), NULL, 10) <= 300);
    notice.row.created_at -= 6 * CLOCK_MINUTE;
    CHECK_STR(prepare(tx, arena, &notice, NULL), "too_old");
}

STORE_TEST(what_has_passed_is_not_told)
{
    struct delivery delivery = stage(tx, arena);
    struct notice out = notice_of(EVENT_DELIVERY_OUT_FOR_DELIVERY, "{}");
    struct notice delivered = notice_of(EVENT_DELIVERY_DELIVERED, "{}");
    struct notice attempted = notice_of(EVENT_DELIVERY_ATTEMPTED, "{}");
    delivery.state = DELIVERY_DELIVERED;
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_STR(prepare(tx, arena, &out, NULL), "passed");
    CHECK_STR(prepare(tx, arena, &attempted, NULL), "passed");
    CHECK_STR(prepare(tx, arena, &delivered, NULL), "");
    delivery.photo_state = PHOTO_POSTED;
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_STR(prepare(tx, arena, &delivered, NULL), "photo_is_there");
    delivered.event.at -= 73 * CLOCK_HOUR;
    CHECK_STR(prepare(tx, arena, &delivered, NULL), "too_old");
}

STORE_TEST(nobody_but_the_recipient_is_told)
{
    struct delivery delivery = stage(tx, arena);
    struct notice notice = notice_of(EVENT_DELIVERY_DELIVERED, "{}");
    delivery.state = DELIVERY_DELIVERED;
    delivery.recipient_email = "ben@example.org";
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_STR(prepare(tx, arena, &notice, NULL), "not_theirs");
    delivery.recipient_email = NULL;
    delivery.recipient_phone = "+493012345678";
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_STR(prepare(tx, arena, &notice, NULL), "not_theirs");
    help_id(ID_SUBSCRIPTION, 2, notice.row.target);
    CHECK_STR(prepare(tx, arena, &notice, NULL), "unsubscribed");
    help_id(ID_SUBSCRIPTION, 1, notice.row.target);
    help_id(ID_DELIVERY, 9, notice.event.delivery_id);
    CHECK_STR(prepare(tx, arena, &notice, NULL), "gone");
}

STORE_TEST(what_its_owner_switched_off_is_not_told_and_quiet_hours_are_kept)
{
    char account[ID_ROOM];
    struct outgoing out = {0};
    struct notice_verdict verdict = {0};
    struct delivery delivery = stage(tx, arena);
    struct notice notice = notice_of(EVENT_DELIVERY_DELIVERED, "{}");
    struct store_recipient who = {.account_id = help_id(ID_ACCOUNT, 1, account)};
    struct store_switch which = {CLASS_DELIVERED, CHANNEL_PUSH};
    delivery.state = DELIVERY_DELIVERED;
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_INT(store_preference_set(tx, &who, which, false), 0);
    CHECK_STR(prepare(tx, arena, &notice, NULL), "not_wanted");
    CHECK_INT(store_preference_set(tx, &who, which, true), 0);
    CHECK_STR(prepare(tx, arena, &notice, NULL), "");
    struct clock_local now;
    clock_to_local(clock_now(), "UTC", &now);
    int minute = now.hour * 60 + now.minute;
    struct store_reach reach = {.quiet = {.zone = "UTC",
                                          .from = (minute + QUIET_DAY - 60) % QUIET_DAY,
                                          .to = (minute + 60) % QUIET_DAY}};
    CHECK_INT(store_reach_set(tx, account, &reach), 0);
    notice.arena = arena;
    CHECK_INT(channel.prepare(channel.context, tx, &notice, &out, &verdict), 0);
    CHECK_INT(verdict.outcome, NOTICE_LATER);
    CHECK_STR(verdict.reason, "quiet_hours");
    CHECK(verdict.retry_at > clock_now() + 58 * CLOCK_MINUTE);
    CHECK(verdict.retry_at < clock_now() + 62 * CLOCK_MINUTE);
    struct notice test = {.row.created_at = clock_now()};
    help_id(ID_SUBSCRIPTION, 1, test.row.target);
    CHECK_STR(prepare(tx, arena, &test, NULL), ""); /* which somebody waits for */
}

/* R2, R9: for every state that a photo may have come to while its message waited. */
STORE_TEST(a_photo_is_told_only_while_it_is_posted)
{
    char data[80];
    struct photo photo = {.attempt = 1, .staging_slot = -1, .key_slot = -1, .received_at = 1};
    stage(tx, arena);
    help_id(ID_PHOTO, 1, photo.id);
    help_id(ID_DELIVERY, 1, photo.delivery_id);
    help_id(ID_DRIVER, 1, photo.driver_id);
    help_id(ID_DEVICE, 1, photo.device_id);
    photo.state = PHOTO_POSTED;
    CHECK_INT(store_photo_insert(tx, &photo), 0);
    snprintf(data, sizeof data, "{\"photo_id\":\"%s\"}", photo.id);
    struct notice notice = notice_of(EVENT_PHOTO_POSTED, data);
    for (int state = 0; state < PHOTO_STATE_COUNT; state++) {
        photo.state = (enum photo_state)state;
        CHECK_INT(store_photo_update(tx, &photo), 0);
        CHECK_STR(prepare(tx, arena, &notice, NULL), state == PHOTO_POSTED ? "" : "no_photo");
    }
    snprintf(data, sizeof data, "{\"photo_id\":\"pho_00000000000000000000000099\"}");
    CHECK_STR(prepare(tx, arena, &notice, NULL), "no_photo");
    struct notice unnamed = notice_of(EVENT_PHOTO_POSTED, "{}");
    CHECK_STR(prepare(tx, arena, &unnamed, NULL), "no_photo"); /* the delivery's is expected */
}

/* ---- answers ---- */

static enum notice_outcome outcome_of(int status, const char *trouble)
{
    struct notice notice = {0};
    struct notice_verdict verdict = {0};
    struct incoming answer = {.answered = status > 0,
                              .status = status,
                              .trouble = trouble,
                              .retry_after_ms = -1,
                              .headers = ""};
    channel.judge(channel.context, &notice, &answer, &verdict);
    CHECK((verdict.outcome == NOTICE_SENT) == (verdict.reason[0] == 0));
    return verdict.outcome;
}

TEST(every_answer_has_its_meaning)
{
    static const struct {
        int status;
        enum notice_outcome outcome;
    } table[] = {
        {200, NOTICE_SENT},        {201, NOTICE_SENT},        {202, NOTICE_SENT},
        {204, NOTICE_SENT},        {301, NOTICE_REFUSED},     {307, NOTICE_REFUSED},
        {400, NOTICE_REFUSED},     {401, NOTICE_REFUSED},     {403, NOTICE_REFUSED},
        {404, NOTICE_TARGET_GONE}, {410, NOTICE_TARGET_GONE}, {413, NOTICE_REFUSED},
        {408, NOTICE_LATER},       {425, NOTICE_LATER},       {429, NOTICE_LATER},
        {500, NOTICE_LATER},       {502, NOTICE_LATER},       {503, NOTICE_LATER},
        {504, NOTICE_LATER},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (outcome_of(table[i].status, NULL) != table[i].outcome)
            printf("# status %d\n", table[i].status);
        CHECK_INT(outcome_of(table[i].status, NULL), table[i].outcome);
    }
    CHECK_INT(outcome_of(0, "timeout"), NOTICE_LATER);
    CHECK_INT(outcome_of(0, "reset"), NOTICE_LATER);
    CHECK_INT(outcome_of(0, "guarded"), NOTICE_REFUSED);
}

STORE_TEST(a_subscription_that_is_gone_is_dropped_and_no_other)
{
    struct store_subscription found;
    struct notice notice = notice_of(EVENT_DELIVERY_DELIVERED, "{}");
    stage(tx, arena);
    for (int outcome = 0; outcome < NOTICE_OUTCOME_COUNT; outcome++) {
        struct notice_verdict verdict = {.outcome = (enum notice_outcome)outcome};
        if (outcome == NOTICE_TARGET_GONE)
            continue;
        CHECK_INT(channel.settle(channel.context, tx, &notice, NULL, &verdict), 0);
        CHECK_INT(store_subscription_get(tx, notice.row.target, arena, &found), 0);
    }
    struct notice_verdict gone = {.outcome = NOTICE_TARGET_GONE};
    CHECK_INT(channel.settle(channel.context, tx, &notice, NULL, &gone), 0);
    CHECK_INT(store_subscription_get(tx, notice.row.target, arena, &found), STORE_NOT_FOUND);
    CHECK_INT(channel.settle(channel.context, tx, &notice, NULL, &gone), 0);
}

TEST(an_endpoint_is_read_as_it_will_be_connected_to)
{
    char origin[PUSH_ORIGIN_ROOM];
    static const struct {
        const char *endpoint, *origin; /* NULL: refused */
    } table[] = {
        {"https://push.example/a", "https://push.example"},
        {"https://PUSH.example:443/a?b=c", "https://push.example"},
        {"https://push.example:8443/", "https://push.example:8443"},
        {"https://[2001:db8::1]/a", "https://[2001:db8::1]"},
        {"http://push.example/a", NULL},
        {"https:///a", NULL},
        {"https:/push.example", NULL},
        {"https://u@push.example/", NULL},
        {"https://push.example/#a", NULL},
        {"https://push.example\\@evil.example/", NULL},
        {"https://push.example/ a", NULL},
        {"https://push.example/\r\nX: y", NULL},
        {"push.example", NULL},
        {"", NULL},
        {"gopher://push.example/", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        bool taken = push_endpoint_read(table[i].endpoint, PUSH_HTTPS, origin);
        CHECK_STR(taken ? origin : NULL, table[i].origin);
    }
    CHECK(push_endpoint_read("http://127.0.0.1:80/a", PUSH_HTTPS_OR_HTTP, origin));
    CHECK_STR(origin, "http://127.0.0.1");
}

static const struct tap_test tests[] = {
    TAP(a_request_as_rfc_8030_wants_it),
    TAP(a_test_is_no_event_and_lives_minutes),
    TAP(what_has_passed_is_not_told),
    TAP(nobody_but_the_recipient_is_told),
    TAP(what_its_owner_switched_off_is_not_told_and_quiet_hours_are_kept),
    TAP(a_photo_is_told_only_while_it_is_posted),
    TAP(every_answer_has_its_meaning),
    TAP(a_subscription_that_is_gone_is_dropped_and_no_other),
    TAP(an_endpoint_is_read_as_it_will_be_connected_to),
};

int main(void)
{
    char folder[TAP_FOLDER_ROOM], path[TAP_FOLDER_ROOM + 8];
    tap_folder_new(folder);
    snprintf(path, sizeof path, "%s/keys", folder);
    struct keys_config config = {.folder = path, .make = KEYS_MAKE_MISSING};
    settings_defaults(&settings);
    if (crypto_init() != 0 || keys_open(&config, &keys) != 0 ||
        push_new(&settings, keys, &push) != 0 || p256_new(&browser) != 0)
        abort();
    push_channel(push, &channel);
    int result = tap_run(tests, ARRAY_LEN(tests));
    push_free(&push);
    keys_close(&keys);
    tap_folder_remove(folder);
    return result;
}
