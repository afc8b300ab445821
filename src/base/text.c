/* SPDX-License-Identifier: Apache-2.0
 *
 * Hand-written so that each form is strict and independent of the locale: the C library's parsers
 * skip white space, accept signs and hex, and follow LC_NUMERIC.
 */
#include "base/text.h"

bool text_to_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool text_to_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
    bool negative = *text == '-';
    uint64_t size;
    uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    if (!text_to_u64(text + negative, 0, most, &size))
        return false;
    int64_t value = negative ? (int64_t)(0 - size) : (int64_t)size;
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool text_to_double(const char *text, double min, double max, double *out)
{
    bool negative = *text == '-';
    text += negative;
    double value = 0, scale = 1;
    int digits = 0, places = -1;
    for (; *text; text++) {
        if (*text == '.' && places < 0 && digits > 0) {
            places = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > 17)
            return false;
        value = value * 10 + (*text - '0');
        if (places >= 0) {
            places++;
            scale *= 10;
        }
    }
    if (digits == 0 || places == 0)
        return false;
    value = (negative ? -value : value) / scale;
    if (!(value >= min && value <= max))
        return false;
    *out = value;
    return true;
}

/* The length of the well-formed UTF-8 sequence at `s` (Unicode table 3-7), or 0; *point_out is its
 * code point. */
static size_t sequence(const uint8_t *s, size_t left, uint32_t *point_out)
{
    if (s[0] < 0x80) {
        *point_out = s[0];
        return 1;
    }
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < len)
        return 0;
    uint32_t point = s[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *point_out = point;
    return len;
}

bool text_is_clean(const char *text, size_t len, bool multiline)
{
    const uint8_t *s = (const uint8_t *)text;
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t step = sequence(s + i, len - i, &point);
        if (step == 0 || (point >= 0x7f && point < 0xa0))
            return false;
        if (point < 0x20 && !(multiline && (point == '\n' || point == '\t' || point == '\r')))
            return false;
        i += step;
    }
    return true;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count && ranges[i].first <= point; i++)
        if (point <= ranges[i].last)
            return true;
    return false;
}

/* White space of every script, and what is as good as white space: no width, or nothing drawn. */
static bool is_space(uint32_t point)
{
    static const struct range spaces[] = {
        {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
        {0x2000, 0x200b}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x2060}, {0x2800, 0x2800},
        {0x3000, 0x3000}, {0x3164, 0x3164}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
    };
    return in_ranges(spaces, ARRAY_LEN(spaces), point);
}

/* Marks that steer the characters beside them, and draw nothing themselves: Unicode's default
 * ignorables. Within a word they have their uses: joiners, variants of emoji. */
static bool is_unseen(uint32_t point)
{
    static const struct range marks[] = {
        {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160},
        {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200c, 0x200f}, {0x202a, 0x202e},
        {0x2061, 0x206f},   {0xfe00, 0xfe0f},   {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    return is_space(point) || in_ranges(marks, ARRAY_LEN(marks), point);
}

/* Marks that turn the order of what follows, or begin a line where none is meant. */
static bool is_turning(uint32_t point)
{
    static const struct range turns[] = {{0x2028, 0x202e}, {0x2066, 0x2069}};
    return in_ranges(turns, ARRAY_LEN(turns), point);
}

bool text_is_visible(const char *text, size_t len)
{
    const uint8_t *s = (const uint8_t *)text;
    uint32_t point;
    for (size_t i = 0, step; i < len && (step = sequence(s + i, len - i, &point)) > 0; i += step)
        if (!is_unseen(point))
            return true;
    return false;
}

bool text_is_line(const char *text, size_t len)
{
    const uint8_t *s = (const uint8_t *)text;
    uint32_t point = 0;
    if (!text_is_clean(text, len, false) || !text_is_visible(text, len))
        return false;
    for (size_t i = 0; i < len; i += sequence(s + i, len - i, &point))
        if (sequence(s + i, len - i, &point) == 0 || is_turning(point) ||
            (i == 0 && is_space(point)))
            return false;
    return !is_space(point);
}

size_t text_code_points(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((uint8_t)*text & 0xc0) != 0x80;
    return count;
}

void text_hex(const uint8_t *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_unhex(const char *text, uint8_t *out, size_t len)
{
    if (strnlen(text, 2 * len + 1) != 2 * len)
        return false;
    for (size_t i = 0; i < 2 * len; i++)
        if (hex_value(text[i]) < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        out[i] =
            (uint8_t)((unsigned)hex_value(text[2 * i]) << 4 | (unsigned)hex_value(text[2 * i + 1]));
    return true;
}

static const char base64_plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Encodes without padding and returns the end. */
static char *encode64(const uint8_t *data, size_t len, const char *alphabet, char *out)
{
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | data[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = alphabet[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *out++ = alphabet[bits << (6 - held) & 63];
    *out = 0;
    return out;
}

void text_base64(const uint8_t *data, size_t len, char *out)
{
    char *end = encode64(data, len, base64_plain, out);
    while ((end - out) % 4)
        *end++ = '=';
    *end = 0;
}

void text_base64url(const uint8_t *data, size_t len, char *out)
{
    encode64(data, len, base64_url, out);
}

static bool decode64(const char *text, size_t len, const char *alphabet, struct span room,
                     size_t *len_out)
{
    uint8_t *out = (uint8_t *)room.data;
    uint32_t bits = 0;
    int held = 0;
    size_t count = 0;
    if (len % 4 == 1 || len / 4 * 3 + len % 4 * 6 / 8 > room.len)
        return false;
    for (size_t i = 0; i < len; i++) {
        const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (!at)
            return false;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[count++] = (uint8_t)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1))
        return false; /* not canonical: the unused bits are not zero */
    *len_out = count;
    return true;
}

bool text_unbase64(const char *text, size_t text_len, uint8_t *out, size_t room, size_t *len_out)
{
    if (text_len % 4)
        return false;
    for (int padding = 0; padding < 2 && text_len > 0 && text[text_len - 1] == '='; padding++)
        text_len--;
    return decode64(text, text_len, base64_plain, (struct span){out, room}, len_out);
}

bool text_unbase64url(const char *text, size_t text_len, uint8_t *out, size_t room, size_t *len_out)
{
    return decode64(text, text_len, base64_url, (struct span){out, room}, len_out);
}

bool text_unpercent(char *text, bool plus)
{
    char *out = text;
    for (; *text; text++) {
        if (*text == '%') {
            int high = hex_value(text[1]);
            int low = high < 0 ? -1 : hex_value(text[2]);
            if (low < 0 || (high | low) == 0)
                return false;
            *out++ = (char)(high << 4 | low);
            text += 2;
        } else {
            *out++ = plus && *text == '+' ? ' ' : *text;
        }
    }
    *out = 0;
    return true;
}

void text_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

bool text_is_email(const char *text)
{
    size_t len = strnlen(text, 255);
    const char *at = strchr(text, '@');
    if (len > 254 || !text_is_clean(text, len, false) || strpbrk(text, " <>,;:\"\\()[]"))
        return false;
    if (!at || at == text || at - text > 64 || strchr(at + 1, '@'))
        return false;
    const char *dot = strrchr(at, '.');
    return dot && dot > at + 1 && dot[1] && at[1] != '.' && !strstr(text, "..");
}

bool text_is_phone(const char *text)
{
    size_t len = strnlen(text, 17);
    if (text[0] != '+' || len < 8 || len > 16)
        return false;
    return strspn(text + 1, "0123456789") == len - 1 && text[1] != '0';
}

bool text_same_secret(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}
