/* SPDX-License-Identifier: Apache-2.0
 *
 * E-mail, out of the door: by SMTP submission through libcurl (STARTTLS or TLS, AUTH, certificate
 * checked), or, with `folder` set under [mail], into a folder as one .eml file a message, whole
 * under its name or not at all.
 *
 * Two ways use it: sign-in codes are sent from here, one at a time (jobs/mail.h), so that none
 * waits behind other mail; notices are composed here and carried by the outbox
 * (notify/mail_channel.h).
 */
#ifndef PORCHLIGHT_MAIL_H
#define PORCHLIGHT_MAIL_H

#include "base/buf.h"
#include "settings/settings.h"

struct mailer;

enum mail_outcome {
    MAIL_REFUSED = 1, /* for good (5xx): this message will never be taken */
    MAIL_LATER,       /* passing (4xx, no connection): try again */
    MAIL_NOWHERE,     /* neither a server nor a folder is set */
};

struct mail {
    const char *to;          /* one address, checked by text_is_email */
    const char *subject;     /* one line */
    const char *text;        /* body; lines end in \n */
    const char *html;        /* the same as HTML; NULL: text only */
    const char *unsubscribe; /* an address that takes a one-click POST (RFC 8058); NULL: none */
    const char *id;          /* letters, digits and _ for Message-ID; NULL: drawn */
};

/* Borrows settings. 0, or a fault (an unreadable password file, an unusable folder). */
int mailer_new(const struct settings *settings, struct mailer **mailer_out) MUST_CHECK;
void mailer_free(struct mailer **mailer);

/* Sends one message, blocking for at most `mail-timeout_ms`. Thread-safe. 0, an outcome, or a
 * fault. */
int mailer_send(struct mailer *mailer, const struct mail *mail) MUST_CHECK;

/* The message as it travels, signed where the settings say so. 0, MAIL_REFUSED (an address that
 * cannot be written to) or a fault. */
int mailer_compose(struct mailer *mailer, const struct mail *mail, struct buf *out) MUST_CHECK;

/* Is a folder set, and no server asked? */
bool mailer_has_folder(const struct mailer *mailer);
/* Writes a composed message there. 0 or a fault. */
int mailer_drop(struct mailer *mailer, struct span message) MUST_CHECK;
/* The password for smtp_user; "" where none is set. */
const char *mailer_password(const struct mailer *mailer);
/* The reply code of the message that this thread sent last, 0 where none came. */
int mailer_last_reply(void);

/* The DNS records that DKIM needs, as dkim_records; nothing where no key is set. */
int mailer_records(struct mailer *mailer, struct buf *out) MUST_CHECK;

/* For doctor: one line about where mail goes, and whether it can. 0, MAIL_NOWHERE, MAIL_LATER or a
 * fault. */
int mailer_probe(struct mailer *mailer, char *line_out, size_t room) MUST_CHECK;

#endif
