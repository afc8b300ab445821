/* SPDX-License-Identifier: Apache-2.0
 *
 * E-mail, out of the door: by SMTP submission through libcurl (STARTTLS or TLS, AUTH, certificate
 * checked), or, with `folder` set under [mail], into a folder as one .eml file a message, whole
 * under its name or not at all. Text only, RFC 5322, CRLF, no line over 998 bytes, header values
 * without line breaks, UTF-8 as it is (8BITMIME) in the body and encoded words in the subject.
 */
#ifndef PORCHLIGHT_MAIL_H
#define PORCHLIGHT_MAIL_H

#include "base/base.h"
#include "settings/settings.h"

struct mailer;

enum mail_outcome {
    MAIL_REFUSED = 1, /* for good (5xx): this message will never be taken */
    MAIL_LATER,       /* passing (4xx, no connection): try again */
    MAIL_NOWHERE,     /* neither a server nor a folder is set */
};

struct mail {
    const char *to;      /* one address, checked by text_is_email */
    const char *subject; /* one line */
    const char *text;    /* body; lines end in \n */
};

/* Borrows settings. 0, or a fault (an unreadable password file, an unusable folder). */
int mailer_new(const struct settings *settings, struct mailer **mailer_out) MUST_CHECK;
void mailer_free(struct mailer **mailer);

/* Sends one message, blocking for at most `mail-timeout_ms`. Thread-safe. 0, an outcome, or a
 * fault. */
int mailer_send(struct mailer *mailer, const struct mail *mail) MUST_CHECK;

/* For doctor: one line about where mail goes, and whether it can. 0, MAIL_NOWHERE, MAIL_LATER or a
 * fault. */
int mailer_probe(struct mailer *mailer, char *line_out, size_t room) MUST_CHECK;

#endif
