/* SPDX-License-Identifier: Apache-2.0
 *
 * One value, from text and back. A value comes from the operator, not from a stranger, but a wrong
 * one found at the start saves a night: each is checked against its range and, where its form is
 * known here, against that. The message says what would be right.
 */
#include <arpa/inet.h>
#include <strings.h>

#include "base/text.h"
#include "settings/table.h"

enum { SECONDS_CEILING = 30 * 86400, SECONDS_ITEMS = 20 };

/* Ways to write a number of a unit; the first that divides the value without rest prints it. */
static const struct suffix {
    const char *unit, *text;
    int64_t factor;
} suffixes[] = {
    {"bytes", "GB", INT64_C(1) << 30},
    {"bytes", "MB", INT64_C(1) << 20},
    {"bytes", "KB", INT64_C(1) << 10},
};

static void *field_of(const struct setting *setting, struct settings *settings)
{
    return (char *)settings + setting->offset;
}

static const void *field_in(const struct setting *setting, const struct settings *settings)
{
    return (const char *)settings + setting->offset;
}

/* Forms of text. Each answers whether `text`, which is not empty, is of its form. */

static bool port_is_right(const char *text)
{
    uint64_t port;
    return text_to_u64(text, 0, 65535, &port);
}

/* 127.0.0.1:8080, [::1]:8080 or *:8080 */
static bool is_address_and_port(const char *text)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *colon = strrchr(text, ':');
    if (!colon || !port_is_right(colon + 1))
        return false;
    size_t len = (size_t)(colon - text);
    if (len == 1 && text[0] == '*')
        return true;
    if (len < 2 || len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    struct in6_addr address;
    if (host[0] != '[')
        return inet_pton(AF_INET, host, &address) == 1;
    if (host[len - 1] != ']')
        return false;
    host[len - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, &address) == 1;
}

/* A host of letters, digits, dots and dashes, or an IPv6 address in brackets, with or without a
 * port, and nothing after it. */
static bool is_host(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    if (text[0] == '[') {
        len = strspn(text + 1, "0123456789abcdefABCDEF:.") + 1;
        if (text[len] != ']')
            return false;
        len++;
    }
    if (len == 0)
        return false;
    return text[len] == '\0' || (text[len] == ':' && port_is_right(text + len + 1));
}

static bool has_scheme(const char *text, const char *scheme)
{
    size_t len = strlen(scheme);
    return strncmp(text, scheme, len) == 0 && is_host(text + len);
}

static bool is_url(const char *text)
{
    return has_scheme(text, "https://") || has_scheme(text, "http://");
}

static bool is_smtp_url(const char *text)
{
    return has_scheme(text, "smtps://") || has_scheme(text, "smtp://");
}

static bool is_address_or_network(char *item)
{
    char *slash = strchr(item, '/');
    if (slash)
        *slash = '\0';
    uint64_t bits;
    struct in6_addr address;
    if (inet_pton(AF_INET, item, &address) == 1)
        return !slash || text_to_u64(slash + 1, 0, 32, &bits);
    if (inet_pton(AF_INET6, item, &address) == 1)
        return !slash || text_to_u64(slash + 1, 0, 128, &bits);
    return false;
}

static bool is_addresses(const char *text)
{
    char item[INET6_ADDRSTRLEN + 8];
    while (settings_list_next(&text, item, sizeof item)) {
        if (!is_address_or_network(item))
            return false;
    }
    return true;
}

static bool is_seconds(const char *text)
{
    char item[16];
    double seconds;
    int count = 0;
    while (settings_list_next(&text, item, sizeof item)) {
        if (!text_to_double(item, 0, SECONDS_CEILING, &seconds) || ++count > SECONDS_ITEMS)
            return false;
    }
    return count > 0;
}

static const struct form {
    const char *name;
    bool (*fits)(const char *text);
    const char *example;
} forms[] = {
    {"ADDRESS:PORT", is_address_and_port, "127.0.0.1:8080 or [::1]:8080"},
    {"URL", is_url, "https://parcels.example, without a path"},
    {"SMTP-URL", is_smtp_url, "smtp://mail.example:587"},
    {"EMAIL", text_is_email, "photos@parcels.example"},
    {"ADDRESSES", is_addresses, "127.0.0.1, 10.0.0.0/8"},
    {"SECONDS", is_seconds, "5, 300, 1800: 20 numbers at most, each of 30 days at most"},
};

static const struct form *form_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    }
    return NULL;
}

/* Says "`text` is not WHAT" and is SETTINGS_REFUSED. */
static int refuse(const char *text, const char *what, char *error, size_t room)
{
    char clean[80];
    snprintf(clean, sizeof clean, "%.60s%s", text, strlen(text) > 60 ? "…" : "");
    bool printable = text_is_clean(clean, strlen(clean), false);
    snprintf(error, room, "\"%s\" is not %s", printable ? clean : "?", what);
    return SETTINGS_REFUSED;
}

static int parse_integer(const struct setting *setting, const char *text, int64_t *out, char *error,
                         size_t room)
{
    char digits[24], range[SETTING_RANGE_ROOM];
    int64_t number, factor = 1;
    size_t len = strspn(text, "0123456789");
    const char *suffix = text + len;
    if (*suffix == ' ' && suffix[1])
        suffix++;
    for (size_t i = 0; *suffix && i < ARRAY_LEN(suffixes); i++) {
        if (strcmp(setting->form, suffixes[i].unit) == 0 &&
            strcasecmp(suffix, suffixes[i].text) == 0) {
            factor = suffixes[i].factor;
            suffix = "";
        }
    }
    setting_range(setting, range);
    if (*suffix || len == 0 || len >= sizeof digits)
        return refuse(text, range, error, room);
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (!text_to_i64(digits, 0, INT64_MAX, &number) || number > setting->max / factor ||
        number * factor < setting->min)
        return refuse(text, range, error, room);
    *out = number * factor;
    return 0;
}

static int parse_boolean(const char *text, bool *out, char *error, size_t room)
{
    static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false", "off"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return 0;
        }
    }
    return refuse(text, "yes or no", error, room);
}

/* Writes the word at `index` of "one|two|three" to `out`; false past the last. */
static bool word_at(const char *words, int index, char *out, size_t room)
{
    for (; index > 0 && words; index--) {
        words = strchr(words, '|');
        words = words ? words + 1 : NULL;
    }
    if (!words)
        return false;
    snprintf(out, room, "%.*s", (int)strcspn(words, "|"), words);
    return true;
}

static int parse_word(const struct setting *setting, const char *text, int *out, char *error,
                      size_t room)
{
    char word[32], range[SETTING_RANGE_ROOM];
    for (int i = 0; word_at(setting->form, i, word, sizeof word); i++) {
        if (strcmp(word, text) == 0) {
            *out = i;
            return 0;
        }
    }
    setting_range(setting, range);
    return refuse(text, range, error, room);
}

static int parse_text(const struct setting *setting, const char *text, char *out, char *error,
                      size_t room)
{
    size_t len = strlen(text);
    const struct form *form = form_named(setting->form);
    if (len < (size_t)setting->min || len > (size_t)setting->max) {
        snprintf(error, room, "it is %zu bytes long, which is not within %lld to %lld", len,
                 (long long)setting->min, (long long)setting->max);
        return SETTINGS_REFUSED;
    }
    if (!text_is_clean(text, len, false)) {
        snprintf(error, room, "it holds control characters or is not UTF-8");
        return SETTINGS_REFUSED;
    }
    if (strchr(text, ';')) {
        snprintf(error, room, "it holds a ';', which begins a comment in a settings file");
        return SETTINGS_REFUSED;
    }
    if (len > 0 && form && !form->fits(text)) {
        char like[96];
        snprintf(like, sizeof like, "of the form %s", form->example);
        return refuse(text, like, error, room);
    }
    memcpy(out, text, len + 1);
    return 0;
}

int setting_parse(const struct setting *setting, const char *text, struct settings *out,
                  char *error, size_t room)
{
    switch (setting->kind) {
    case SETTING_INTEGER:
        return parse_integer(setting, text, field_of(setting, out), error, room);
    case SETTING_BOOLEAN:
        return parse_boolean(text, field_of(setting, out), error, room);
    case SETTING_WORD:
        return parse_word(setting, text, field_of(setting, out), error, room);
    case SETTING_TEXT:
    case SETTING_LIST:
        break;
    }
    return parse_text(setting, text, field_of(setting, out), error, room);
}

int setting_append(const struct setting *setting, const char *text, struct settings *out,
                   char *error, size_t room)
{
    char joined[2 * SETTING_VALUE_ROOM];
    const char *held = field_of(setting, out);
    int len = snprintf(joined, sizeof joined, "%s%s%s", held, *held ? ", " : "", text);
    if (len < 0 || (size_t)len >= sizeof joined) {
        snprintf(error, room, "the list is too long");
        return SETTINGS_REFUSED;
    }
    return setting_parse(setting, joined, out, error, room);
}

void setting_format(const struct setting *setting, const struct settings *settings,
                    char out[SETTING_VALUE_ROOM])
{
    const void *field = field_in(setting, settings);
    int64_t number;
    out[0] = '\0';
    switch (setting->kind) {
    case SETTING_INTEGER:
        number = *(const int64_t *)field;
        for (size_t i = 0; i < ARRAY_LEN(suffixes) && number != 0; i++) {
            if (strcmp(setting->form, suffixes[i].unit) == 0 && number % suffixes[i].factor == 0) {
                snprintf(out, SETTING_VALUE_ROOM, "%lld%s",
                         (long long)(number / suffixes[i].factor), suffixes[i].text);
                return;
            }
        }
        snprintf(out, SETTING_VALUE_ROOM, "%lld", (long long)number);
        break;
    case SETTING_BOOLEAN:
        snprintf(out, SETTING_VALUE_ROOM, "%s", *(const bool *)field ? "yes" : "no");
        break;
    case SETTING_WORD:
        word_at(setting->form, *(const int *)field, out, SETTING_VALUE_ROOM);
        break;
    case SETTING_TEXT:
    case SETTING_LIST:
        snprintf(out, SETTING_VALUE_ROOM, "%s", (const char *)field);
        break;
    }
}

void setting_range(const struct setting *setting, char out[SETTING_RANGE_ROOM])
{
    size_t at = 0;
    switch (setting->kind) {
    case SETTING_INTEGER:
        snprintf(out, SETTING_RANGE_ROOM, "a whole number from %lld to %lld %s",
                 (long long)setting->min, (long long)setting->max, setting->form);
        break;
    case SETTING_BOOLEAN:
        snprintf(out, SETTING_RANGE_ROOM, "yes or no");
        break;
    case SETTING_WORD:
        for (const char *c = setting->form; *c && at + 5 < SETTING_RANGE_ROOM; c++) {
            if (*c != '|') {
                out[at++] = *c;
                continue;
            }
            memcpy(out + at, " or ", 4);
            at += 4;
        }
        out[at] = '\0';
        break;
    case SETTING_TEXT:
    case SETTING_LIST:
        snprintf(out, SETTING_RANGE_ROOM, "%s%s", setting->form,
                 setting->min == 0 && *setting->fallback ? ", may be empty" : "");
        break;
    }
}

bool settings_list_next(const char **cursor, char *item, size_t room)
{
    const char *at = *cursor;
    at += strspn(at, " ,");
    size_t len = strcspn(at, ",");
    *cursor = at + len;
    while (len > 0 && at[len - 1] == ' ')
        len--;
    /* An item longer than its room is cut, and then is of no known form. */
    snprintf(item, room, "%.*s", (int)len, at);
    return len > 0;
}
