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
#include "notify/letter.h"
#include "notify/mail.h"
#include "notify/mail_bounce.h"
#include "store/account.h"

enum { THREADS = 2, PAYLOAD_ROOM = 320, CODE_ROOM = 16 };

/* What stands at the end of a payload for that letter. */
static const char farewell_word[] = " farewell";

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

int mail_queue(struct db_tx *tx, const struct mail_to *to, int64_t now)
{
    char payload[PAYLOAD_ROOM];
    bool farewell = to->letter == LETTER_FAREWELL;
    snprintf(payload, sizeof payload, "%s%s%s%s", to->email ? to->email : "",
             to->lang || farewell ? " " : "", to->lang ? to->lang->code : "",
             farewell ? farewell_word : "");
    struct store_job job = {
        .kind = MAIL_KIND, .payload = payload, .run_at = now, .created_at = now};
    id_new(ID_JOB, job.id);
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
    char code[CODE_ROOM] = "";
    const char *rest = payload[len] ? payload + len + 1 : "", *word = strchr(rest, ' ');
    snprintf(code, sizeof code, "%.*s", (int)(word ? word - rest : (ptrdiff_t)strlen(rest)), rest);
    const struct lang *lang = lang_find(code);
    bool farewell = word && strcmp(word, farewell_word) == 0;
    *to_out = (struct mail_to){email, lang ? lang : settings_lang(codes->settings),
                               farewell ? LETTER_FAREWELL : LETTER_CODE};
    return text_is_email(email);
}

/* `data` is stolen; what was written is wiped, for a code is in it. */
static int send(const struct mail_codes *codes, const struct mail_to *to,
                struct letter_wanted wanted, struct arena *arena)
{
    struct letter_words words;
    int result = letters_write(codes->letters, &wanted, arena, &words);
    if (result != 0)
        return result;
    struct mail mail = {
        .to = to->email, .subject = words.subject, .text = words.text, .html = words.html};
    result = mailer_send(codes->mailer, &mail);
    crypto_wipe(words.text, strlen(words.text));
    crypto_wipe(words.html, strlen(words.html));
    return result;
}

static int send_code(const struct mail_codes *codes, const struct mail_to *to, struct arena *arena)
{
    char code[MAIL_CODE_DIGITS + 1];
    token_digits(MAIL_CODE_DIGITS, code);
    int result = put_code(codes, to->email, code);
    if (result == 0)
        result = send(codes, to,
                      (struct letter_wanted){
                          .letter = LETTER_CODE,
                          .lang = to->lang,
                          .data = json_pack("{s:s, s:I}", "code", code, "minutes",
                                            (json_int_t)codes->settings->auth.code_minutes)},
                      arena);
    crypto_wipe(code, sizeof code);
    return result;
}

static int send_farewell(const struct mail_codes *codes, const struct mail_to *to,
                         struct arena *arena)
{
    return send(
        codes, to,
        (struct letter_wanted){.letter = LETTER_FAREWELL, .lang = to->lang, .data = json_object()},
        arena);
}

/* ---- what the server said of the mailbox ---- */

struct noting {
    const struct settings *settings;
    struct mail_reply reply;
};

static int note_in(struct db_tx *tx, void *arg)
{
    const struct noting *noting = arg;
    return mail_bounce_note(tx, noting->settings, &noting->reply);
}

/* A code goes out whether a mailbox rests or not: somebody is waiting for it. What is learnt from
 * it counts for notices. A note that cannot be made is made the next time. */
static void note_reply(const struct mail_codes *codes, const char *email, int result)
{
    struct noting noting = {codes->settings, {email, 250, clock_now()}};
    if (result == MAIL_REFUSED)
        noting.reply.status = mailer_last_reply();
    if ((result == 0 || result == MAIL_REFUSED) && db_write(codes->db, note_in, &noting) != 0)
        log_event(LOG_WARN, "mail.not_noted", "reason=database");
}

static int run(void *context, const struct store_job *job, const struct store_lease *lease,
               struct arena *arena)
{
    const struct mail_codes *codes = context;
    char email[PAYLOAD_ROOM];
    struct mail_to to;
    /* Older programs queued news of cases here, with the case as subject. */
    if (!read_payload(codes, job->payload, email, &to) || job->subject[0]) {
        log_event(LOG_ERROR, "mail.malformed", "job=%s", job->id);
        return JOB_HOPELESS;
    }
    int result = to.letter == LETTER_FAREWELL ? send_farewell(codes, &to, arena)
                                              : send_code(codes, &to, arena);
    note_reply(codes, email, result);
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
