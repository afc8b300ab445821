/* SPDX-License-Identifier: Apache-2.0
 *
 * The signature's own header is signed too, with an empty b= and without its last line's end; so it
 * is written first, relaxed, signed, and then completed.
 */
#include "notify/dkim.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/pem.h"

enum { NAME_ROOM = 254, HEADER_CEILING = 64 << 10, FOLD = 72, PATH_ROOM = 1001 };

/* In the order of h=. A name that stands here more often than in the message signs that there is no
 * other. */
static const char *const signed_names[] = {"From",
                                           "From",
                                           "To",
                                           "To",
                                           "Subject",
                                           "Subject",
                                           "Date",
                                           "Message-ID",
                                           "MIME-Version",
                                           "Content-Type",
                                           "Content-Transfer-Encoding",
                                           "Auto-Submitted",
                                           "List-Unsubscribe",
                                           "List-Unsubscribe-Post"};

struct dkim {
    char domain[NAME_ROOM];
    int count;
    struct {
        char selector[NAME_ROOM];
        struct pem_key *key;
    } keys[DKIM_KEYS];
};

/* ---- making ---- */

static int open_keys(const struct settings *settings, struct dkim *dkim)
{
    const char *selectors = settings->mail.dkim_selectors, *files = settings->mail.dkim_key_files;
    char selector[NAME_ROOM], file[PATH_ROOM];
    while (settings_list_next(&files, file, sizeof file)) {
        if (dkim->count == DKIM_KEYS || !settings_list_next(&selectors, selector, sizeof selector))
            return DKIM_BAD_SETTINGS;
        int result = pem_key_open(file, &dkim->keys[dkim->count].key);
        if (result != 0)
            return result < 0 ? result : DKIM_BAD_KEY;
        snprintf(dkim->keys[dkim->count].selector, NAME_ROOM, "%s", selector);
        dkim->count++;
    }
    return settings_list_next(&selectors, selector, sizeof selector) ? DKIM_BAD_SETTINGS : 0;
}

int dkim_new(const struct settings *settings, struct dkim **dkim_out)
{
    *dkim_out = NULL;
    if (!*settings->mail.dkim_key_files && !*settings->mail.dkim_selectors)
        return 0;
    struct dkim *dkim = calloc(1, sizeof *dkim);
    if (!dkim)
        return log_fault("dkim.new", -ENOMEM, "memory is short");
    snprintf(dkim->domain, sizeof dkim->domain, "%s", settings->mail.dkim_domain);
    int result = *dkim->domain ? open_keys(settings, dkim) : DKIM_BAD_SETTINGS;
    if (result > 0)
        log_event(LOG_ERROR, "dkim.settings", "reason=%s",
                  result == DKIM_BAD_KEY
                      ? "key_is_no_rsa_key_of_2048_bits_and_no_ed25519_key"
                      : "dkim_domain_and_as_many_dkim_selectors_as_dkim_key_files_are_needed");
    if (result != 0)
        dkim_free(&dkim);
    *dkim_out = dkim;
    return result;
}

void dkim_free(struct dkim **dkim)
{
    if (!*dkim)
        return;
    for (int i = 0; i < DKIM_KEYS; i++)
        pem_key_free(&(*dkim)->keys[i].key);
    free(*dkim);
    *dkim = NULL;
}

int dkim_records(const struct dkim *dkim, struct buf *out)
{
    int result = 0;
    for (int i = 0; i < dkim->count && result == 0; i++) {
        bool rsa = pem_key_kind(dkim->keys[i].key) == PEM_RSA;
        buf_printf(out, "%s._domainkey.%s\tv=DKIM1; k=%s; p=", dkim->keys[i].selector, dkim->domain,
                   rsa ? "rsa" : "ed25519");
        result = pem_key_public(dkim->keys[i].key, out);
        buf_text(out, "\n");
    }
    return result;
}

/* ---- canonical forms ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* One line without its end, its white space reduced. */
static void relax_line(const uint8_t *line, size_t len, struct buf *out)
{
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    for (size_t i = 0; i < len; i++) {
        if (!is_blank(line[i]))
            buf_byte(out, line[i]);
        else if (!is_blank(line[i + 1])) /* the last byte is not blank */
            buf_byte(out, ' ');
    }
}

void dkim_relax_body(struct span body, struct buf *out)
{
    size_t empty = 0; /* lines that may turn out to be the last ones */
    const uint8_t *at = body.data, *end = at + body.len;
    while (at < end) {
        const uint8_t *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        size_t len = (size_t)((line_end ? line_end : end) - at), before = out->len;
        size_t blank = 0;
        while (blank < len && is_blank(at[blank]))
            blank++;
        if (blank == len) {
            empty++;
        } else {
            for (; empty > 0; empty--)
                buf_text(out, "\r\n");
            relax_line(at, len, out);
            buf_text(out, "\r\n");
        }
        if (out->failed && out->len == before)
            return;
        at = line_end ? line_end + 2 : end;
    }
}

void dkim_relax_header(struct span header, struct buf *out)
{
    const uint8_t *at = header.data, *end = at + header.len;
    for (; at < end && *at != ':'; at++)
        if (!is_blank(*at))
            buf_byte(out, *at >= 'A' && *at <= 'Z' ? (uint8_t)(*at - 'A' + 'a') : *at);
    buf_byte(out, ':');
    bool gap = false, begun = false;
    for (at += at < end; at < end; at++) {
        if (is_blank(*at) || *at == '\r' || *at == '\n') {
            gap = true;
            continue;
        }
        if (gap && begun)
            buf_byte(out, ' ');
        gap = false;
        begun = true;
        buf_byte(out, *at);
    }
    buf_text(out, "\r\n");
}

/* ---- signing ---- */

/* The whole lines of the header at `at`, its continuations included, up to `end`. */
static size_t header_len(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *from = at;
    for (;;) {
        const uint8_t *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (!line_end)
            return (size_t)(end - from);
        at = line_end + 2;
        if (at >= end || !is_blank(*at))
            return (size_t)(at - from);
    }
}

static bool is_named(struct span header, const char *name)
{
    size_t len = strlen(name);
    return header.len > len && header.data[len] == ':' &&
           strncasecmp((const char *)header.data, name, len) == 0;
}

/* The n-th header of a name, counted from 0 and from the bottom, relaxed; nothing when there are
 * not so many. */
static void add_header(struct span head, const char *name, int n, struct buf *out)
{
    struct span found[8];
    int count = 0;
    for (const uint8_t *at = head.data, *end = at + head.len; at < end;) {
        struct span header = {at, header_len(at, end)};
        if (is_named(header, name) && count < (int)ARRAY_LEN(found))
            found[count++] = header;
        at += header.len;
    }
    if (n < count)
        dkim_relax_header(found[count - 1 - n], out);
}

static void add_signed(struct span head, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(signed_names); i++) {
        int before = 0;
        for (size_t j = 0; j < i; j++)
            before += strcmp(signed_names[i], signed_names[j]) == 0;
        add_header(head, signed_names[i], before, out);
    }
}

static void add_folded(struct buf *out, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        size_t n = left < FOLD ? left : FOLD;
        buf_text(out, "\r\n ");
        buf_add(out, text, n);
        text += n;
        left -= n;
    }
}

/* The header up to and with "b=". */
static void begin_header(const struct dkim *dkim, int which, const char *body_hash, int64_t now,
                         struct buf *out)
{
    bool rsa = pem_key_kind(dkim->keys[which].key) == PEM_RSA;
    buf_printf(out,
               "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n d=%s;\r\n s=%s;\r\n t=%lld;"
               "\r\n h=",
               rsa ? "rsa-sha256" : "ed25519-sha256", dkim->domain, dkim->keys[which].selector,
               (long long)(now / 1000));
    for (size_t i = 0; i < ARRAY_LEN(signed_names); i++)
        buf_printf(out, "%s%s", i == 0 ? "" : i % 4 ? ":" : ":\r\n  ", signed_names[i]);
    buf_printf(out, ";\r\n bh=%s;\r\n b=", body_hash);
}

static int sign_one(const struct dkim *dkim, int which, struct span head, struct buf *header)
{
    AUTO_BUF struct buf text;
    uint8_t signature[PEM_SIGNATURE_CEILING], digest[HASH_SHA256_LEN];
    char base64[BASE64_ROOM(PEM_SIGNATURE_CEILING)];
    size_t len;
    buf_init(&text, HEADER_CEILING);
    add_signed(head, &text);
    dkim_relax_header((struct span){header->data, header->len}, &text);
    if (text.failed || header->failed)
        return log_fault("dkim.sign", -EMSGSIZE, "what=header");
    struct span bytes = {text.data, text.len - 2};            /* without its last line's end */
    if (pem_key_kind(dkim->keys[which].key) == PEM_ED25519) { /* which signs the hash */
        hash_sha256(bytes, digest);
        bytes = (struct span){digest, sizeof digest};
    }
    int result = pem_key_sign(dkim->keys[which].key, bytes, signature, &len);
    if (result != 0)
        return result;
    text_base64(signature, len, base64);
    add_folded(header, base64);
    buf_text(header, "\r\n");
    return 0;
}

int dkim_sign(const struct dkim *dkim, struct span message, int64_t now, struct buf *out)
{
    const uint8_t *gap = memmem(message.data, message.len, "\r\n\r\n", 4);
    if (!gap)
        return log_fault("dkim.sign", -EINVAL, "what=message");
    struct span head = {message.data, (size_t)(gap + 2 - message.data)};
    struct span body = {gap + 4, message.len - head.len - 2};
    uint8_t hash[HASH_SHA256_LEN];
    char body_hash[BASE64_ROOM(HASH_SHA256_LEN)];
    AUTO_BUF struct buf relaxed;
    buf_init(&relaxed, message.len + 2);
    dkim_relax_body(body, &relaxed);
    if (relaxed.failed)
        return log_fault("dkim.sign", -ENOMEM, "what=body");
    hash_sha256((struct span){relaxed.data, relaxed.len}, hash);
    text_base64(hash, sizeof hash, body_hash);
    int result = 0;
    for (int i = 0; i < dkim->count && result == 0; i++) {
        AUTO_BUF struct buf header;
        buf_init(&header, HEADER_CEILING);
        begin_header(dkim, i, body_hash, now, &header);
        result = sign_one(dkim, i, head, &header);
        buf_add(out, header.data, header.len);
    }
    return result;
}
