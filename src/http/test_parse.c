/* SPDX-License-Identifier: Apache-2.0
 *
 * The small grammars: each with more refusals than acceptances.
 */
#include "base/tap.h"
#include "http/body.h"
#include "http/parse.h"

static enum http_parse pairs(const char *text, enum http_lines lines, struct http_pairs *out)
{
    static char room[4096];
    snprintf(room, sizeof room, "%s", text);
    return http_pairs_parse(room, lines, out);
}

TEST(query_pairs_are_decoded)
{
    struct http_pairs got;
    CHECK_INT(pairs("after=dlv_1&limit=20&q=caf%C3%A9+au%20lait&flag&empty=", HTTP_ONE_LINE, &got),
              0);
    CHECK_INT(got.count, 5);
    CHECK_STR(http_pairs_get(&got, "after"), "dlv_1");
    CHECK_STR(http_pairs_get(&got, "q"), "café au lait");
    CHECK_STR(http_pairs_get(&got, "flag"), "");
    CHECK_STR(http_pairs_get(&got, "empty"), "");
    CHECK_STR(http_pairs_get(&got, "absent"), NULL);
    CHECK_INT(pairs("", HTTP_ONE_LINE, &got), 0);
    CHECK_INT(got.count, 0);
    CHECK_INT(pairs("a=%26%3D", HTTP_ONE_LINE, &got), 0);
    CHECK_STR(http_pairs_get(&got, "a"), "&=");
}

TEST(bad_pairs_are_refused)
{
    struct http_pairs got;
    static const char *const bad[] = {"a=%",   "a=%2",     "a=%zz", "a=%00",      "=b",
                                      "a&&b",  "&",        "a=1&",  "a=%ff",      "a=%c3",
                                      "%0a=1", "a=%0d%0a", "a=%1b", "a=%ed%a0%80"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_INT(pairs(bad[i], HTTP_ONE_LINE, &got), HTTP_PARSE_ILL_FORMED);
    CHECK_INT(pairs("a=1&b=2&a=3", HTTP_ONE_LINE, &got), HTTP_PARSE_TWICE);
    CHECK_INT(pairs("a=1&%61=3", HTTP_ONE_LINE, &got), HTTP_PARSE_TWICE);
    char many[4096] = "";
    for (int i = 0; i <= HTTP_PAIRS; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%sn%d=", i ? "&" : "", i);
    CHECK_INT(pairs(many, HTTP_ONE_LINE, &got), HTTP_PARSE_TOO_MANY);
}

TEST(form_lines_are_joined)
{
    struct http_pairs got;
    CHECK_INT(pairs("text=one%0D%0Atwo%0Athree", HTTP_MANY_LINES, &got), 0);
    CHECK_STR(http_pairs_get(&got, "text"), "one\ntwo\nthree");
    CHECK_INT(pairs("text=one%0Dtwo", HTTP_MANY_LINES, &got), HTTP_PARSE_ILL_FORMED);
    CHECK_INT(pairs("text=one%0D", HTTP_MANY_LINES, &got), HTTP_PARSE_ILL_FORMED);
}

static bool cookie_is(const char *header, const char *name, const char *want)
{
    struct span value;
    if (!http_cookie_find(header, name, &value))
        return want == NULL;
    return want && strlen(want) == value.len && memcmp(want, value.data, value.len) == 0;
}

TEST(cookies_are_found)
{
    CHECK(cookie_is("__Host-s=abc", "__Host-s", "abc"));
    CHECK(cookie_is("a=1; __Host-s=a.b_c-d~; b=", "__Host-s", "a.b_c-d~"));
    CHECK(cookie_is("a=1; b=", "b", ""));
    CHECK(cookie_is("a=\"q\"", "a", "\"q\""));
    CHECK(cookie_is("a=1; b=2", "c", NULL));
    CHECK(cookie_is("A=1", "a", NULL));
    CHECK(cookie_is("aa=1", "a", NULL));
}

TEST(bad_cookies_are_refused)
{
    static const char *const bad[] = {"a=1; a=2", "a=1;b=2", "a=1,b=2", "a",      "=1",
                                      "",         "a=1; ",   "a=1 ",    " a=1",   "a=\"1",
                                      "a=1\"",    "a=\\",    "a=1; b",  "a=\x80", "a=1;  b=2",
                                      "a b=1",    "a=1; =",  "a=1;"};
    struct span value;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!http_cookie_find(bad[i], "a", &value));
    CHECK(http_cookie_value_ok("AZaz09-_~.") && http_cookie_value_ok(""));
    CHECK(!http_cookie_value_ok("a b") && !http_cookie_value_ok("a;b") &&
          !http_cookie_value_ok("a\r\nb"));
}

TEST(header_text_is_checked)
{
    CHECK(http_header_name_ok("X-Request-Id") && http_header_name_ok("a"));
    CHECK(!http_header_name_ok("") && !http_header_name_ok("a b") && !http_header_name_ok("a:") &&
          !http_header_name_ok("a\r\n") && !http_header_name_ok("\x80"));
    CHECK(http_header_value_ok("") && http_header_value_ok("a\tb \"c\" \xc3\xa9"));
    CHECK(!http_header_value_ok("a\r\nb") && !http_header_value_ok("a\n") &&
          !http_header_value_ok("\1") && !http_header_value_ok("a\x7f"));
}

static bool range_is(const char *header, uint64_t total, enum http_range want, uint64_t offset,
                     uint64_t length)
{
    uint64_t got[2] = {0, 0};
    enum http_range range = http_range_parse(header, total, &got[0], &got[1]);
    return range == want && (range != HTTP_RANGE_PART || (got[0] == offset && got[1] == length));
}

TEST(ranges)
{
    CHECK(range_is("bytes=0-99", 1000, HTTP_RANGE_PART, 0, 100));
    CHECK(range_is("bytes=990-", 1000, HTTP_RANGE_PART, 990, 10));
    CHECK(range_is("bytes=990-5000", 1000, HTTP_RANGE_PART, 990, 10));
    CHECK(range_is("bytes=-10", 1000, HTTP_RANGE_PART, 990, 10));
    CHECK(range_is("bytes=-5000", 1000, HTTP_RANGE_PART, 0, 1000));
    CHECK(range_is("bytes=999-999", 1000, HTTP_RANGE_PART, 999, 1));
    CHECK(range_is("bytes=1000-", 1000, HTTP_RANGE_UNSATISFIABLE, 0, 0));
    CHECK(range_is("bytes=-0", 1000, HTTP_RANGE_UNSATISFIABLE, 0, 0));
    CHECK(range_is("bytes=0-", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0));
    static const char *const whole[] = {
        "bytes=",     "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5",
        "bytes=1",    "items=1-2", "bytes=--1", "bytes=1-2 ",
        "bytes= 1-2", "bytes=-",   "",          "bytes=99999999999999999999-"};
    for (size_t i = 0; i < ARRAY_LEN(whole); i++)
        CHECK(range_is(whole[i], 1000, HTTP_RANGE_WHOLE, 0, 0));
    CHECK(range_is(NULL, 1000, HTTP_RANGE_WHOLE, 0, 0));
}

TEST(entity_tags)
{
    CHECK(http_etag_listed("\"a\"", "\"a\"") && http_etag_listed("W/\"a\"", "\"a\""));
    CHECK(http_etag_listed("\"b\", W/\"a\" ,\"c\"", "\"a\"") && http_etag_listed("*", "\"a\""));
    CHECK(!http_etag_listed(NULL, "\"a\"") && !http_etag_listed("", "\"a\""));
    CHECK(!http_etag_listed("\"b\"", "\"a\"") && !http_etag_listed("a", "\"a\""));
    CHECK(!http_etag_listed("\"a\" x", "\"a\"") && !http_etag_listed("\"a\",", "\"a\""));
    CHECK(!http_etag_listed("\"a", "\"a\"") && !http_etag_listed("*, \"a\"", "\"b\""));
}

static const char *client_of(const char *forwarded, const char *trusted, const char *peer)
{
    static char text[HTTP_ADDRESS_ROOM];
    struct http_networks networks;
    struct http_address from, client;
    if (!http_networks_parse(trusted, &networks) || !http_address_parse(peer, &from))
        return "?";
    http_forwarded_client(forwarded, &networks, &from, &client);
    http_address_text(&client, text);
    return text;
}

TEST(forwarded_addresses)
{
    CHECK_STR(client_of(NULL, "", "192.0.2.1"), "192.0.2.1");
    CHECK_STR(client_of("203.0.113.9", "", "192.0.2.1"), "192.0.2.1");
    CHECK_STR(client_of("203.0.113.9", "192.0.2.0/24", "192.0.2.1"), "203.0.113.9");
    CHECK_STR(client_of("6.6.6.6, 203.0.113.9", "192.0.2.0/24", "192.0.2.1"), "203.0.113.9");
    CHECK_STR(client_of("6.6.6.6, 203.0.113.9 ,192.0.2.7", "192.0.2.0/24", "192.0.2.1"),
              "203.0.113.9");
    CHECK_STR(client_of("192.0.2.8,192.0.2.7", "192.0.2.0/24", "192.0.2.1"), "192.0.2.8");
    CHECK_STR(client_of("203.0.113.9:1234", "192.0.2.1", "192.0.2.1"), "203.0.113.9");
    CHECK_STR(client_of("[2001:db8::5]:99", "::1", "::1"), "2001:db8::5");
    CHECK_STR(client_of("2001:db8::5", "::1", "::1"), "2001:db8::5");
    CHECK_STR(client_of("nonsense", "::1", "::1"), "::1");
    CHECK_STR(client_of("6.6.6.6, unknown", "::1", "::1"), "::1");
    CHECK_STR(client_of("", "::1", "::1"), "::1");
    CHECK_STR(client_of("203.0.113.9, ", "::1", "::1"), "::1");
}

TEST(networks)
{
    struct http_networks got;
    CHECK(http_networks_parse("", &got) && got.count == 0);
    CHECK(http_networks_parse(" 10.0.0.0/8,fd00::/8  127.0.0.1", &got) && got.count == 3);
    struct http_address in, out;
    CHECK(http_address_parse("10.255.1.2", &in) && http_address_parse("11.0.0.1", &out));
    CHECK(http_networks_have(&got, &in) && !http_networks_have(&got, &out));
    static const char *const bad[] = {"10.0.0.0/33", "10.0.0.1/8", "10.0.0/8",   "x", "::1/129",
                                      "10.0.0.0/",   "fd00::1/8",  "1.2.3.4/-1", "/8"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!http_networks_parse(bad[i], &got));
}

TEST(an_ipv6_household_is_one_key)
{
    struct http_address a, b, v4;
    uint8_t key_a[16], key_b[16];
    CHECK(http_address_parse("2001:db8:1:2:3:4:5:6", &a) &&
          http_address_parse("2001:db8:1:2::1", &b));
    http_address_key(&a, key_a);
    http_address_key(&b, key_b);
    CHECK(memcmp(key_a, key_b, 16) == 0);
    CHECK(http_address_parse("192.0.2.1", &v4));
    http_address_key(&v4, key_a);
    CHECK(memcmp(key_a, v4.bytes, 16) == 0);
}

TEST(media_types)
{
    CHECK(http_type_is("application/json", "application/json"));
    CHECK(http_type_is("Application/JSON; charset=UTF-8", "application/json"));
    CHECK(http_type_is("application/json;charset=\"utf-8\"", "application/json"));
    CHECK(http_type_is("application/json; profile=x", "application/json"));
    CHECK(!http_type_is(NULL, "application/json") && !http_type_is("", "application/json"));
    CHECK(!http_type_is("application/jsonx", "application/json"));
    CHECK(!http_type_is("text/plain", "application/json"));
    CHECK(!http_type_is("application/json; charset=latin1", "application/json"));
    CHECK(!http_type_is("application/json; charset=\"utf-8", "application/json"));
    CHECK(!http_type_is("application/json; charset=utf-8x", "application/json"));
}

static bool json_ok(const char *text)
{
    char why[128] = "";
    json_t *json = http_json_parse((struct span){(const uint8_t *)text, strlen(text)}, why);
    json_decref(json);
    return json ? true : why[0] == 0;
}

TEST(json_objects_only_and_strictly)
{
    CHECK(json_ok("{}") && json_ok(" {\"a\": [1, 2, {\"b\": \"}{][\\\"\"}]}\n"));
    static const char *const bad[] = {"",
                                      "[]",
                                      "1",
                                      "\"x\"",
                                      "{",
                                      "{}x",
                                      "{} {}",
                                      "{\"a\":1,}",
                                      "{'a':1}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":01}",
                                      "{\"a\":NaN}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\\ud800\"}",
                                      "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!json_ok(bad[i]));
    char deep[200] = "{\"a\":";
    memset(deep + strlen(deep), '[', HTTP_JSON_DEPTH);
    CHECK(!json_ok(deep));
    char why[128];
    CHECK(
        !http_json_parse((struct span){(const uint8_t *)"{\"name\":\"secret\" \"x\":1}", 23}, why));
    CHECK(!strstr(why, "secret"));
    CHECK(strstr(why, "line 1, column") != NULL);
}

/* In our words: nothing of the library's flags, and a place that exists. */
TEST(json_that_is_refused_is_told_why)
{
    static const struct {
        const char *text, *why;
    } cases[] = {{"", "there is none"},
                 {"{", "it breaks off, at line 1, column 1"},
                 {"{}x", "something follows it, at line 1, column 3"},
                 {"[]", "it must be an object"},
                 {"{\"a\":1,\"a\":2}", "a name stands twice in one object, at line 1, column 10"},
                 {"{\"a\":\"\\u0000\"}", "\\u0000 is not taken, at line 1, column 13"},
                 {"{\"a\\u0000\":1}", "\\u0000 is not taken, at line 1, column 10"},
                 {"{\"a\":1e999}", "a number is too large, at line 1, column 10"},
                 {"{\"a\":\"\xff\"}", "it is not UTF-8, at line 1, column 6"},
                 {"{\n\"a\" 1}", "it is not well-formed, at line 2, column 5"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char why[128] = "";
        CHECK(!http_json_parse((struct span){(const uint8_t *)cases[i].text, strlen(cases[i].text)},
                               why));
        CHECK_STR(why, cases[i].why);
    }
}

TAP_MAIN(TAP(query_pairs_are_decoded), TAP(bad_pairs_are_refused), TAP(form_lines_are_joined),
         TAP(cookies_are_found), TAP(bad_cookies_are_refused), TAP(header_text_is_checked),
         TAP(ranges), TAP(entity_tags), TAP(forwarded_addresses), TAP(networks),
         TAP(an_ipv6_household_is_one_key), TAP(media_types), TAP(json_objects_only_and_strictly),
         TAP(json_that_is_refused_is_told_why))
