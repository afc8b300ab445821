/* SPDX-License-Identifier: Apache-2.0
 *
 * Nothing that comes from outside reaches a header as it is: addresses are held to a narrow form,
 * and a subject loses its control characters, or is encoded whole when it is not ASCII.
 */
#include "notify/mail_message.h"

#include <time.h>

#include "base/text.h"
#include "crypto/crypto.h"

enum {
    LINE_CEILING = 76, /* of a body, as quoted-printable has it */
    WORD_BYTES = 42,   /* of UTF-8 in one encoded word, which makes 75 characters at most */
    ID_BYTES = 16,
};

bool mail_message_takes(const char *address)
{
    static const char specials[] = "()<>[]:;,\\\"";
    if (!text_is_email(address))
        return false;
    for (const char *at = address; *at; at++)
        if (*at <= ' ' || *at > '~' || strchr(specials, *at))
            return false;
    return true;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x7f)
            return false;
    return true;
}

/* One encoded word for each piece, cut between characters. */
static void add_encoded(struct buf *out, const char *text)
{
    char word[BASE64_ROOM(WORD_BYTES)];
    for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
        n = left < WORD_BYTES ? left : WORD_BYTES;
        while (n < left && n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
        text_base64((const uint8_t *)text, n, word);
        buf_printf(out, "=?UTF-8?B?%s?=%s", word, n < left ? "\r\n " : "");
    }
}

static void add_subject(struct buf *out, const char *subject)
{
    buf_text(out, "Subject: ");
    if (!is_ascii(subject))
        add_encoded(out, subject);
    else
        for (; *subject; subject++)
            buf_byte(out, *subject < ' ' || *subject == 0x7f ? ' ' : (uint8_t)*subject);
    buf_text(out, "\r\n");
}

static void add_date(struct buf *out)
{
    char date[64];
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm); /* the C locale is ours */
    buf_printf(out, "Date: %s\r\n", date);
}

static void add_id(struct buf *out, const char *from, const char *id)
{
    uint8_t random[ID_BYTES];
    char hex[2 * ID_BYTES + 1];
    crypto_random(random, sizeof random);
    text_hex(random, sizeof random, hex);
    buf_printf(out, "Message-ID: <%s%s>\r\n", id ? id : hex, strchr(from, '@'));
}

/* ---- bodies ---- */

/* Lines that may travel as they are: short, ASCII, nothing at their ends that could be lost, and
 * none that a mailbox file would take for its own. */
static bool is_plain(const char *text)
{
    size_t column = 0;
    for (const char *at = text; *at; at++) {
        bool begins = column == 0;
        if ((unsigned char)*at > '~' || (*at < ' ' && *at != '\n') || column >= LINE_CEILING ||
            (begins && strncmp(at, "From ", 5) == 0) || (*at == ' ' && (!at[1] || at[1] == '\n')))
            return false;
        column = *at == '\n' ? 0 : column + 1;
    }
    return true;
}

static void add_plain(struct buf *out, const char *text)
{
    const char *at = text;
    for (; *at; at++)
        if (*at == '\n')
            buf_text(out, "\r\n");
        else
            buf_byte(out, (uint8_t)*at);
    if (at > text && at[-1] != '\n')
        buf_text(out, "\r\n");
}

/* RFC 2045 §6.7. A line's break is CRLF; a soft one, behind "=", keeps lines short. */
static void add_quoted(struct buf *out, const char *text)
{
    size_t column = 0;
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '\r')
            continue;
        if (c == '\n') {
            buf_text(out, "\r\n");
            column = 0;
            continue;
        }
        bool last = !at[1] || at[1] == '\n' || at[1] == '\r';
        bool literal = c >= '!' && c <= '~' && c != '=';
        literal = literal || (c == ' ' && !last);
        /* A dot or an F alone at the beginning would be for others to read. */
        literal = literal && !(column == 0 && (c == '.' || c == 'F'));
        size_t width = literal ? 1 : 3;
        if (column + width + (last ? 0 : 1) > LINE_CEILING) {
            buf_text(out, "=\r\n");
            column = 0;
        }
        if (literal)
            buf_byte(out, c);
        else
            buf_printf(out, "=%02X", c);
        column += width;
    }
    if (column > 0)
        buf_text(out, "\r\n");
}

static void add_part(struct buf *out, const char *type, const char *text)
{
    bool plain = is_plain(text);
    buf_printf(out,
               "Content-Type: %s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: %s\r\n\r\n",
               type, plain ? "7bit" : "quoted-printable");
    if (plain)
        add_plain(out, text);
    else
        add_quoted(out, text);
}

/* Begins with what cannot be in quoted-printable, and is drawn: it does not occur in a body. */
static void add_alternatives(struct buf *out, const struct mail *mail)
{
    uint8_t random[ID_BYTES];
    char boundary[ID_BYTES + 1] = "";
    crypto_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        boundary[i] = (char)('a' + random[i] % 26);
    buf_printf(out, "Content-Type: multipart/alternative; boundary=\"=_%s\"\r\n\r\n", boundary);
    buf_printf(out, "--=_%s\r\n", boundary);
    add_part(out, "text/plain", mail->text);
    buf_printf(out, "--=_%s\r\n", boundary);
    add_part(out, "text/html", mail->html);
    buf_printf(out, "--=_%s--\r\n", boundary);
}

static void add_unsubscribe(struct buf *out, const char *address)
{
    for (const char *at = address; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '<' || *at == '>') {
            out->failed = true;
            return;
        }
    buf_printf(out,
               "List-Unsubscribe: <%s>\r\n"
               "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
               address);
}

void mail_message_write(struct buf *out, const char *from, const struct mail *mail)
{
    add_date(out);
    buf_printf(out, "From: Porchlight <%s>\r\n", from);
    buf_printf(out, "To: <%s>\r\n", mail->to);
    add_subject(out, mail->subject);
    add_id(out, from, mail->id);
    buf_text(out, "Auto-Submitted: auto-generated\r\n");
    if (mail->unsubscribe)
        add_unsubscribe(out, mail->unsubscribe);
    buf_text(out, "MIME-Version: 1.0\r\n");
    if (mail->html)
        add_alternatives(out, mail);
    else
        add_part(out, "text/plain", mail->text);
}
