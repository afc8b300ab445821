/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding a message and filling it. All tables are constant: any number of threads may read.
 */
#include "lang/lang.h"

#include "lang/tables.h"

enum { NAME_MAX_LEN = 32 };

const struct lang *lang_find(const char *code)
{
    for (int i = 0; i < lang_all_count; i++)
        if (strcmp(lang_all[i].code, code) == 0)
            return &lang_all[i];
    return NULL;
}

const struct lang *lang_chosen(const char *code, const struct lang *otherwise)
{
    const struct lang *lang = code ? lang_find(code) : NULL;
    return lang ? lang : otherwise;
}

/* Without its context. */
static const char *english(const char *message)
{
    const char *mark = strchr(message, '\004');
    return mark ? mark + 1 : message;
}

/* The message's forms in the language; NULL where there are none. */
static const char *find(const struct lang *lang, const char *message)
{
    if (!lang->texts)
        return NULL;
    size_t from = 0, to = lang_message_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(message, lang_messages[middle]);
        if (order == 0)
            return lang->texts[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

const char *lang_text(const struct lang *lang, const char *message)
{
    const char *found = find(lang, message);
    return found ? found : english(message);
}

const char *lang_count(const struct lang *lang, const char *one, const char *many,
                       unsigned long long n)
{
    const char *found = find(lang, one);
    if (!found)
        return n == 1 ? english(one) : many;
    unsigned form = lang->plural(n);
    for (; form > 0; form--)
        found += strlen(found) + 1;
    return found;
}

/* ---- filling ---- */

static const char *part_named(const struct lang_part *parts, const char *name, size_t len)
{
    for (; parts->name; parts++)
        if (strlen(parts->name) == len && memcmp(parts->name, name, len) == 0)
            return parts->text;
    return NULL;
}

void lang_fill(struct buf *out, const char *text, const struct lang_part *parts)
{
    const char *open;
    while ((open = strchr(text, '{')) != NULL) {
        const char *close = strchr(open, '}');
        size_t len = close ? (size_t)(close - open - 1) : 0;
        const char *part = close && len < NAME_MAX_LEN ? part_named(parts, open + 1, len) : NULL;
        buf_add(out, text, (size_t)(open - text));
        if (part)
            buf_text(out, part);
        else
            buf_byte(out, '{');
        text = part ? close + 1 : open + 1;
    }
    buf_text(out, text);
}

void lang_say(const struct lang *lang, struct buf *out, const char *message,
              const struct lang_part *parts)
{
    const char *text = lang_text(lang, message);
    if (parts)
        lang_fill(out, text, parts);
    else
        buf_text(out, text);
}

struct lang_digits lang_digits(long long number)
{
    struct lang_digits digits;
    snprintf(digits.text, sizeof digits.text, "%lld", number);
    return digits;
}
