/* SPDX-License-Identifier: Apache-2.0
 *
 * The alphabets are short, so they stand here as sorted tables of code points.
 */
#include "notify/sms_text.h"

enum {
    GSM_ONE = 160,
    GSM_MANY = 153,
    UTF16_ONE = 70,
    UTF16_MANY = 67,
};

/* The GSM alphabet beyond ASCII. */
static const uint32_t gsm_more[] = {
    0xa1, 0xa3, 0xa4, 0xa5,  0xa7,  0xbf,  0xc4,  0xc5,  0xc6,  0xc7,  0xc9,  0xd1,  0xd6,
    0xd8, 0xdc, 0xdf, 0xe0,  0xe4,  0xe5,  0xe6,  0xe8,  0xe9,  0xec,  0xf1,  0xf2,  0xf6,
    0xf8, 0xf9, 0xfc, 0x393, 0x394, 0x398, 0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9,
};

/* What stands in for characters that it lacks. */
static const struct {
    uint32_t from;
    const char *to;
} folds[] = {
    {0xa0, " "},     {0xab, "\""},  {0xbb, "\""},  {0xc0, "A"},    {0xc1, "A"},    {0xc2, "A"},
    {0xc3, "A"},     {0xc8, "E"},   {0xca, "E"},   {0xcb, "E"},    {0xcc, "I"},    {0xcd, "I"},
    {0xce, "I"},     {0xcf, "I"},   {0xd2, "O"},   {0xd3, "O"},    {0xd4, "O"},    {0xd5, "O"},
    {0xd9, "U"},     {0xda, "U"},   {0xdb, "U"},   {0xdd, "Y"},    {0xe1, "a"},    {0xe2, "a"},
    {0xe3, "a"},     {0xe7, "c"},   {0xea, "e"},   {0xeb, "e"},    {0xed, "i"},    {0xee, "i"},
    {0xef, "i"},     {0xf3, "o"},   {0xf4, "o"},   {0xf5, "o"},    {0xfa, "u"},    {0xfb, "u"},
    {0xfd, "y"},     {0xff, "y"},   {0x2010, "-"}, {0x2011, "-"},  {0x2013, "-"},  {0x2014, "-"},
    {0x2018, "'"},   {0x2019, "'"}, {0x201a, "'"}, {0x201c, "\""}, {0x201d, "\""}, {0x201e, "\""},
    {0x2026, "..."}, {0x202f, " "},
};

/* One character; the text is well-formed. */
static uint32_t take(const char **text)
{
    const uint8_t *p = (const uint8_t *)*text;
    int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? *p : *p & (0x3fU >> more);
    for (int i = 1; i <= more && p[i]; i++)
        c = c << 6 | (p[i] & 0x3fU);
    for (int i = 0; i <= more && **text; i++)
        ++*text;
    return c;
}

/* Septets of a character in the GSM alphabet; 0: it is not in it. */
static int septets(uint32_t c)
{
    if (c == '\n' || c == '\r')
        return 1;
    if (c == '\f' || (c < 0x80 && c != 0 && strchr("^{}\\[~]|", (int)c)) || c == 0x20ac)
        return 2;
    if (c < 0x80)
        return c >= ' ' && c < 0x7f && c != '`';
    for (size_t i = 0; i < ARRAY_LEN(gsm_more); i++)
        if (gsm_more[i] == c)
            return 1;
    return 0;
}

static bool is_gsm(const char *text)
{
    while (*text)
        if (septets(take(&text)) == 0)
            return false;
    return true;
}

struct sms_size sms_measure(const char *text)
{
    struct sms_size size = {.gsm = is_gsm(text)};
    int one = size.gsm ? GSM_ONE : UTF16_ONE, many = size.gsm ? GSM_MANY : UTF16_MANY;
    int filled = many; /* of the last of several segments */
    while (*text) {
        uint32_t c = take(&text);
        int units = size.gsm ? septets(c) : c > 0xffff ? 2 : 1;
        size.units += units;
        if (filled + units > many) {
            size.segments++;
            filled = 0;
        }
        filled += units;
    }
    if (size.units > 0 && size.units <= one)
        size.segments = 1;
    return size;
}

void sms_fold(const char *text, struct buf *out)
{
    while (*text) {
        const char *from = text;
        uint32_t c = take(&text);
        const char *to = NULL;
        for (size_t i = 0; i < ARRAY_LEN(folds) && !to; i++)
            if (folds[i].from == c)
                to = folds[i].to;
        if (to)
            buf_text(out, to);
        else
            buf_add(out, from, (size_t)(text - from));
    }
}

int sms_calling_code(const char *phone)
{
    /* ITU-T E.164: codes of one and two digits; all others have three. */
    static const uint8_t two[] = {20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46,
                                  47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63,
                                  64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98};
    int digits[3];
    if (*phone != '+')
        return 0;
    for (int i = 0; i < 3; i++) {
        if (phone[i + 1] < '0' || phone[i + 1] > '9')
            return 0;
        digits[i] = phone[i + 1] - '0';
    }
    if (digits[0] == 0)
        return 0;
    if (digits[0] == 1 || digits[0] == 7)
        return digits[0];
    int first_two = digits[0] * 10 + digits[1];
    for (size_t i = 0; i < ARRAY_LEN(two); i++)
        if (two[i] == first_two)
            return first_two;
    return first_two * 10 + digits[2];
}
