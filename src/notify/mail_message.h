/* SPDX-License-Identifier: Apache-2.0
 *
 * A message as the bytes that travel (RFC 5322, RFC 2045): text alone, or text and HTML as
 * multipart/alternative. Every line ends in CRLF and is shorter than 998 bytes; bodies are
 * 7bit or quoted-printable, so that no relay has to change them, which would break a signature.
 * Pure but for the clock and the random Message-ID.
 */
#ifndef PORCHLIGHT_MAIL_MESSAGE_H
#define PORCHLIGHT_MAIL_MESSAGE_H

#include "base/buf.h"
#include "notify/mail.h"

/* True when an address may stand in a header and in an SMTP command as it is: text_is_email, and
 * nothing in it but plain ASCII without specials. */
bool mail_message_takes(const char *address);

/* Adds the whole message to `out`: header, empty line, body; every line ends in CRLF. Both
 * addresses must be ones that mail_message_takes. buf's own `failed` says when it was too long. */
void mail_message_write(struct buf *out, const char *from, const struct mail *mail);

#endif
