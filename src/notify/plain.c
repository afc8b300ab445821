/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk over tags and texts. Whatever it does not know is passed over, never copied: the worst
 * that wrong HTML can do is to be missing from the text.
 */
#include "notify/plain.h"

#include "base/text.h"

enum { WIDTH = 72, TAG_ROOM = 12, ADDRESS_ROOM = 1024, PARAGRAPH_CEILING = 64 << 10 };

/* A tag at `at` ('<' is there): its end, and its name in lower case, "/p" for an end. */
static const char *read_tag(const char *at, const char *end, char name[TAG_ROOM])
{
    size_t len = 0;
    const char *close = memchr(at, '>', (size_t)(end - at));
    const char *stop = close ? close : end;
    for (at++; at < stop && *at != ' ' && *at != '\n' && len + 1 < TAG_ROOM; at++)
        name[len++] = *at;
    name[len] = '\0';
    text_lower(name);
    return close ? close + 1 : end;
}

static void add_code_point(struct buf *out, unsigned long code)
{
    if (code < 0x80) {
        buf_byte(out, (uint8_t)code);
    } else if (code < 0x800) {
        buf_byte(out, (uint8_t)(0xc0 | code >> 6));
        buf_byte(out, (uint8_t)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buf_byte(out, (uint8_t)(0xe0 | code >> 12));
        buf_byte(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
        buf_byte(out, (uint8_t)(0x80 | (code & 0x3f)));
    }
}

/* One character of a text, or what an entity stands for; where the next one begins. */
static const char *add_character(const char *at, const char *end, struct buf *out)
{
    static const struct {
        const char *name;
        unsigned long code;
    } entities[] = {{"&amp;", '&'},  {"&lt;", '<'},   {"&gt;", '>'},      {"&quot;", '"'},
                    {"&#39;", '\''}, {"&nbsp;", 160}, {"&mdash;", 0x2014}};
    for (size_t i = 0; *at == '&' && i < ARRAY_LEN(entities); i++) {
        size_t len = strlen(entities[i].name);
        if ((size_t)(end - at) >= len && memcmp(at, entities[i].name, len) == 0) {
            add_code_point(out, entities[i].code);
            return at + len;
        }
    }
    buf_byte(out, (uint8_t)*at);
    return at + 1;
}

void plain_title(struct span html, struct buf *out)
{
    const char *at = (const char *)html.data, *end = at + html.len;
    const char *from = memmem(at, html.len, "<title>", 7);
    const char *to = from ? memmem(from, (size_t)(end - from), "</title>", 8) : NULL;
    for (at = from ? from + 7 : end; to && at < to;)
        at = add_character(at, to, out);
}

/* ---- the text ---- */

struct writer {
    const char *base_url;
    struct buf *out;
    struct buf paragraph;       /* as one line, white space reduced; '\n' is a break */
    char address[ADDRESS_ROOM]; /* of the link that is open or was the last, or "" */
    size_t link_from;           /* where its text began in the paragraph */
};

static size_t characters(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((uint8_t)text[i] & 0xc0) != 0x80;
    return count;
}

static void wrap(const char *text, struct buf *out)
{
    size_t column = 0;
    while (*text) {
        size_t len = strcspn(text, " \n"), width = characters(text, len);
        if (column > 0 && column + 1 + width > WIDTH) {
            buf_byte(out, '\n');
            column = 0;
        }
        if (column > 0)
            buf_byte(out, ' ');
        buf_add(out, text, len);
        column += width + (column > 0);
        text += len;
        if (*text == '\n') {
            buf_byte(out, '\n');
            column = 0;
        }
        text += *text != '\0';
    }
    buf_byte(out, '\n');
}

static void end_paragraph(struct writer *w)
{
    while (w->paragraph.len > 0 && strchr(" \n", w->paragraph.data[w->paragraph.len - 1]))
        w->paragraph.data[--w->paragraph.len] = '\0';
    if (w->paragraph.len > 0) {
        if (w->out->len > 0)
            buf_byte(w->out, '\n');
        wrap((const char *)w->paragraph.data, w->out);
    }
    if (w->paragraph.failed)
        w->out->failed = true;
    buf_free(&w->paragraph);
}

/* The value of href="…" in a tag, made whole. */
static void open_link(struct writer *w, const char *tag, const char *end)
{
    const char *from = memmem(tag, (size_t)(end - tag), "href=\"", 6);
    const char *to = from ? memchr(from + 6, '"', (size_t)(end - from - 6)) : NULL;
    struct buf text;
    w->address[0] = '\0';
    w->link_from = w->paragraph.len;
    if (!to)
        return;
    buf_init(&text, ADDRESS_ROOM - 1);
    if (from[6] == '/')
        buf_text(&text, w->base_url);
    for (const char *at = from + 6; at < to;)
        at = add_character(at, to, &text);
    if (!text.failed)
        snprintf(w->address, sizeof w->address, "%s", (const char *)text.data);
    buf_free(&text);
}

static void close_link(struct writer *w)
{
    if (!w->address[0])
        return;
    if (w->link_from == 0)
        buf_printf(&w->paragraph, ":\n%s", w->address);
    else
        buf_printf(&w->paragraph, " (%s)", w->address);
    w->address[0] = '\0';
}

static void take_tag(struct writer *w, const char *name, const char *tag, const char *end)
{
    static const char *const blocks[] = {"p", "/p", "h1", "/h1", "div", "/div", "hr", "/body"};
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        if (strcmp(name, blocks[i]) == 0)
            end_paragraph(w);
    if (strcmp(name, "br") == 0)
        buf_byte(&w->paragraph, '\n');
    else if (strcmp(name, "a") == 0)
        open_link(w, tag, end);
    else if (strcmp(name, "/a") == 0)
        close_link(w);
}

static bool ends_in_space(const struct buf *text)
{
    return text->len == 0 || strchr(" \n", text->data[text->len - 1]);
}

void plain_text(struct span html, const char *base_url, struct buf *out)
{
    struct writer w = {.base_url = base_url, .out = out};
    const char *at = (const char *)html.data, *end = at + html.len;
    const char *body = memmem(at, html.len, "<body", 5);
    buf_init(&w.paragraph, PARAGRAPH_CEILING);
    for (at = body ? body : end; at < end;) {
        char name[TAG_ROOM];
        if (*at == '<') {
            const char *next = read_tag(at, end, name);
            take_tag(&w, name, at, next);
            at = next;
        } else if (strchr(" \t\r\n", *at)) {
            if (!ends_in_space(&w.paragraph))
                buf_byte(&w.paragraph, ' ');
            at++;
        } else {
            at = add_character(at, end, &w.paragraph);
        }
    }
    end_paragraph(&w);
}

void plain_addresses(struct span html, const char *base_url, struct buf *out)
{
    const char *at = (const char *)html.data, *end = at + html.len, *found;
    while (at < end && (found = memmem(at, (size_t)(end - at), "href=\"/", 7)) != NULL) {
        buf_add(out, at, (size_t)(found + 6 - at));
        buf_text(out, base_url);
        at = found + 6;
    }
    if (at < end)
        buf_add(out, at, (size_t)(end - at));
}
