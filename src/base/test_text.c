/* SPDX-License-Identifier: Apache-2.0
 * Small text forms: what is accepted exactly, and more of what is not. */
#include "base/tap.h"
#include "base/text.h"

TEST(numbers_come_with_their_range)
{
    uint64_t u = 7;
    int64_t i = 7;
    CHECK(text_to_u64("0", 0, 9, &u) && u == 0);
    CHECK(text_to_u64("18446744073709551615", 0, UINT64_MAX, &u) && u == UINT64_MAX);
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "-1",
                                      "0x1",
                                      "1.0",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    for (size_t n = 0; n < ARRAY_LEN(bad); n++)
        CHECK(!text_to_u64(bad[n], 0, UINT64_MAX, &u));
    CHECK(!text_to_u64("10", 0, 9, &u) && !text_to_u64("0", 1, 9, &u));
    CHECK(text_to_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i) && i == INT64_MIN);
    CHECK(!text_to_i64("9223372036854775808", INT64_MIN, INT64_MAX, &i));
    CHECK(!text_to_i64("--1", INT64_MIN, INT64_MAX, &i) &&
          !text_to_i64("-", INT64_MIN, INT64_MAX, &i));
}

TEST(decimals_are_plain)
{
    double d = 7;
    CHECK(text_to_double("-12.5", -90, 90, &d) && d == -12.5);
    CHECK(text_to_double("52.5200066", -90, 90, &d) && d > 52.52 && d < 52.5201);
    static const char *const bad[] = {
        "",      "-",   ".5",    "5.",   "1e3", "nan", "inf",
        "0x1p3", "1,5", "1.2.3", "90.1", " 1",  "1 ",  "1.234567890123456789"};
    for (size_t n = 0; n < ARRAY_LEN(bad); n++)
        CHECK(!text_to_double(bad[n], -90, 90, &d));
}

TEST(text_is_utf8_without_controls)
{
    static const char *const good[] = {"", "plain", "Zo\xc3\xab", "\xe2\x80\x94",
                                       "\xf0\x9f\x93\xa6"};
    static const char *const bad[] = {
        "\x80",  "\xc3",  "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\xaf",
        "a\x01", "a\x7f", "\xc2\x85", "line\nline",   "\xf4\x90\x80\x80"};
    for (size_t n = 0; n < ARRAY_LEN(good); n++)
        CHECK(text_is_clean(good[n], strlen(good[n]), false));
    for (size_t n = 0; n < ARRAY_LEN(bad); n++)
        CHECK(!text_is_clean(bad[n], strlen(bad[n]), false));
    CHECK(text_is_clean("line\nline", 9, true));
    CHECK(!text_is_clean("a\0b", 3, true));
    CHECK_INT(text_code_points("Zo\xc3\xab \xf0\x9f\x93\xa6"), 5);
}

#define NO_BREAK_SPACE  "\xc2\xa0"
#define ZERO_WIDTH      "\xe2\x80\x8b"
#define JOINER          "\xe2\x80\x8d"
#define OVERRIDE        "\xe2\x80\xae"
#define ISOLATE         "\xe2\x81\xa7"
#define LINE_SEPARATOR  "\xe2\x80\xa8"
#define HANGUL_FILLER   "\xe3\x85\xa4"
#define BRAILLE_BLANK   "\xe2\xa0\x80"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define VARIANT         "\xef\xb8\x8f"
#define TAG_SPACE       "\xf3\xa0\x80\xa0"

TEST(blank_text_has_nothing_to_see)
{
    static const char *const seen[] = {"x",
                                       " x ",
                                       "\n\t.",
                                       "Zo\xc3\xab",
                                       "\xf0\x9f\x93\xa6",
                                       ZERO_WIDTH "x",
                                       ("\xe2\x9d\xa4" VARIANT)};
    static const char *const blank[] = {"",
                                        " ",
                                        "   ",
                                        "\n\r\n\t",
                                        NO_BREAK_SPACE,
                                        ZERO_WIDTH,
                                        JOINER,
                                        OVERRIDE,
                                        LINE_SEPARATOR,
                                        VARIANT,
                                        TAG_SPACE,
                                        BYTE_ORDER_MARK,
                                        HANGUL_FILLER,
                                        BRAILLE_BLANK,
                                        " " ZERO_WIDTH "\n" NO_BREAK_SPACE,
                                        "\xe3\x80\x80",
                                        "\xc2\xad",
                                        "\xe2\x81\xa0"};
    for (size_t n = 0; n < ARRAY_LEN(seen); n++)
        CHECK(text_is_visible(seen[n], strlen(seen[n])));
    for (size_t n = 0; n < ARRAY_LEN(blank); n++) {
        CHECK(!text_is_visible(blank[n], strlen(blank[n])));
        CHECK(!text_is_line(blank[n], strlen(blank[n])));
    }
}

TEST(a_line_reads_as_it_is)
{
    static const char *const good[] = {
        "x",
        "Rosa M.",
        "Zo\xc3\xab",
        "a" NO_BREAK_SPACE "b",                 /* "Mr. X" is kept together */
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", /* Persian needs the non-joiner */
        "\xf0\x9f\x91\xa9" JOINER "\xf0\x9f\x9a\x80",
        ("\xe2\x9d\xa4" VARIANT)};
    static const char *const bad[] = {" x",
                                      "x ",
                                      "x\n",
                                      "a\nb",
                                      "a\tb",
                                      "\x80",
                                      "x" ZERO_WIDTH,
                                      ZERO_WIDTH "x",
                                      NO_BREAK_SPACE "x",
                                      "x" NO_BREAK_SPACE,
                                      "x\xe3\x80\x80",
                                      BYTE_ORDER_MARK "x",
                                      "R" OVERRIDE "asoR",
                                      OVERRIDE "x",
                                      "a" ISOLATE "b",
                                      "a" LINE_SEPARATOR "b"};
    for (size_t n = 0; n < ARRAY_LEN(good); n++)
        CHECK(text_is_line(good[n], strlen(good[n])));
    for (size_t n = 0; n < ARRAY_LEN(bad); n++)
        CHECK(!text_is_line(bad[n], strlen(bad[n])));
    CHECK(!text_is_line("a\0b", 3));
}

TEST(base64_is_canonical)
{
    static const struct {
        const char *plain, *coded;
    } rfc4648[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                   {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
    for (size_t n = 0; n < ARRAY_LEN(rfc4648); n++) {
        char text[BASE64_ROOM(6)];
        uint8_t back[8];
        size_t len = 0;
        text_base64((const uint8_t *)rfc4648[n].plain, strlen(rfc4648[n].plain), text);
        CHECK_STR(text, rfc4648[n].coded);
        CHECK(text_unbase64(text, strlen(text), back, sizeof back, &len));
        CHECK(len == strlen(rfc4648[n].plain) && memcmp(back, rfc4648[n].plain, len) == 0);
    }
    static const char *const bad[] = {"Z",     "Zg",   "Zg=",      "Zg===", "Zh==",   "Zm9=",
                                      "Zm9v=", "====", "Zg==Zg==", "Zm 9v", "Zm9v\n", "-_=="};
    for (size_t n = 0; n < ARRAY_LEN(bad); n++) {
        uint8_t back[8];
        size_t len;
        CHECK(!text_unbase64(bad[n], strlen(bad[n]), back, sizeof back, &len));
    }
    uint8_t back[2];
    size_t len;
    CHECK(text_unbase64url("_-8", 3, back, 2, &len) && len == 2 && back[0] == 0xff &&
          back[1] == 0xef);
    CHECK(!text_unbase64url("_-8=", 4, back, 2, &len) &&
          !text_unbase64url("_-8A", 4, back, 2, &len));
}

TEST(hex_has_its_exact_length)
{
    uint8_t out[2];
    char text[5];
    CHECK(text_unhex("0aFf", out, 2) && out[0] == 0x0a && out[1] == 0xff);
    text_hex(out, 2, text);
    CHECK_STR(text, "0aff");
    CHECK(!text_unhex("0af", out, 2) && !text_unhex("0aff0", out, 2) &&
          !text_unhex("0agf", out, 2));
}

static bool unpercent(const char *in, bool plus, char *out)
{
    memcpy(out, in, strlen(in) + 1);
    return text_unpercent(out, plus);
}

TEST(percent_escapes_are_strict)
{
    char out[32];
    CHECK(unpercent("a%20b+c", false, out) && strcmp(out, "a b+c") == 0);
    CHECK(unpercent("a%2Bb+c", true, out) && strcmp(out, "a+b c") == 0);
    CHECK(!unpercent("%", false, out) && !unpercent("%4", false, out) &&
          !unpercent("%zz", false, out) && !unpercent("%00", false, out));
}

TEST(contacts_have_a_rough_form)
{
    static const char *const good[] = {"a@b.co", "first.last+tag@mail.example.org",
                                       "\xc3\xbc@example.de"};
    static const char *const bad[] = {"",         "a",       "@b.co",    "a@",
                                      "a@b",      "a@.co",   "a@b.",     "a b@c.de",
                                      "a@b@c.de", "a@b..co", "<a@b.co>", "a@b.co\r\nBcc: x@y.z",
                                      "a,b@c.de"};
    for (size_t n = 0; n < ARRAY_LEN(good); n++)
        CHECK(text_is_email(good[n]));
    for (size_t n = 0; n < ARRAY_LEN(bad); n++)
        CHECK(!text_is_email(bad[n]));
    CHECK(text_is_phone("+4915112345678"));
    CHECK(!text_is_phone("015112345678") && !text_is_phone("+49 151") &&
          !text_is_phone("+012345678") && !text_is_phone("+1234567890123456"));
}

TAP_MAIN(TAP(numbers_come_with_their_range), TAP(decimals_are_plain),
         TAP(text_is_utf8_without_controls), TAP(blank_text_has_nothing_to_see),
         TAP(a_line_reads_as_it_is), TAP(base64_is_canonical), TAP(hex_has_its_exact_length),
         TAP(percent_escapes_are_strict), TAP(contacts_have_a_rough_form))
