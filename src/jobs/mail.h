/* SPDX-License-Identifier: Apache-2.0
 *
 * The job that mails a sign-in code (design D10). Its payload is the address, and after a space the
 * code of the language to write in when that was chosen; the sign-in code is drawn
 * when the message is made and exists in the message and, as a keyed hash, in the database. A
 * repeated attempt draws another code, and the older one is dead. What cannot be mailed is dropped
 * with its address: whoever wanted it asks again, and an address is kept no longer than its use.
 *
 * Notices of what happened to deliveries go through the outbox (notify/mail_channel.h). Codes have
 * this way of their own, so that none waits behind them.
 */
#ifndef PORCHLIGHT_JOBS_MAIL_H
#define PORCHLIGHT_JOBS_MAIL_H

#include "jobs/conveyor.h"
#include "notify/letter.h"
#include "settings/settings.h"

#define MAIL_KIND "mail"

struct letters;
struct mailer;

/* What the job works with; must outlive the conveyor. */
struct mail_codes {
    const struct settings *settings;
    struct db *db;
    struct mailer *mailer;   /* notify/mail.h */
    struct letters *letters; /* notify/letter.h */
    uint8_t code_secret[32]; /* of sign-in codes */
};

struct job_kind mail_kind(struct mail_codes *codes);

/* Whom a message is for. */
struct mail_to {
    const char *email;
    const struct lang *lang; /* in which it is written; NULL: as the server's setting says then */
    enum letter letter;      /* LETTER_CODE, for which a code is made, or LETTER_FAREWELL */
};

/* Queues a message. Wake MAIL_KIND once that has committed. 0 or a fault. */
int mail_queue(struct db_tx *tx, const struct mail_to *to, int64_t now) MUST_CHECK;

/* The keyed hash under which a code for an address is stored. Both sides of a sign-in use it. */
void mail_code_mac(const uint8_t secret[32], const char *email, const char *code, uint8_t out[32]);

enum { MAIL_CODE_DIGITS = 8 };

#endif
