/* SPDX-License-Identifier: Apache-2.0
 *
 * Queries and forms. Both are cut at '&', then at the first '=', and decoded afterwards, so that an
 * escaped '&' or '=' is data. Whatever a browser would not send is refused rather than guessed at.
 */
#include "base/text.h"
#include "http/parse.h"

const char *http_parse_text(enum http_parse result)
{
    switch (result) {
    case HTTP_PARSE_OK:
        return "in order";
    case HTTP_PARSE_ILL_FORMED:
        return "not well-formed: a bad escape, a name that is empty, or text that is not clean "
               "UTF-8";
    case HTTP_PARSE_TOO_MANY:
        return "too many fields";
    case HTTP_PARSE_TWICE:
        return "the same name twice";
    }
    return "not well-formed";
}

/* CR LF becomes LF, in place; a CR alone is refused. */
static bool join_lines(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\r' && *++from != '\n')
            return false;
        *to++ = *from;
    }
    *to = 0;
    return true;
}

static bool decode(char *text, enum http_lines lines)
{
    if (!text_unpercent(text, true))
        return false;
    if (lines == HTTP_MANY_LINES && !join_lines(text))
        return false;
    return text_is_clean(text, strlen(text), lines == HTTP_MANY_LINES);
}

static enum http_parse add_pair(char *field, enum http_lines lines, struct http_pairs *pairs)
{
    char *value = strchr(field, '=');
    if (value)
        *value++ = 0;
    if (!*field || !decode(field, HTTP_ONE_LINE) || (value && !decode(value, lines)))
        return HTTP_PARSE_ILL_FORMED;
    if (http_pairs_get(pairs, field))
        return HTTP_PARSE_TWICE;
    if (pairs->count == HTTP_PAIRS)
        return HTTP_PARSE_TOO_MANY;
    pairs->pair[pairs->count].name = field;
    pairs->pair[pairs->count++].value = value ? value : "";
    return HTTP_PARSE_OK;
}

enum http_parse http_pairs_parse(char *text, enum http_lines lines, struct http_pairs *out)
{
    out->count = 0;
    if (!*text)
        return HTTP_PARSE_OK;
    for (char *field = text; field;) {
        char *next = strchr(field, '&');
        if (next)
            *next++ = 0;
        enum http_parse result = add_pair(field, lines, out);
        if (result != HTTP_PARSE_OK)
            return result;
        field = next;
    }
    return HTTP_PARSE_OK;
}

const char *http_pairs_get(const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->pair[i].name, name) == 0)
            return pairs->pair[i].value;
    return NULL;
}
