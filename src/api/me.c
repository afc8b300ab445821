/* SPDX-License-Identifier: Apache-2.0
 *
 * The forms say the same as the JSON: each is made into the body that PUT /v1/me/preferences would
 * have, and carried out by the same operation.
 */
#include "api/me.h"

#include "api/api.h"
#include "api/orders.h"
#include "api/page.h"
#include "api/passkeys.h"
#include "api/push.h"
#include "api/refusals.h"
#include "base/clock.h"
#include "notify/mail_channel.h"
#include "notify/push.h"
#include "notify/sender.h"
#include "notify/tell.h"
#include "store/delivery.h"
#include "store/notice.h"
#include "store/subscription.h"

/* What the channels of recipients are; a shipper's webhooks are none. */
static bool is_personal(int channel)
{
    return channel != CHANNEL_WEBHOOK;
}

/* Has this server the channel? */
static bool is_offered(const struct api *api, int channel)
{
    for (size_t i = 0; api->tell && i < api->tell->channel_count; i++)
        if ((int)api->tell->channels[i].is == channel)
            return is_personal(channel);
    return false;
}

static struct store_recipient myself(const struct call *call)
{
    struct store_recipient who = {.account_id = call->actor.id};
    store_address_hash(call->actor.email, who.address_hash);
    return who;
}

/* ---- telling ---- */

static int add_switches(struct call *call, struct db_tx *tx, json_t *notices)
{
    struct store_recipient who = myself(call);
    int result = 0;
    for (int what = 0; what < NOTICE_CLASS_COUNT && result == 0; what++) {
        json_t *of_class = json_object();
        for (int channel = 0; channel < NOTICE_CHANNEL_COUNT && result == 0; channel++) {
            struct store_switch which = {(enum notice_class)what, (enum notice_channel)channel};
            bool on = false;
            if (!is_personal(channel))
                continue;
            result = store_preference_is_on(tx, &who, which, &on);
            json_object_set_new(of_class, words_name(&words_notice_channel, channel),
                                json_boolean(on));
        }
        json_object_set_new(notices, words_name(&words_notice_class, what), of_class);
    }
    return result;
}

static json_t *quiet_json(const struct quiet *quiet)
{
    char from[QUIET_ROOM], to[QUIET_ROOM];
    if (quiet->from == quiet->to)
        return json_null();
    quiet_format(quiet->from, from);
    quiet_format(quiet->to, to);
    return json_pack("{s:s, s:s, s:s}", "from", from, "to", to, "time_zone", quiet->zone);
}

/* How the account is reached; one that never said has no quiet hours. */
static int read_reach(struct call *call, struct db_tx *tx, struct store_reach *out)
{
    *out = (struct store_reach){.quiet = {0, 0, "UTC"}};
    int result = store_reach_get(tx, call->actor.id, call->arena, out);
    return result == STORE_NOT_FOUND ? 0 : result;
}

int me_add_preferences(struct call *call, struct db_tx *tx, json_t *me)
{
    struct store_reach reach;
    json_t *notices = json_object(), *channels = json_array();
    int result = read_reach(call, tx, &reach);
    if (result == 0)
        result = add_switches(call, tx, notices);
    for (int channel = 0; channel < NOTICE_CHANNEL_COUNT; channel++)
        if (is_offered(call->api, channel))
            json_array_append_new(channels,
                                  json_string(words_name(&words_notice_channel, channel)));
    json_object_set_new(me, "language", json_of_text(reach.language));
    json_object_set_new(me, "quiet", quiet_json(&reach.quiet));
    json_object_set_new(me, "channels", channels);
    json_object_set_new(me, "notices", notices);
    return result;
}

/* ---- being told ---- */

static int read_minutes(struct fields *quiet, const char *name)
{
    static const struct fields_length time = {5, 5};
    int minutes = 0;
    const char *text = fields_text(quiet, name, FIELDS_REQUIRED, time);
    if (text && !quiet_parse(text, &minutes))
        fields_fail(quiet, name, MSG("This must be a time of day such as 22:30."));
    return minutes;
}

/* null: no quiet hours any more. */
static void read_quiet(struct fields *body, struct me_wish *wish)
{
    static const struct fields_length name = {1, 64};
    struct fields quiet;
    wish->has_quiet = fields_names(body, "quiet");
    wish->quiet = (struct quiet){0, 0, "UTC"};
    fields_object(body, "quiet", "quiet.", &quiet);
    if (!quiet.object)
        return;
    wish->quiet.from = read_minutes(&quiet, "from");
    wish->quiet.to = read_minutes(&quiet, "to");
    const char *zone = fields_text(&quiet, "time_zone", FIELDS_REQUIRED, name);
    if (zone && !clock_zone_exists(zone))
        fields_fail(&quiet, "time_zone", MSG("This must be a time zone such as Europe/Berlin."));
    wish->quiet.zone = zone ? zone : "UTC";
    fields_end(&quiet);
}

static void read_switches(struct call *call, struct fields *body, struct me_wish *wish)
{
    struct fields notices;
    fields_object(body, "notices", "notices.", &notices);
    memset(wish->wanted, -1, sizeof wish->wanted);
    for (int what = 0; what < NOTICE_CLASS_COUNT; what++) {
        const char *class = words_name(&words_notice_class, what);
        const char *prefix = arena_printf(call->arena, "notices.%s.", class);
        struct fields of_class;
        fields_object(&notices, class, prefix ? prefix : "", &of_class);
        for (int channel = 0; channel < NOTICE_CHANNEL_COUNT; channel++) {
            const char *name = words_name(&words_notice_channel, channel);
            if (!is_personal(channel) || !fields_has(&of_class, name))
                continue;
            wish->wanted[what][channel] = fields_flag(&of_class, name, false);
            wish->any = true;
        }
        fields_end(&of_class);
    }
    fields_end(&notices);
}

void me_read_wish(struct call *call, struct fields *body, struct me_wish *wish)
{
    *wish = (struct me_wish){0};
    read_switches(call, body, wish);
    read_quiet(body, wish);
    wish->has_language = fields_names(body, "language");
    int language = fields_word(body, "language", FIELDS_OPTIONAL, &words_language, -1);
    wish->language = language < 0 ? NULL : words_name(&words_language, language);
    wish->any = wish->any || wish->has_quiet || wish->has_language;
}

static int apply_reach(struct call *call, struct db_tx *tx, const struct me_wish *wish)
{
    struct store_reach reach;
    if (!wish->has_language && !wish->has_quiet)
        return 0;
    int result = read_reach(call, tx, &reach);
    if (wish->has_language)
        reach.language = wish->language;
    if (wish->has_quiet)
        reach.quiet = wish->quiet;
    return result != 0 ? result : store_reach_set(tx, call->actor.id, &reach);
}

int me_apply_wish(struct call *call, struct db_tx *tx, const struct me_wish *wish)
{
    struct store_recipient who = myself(call);
    int result = apply_reach(call, tx, wish);
    for (int what = 0; what < NOTICE_CLASS_COUNT; what++)
        for (int channel = 0; channel < NOTICE_CHANNEL_COUNT && result == 0; channel++)
            if (wish->wanted[what][channel] >= 0)
                result = store_preference_set(
                    tx, &who,
                    (struct store_switch){(enum notice_class)what, (enum notice_channel)channel},
                    wish->wanted[what][channel]);
    return result;
}

/* ---- the test message ---- */

static int test_mail(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_notice notice;
    mail_channel_test(call->actor.id, call->now, &notice);
    int result = store_notice_insert(tx, &notice);
    return result != 0 ? result : call_ok(answer, 202, NULL);
}

/* Every phone and browser of the account. */
static int test_push(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_subscriptions all;
    int result = store_subscription_list(tx, call->actor.id, call->arena, &all);
    if (result == 0 && all.count == 0)
        return call_refuse(answer, &http_conflict, MSG("No phone or browser of yours is told."));
    for (int i = 0; i < all.count && result == 0; i++) {
        result = store_subscription_tested(tx, all.items[i].id, call->now);
        if (result == 0)
            result = push_queue_test(tx, all.items[i].id, call->now);
    }
    return result != 0 ? result : call_ok(answer, 202, NULL);
}

static int op_test(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    int channel =
        fields_word(&body, "channel", FIELDS_REQUIRED, &words_notice_channel, CHANNEL_MAIL);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    if (is_offered(call->api, channel) && channel == CHANNEL_MAIL)
        return test_mail(call, tx, answer);
    if (is_offered(call->api, channel) && channel == CHANNEL_PUSH)
        return test_push(call, tx, answer);
    return call_refuse(answer, &http_conflict, MSG("There is no test of this channel here."));
}

/* As many as codes, and beside them: somebody else's hand on the mouse fills no mailbox. */
static int test_now(struct call *call, struct answer *answer)
{
    const char *email = call->actor.email;
    *answer = (struct answer){0};
    unsigned wait = http_limit_take(
        call->api->tests, (struct span){(const uint8_t *)email, strlen(email)}, clock_steady());
    if (wait > 0) {
        http_problem_later(call->req, &http_too_many_requests, wait / 1000 + 1, NULL);
        return CALL_REPLIED;
    }
    int result = call_perform(call, op_test, answer);
    if (result == 0 && call->api->tell && call->api->tell->sender)
        sender_wake(call->api->tell->sender);
    return result;
}

void me_test(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = test_now(call, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        call_reply(call, result, &answer);
}

/* ---- the page and its forms ---- */

int me_op_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_deliveries newest = {0};
    int result = orders_op_me(call, tx, answer);
    if (result == 0)
        result = store_delivery_orders(tx, call->actor.email, &(struct store_page){NULL, 1},
                                       call->arena, &newest);
    if (result == 0 && newest.count > 0)
        json_object_set_new(answer->body, "usual_zone", json_string(newest.items[0].time_zone));
    struct answer push = {0};
    if (result == 0)
        result = push_op_list(call, tx, &push);
    if (result == 0 && answer->body)
        json_object_set(answer->body, "push", push.body);
    answer_clear(&push);
    json_t *refusals = NULL;
    if (result == 0)
        result = refusals_of_account(call, tx, &refusals);
    if (result == 0 && answer->body)
        json_object_set(answer->body, "refusals", refusals);
    json_decref(refusals);
    struct answer passkeys = {0};
    if (result == 0)
        result = passkeys_op_list(call, tx, &passkeys);
    if (result == 0 && answer->body)
        json_object_set(answer->body, "passkeys", passkeys.body);
    answer_clear(&passkeys);
    return result;
}

static const char *typed(const struct call *call, const char *name)
{
    return json_string_value(json_object_get(call->body, name));
}

static bool is_yes(const struct call *call, const char *name)
{
    const char *text = typed(call, name);
    return text && strcmp(text, "yes") == 0;
}

/* The account's page again, with what was wrong with its form. A member's last word is the field's
 * name in the form. */
static void account_again(struct call *call, struct answer *wrong, json_t *values)
{
    json_t *body = call->body;
    char *dot = strrchr(wrong->field, '.');
    if (dot)
        memmove(wrong->field, dot + 1, strlen(dot));
    call->body = values;
    page_again(call, me_op_page, PAGE_ACCOUNT, wrong);
    call->body = body;
}

/* Carries out PUT /v1/me/preferences with `body`, which is stolen. */
static void save(struct call *call, json_t *body, const char *done)
{
    struct answer answer;
    json_t *values = call->body;
    call->body = body;
    int result = call_perform(call, orders_op_preferences, &answer);
    if (result == 0 && answer.problem == &api_invalid_field)
        account_again(call, &answer, values);
    else
        page_done(call, result, &answer, "/account", done);
    json_decref(values);
}

/* A box that is not ticked is not sent: of the channels that the page shows, it is switched off. */
void face_account_notices_post(struct http_request *req)
{
    struct call *call = call_of(req);
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    json_t *notices = json_object();
    for (int what = 0; what < NOTICE_CLASS_COUNT; what++) {
        json_t *of_class = json_object();
        for (int channel = 0; channel < NOTICE_CHANNEL_COUNT; channel++) {
            char name[64];
            const char *word = words_name(&words_notice_channel, channel);
            snprintf(name, sizeof name, "%s.%s", words_name(&words_notice_class, what), word);
            if (is_offered(call->api, channel))
                json_object_set_new(of_class, word, json_boolean(is_yes(call, name)));
        }
        json_object_set_new(notices, words_name(&words_notice_class, what), of_class);
    }
    save(call, json_pack("{s:o}", "notices", notices), "notices_saved");
}

void face_account_reach_post(struct http_request *req)
{
    struct call *call = call_of(req);
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    json_t *quiet = json_null();
    if (is_yes(call, "quiet"))
        quiet = json_pack("{s:s?, s:s?, s:s?}", "from", typed(call, "from"), "to",
                          typed(call, "to"), "time_zone", typed(call, "time_zone"));
    save(call, json_pack("{s:s?, s:o}", "language", typed(call, "language"), "quiet", quiet),
         "notices_saved");
}

void face_account_test_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = test_now(call, &answer);
    page_done(call, result, &answer, "/account", "test_sent");
}
