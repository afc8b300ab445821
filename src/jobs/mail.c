/* SPDX-License-Identifier: Apache-2.0
 *
 * A code goes into the database before the message goes out: a code that arrives must work. The
 * subject does not hold it, since subjects are shown on locked screens.
 */
#include "jobs/mail.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "crypto/token.h"
#include "db/db.h"
#include "lang/lang.h"
#include "notify/mail.h"
#include "store/account.h"

enum { THREADS = 2, PAYLOAD_ROOM = 320, TEXT_MAX = 8 << 10 };

void mail_code_mac(const uint8_t secret[32], const char *email, const char *code, uint8_t out[32])
{
    /* Neither holds a NUL, so the two never run into each other. */
    char text[320];
    int len = snprintf(text, sizeof text, "%s%c%s", email, '\0', code);
    size_t used = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    hash_hmac((struct span){secret, 32}, (struct span){(const uint8_t *)text, used}, out);
    crypto_wipe(text, sizeof text);
}

static int put_code_in(struct db_tx *tx, void *arg)
{
    return store_code_put(tx, arg);
}

static int put_code(const struct mail_codes *codes, const char *email, const char *code)
{
    struct store_code row = {.email = email,
                             .created_at = clock_now(),
                             .tries_left = (int)codes->settings->auth.code_tries};
    row.expires_at = row.created_at + codes->settings->auth.code_minutes * CLOCK_MINUTE;
    mail_code_mac(codes->code_secret, email, code, row.mac);
    return db_write(codes->db, put_code_in, &row);
}

int mail_queue(struct db_tx *tx, const struct mail_to *to, const char *case_id, int64_t now)
{
    char payload[PAYLOAD_ROOM];
    snprintf(payload, sizeof payload, "%s%s%s", to->email ? to->email : "", to->lang ? " " : "",
             to->lang ? to->lang->code : "");
    struct store_job job = {
        .kind = MAIL_KIND, .payload = payload, .run_at = now, .created_at = now};
    id_new(ID_JOB, job.id);
    if (case_id)
        snprintf(job.subject, sizeof job.subject, "%s", case_id);
    return store_job_insert(tx, &job);
}

/* The payload taken apart; `email` has PAYLOAD_ROOM bytes. False when it is not of that form. */
static bool read_payload(const struct mail_codes *codes, const char *payload, char *email,
                         struct mail_to *to_out)
{
    if (!payload || strlen(payload) >= PAYLOAD_ROOM)
        return false;
    size_t len = strcspn(payload, " ");
    memcpy(email, payload, len);
    email[len] = '\0';
    const struct lang *lang = payload[len] ? lang_find(payload + len + 1) : NULL;
    *to_out = (struct mail_to){email, lang ? lang : settings_lang(codes->settings)};
    return text_is_email(email);
}

static void write_code(const struct mail_codes *codes, const struct lang *lang, const char *code,
                       struct buf *out)
{
    int64_t minutes = codes->settings->auth.code_minutes;
    lang_say(lang, out, MSG("Your code to sign in:"), NULL);
    buf_printf(out, "\n\n%s\n\n", code);
    lang_fill(out,
              lang_count(lang,
                         "The code is good for {n} minute, once, and only where you asked for it:",
                         "The code is good for {n} minutes, once, and only where you asked for it:",
                         (unsigned long long)minutes),
              LANG_PARTS({"n", LANG_NUMBER(minutes)}));
    buf_printf(out, "\n%s\n\n", codes->settings->server.public_url);
    lang_say(lang, out,
             MSG("Nobody will ever ask you for this code. If you did not ask for it, ignore this "
                 "message: without the code nobody gets in."),
             NULL);
    buf_byte(out, '\n');
}

static void write_news(const struct mail_codes *codes, const struct lang *lang, struct buf *out)
{
    lang_say(lang, out,
             MSG("Support opened a case on an order of yours. Its reason is on the order's page, "
                 "where you can answer too:"),
             NULL);
    buf_printf(out, "\n%s/orders\n\n", codes->settings->server.public_url);
    lang_say(lang, out,
             MSG("While the case is open, support may look at the photo of the delivery, if there "
                 "is one. You can read there who looked, when and why."),
             NULL);
    buf_byte(out, '\n');
}

static int send(const struct mail_codes *codes, const struct mail_to *to, const char *subject,
                struct buf *text)
{
    struct mail mail = {
        .to = to->email, .subject = lang_text(to->lang, subject), .text = buf_string(text)};
    int result = text->failed ? -ENOMEM : mailer_send(codes->mailer, &mail);
    if (text->data)
        crypto_wipe(text->data, text->len);
    buf_free(text);
    return result;
}

static int send_code(const struct mail_codes *codes, const struct mail_to *to)
{
    char code[MAIL_CODE_DIGITS + 1];
    struct buf text;
    buf_init(&text, TEXT_MAX);
    token_digits(MAIL_CODE_DIGITS, code);
    int result = put_code(codes, to->email, code);
    if (result == 0) {
        write_code(codes, to->lang, code, &text);
        result = send(codes, to, MSG("Your code to sign in"), &text);
    }
    crypto_wipe(code, sizeof code);
    return result;
}

static int send_news(const struct mail_codes *codes, const struct mail_to *to)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    write_news(codes, to->lang, &text);
    return send(codes, to, MSG("A case was opened on an order of yours"), &text);
}

static int run(void *context, const struct store_job *job, const struct store_lease *lease,
               struct arena *arena)
{
    (void)arena;
    const struct mail_codes *codes = context;
    char email[PAYLOAD_ROOM];
    struct mail_to to;
    if (!read_payload(codes, job->payload, email, &to)) {
        log_event(LOG_ERROR, "mail.malformed", "job=%s", job->id);
        return JOB_HOPELESS;
    }
    bool news = job->subject[0] != '\0';
    int result = news ? send_news(codes, &to) : send_code(codes, &to);
    switch (result) {
    case 0:
        log_event(LOG_INFO, "mail.sent", "job=%s attempts=%d", job->id, job->attempts);
        return JOB_DONE;
    case MAIL_REFUSED:
    case MAIL_NOWHERE:
        log_event(LOG_WARN, "mail.refused", "job=%s reason=%s", job->id,
                  result == MAIL_NOWHERE ? "nowhere" : "refused");
        return JOB_HOPELESS;
    default:
        return JOB_AGAIN;
    }
}

struct job_kind mail_kind(struct mail_codes *codes)
{
    return (struct job_kind){.name = MAIL_KIND,
                             .threads = THREADS,
                             .attempts = (unsigned)codes->settings->mail.attempts,
                             .forgets = true,
                             .run = run,
                             .context = codes};
}
