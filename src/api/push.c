/* SPDX-License-Identifier: Apache-2.0
 *
 * A subscription's endpoint and keys come in and never go out again: a browser finds itself in the
 * list by the mark, a hash of its endpoint.
 */
#include "api/push.h"

#include "api/api.h"
#include "api/page.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "notify/push.h"
#include "notify/push_endpoint.h"
#include "notify/sender.h"
#include "store/subscription.h"

enum { MARK_BYTES = 16, KEY_ROOM = 100 };

/* ---- what is there ---- */

static json_t *shape_subscription(const struct store_subscription *subscription)
{
    uint8_t hash[HASH_SHA256_LEN];
    char mark[2 * MARK_BYTES + 1], origin[PUSH_ORIGIN_ROOM];
    hash_sha256(HASH_TEXT(subscription->endpoint), hash);
    text_hex(hash, MARK_BYTES, mark);
    bool known = push_endpoint_read(subscription->endpoint, PUSH_HTTPS_OR_HTTP, origin);
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", subscription->id, "mark", mark, "service",
                     known ? strstr(origin, "://") + 3 : "", "created_at",
                     json_of_time(subscription->created_at), "expires_at",
                     json_of_time(subscription->expires_at));
}

int push_op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_subscriptions all;
    bool picture = false;
    int result = store_push_picture_get(tx, call->actor.id, &picture);
    if (result == 0)
        result = store_subscription_list(tx, call->actor.id, call->arena, &all);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_unauthorized, NULL);
    json_t *items = json_array();
    for (int i = 0; i < all.count; i++)
        json_array_append_new(items, shape_subscription(&all.items[i]));
    return call_ok(answer, 200,
                   json_pack("{s:s, s:b, s:o}", "application_server_key",
                             push_application_key(call->api->push), "picture", (int)picture,
                             "items", items));
}

void push_list(struct http_request *req)
{
    call_read(call_of(req), push_op_list);
}

/* ---- the picture ---- */

static int set_picture(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    if (!fields_has(&body, "picture"))
        fields_fail(&body, "picture", "This field is needed.");
    bool picture = fields_flag(&body, "picture", false);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    int result = store_push_picture_set(tx, call->actor.id, picture);
    return result != 0 ? result : push_op_list(call, tx, answer);
}

void push_put(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, set_picture);
}

/* ---- one more phone ---- */

/* The body is what a browser's PushSubscription becomes as JSON. */
static void read_subscription(struct call *call, struct store_subscription *out,
                              struct fields_failure *failure)
{
    struct fields body, keys;
    struct push_keys read = {0};
    char origin[PUSH_ORIGIN_ROOM];
    const char *wrong = "";
    bool trusting = call->api->settings->notify.allow_private_targets;
    fields_begin(&body, call->body, failure);
    out->endpoint =
        fields_text(&body, "endpoint", FIELDS_REQUIRED, (struct fields_length){1, PUSH_ENDPOINT});
    /* Milliseconds, as browsers count them; their numbers are floating. */
    if (fields_has(&body, "expirationTime"))
        out->expires_at =
            (int64_t)fields_number(&body, "expirationTime", FIELDS_REQUIRED, 1, 253402300799999.0);
    fields_object(&body, "keys", "keys.", &keys);
    const char *point =
        fields_text(&keys, "p256dh", FIELDS_REQUIRED, (struct fields_length){1, KEY_ROOM});
    const char *auth =
        fields_text(&keys, "auth", FIELDS_REQUIRED, (struct fields_length){1, KEY_ROOM});
    fields_end(&keys);
    fields_end(&body);
    if (failure->failed)
        return;
    if (!push_endpoint_read(out->endpoint, trusting ? PUSH_HTTPS_OR_HTTP : PUSH_HTTPS, origin))
        fields_fail(&body, "endpoint", "This must be an https address of a push service.");
    else if (!push_keys_read(point, auth, &read, &wrong))
        fields_fail(&keys, wrong,
                    strcmp(wrong, "auth") == 0 ? "This must be 16 bytes as base64url."
                                               : "This must be a point of P-256 as base64url.");
    else if (out->expires_at && out->expires_at <= call->now)
        fields_fail(&body, "expirationTime", "This has passed.");
    memcpy(out->point, read.point, STORE_PUSH_POINT);
    memcpy(out->auth, read.auth, STORE_PUSH_AUTH);
}

static int add(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct store_subscription subscription = {.created_at = call->now};
    read_subscription(call, &subscription, &failure);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    id_new(ID_SUBSCRIPTION, subscription.id);
    memcpy(subscription.account_id, call->actor.id, ID_ROOM);
    memcpy(subscription.session_hash, call->actor.credential, STORE_HASH);
    int result =
        store_subscription_put(tx, &subscription, (int)call->api->settings->push.subscriptions);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "push.subscribed", "subscription=%s account=%s", subscription.id,
              call->actor.id);
    return call_ok(answer, 201, shape_subscription(&subscription));
}

void push_add(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, add);
}

/* ---- one of them ---- */

/* The subscription {id} of the path, when it is the caller's. 0, CALL_REFUSE, or a fault. */
static int need(struct call *call, struct db_tx *tx, struct answer *answer,
                struct store_subscription *out)
{
    int result = store_subscription_get(tx, http_param(call->req, "id"), call->arena, out);
    if (result < 0)
        return result;
    if (result == 0 && strcmp(out->account_id, call->actor.id) == 0)
        return 0;
    return call_refuse(answer, &http_not_found, NULL);
}

static int remove_one(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_subscription subscription;
    int result = need(call, tx, answer, &subscription);
    if (result == 0)
        result = store_subscription_delete(tx, subscription.id);
    return result != 0 ? result : call_ok(answer, 204, NULL);
}

void push_remove(struct http_request *req)
{
    call_write(call_of(req), remove_one);
}

static int test_one(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_subscription subscription;
    int64_t pause = call->api->settings->push.test_seconds * CLOCK_SECOND;
    int result = need(call, tx, answer, &subscription);
    if (result != 0)
        return result;
    if (subscription.tested_at && subscription.tested_at + pause > call->now)
        return call_refuse(answer, &http_too_many_requests, "A test has just been sent.");
    result = store_subscription_tested(tx, subscription.id, call->now);
    if (result == 0)
        result = push_queue_test(tx, subscription.id, call->now);
    return result != 0 ? result : call_ok(answer, 202, NULL);
}

void push_test(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    int result = call_perform(call, test_one, &answer);
    if (result == 0 && answer.problem == &http_too_many_requests) {
        http_problem_later(req, answer.problem, (unsigned)call->api->settings->push.test_seconds,
                           "%s", answer.detail);
        answer_clear(&answer);
    } else if (result == CALL_REPLIED) {
        answer_clear(&answer);
    } else {
        sender_wake(call->api->tell->sender);
        call_reply(call, result, &answer);
    }
}

/* ---- the account's page ---- */

/* A form's checkbox or button: yes or no. */
static bool read_answer(struct call *call)
{
    if (!call_read_body(call, FIELDS_REQUIRED))
        return false;
    const char *picture = json_string_value(json_object_get(call->body, "picture"));
    bool yes = picture && strcmp(picture, "yes") == 0;
    if (yes || (picture && strcmp(picture, "no") == 0)) {
        json_object_set_new(call->body, "picture", json_boolean(yes));
        return true;
    }
    http_problem_field(call->req, &api_invalid_field, "picture", "This must be yes or no.");
    return false;
}

void face_push_picture_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!read_answer(call))
        return;
    bool yes = json_is_true(json_object_get(call->body, "picture"));
    int result = call_perform(call, set_picture, &answer);
    page_done(call, result, &answer, "/account", yes ? "picture_on" : "picture_off");
}

void face_push_remove_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    int result = call_perform(call, remove_one, &answer);
    page_done(call, result, &answer, "/account", "phone_removed");
}
