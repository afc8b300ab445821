/* SPDX-License-Identifier: Apache-2.0
 *
 * Cookies, header text, ranges, entity tags and media types: each the strict subset of its RFC
 * (6265, 9110) that real clients use.
 */
#include "http/parse.h"

#include <strings.h>

/* RFC 9110's token. */
static bool is_token_byte(unsigned char c)
{
    static const bool token[256] = {
        ['0' ... '9'] = true,  ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
        ['#' ... '\''] = true, ['*'] = true,         ['+'] = true,         ['-'] = true,
        ['.'] = true,          ['^' ... '`'] = true, ['|'] = true,         ['~'] = true,
    };
    return token[c];
}

/* RFC 6265's cookie-octet. */
static bool is_cookie_byte(unsigned char c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool http_header_name_ok(const char *name)
{
    const char *c = name;
    while (is_token_byte((unsigned char)*c))
        c++;
    return c > name && !*c;
}

bool http_header_value_ok(const char *value)
{
    for (const char *c = value; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

bool http_cookie_name_ok(const char *name)
{
    return http_header_name_ok(name);
}

bool http_cookie_value_ok(const char *value)
{
    while (is_cookie_byte((unsigned char)*value))
        value++;
    return !*value;
}

bool http_cookie_find(const char *header, const char *name, struct span *value_out)
{
    size_t name_len = strlen(name);
    struct span found = {0};
    for (const char *at = header;;) {
        const char *start = at;
        while (is_token_byte((unsigned char)*at))
            at++;
        size_t len = (size_t)(at - start);
        if (len == 0 || *at++ != '=')
            return false;
        const char *value = at;
        bool quoted = *at == '"';
        at += quoted;
        while (is_cookie_byte((unsigned char)*at))
            at++;
        if (quoted && *at++ != '"')
            return false;
        if (len == name_len && memcmp(start, name, len) == 0) {
            if (found.data)
                return false;
            found = (struct span){(const uint8_t *)value, (size_t)(at - value)};
        }
        if (!*at)
            break;
        if (at[0] != ';' || at[1] != ' ')
            return false;
        at += 2;
    }
    if (!found.data)
        return false;
    *value_out = found;
    return true;
}

/* Digits that end anywhere; false for none or too large. */
static bool read_number(const char **at, uint64_t *out)
{
    const char *c = *at;
    uint64_t n = 0;
    for (; *c >= '0' && *c <= '9'; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (c == *at)
        return false;
    *at = c;
    *out = n;
    return true;
}

enum http_range http_range_parse(const char *header, uint64_t total, uint64_t *offset_out,
                                 uint64_t *length_out)
{
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return HTTP_RANGE_WHOLE;
    const char *at = header + 6;
    uint64_t first, last = UINT64_MAX;
    if (*at == '-') { /* the last n bytes */
        uint64_t n;
        at++;
        if (!read_number(&at, &n) || *at)
            return HTTP_RANGE_WHOLE;
        if (n == 0 || total == 0)
            return HTTP_RANGE_UNSATISFIABLE;
        *offset_out = n < total ? total - n : 0;
        *length_out = total - *offset_out;
        return HTTP_RANGE_PART;
    }
    if (!read_number(&at, &first) || *at++ != '-')
        return HTTP_RANGE_WHOLE;
    if (*at && (!read_number(&at, &last) || *at || last < first))
        return HTTP_RANGE_WHOLE;
    if (first >= total)
        return HTTP_RANGE_UNSATISFIABLE;
    if (last > total - 1)
        last = total - 1;
    *offset_out = first;
    *length_out = last - first + 1;
    return HTTP_RANGE_PART;
}

bool http_etag_listed(const char *header, const char *etag)
{
    if (!header)
        return false;
    if (strcmp(header, "*") == 0)
        return true;
    size_t etag_len = strlen(etag);
    bool found = false;
    for (const char *at = header;;) {
        at += strspn(at, " \t");
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        const char *start = at;
        if (*at++ != '"')
            return false;
        while (*at && *at != '"' && (unsigned char)*at > 0x20 && *at != 0x7f)
            at++;
        if (*at++ != '"')
            return false;
        found |= (size_t)(at - start) == etag_len && memcmp(start, etag, etag_len) == 0;
        at += strspn(at, " \t");
        if (!*at)
            return found;
        if (*at++ != ',')
            return false;
    }
}

/* The weight behind a coding: 0 for "q=0", "q=0.0" and the like, 1 for any other, -1 for none that
 * RFC 9110 knows. */
static int read_weight(const char **at)
{
    const char *c = *at + strspn(*at, " \t");
    if (*c != ';')
        return 1;
    c++;
    c += strspn(c, " \t");
    if (strncasecmp(c, "q=", 2) != 0 || (c[2] != '0' && c[2] != '1'))
        return -1;
    bool above = c[2] == '1';
    c += 3;
    if (*c == '.') {
        c++;
        for (int digits = 0; digits < 3 && *c >= '0' && *c <= '9'; digits++)
            above |= *c++ != '0';
    }
    *at = c;
    return above;
}

bool http_coding_taken(const char *header, const char *coding)
{
    size_t coding_len = strlen(coding);
    int by_star = 0, by_name = -1;
    for (const char *at = header; at;) {
        at += strspn(at, " \t");
        const char *start = at;
        while (is_token_byte((unsigned char)*at))
            at++;
        size_t len = (size_t)(at - start);
        int weight = read_weight(&at);
        at += strspn(at, " \t");
        if (len == 0 || weight < 0 || (*at && *at != ','))
            return false;
        if (len == coding_len && strncasecmp(start, coding, len) == 0)
            by_name = weight;
        else if (len == 1 && *start == '*')
            by_star = weight;
        at = *at ? at + 1 : NULL;
    }
    return by_name >= 0 ? by_name : by_star;
}

bool http_type_is(const char *header, const char *type)
{
    size_t len = strlen(type);
    if (!header || strncasecmp(header, type, len) != 0)
        return false;
    const char *rest = header + len;
    rest += strspn(rest, " \t");
    if (!*rest)
        return true;
    if (*rest++ != ';')
        return false;
    rest += strspn(rest, " \t");
    if (strncasecmp(rest, "charset=", 8) != 0)
        return strcasestr(rest, "charset=") == NULL;
    rest += 8;
    bool quoted = *rest == '"';
    rest += quoted;
    if (strncasecmp(rest, "utf-8", 5) != 0 || (quoted && rest[5] != '"'))
        return false;
    rest += quoted ? 6 : 5;
    return !*rest || *rest == ';' || *rest == ' ';
}
