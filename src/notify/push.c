/* SPDX-License-Identifier: Apache-2.0
 *
 * A message is built when it is sent, so that what waits in the outbox is a subscription's id and
 * nothing more. It is the same length whatever it says. The Topic, by which a newer message
 * replaces an older one that the service still holds, is a keyed hash: the service learns no id of
 * ours, and cannot see that two phones are told of the same parcel.
 */
#include "notify/push.h"

#include <errno.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "keys/keys.h"
#include "notify/push_endpoint.h"
#include "notify/push_tells.h"
#include "store/preference.h"
#include "store/subscription.h"

/* A test is for someone who is looking at the phone. */
#define TEST_LIFE (5 * CLOCK_MINUTE)

enum { TOPIC_BYTES = 24, TOPIC_ROOM = BASE64_ROOM(TOPIC_BYTES), ADDRESS_ARENA = 256 << 10 };

struct push {
    const struct settings *settings;
    struct push_vapid *vapid;
    uint8_t topic_secret[32];
};

/* How we may be reached; browsers' makers refuse words that do not say. */
static void contact_of(const struct settings *settings, char out[PUSH_CONTACT_ROOM])
{
    bool https = strncmp(settings->server.public_url, "https://", 8) == 0;
    if (*settings->push.contact)
        snprintf(out, PUSH_CONTACT_ROOM, "%s", settings->push.contact);
    else if (https)
        snprintf(out, PUSH_CONTACT_ROOM, "%s", settings->server.public_url);
    else
        snprintf(out, PUSH_CONTACT_ROOM, "mailto:%.250s", settings->mail.from);
}

int push_new(const struct settings *settings, struct keys *keys, struct push **out)
{
    char contact[PUSH_CONTACT_ROOM];
    struct push *push = calloc(1, sizeof *push);
    if (!push)
        return log_fault("push.new", -ENOMEM, "what=memory");
    push->settings = settings;
    keys_secret(keys, "porchlight push topic", push->topic_secret);
    contact_of(settings, contact);
    int result = push_vapid_new(keys, contact, &push->vapid);
    if (result != 0)
        push_free(&push);
    else
        *out = push;
    return result;
}

void push_free(struct push **push)
{
    if (!*push)
        return;
    push_vapid_free(&(*push)->vapid);
    free(*push);
    *push = NULL;
}

const char *push_application_key(const struct push *push)
{
    return push_vapid_key(push->vapid);
}

/* ---- whom to tell ---- */

static int address(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list)
{
    struct store_subscriptions all;
    const char *email = about->delivery->recipient_email;
    if (!email || !push_tells(about->event->kind, about->event->data).told)
        return 0;
    struct arena *arena = arena_new(ADDRESS_ARENA);
    if (!arena)
        return log_fault("push.address", -ENOMEM, "event=%s", about->event->id);
    int result = store_subscription_of_email(tx, email, arena, &all);
    for (int i = 0; result == 0 && i < all.count; i++)
        result = notice_add(list, &(struct notice_to){.target = all.items[i].id});
    arena_free(&arena);
    return result;
}

int push_queue_test(struct db_tx *tx, const char *subscription_id, int64_t now)
{
    struct store_notice notice = {.channel = CHANNEL_PUSH, .run_at = now, .created_at = now};
    memcpy(notice.target, subscription_id, ID_ROOM);
    return store_notice_insert(tx, &notice);
}

/* ---- what to send ---- */

/* One message on its way to being built. */
struct draft {
    const struct push *push;
    const struct notice *notice;
    const struct store_subscription *to;
    const struct store_reach *reach;
    struct push_tell tell;
    int64_t now, expires_at;
    struct arena *arena;
};

static bool is_test(const struct notice *notice)
{
    return !notice->event.id[0];
}

static void topic_of(const struct draft *draft, char out[TOPIC_ROOM])
{
    uint8_t mac[HASH_SHA256_LEN];
    char about[2 * ID_ROOM + 16];
    snprintf(about, sizeof about, "%.30s %d %.30s", draft->notice->event.delivery_id,
             (int)draft->tell.thread, draft->to->id);
    hash_hmac((struct span){draft->push->topic_secret, sizeof draft->push->topic_secret},
              HASH_TEXT(about), mac);
    text_base64url(mac, TOPIC_BYTES, out);
}

/* The language is told where the account chose one; else the worker asks its browser. */
static const char *text_of(const struct draft *draft)
{
    const struct store_event *event = &draft->notice->event;
    const struct lang *lang = lang_chosen(draft->reach->language, NULL);
    const char *in = lang ? arena_printf(draft->arena, ",\"lang\":\"%s\"", lang->code) : "";
    if (!in)
        return NULL;
    if (is_test(draft->notice))
        return arena_printf(draft->arena, "{\"kind\":\"test\"%s}", in);
    const char *glass = store_event_breaks_glass(event) ? ",\"break_glass\":true" : "";
    return arena_printf(draft->arena, "{\"kind\":\"%s\",\"order\":\"%s\",\"number\":%d%s%s}",
                        words_name(&words_event_kind, (int)event->kind), event->delivery_id,
                        event->number, glass, in);
}

static int add_headers(const struct draft *draft, const char *word, struct outgoing *out)
{
    int64_t left = (draft->expires_at - draft->now) / CLOCK_SECOND;
    char topic[TOPIC_ROOM];
    topic_of(draft, topic);
    const char *const headers[] = {
        arena_printf(draft->arena, "Authorization: %s", word),
        "Content-Type: application/octet-stream",
        "Content-Encoding: aes128gcm",
        arena_printf(draft->arena, "TTL: %lld", (long long)left),
        arena_printf(draft->arena, "Urgency: %s", draft->tell.urgency),
        arena_printf(draft->arena, "Topic: %s", topic),
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        if (!headers[i])
            return log_fault("push.prepare", -ENOMEM, "notice=%s", draft->notice->row.id);
        out->headers[out->header_count++] = headers[i];
    }
    return 0;
}

static void end(struct notice_verdict *verdict, enum notice_outcome outcome, const char *reason)
{
    verdict->outcome = outcome;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
}

static int build(const struct draft *draft, struct outgoing *out, struct notice_verdict *verdict)
{
    char origin[PUSH_ORIGIN_ROOM], word[PUSH_VAPID_ROOM];
    struct push_keys keys;
    bool trusting = draft->push->settings->notify.allow_private_targets;
    const char *text = text_of(draft);
    uint8_t *body = arena_alloc(draft->arena, PUSH_BODY);
    const char *url = arena_strdup(draft->arena, draft->to->endpoint);
    if (!text || !body || !url)
        return log_fault("push.prepare", -ENOMEM, "notice=%s", draft->notice->row.id);
    if (!push_endpoint_read(url, trusting ? PUSH_HTTPS_OR_HTTP : PUSH_HTTPS, origin)) {
        end(verdict, NOTICE_TARGET_GONE, "endpoint");
        return 0;
    }
    memcpy(keys.point, draft->to->point, P256_POINT);
    memcpy(keys.auth, draft->to->auth, PUSH_AUTH);
    int result = push_crypt(&keys, HASH_TEXT(text), body);
    if (result == P256_UNFIT) {
        end(verdict, NOTICE_TARGET_GONE, "keys");
        return 0;
    }
    if (result == 0)
        result = push_vapid_header(draft->push->vapid, origin, draft->now, word);
    if (result == 0)
        result = add_headers(draft, word, out);
    out->url = url;
    out->body = (struct span){body, PUSH_BODY};
    out->guarded = true;
    return result;
}

/* Until when the message is worth anything; and how it is told of. */
static void fill_terms(struct draft *draft)
{
    const struct store_event *event = &draft->notice->event;
    if (is_test(draft->notice)) {
        draft->tell = (struct push_tell){true, PUSH_OF_TEST, "high"};
        draft->expires_at = draft->notice->row.created_at + TEST_LIFE;
    } else {
        draft->tell = push_tells(event->kind, event->data);
        if (store_event_breaks_glass(event))
            draft->tell = (struct push_tell){true, PUSH_OF_GLASS, "high"};
        draft->expires_at = event->at + draft->push->settings->push.keep_hours * CLOCK_HOUR;
    }
}

/* How the account wants to be reached; one that never said: at any time. */
static int read_reach(struct db_tx *tx, const char *account_id, struct arena *arena,
                      struct store_reach *out)
{
    int result = store_reach_get(tx, account_id, arena, out);
    if (result == STORE_NOT_FOUND)
        *out = (struct store_reach){.quiet = {0, 0, "UTC"}};
    return result < 0 ? result : 0;
}

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    struct arena *arena = notice->arena;
    struct store_subscription to;
    struct store_reach reach;
    const char *stale = NULL;
    int result = store_subscription_get(tx, notice->row.target, arena, &to);
    if (result != 0) {
        end(verdict, NOTICE_STALE, "unsubscribed");
        return result < 0 ? result : 0;
    }
    struct draft draft = {.push = context,
                          .notice = notice,
                          .to = &to,
                          .reach = &reach,
                          .now = clock_now(),
                          .arena = arena};
    fill_terms(&draft);
    if (to.expires_at && to.expires_at <= draft.now) {
        end(verdict, NOTICE_TARGET_GONE, "expired");
        return 0;
    }
    if (draft.expires_at <= draft.now)
        stale = "too_old";
    else if (!is_test(notice))
        result = push_still_tells(tx, &notice->event, to.account_id, arena, &stale);
    if (result != 0)
        return result;
    if (stale) {
        end(verdict, NOTICE_STALE, stale);
        return 0;
    }
    result = read_reach(tx, to.account_id, arena, &reach);
    int64_t until = draft.now; /* a test was just asked for */
    if (result == 0 && !is_test(notice))
        until = quiet_until(&reach.quiet, draft.now);
    if (until > draft.now) {
        verdict->retry_at = until;
        end(verdict, NOTICE_LATER, "quiet_hours");
        return 0;
    }
    return result == 0 ? build(&draft, out, verdict) : result;
}

/* ---- what the answer means ---- */

/* 404 and 410: there is no such subscription any more (RFC 8030 §7.3). Of the other refusals none
 * gets better by waiting, but for those that say so. */
static void judge(void *context, const struct notice *notice, const struct incoming *answer,
                  struct notice_verdict *out)
{
    int status = answer->answered ? answer->status : 0;
    notice_judge_http(answer, out);
    if (status == 404 || status == 410)
        out->outcome = NOTICE_TARGET_GONE;
    else if (status >= 300 && status < 500 && status != 408 && status != 425 && status != 429)
        out->outcome = NOTICE_REFUSED;
    else if (answer->trouble && strcmp(answer->trouble, "guarded") == 0)
        out->outcome = NOTICE_REFUSED;
}

static int settle(void *context, struct db_tx *tx, const struct notice *notice,
                  const struct incoming *answer, const struct notice_verdict *verdict)
{
    if (verdict->outcome != NOTICE_TARGET_GONE)
        return 0;
    int result = store_subscription_delete(tx, notice->row.target);
    if (result == 0)
        log_event(LOG_INFO, "push.dropped", "subscription=%s reason=%s", notice->row.target,
                  verdict->reason);
    return result < 0 ? result : 0;
}

void push_channel(struct push *push, struct channel *out)
{
    *out = (struct channel){.is = CHANNEL_PUSH,
                            .address = address,
                            .prepare = prepare,
                            .judge = judge,
                            .settle = settle,
                            .context = push};
}
