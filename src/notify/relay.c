/* SPDX-License-Identifier: Apache-2.0
 *
 * The address is the operator's own and may well be on this machine, so the guard is not asked.
 */
#include "notify/relay.h"

#include <errno.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "notify/secret_file.h"
#include "store/delivery.h"

struct relay {
    const struct settings *settings;
    struct texts texts;
    char token[SECRET_FILE_ROOM];
};

int relay_new(const struct settings *settings, const struct texts *texts, struct relay **relay_out)
{
    struct relay *relay = calloc(1, sizeof *relay);
    *relay_out = NULL;
    if (!relay)
        return log_fault("relay.new", -ENOMEM, "memory is short");
    const char *url = settings->relay.url;
    relay->settings = settings;
    if (*url && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) {
        free(relay);
        return log_fault("relay.url", -EINVAL, "what=neither_http_nor_https");
    }
    relay->texts = *texts;
    int result = secret_file_read(settings->relay.token_file, "relay.token", relay->token);
    if (result != 0)
        relay_free(&relay);
    *relay_out = relay;
    return result;
}

void relay_free(struct relay **relay_in)
{
    struct relay *relay = *relay_in;
    if (!relay)
        return;
    crypto_wipe(relay, sizeof *relay);
    free(relay);
    *relay_in = NULL;
}

bool relay_is_on(const struct relay *relay)
{
    return relay->settings->relay.url[0] != '\0';
}

static int address(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list)
{
    const struct relay *relay = context;
    bool wanted = false;
    if (!relay_is_on(relay))
        return 0;
    int result = texts_wanted(tx, CHANNEL_RELAY, about->event, about->delivery, &wanted);
    if (result != 0 || !wanted)
        return result;
    return notice_add(list, &(struct notice_to){.target = ""});
}

/* The request's body; NULL when memory is short. */
static char *write_body(const struct relay *relay, const struct notice *notice,
                        const struct texts_about *about)
{
    const struct delivery *delivery = about->delivery;
    AUTO_BUF struct buf text;
    buf_init(&text, TEXTS_CEILING);
    texts_write(&relay->texts, about, &text);
    if (text.failed || text.len == 0)
        return NULL;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", notice->row.id, "type",
                  words_name(&words_event_kind, (int)notice->event.kind), "delivery_id",
                  delivery->id, "to", delivery->recipient_phone, "text", (const char *)text.data);
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return body;
}

static int build(const struct relay *relay, char *text, struct arena *arena, struct outgoing *out)
{
    size_t len = strlen(text);
    uint8_t *body = arena_alloc(arena, len);
    *out = (struct outgoing){.url = relay->settings->relay.url,
                             .headers = {"Content-Type: application/json"},
                             .header_count = 1,
                             .body = {body, len}};
    if (relay->token[0])
        out->headers[out->header_count++] =
            arena_printf(arena, "Authorization: Bearer %s", relay->token);
    if (!body || !out->headers[out->header_count - 1])
        return log_fault("relay.build", -ENOMEM, "memory is short");
    memcpy(body, text, len);
    return 0;
}

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    struct arena *arena = notice->arena;
    const struct relay *relay = context;
    struct delivery delivery;
    bool wanted = false;
    *verdict = (struct notice_verdict){.outcome = NOTICE_STALE};
    if (!relay_is_on(relay))
        return 0;
    int result = store_delivery_get(tx, notice->row.delivery_id, arena, &delivery);
    if (result == 0)
        result = texts_wanted(tx, CHANNEL_RELAY, &notice->event, &delivery, &wanted);
    if (result != 0 || !wanted || !texts_is_true(notice->event.kind, &delivery))
        return result == STORE_NOT_FOUND ? 0 : result;
    int64_t now = clock_now(), until;
    result = texts_quiet_until(tx, &delivery, now, &until);
    if (result != 0 || until > now) {
        *verdict = (struct notice_verdict){NOTICE_LATER, until, "quiet_hours"};
        return result;
    }
    struct texts_about about = {.kind = notice->event.kind, .delivery = &delivery};
    result = texts_lang(&relay->texts, tx, &delivery, &about.lang);
    if (result != 0)
        return result;
    char *text = write_body(relay, notice, &about);
    if (!text)
        return log_fault("relay.prepare", -ENOMEM, "notice=%s", notice->row.id);
    verdict->outcome = NOTICE_SENT;
    result = build(relay, text, arena, out);
    free(text);
    return result;
}

static void judge(void *context, const struct notice *notice, const struct incoming *answer,
                  struct notice_verdict *out)
{
    (void)context;
    (void)notice;
    notice_judge_http(answer, out);
    bool passing = answer->status == 408 || answer->status == 425 || answer->status == 429 ||
                   answer->status == 401 || answer->status == 403 || answer->status == 404;
    if (out->outcome == NOTICE_TARGET_GONE ||
        (answer->answered && answer->status >= 400 && answer->status < 500 && !passing))
        out->outcome = NOTICE_REFUSED;
}

struct channel relay_channel(struct relay *relay)
{
    return (struct channel){.is = CHANNEL_RELAY,
                            .address = address,
                            .prepare = prepare,
                            .judge = judge,
                            .context = relay};
}
