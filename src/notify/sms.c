/* SPDX-License-Identifier: Apache-2.0
 *
 * A notice's payload is the id of its text message, under which the log and the callback know it.
 * All go to one gateway, so they stand in one line: a gateway that does not answer is asked less
 * and less often.
 */
#include "notify/sms.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "notify/secret_file.h"
#include "notify/sms_text.h"
#include "store/delivery.h"
#include "store/text_message.h"

#define STATUS_PLANNED "planned"
#define STATUS_REFUSED "refused" /* by the gateway, before it took it */

struct sms {
    const struct settings *settings;
    struct texts texts;
    uint8_t secret[32];
    char token[SECRET_FILE_ROOM];
};

int sms_new(const struct settings *settings, const struct texts *texts, const uint8_t secret[32],
            struct sms **sms_out)
{
    struct sms *sms = calloc(1, sizeof *sms);
    *sms_out = NULL;
    if (!sms)
        return log_fault("sms.new", -ENOMEM, "memory is short");
    sms->settings = settings;
    sms->texts = *texts;
    memcpy(sms->secret, secret, sizeof sms->secret);
    int result = secret_file_read(settings->sms.token_file, "sms.token", sms->token);
    if (result != 0)
        sms_free(&sms);
    *sms_out = sms;
    return result;
}

void sms_free(struct sms **sms_in)
{
    struct sms *sms = *sms_in;
    if (!sms)
        return;
    crypto_wipe(sms, sizeof *sms);
    free(sms);
    *sms_in = NULL;
}

bool sms_is_on(const struct sms *sms)
{
    return sms->settings->sms.account[0] != '\0';
}

void sms_number_hash(const struct sms *sms, const char *phone, uint8_t out[STORE_HASH])
{
    hash_hmac((struct span){sms->secret, sizeof sms->secret}, HASH_TEXT(phone), out);
}

bool sms_is_signed(const struct sms *sms, const char *path, struct twilio_pair *pairs, size_t count,
                   const char *signature)
{
    char url[TEXTS_LINK_ROOM];
    snprintf(url, sizeof url, "%s%s", sms->settings->server.public_url, path);
    return sms_is_on(sms) && twilio_is_signed(sms->token, url, pairs, count, signature);
}

/* ---- whom to tell ---- */

static bool country_is_served(const struct sms *sms, int code)
{
    const char *cursor = sms->settings->sms.countries;
    char item[16];
    uint64_t served;
    if (code == 0)
        return false;
    if (!*cursor)
        return true;
    while (settings_list_next(&cursor, item, sizeof item))
        if (text_to_u64(item, 1, 999, &served) && (int)served == code)
            return true;
    return false;
}

/* Why a message is not to be sent: NULL when it is. 0 or a fault. */
static int ask_caps(const struct sms *sms, struct db_tx *tx, const struct store_text_message *row,
                    const char **why_not)
{
    int64_t since = row->created_at - CLOCK_DAY, count = 0;
    int limit = (int)sms->settings->sms.per_number_day;
    int result = store_number_stopped(tx, row->number_hash);
    *why_not = result == 0 ? "stopped" : NULL;
    if (result != STORE_NOT_FOUND)
        return result;
    result = store_text_count_to(tx, row->number_hash, since, limit, &count);
    if (result == 0 && count >= limit)
        *why_not = "number_cap";
    if (result != 0 || *why_not)
        return result;
    limit = (int)sms->settings->sms.per_country_day;
    result = store_text_count_in(tx, row->calling_code, since, limit, &count);
    if (result == 0 && count >= limit)
        *why_not = "country_cap";
    return result;
}

/* The text in the recipient's language, folded. 0 or a fault. */
static int write_text(const struct sms *sms, struct db_tx *tx, enum event_kind kind,
                      const struct delivery *delivery, struct buf *out)
{
    struct texts_about about = {.kind = kind, .delivery = delivery};
    AUTO_BUF struct buf text;
    buf_init(&text, TEXTS_CEILING);
    int result = texts_lang(&sms->texts, tx, delivery, &about.lang);
    if (result != 0)
        return result;
    texts_write(&sms->texts, &about, &text);
    if (!text.failed && text.len > 0)
        sms_fold((const char *)text.data, out);
    return out->failed || out->len == 0
               ? log_fault("sms.write", -ENOMEM, "delivery=%s", delivery->id)
               : 0;
}

static int plan(const struct sms *sms, struct db_tx *tx, const struct tell_about *about,
                struct store_text_message *row, const char **why_not)
{
    AUTO_BUF struct buf text;
    buf_init(&text, TEXTS_CEILING);
    int result = write_text(sms, tx, about->event->kind, about->delivery, &text);
    if (result != 0)
        return result;
    *row = (struct store_text_message){
        .calling_code = sms_calling_code(about->delivery->recipient_phone),
        .segments = sms_measure((const char *)text.data).segments,
        .status = STATUS_PLANNED,
        .created_at = about->event->at,
    };
    id_new(ID_TEXT_MESSAGE, row->id);
    memcpy(row->delivery_id, about->delivery->id, ID_ROOM);
    sms_number_hash(sms, about->delivery->recipient_phone, row->number_hash);
    *why_not = NULL;
    if (!country_is_served(sms, row->calling_code))
        *why_not = "country";
    else if (row->segments > sms->settings->sms.segments)
        *why_not = "too_long";
    return *why_not ? 0 : ask_caps(sms, tx, row, why_not);
}

static int address(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list)
{
    const struct sms *sms = context;
    struct store_text_message row;
    const char *why_not = NULL;
    bool wanted = false;
    if (!sms_is_on(sms))
        return 0;
    int result = texts_wanted(tx, CHANNEL_SMS, about->event, about->delivery, &wanted);
    if (result != 0 || !wanted)
        return result;
    result = plan(sms, tx, about, &row, &why_not);
    if (result != 0)
        return result;
    if (why_not) {
        log_event(LOG_WARN, "sms.not_sent", "event=%s reason=%s", about->event->id, why_not);
        return 0;
    }
    result = store_text_insert(tx, &row);
    if (result != 0)
        return result;
    return notice_add(list, &(struct notice_to){.target = "", .payload = row.id});
}

/* ---- what to send ---- */

static int build(const struct sms *sms, const struct notice *notice, const char *phone,
                 const char *text, struct outgoing *out)
{
    struct arena *arena = notice->arena;
    const struct settings *settings = sms->settings;
    AUTO_BUF struct buf form;
    buf_init(&form, 8 * TEXTS_CEILING);
    struct twilio_message message = {
        .to = phone,
        .from = settings->sms.from,
        .body = text,
        .callback = arena_printf(arena, "%s" SMS_STATUS_PATH "%s", settings->server.public_url,
                                 notice->row.payload),
        .valid_seconds = (int)settings->sms.valid_minutes * 60,
    };
    if (!message.callback)
        return -ENOMEM;
    twilio_write(&message, &form);
    uint8_t *body = form.failed ? NULL : arena_alloc(arena, form.len);
    *out = (struct outgoing){
        .url = arena_printf(arena, "%s/2010-04-01/Accounts/%s/Messages.json", settings->sms.url,
                            settings->sms.account),
        .headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"},
        .header_count = 2,
        .body = {body, form.len},
        .user = settings->sms.account,
        .password = sms->token,
    };
    if (!body || !out->url)
        return -ENOMEM;
    memcpy(body, form.data, form.len);
    return 0;
}

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    struct arena *arena = notice->arena;
    const struct sms *sms = context;
    struct store_text_message row;
    struct delivery delivery;
    bool wanted = false;
    *verdict = (struct notice_verdict){.outcome = NOTICE_STALE};
    if (!sms_is_on(sms) || !notice->row.payload)
        return 0;
    int result = store_text_get(tx, notice->row.payload, arena, &row);
    if (result == 0)
        result = store_delivery_get(tx, notice->row.delivery_id, arena, &delivery);
    if (result == 0)
        result = texts_wanted(tx, CHANNEL_SMS, &notice->event, &delivery, &wanted);
    if (result == STORE_NOT_FOUND ||
        (result == 0 && (!wanted || !texts_is_true(notice->event.kind, &delivery))))
        return 0;
    if (result == 0)
        result = store_number_stopped(tx, row.number_hash);
    if (result != STORE_NOT_FOUND)
        return result;
    int64_t now = clock_now(), until;
    result = texts_quiet_until(tx, &delivery, now, &until);
    if (result != 0 || until > now) {
        *verdict = (struct notice_verdict){NOTICE_LATER, until, "quiet_hours"};
        return result;
    }
    AUTO_BUF struct buf text;
    buf_init(&text, TEXTS_CEILING);
    result = write_text(sms, tx, notice->event.kind, &delivery, &text);
    if (result != 0)
        return result;
    verdict->outcome = NOTICE_SENT;
    return build(sms, notice, delivery.recipient_phone, (const char *)text.data, out);
}

/* ---- what the answer means ---- */

static void say(struct notice_verdict *out, enum notice_outcome outcome, const char *reason)
{
    out->outcome = outcome;
    snprintf(out->reason, sizeof out->reason, "%s", reason);
}

/* A 400 speaks of this message alone; a wrong password, an unknown account and a broken gateway are
 * for the operator to put right. */
static void judge(void *context, const struct notice *notice, const struct incoming *incoming,
                  struct notice_verdict *out)
{
    struct twilio_answer answer;
    (void)context;
    (void)notice;
    notice_judge_http(incoming, out);
    if (out->outcome == NOTICE_TARGET_GONE)
        out->outcome = NOTICE_LATER;
    if (!incoming->answered)
        return;
    bool read = twilio_read(incoming->body, &answer);
    if (out->outcome == NOTICE_SENT && (!read || !answer.sid[0]))
        say(out, NOTICE_LATER, "garbage");
    else if (out->outcome == NOTICE_SENT && twilio_state(answer.status) == TWILIO_FAILED)
        say(out, NOTICE_REFUSED, "failed");
    else if (incoming->status == 400 && read && twilio_error_is_stop(answer.error))
        say(out, NOTICE_REFUSED, "stopped");
    else if (incoming->status == 400 && !(read && twilio_error_is_passing(answer.error)))
        say(out, NOTICE_REFUSED, "refused");
}

static int settle(void *context, struct db_tx *tx, const struct notice *notice,
                  const struct incoming *incoming, const struct notice_verdict *verdict)
{
    uint8_t hash[STORE_HASH];
    struct twilio_answer answer = {0};
    (void)context;
    if (!notice->row.payload || verdict->outcome == NOTICE_LATER)
        return 0;
    if (incoming && incoming->answered)
        (void)twilio_read(incoming->body, &answer);
    struct store_text_news news = {
        .status =
            answer.status[0] && verdict->outcome == NOTICE_SENT ? answer.status : STATUS_REFUSED,
        .final = verdict->outcome != NOTICE_SENT,
        .segments = answer.segments,
        .error = answer.error,
        .now = clock_now(),
    };
    if (verdict->outcome == NOTICE_STALE)
        news.status = "stale";
    int result = store_text_tell(tx, notice->row.payload, &news);
    if (result == 0 && twilio_error_is_stop(answer.error)) {
        result = store_text_number(tx, notice->row.payload, hash);
        if (result == 0)
            result = store_number_stop(tx, hash, news.now);
        else if (result == STORE_NOT_FOUND)
            result = 0;
    }
    return result;
}

struct channel sms_channel(struct sms *sms)
{
    return (struct channel){.is = CHANNEL_SMS,
                            .address = address,
                            .prepare = prepare,
                            .judge = judge,
                            .settle = settle,
                            .context = sms};
}
