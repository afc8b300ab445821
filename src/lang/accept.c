/* SPDX-License-Identifier: Apache-2.0
 *
 * What is not well-formed is passed over, one language at a time: a header that we cannot read is
 * no reason to refuse a page.
 */
#include "lang/accept.h"

enum { TAG_MAX = 35, FULL = 1000 }; /* a weight in thousandths */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_tag_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static const char *skip_space(const char *at)
{
    while (is_space(*at))
        at++;
    return at;
}

/* ";q=0.85" or nothing: 850; -1 when it is neither. */
static int read_weight(const char *at)
{
    int weight = 0;
    at = skip_space(at);
    if (*at == ',' || *at == '\0')
        return FULL;
    if (*at != ';')
        return -1;
    at = skip_space(at + 1);
    if ((*at != 'q' && *at != 'Q') || at[1] != '=' || (at[2] != '0' && at[2] != '1'))
        return -1;
    weight = (at[2] - '0') * FULL;
    at += 3;
    if (*at == '.')
        at++;
    for (int place = FULL / 10; *at >= '0' && *at <= '9'; at++, place /= 10)
        weight += (*at - '0') * place;
    at = skip_space(at);
    return (*at == ',' || *at == '\0') && weight <= FULL ? weight : -1;
}

/* Ours for a tag, cut at its dashes until something fits; NULL for none. */
static const struct lang *match(const char *tag, size_t len, bool pseudo)
{
    while (len > 0) {
        for (int i = 0; i < lang_all_count; i++) {
            const struct lang *lang = &lang_all[i];
            if ((pseudo || !lang->pseudo) && strlen(lang->code) == len &&
                strncasecmp(lang->code, tag, len) == 0)
                return lang;
        }
        while (len > 0 && tag[len - 1] != '-')
            len--;
        if (len > 0)
            len--;
    }
    return NULL;
}

const struct lang *lang_accept(const char *header, bool pseudo, const struct lang *otherwise)
{
    const struct lang *best = NULL;
    int best_weight = 0;
    for (int i = 0; header && *header && i < LANG_ACCEPT_MOST; i++) {
        const char *tag = skip_space(header);
        size_t len = 0;
        while (is_tag_byte(tag[len]))
            len++;
        bool any = len == 0 && *tag == '*';
        const struct lang *lang = any                         ? otherwise
                                  : len > 0 && len <= TAG_MAX ? match(tag, len, pseudo)
                                                              : NULL;
        int weight = lang ? read_weight(tag + len + any) : -1;
        if (weight > best_weight) {
            best = lang;
            best_weight = weight;
        }
        const char *comma = strchr(tag, ',');
        header = comma ? comma + 1 : NULL;
    }
    return best ? best : otherwise;
}
