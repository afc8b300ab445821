/* SPDX-License-Identifier: Apache-2.0
 *
 * From a notice to a message. Everything that may have changed since the event is read on the
 * snapshot that the message is made from.
 */
#include "notify/mail_channel.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "notify/letter.h"
#include "notify/mail.h"
#include "notify/mail_bounce.h"
#include "notify/mail_glass.h"
#include "notify/mail_message.h"
#include "notify/mail_news.h"
#include "notify/mail_token.h"
#include "store/account.h"
#include "store/delivery.h"
#include "store/preference.h"
#include "store/shipper.h"

enum { MESSAGE_CEILING = 256 << 10, SETTLE_MEMORY = 256 << 10 };

/* ---- whom to tell ---- */

/* The mail server is asked in two lines. Within a line a delivery's mails wait for each other: that
 * support opened a case does not wait for what is to be said together with a photo. */
static const char of_delivery[] = "delivery", of_support[] = "support";

static const char *line_of(enum event_kind kind)
{
    int what = preference_class(kind);
    return what == CLASS_CASE || what == CLASS_LOOK ? of_support : of_delivery;
}

static bool can_be_mailed(const char *email)
{
    return email && mail_message_takes(email);
}

/* What breaks the glass is told whatever was switched off. */
static int wants(struct db_tx *tx, const char *email, const struct store_event *event, bool *out)
{
    struct store_recipient who = {.account_id = ""};
    int what = preference_class(event->kind);
    *out = store_event_breaks_glass(event);
    if (what < 0 || *out)
        return 0;
    store_address_hash(email, who.address_hash);
    return store_preference_is_on(
        tx, &who, (struct store_switch){(enum notice_class)what, CHANNEL_MAIL}, out);
}

static int address_recipient(const void *context, struct db_tx *tx, const struct tell_about *about,
                             struct notice_list *list)
{
    const struct mail_channel *channel = context;
    const char *email = about->delivery->recipient_email;
    int64_t at;
    bool wanted;
    if (!can_be_mailed(email) || !mail_news_is(channel->settings, about, &at))
        return 0;
    int result = wants(tx, email, about->event, &wanted);
    if (result != 0 || !wanted)
        return result;
    return notice_add(list,
                      &(struct notice_to){.target = line_of(about->event->kind), .run_at = at});
}

static int address(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list)
{
    int result = address_recipient(context, tx, about, list);
    return result == 0 ? mail_glass_address(tx, about, list) : result;
}

void mail_channel_test(const char *account_id, int64_t now, struct store_notice *out)
{
    *out = (struct store_notice){
        .channel = CHANNEL_MAIL, .payload = account_id, .run_at = now, .created_at = now};
    snprintf(out->target, sizeof out->target, "%s", of_support);
}

/* ---- what to send ---- */

/* A message under way: to whom, in which words. */
struct work {
    const struct mail_channel *channel;
    struct db_tx *tx;
    const struct notice *notice;
    struct arena *arena;
    struct notice_verdict *verdict;
    struct delivery delivery;
    struct shipper shipper;
    const char *email;
    uint8_t address_hash[STORE_HASH];
    struct store_reach reach;
    enum letter letter;
    json_t *desk_data; /* of LETTER_GLASS_DESK, until the letter takes it */
};

/* Nothing is sent, and why. */
static int end(struct work *work, enum notice_outcome outcome, const char *reason)
{
    work->verdict->outcome = outcome;
    snprintf(work->verdict->reason, sizeof work->verdict->reason, "%s", reason);
    return 0;
}

/* How the address's account, if there is one, wants to be reached. */
static int read_reach(struct work *work)
{
    struct store_account account;
    work->reach = (struct store_reach){.quiet = {0, 0, "UTC"}};
    int result = store_account_by_email(work->tx, work->email, work->arena, &account);
    if (result == 0)
        result = store_reach_get(work->tx, account.id, work->arena, &work->reach);
    return result == STORE_NOT_FOUND ? 0 : result;
}

static int read_test(struct work *work)
{
    struct store_account account;
    const char *id = work->notice->row.payload;
    int result = id ? store_account_get(work->tx, id, work->arena, &account) : STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : end(work, NOTICE_STALE, "no_account");
    work->letter = LETTER_TEST;
    work->email = account.email;
    store_address_hash(work->email, work->address_hash);
    return read_reach(work);
}

/* May it go out now? All that speaks against it is the verdict's. */
static int ask_leave(struct work *work, int64_t now)
{
    bool wanted, rests;
    struct mail_moment moment = {work->channel->settings, &work->notice->event, &work->delivery,
                                 &work->reach.quiet};
    int result = wants(work->tx, work->email, &work->notice->event, &wanted);
    if (result != 0 || !wanted)
        return result != 0 ? result : end(work, NOTICE_STALE, "not_wanted");
    result = mail_news_letter(work->tx, &moment, work->arena, &work->letter);
    if (result != 0)
        return result < 0 ? result : end(work, NOTICE_STALE, "no_news");
    result = mail_bounce_rests(work->tx, work->address_hash, now, &rests);
    if (result != 0 || rests)
        return result != 0 ? result : end(work, NOTICE_REFUSED, "mailbox_rests");
    int64_t at = quiet_until(&work->reach.quiet, now);
    if (at > now && work->letter != LETTER_GLASS) { /* that is told at once */
        work->verdict->retry_at = at;
        return end(work, NOTICE_LATER, "quiet_hours");
    }
    return 0;
}

static int read_desk(struct work *work)
{
    work->letter = LETTER_GLASS_DESK;
    int result = mail_glass_read(work->tx, work->notice, &work->email, &work->desk_data);
    if (result == 0 && !can_be_mailed(work->email))
        return end(work, NOTICE_STALE, "nobody");
    return result;
}

static int read_news(struct work *work)
{
    int result =
        store_delivery_get(work->tx, work->notice->row.delivery_id, work->arena, &work->delivery);
    if (result == 0)
        result =
            store_shipper_get(work->tx, work->delivery.shipper_id, work->arena, &work->shipper);
    work->email = work->delivery.recipient_email;
    if (result == STORE_NOT_FOUND || (result == 0 && !can_be_mailed(work->email)))
        return end(work, NOTICE_STALE, "nobody");
    if (result != 0)
        return result;
    store_address_hash(work->email, work->address_hash);
    result = read_reach(work);
    return result != 0 ? result : ask_leave(work, clock_now());
}

/* What the templates read, and the link that stops such mail: `stop_out` is its path or "". */
static json_t *letter_data(const struct work *work, char stop_out[MAIL_TOKEN_ROOM + 4])
{
    char token[MAIL_TOKEN_ROOM];
    const struct delivery *delivery = &work->delivery;
    int what = work->letter == LETTER_TEST || work->letter == LETTER_GLASS
                   ? -1
                   : preference_class(work->notice->event.kind);
    stop_out[0] = '\0';
    if (work->letter == LETTER_GLASS_DESK)
        return work->desk_data;
    if (what < 0)
        return json_object();
    mail_token_stop(work->channel->secret, work->address_hash, (enum notice_class)what, token);
    snprintf(stop_out, MAIL_TOKEN_ROOM + 4, "/u/%s", token);
    mail_token_refuse(work->channel->secret, delivery, token);
    return json_pack(
        "{s:s, s:o, s:o, s:b, s:b, s:s, s:i}", "unsubscribe_url", stop_out, "order_url",
        json_sprintf("/orders/%s", delivery->id), "refuse_url", json_sprintf("/r/%s", token),
        "picture", delivery->photo_state == PHOTO_POSTED, "expected",
        delivery->photo_state == PHOTO_EXPECTED || delivery->photo_state == PHOTO_RECEIVED, "photo",
        mail_news_photo(delivery), "days", work->shipper.retention_days);
}

/* The whole message in the arena. */
static int compose(struct work *work, struct outgoing *out)
{
    const struct settings *settings = work->channel->settings;
    char stop[MAIL_TOKEN_ROOM + 4];
    struct letter_words words;
    const struct lang *lang = lang_chosen(work->reach.language, settings_lang(settings));
    struct letter_wanted wanted = {work->letter, lang, letter_data(work, stop)};
    AUTO_BUF struct buf bytes;
    buf_init(&bytes, MESSAGE_CEILING);
    int result = letters_write(work->channel->letters, &wanted, work->arena, &words);
    if (result != 0)
        return result;
    struct mail mail = {.to = arena_strdup(work->arena, work->email),
                        .subject = words.subject,
                        .text = words.text,
                        .html = words.html,
                        .id = work->notice->row.id};
    if (stop[0])
        mail.unsubscribe = arena_printf(work->arena, "%s%s", settings->server.public_url, stop);
    if (!mail.to || (stop[0] && !mail.unsubscribe))
        return log_fault("mail.compose", -ENOMEM, "notice=%s", work->notice->row.id);
    result = mailer_compose(work->channel->mailer, &mail, &bytes);
    if (result != 0)
        return result < 0 ? result : end(work, NOTICE_REFUSED, "address");
    char *body = arena_strndup(work->arena, (const char *)bytes.data, bytes.len);
    out->mail_to = mail.to;
    out->body = (struct span){(const uint8_t *)body, bytes.len};
    return body ? 0 : log_fault("mail.compose", -ENOMEM, "notice=%s", work->notice->row.id);
}

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict_out)
{
    const struct mail_channel *channel = context;
    const struct settings *settings = channel->settings;
    struct work work = {.channel = channel,
                        .tx = tx,
                        .notice = notice,
                        .arena = notice->arena,
                        .verdict = verdict_out};
    int result = mail_glass_is(notice)     ? read_desk(&work)
                 : notice->row.event_id[0] ? read_news(&work)
                                           : read_test(&work);
    if (result == 0 && verdict_out->outcome == NOTICE_SENT)
        result = compose(&work, out);
    else
        json_decref(work.desk_data);
    if (result != 0 || verdict_out->outcome != NOTICE_SENT)
        return result;
    out->url = mailer_has_folder(channel->mailer) ? NULL : settings->mail.smtp_url;
    out->mail_from = settings->mail.from;
    out->mail_plain = settings->mail.smtp_plain;
    out->timeout_ms = settings->mail.timeout_ms;
    if (*settings->mail.smtp_user) {
        out->user = settings->mail.smtp_user;
        out->password = mailer_password(channel->mailer);
    }
    return 0;
}

/* ---- how it went ---- */

/* Into the folder, which answers as a server would. */
static void hand(void *context, const struct notice *notice, const struct outgoing *out,
                 struct incoming *answer)
{
    const struct mail_channel *channel = context;
    (void)notice;
    if (mailer_drop(channel->mailer, out->body) == 0) {
        answer->answered = true;
        answer->status = 250;
    } else {
        answer->trouble = "folder";
    }
}

static void judge(void *context, const struct notice *notice, const struct incoming *answer,
                  struct notice_verdict *out)
{
    int status = answer->status;
    (void)context;
    (void)notice;
    if (!answer->trouble && status >= 200 && status <= 299)
        return; /* sent */
    bool for_good =
        !answer->trouble && status >= 500 && status <= 599 && !mail_bounce_is_ours(status);
    out->outcome = for_good ? NOTICE_REFUSED : NOTICE_LATER;
    if (answer->trouble)
        snprintf(out->reason, sizeof out->reason, "%s", answer->trouble);
    else
        snprintf(out->reason, sizeof out->reason, "status_%d", status);
}

static int settle(void *context, struct db_tx *tx, const struct notice *notice,
                  const struct incoming *answer, const struct notice_verdict *verdict)
{
    const struct mail_channel *channel = context;
    struct delivery delivery;
    bool counts = verdict->outcome == NOTICE_SENT || verdict->outcome == NOTICE_REFUSED;
    if (!answer || answer->trouble || !counts || !notice->row.delivery_id[0] ||
        mail_glass_is(notice))
        return 0;
    struct arena *arena = arena_new(SETTLE_MEMORY);
    if (!arena)
        return -ENOMEM;
    int result = store_delivery_get(tx, notice->row.delivery_id, arena, &delivery);
    if (result == 0 && delivery.recipient_email)
        result = mail_bounce_note(
            tx, channel->settings,
            &(struct mail_reply){delivery.recipient_email, answer->status, clock_now()});
    arena_free(&arena);
    return result < 0 ? result : 0;
}

/* A server that asks for patience wants minutes, one that is down may need a day: 29 hours. */
static const int64_t schedule[] = {
    2 * CLOCK_SECOND,  5 * CLOCK_SECOND,  CLOCK_MINUTE,    3 * CLOCK_MINUTE,
    10 * CLOCK_MINUTE, 30 * CLOCK_MINUTE, CLOCK_HOUR,      2 * CLOCK_HOUR,
    4 * CLOCK_HOUR,    8 * CLOCK_HOUR,    13 * CLOCK_HOUR,
};

struct channel mail_channel(struct mail_channel *channel)
{
    return (struct channel){.is = CHANNEL_MAIL,
                            .address = address,
                            .prepare = prepare,
                            .hand = hand,
                            .judge = judge,
                            .settle = settle,
                            .schedule = schedule,
                            .schedule_count = (int)ARRAY_LEN(schedule),
                            .context = channel};
}
