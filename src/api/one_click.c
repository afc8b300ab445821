/* SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is kept of the body, so there is no need to take it apart: each of the three things it
 * may say is looked for as a pair of a form, or as a part of multipart/form-data by its header and
 * its value on the lines that follow it.
 */
#include "api/one_click.h"

static const struct {
    const char *name, *value;
    enum one_click said;
} words[] = {{"List-Unsubscribe", "One-Click", ONE_CLICK_STOP},
             {"all", "yes", ONE_CLICK_ALL},
             {"again", "yes", ONE_CLICK_AGAIN}};

static bool begins(const uint8_t *at, const uint8_t *end, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(end - at) >= len && memcmp(at, text, len) == 0;
}

/* "name=value", whole between two ampersands. */
static bool has_pair(struct span body, const char *name, const char *value)
{
    const uint8_t *at = body.data, *end = at + body.len;
    while (at < end) {
        const uint8_t *stop = memchr(at, '&', (size_t)(end - at));
        const uint8_t *pair_end = stop ? stop : end;
        while (pair_end > at && (pair_end[-1] == '\r' || pair_end[-1] == '\n'))
            pair_end--;
        size_t name_len = strlen(name), len = (size_t)(pair_end - at);
        if (len == name_len + 1 + strlen(value) && begins(at, pair_end, name) &&
            at[name_len] == '=' && begins(at + name_len + 1, pair_end, value))
            return true;
        at = stop ? stop + 1 : end;
    }
    return false;
}

/* A part whose header names it, then an empty line, then the value alone on its line. */
static bool has_part(struct span body, const char *name, const char *value)
{
    char mark[64];
    const uint8_t *at = body.data, *end = at + body.len;
    snprintf(mark, sizeof mark, "name=\"%s\"", name);
    while (at < end && (at = memmem(at, (size_t)(end - at), mark, strlen(mark))) != NULL) {
        const uint8_t *gap = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        if (!gap)
            return false;
        const uint8_t *after = gap + 4 + strlen(value);
        if (begins(gap + 4, end, value) && begins(after, end, "\r\n--"))
            return true;
        at += strlen(mark);
    }
    return false;
}

enum one_click one_click_read(const char *type, struct span body)
{
    bool parts = type && strncasecmp(type, "multipart/form-data", 19) == 0;
    if (body.len == 0)
        return ONE_CLICK_NOTHING;
    for (size_t i = ARRAY_LEN(words); i-- > 0;) /* what says more wins */
        if (parts ? has_part(body, words[i].name, words[i].value)
                  : has_pair(body, words[i].name, words[i].value))
            return words[i].said;
    return ONE_CLICK_NOTHING;
}
