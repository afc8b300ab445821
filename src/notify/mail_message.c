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
    LINE_CEILING = 990, /* bytes of a body's line; 998 is the standard's */
    WORD_BYTES = 42,    /* of UTF-8 in one encoded word, which makes 75 characters at most */
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

static void add_id(struct buf *out, const char *from)
{
    uint8_t random[ID_BYTES];
    char hex[2 * ID_BYTES + 1];
    crypto_random(random, sizeof random);
    text_hex(random, sizeof random, hex);
    buf_printf(out, "Message-ID: <%s%s>\r\n", hex, strchr(from, '@'));
}

/* Line ends become CRLF, and a line that is too long is broken. */
static void add_body(struct buf *out, const char *text)
{
    size_t column = 0;
    for (; *text; text++) {
        if (*text == '\r')
            continue;
        bool broken = column >= LINE_CEILING && ((unsigned char)*text & 0xc0) != 0x80;
        if (*text == '\n' || broken) {
            buf_text(out, "\r\n");
            column = 0;
        }
        if (*text != '\n') {
            buf_byte(out, (uint8_t)*text);
            column++;
        }
    }
    if (column > 0)
        buf_text(out, "\r\n");
}

void mail_message_write(struct buf *out, const char *from, const struct mail *mail)
{
    add_date(out);
    buf_printf(out, "From: Porchlight <%s>\r\n", from);
    buf_printf(out, "To: <%s>\r\n", mail->to);
    add_subject(out, mail->subject);
    add_id(out, from);
    buf_text(out, "Auto-Submitted: auto-generated\r\n"
                  "MIME-Version: 1.0\r\n"
                  "Content-Type: text/plain; charset=utf-8\r\n");
    buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n",
               is_ascii(mail->text) ? "7bit" : "8bit");
    add_body(out, mail->text);
}
