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
#include "notify/mail.h"
#include "store/account.h"

enum { THREADS = 2 };

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

int mail_queue(struct db_tx *tx, const char *email, const char *case_id, int64_t now)
{
    struct store_job job = {.kind = MAIL_KIND, .payload = email, .run_at = now, .created_at = now};
    id_new(ID_JOB, job.id);
    if (case_id)
        snprintf(job.subject, sizeof job.subject, "%s", case_id);
    return store_job_insert(tx, &job);
}

static char *write_code(const struct mail_codes *codes, const char *code, struct arena *arena)
{
    long long minutes = (long long)codes->settings->auth.code_minutes;
    return arena_printf(
        arena,
        "Your code to sign in:\n"
        "\n"
        "%s\n"
        "\n"
        "It is good for %lld minute%s, once, and only where you asked for it:\n"
        "%s\n"
        "\n"
        "Nobody will ever ask you for this code. If you did not ask for it, ignore\n"
        "this message: without the code nobody gets in.\n",
        code, minutes, minutes == 1 ? "" : "s", codes->settings->server.public_url);
}

static char *write_news(const struct mail_codes *codes, struct arena *arena)
{
    return arena_printf(
        arena,
        "Support opened a case on an order of yours. Its reason is on the order's page,\n"
        "where you can answer too:\n"
        "%s/orders\n"
        "\n"
        "While the case is open, support may look at the photo of the delivery, if there\n"
        "is one. You can read there who looked, when and why.\n",
        codes->settings->server.public_url);
}

/* `text` is stolen. */
static int send(const struct mail_codes *codes, const struct store_job *job, const char *subject,
                char *text)
{
    if (!text)
        return -ENOMEM;
    struct mail mail = {.to = job->payload, .subject = subject, .text = text};
    int result = mailer_send(codes->mailer, &mail);
    crypto_wipe(text, strlen(text));
    return result;
}

static int send_code(const struct mail_codes *codes, const struct store_job *job,
                     struct arena *arena)
{
    char code[MAIL_CODE_DIGITS + 1];
    token_digits(MAIL_CODE_DIGITS, code);
    int result = put_code(codes, job->payload, code);
    if (result == 0)
        result = send(codes, job, "Your code to sign in", write_code(codes, code, arena));
    crypto_wipe(code, sizeof code);
    return result;
}

static int send_news(const struct mail_codes *codes, const struct store_job *job,
                     struct arena *arena)
{
    return send(codes, job, "A case was opened on an order of yours", write_news(codes, arena));
}

static int run(void *context, const struct store_job *job, const struct store_lease *lease,
               struct arena *arena)
{
    const struct mail_codes *codes = context;
    if (!job->payload || !text_is_email(job->payload)) {
        log_event(LOG_ERROR, "mail.malformed", "job=%s", job->id);
        return JOB_HOPELESS;
    }
    bool news = job->subject[0] != '\0';
    int result = news ? send_news(codes, job, arena) : send_code(codes, job, arena);
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
