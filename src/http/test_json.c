/* SPDX-License-Identifier: Apache-2.0 */
#include "http/json.h"

#include "base/tap.h"

static void check_text(json_t *json, const char *want)
{
    size_t len = 0;
    AUTO_FREE char *text = http_json_text(json, &len);
    CHECK_STR(text, want);
    CHECK_INT(len, strlen(want));
    json_decref(json);
}

TEST(every_kind_of_value)
{
    check_text(json_pack("{s:[n,b,b], s:{}, s:[], s:i}", "list", 1, 0, "none", "empty", "n", -7),
               "{\"list\":[null,true,false],\"none\":{},\"empty\":[],\"n\":-7}");
    check_text(json_string(""), "\"\"");
}

TEST(members_keep_their_order)
{
    check_text(json_pack("{s:i, s:i, s:i}", "z", 1, "a", 2, "m", 3), "{\"z\":1,\"a\":2,\"m\":3}");
}

TEST(strings_are_escaped_where_they_must_be)
{
    check_text(json_string("a\"b\\c/d\b\f\n\r\t"), "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\"");
    check_text(json_string("\1\x1f\x7f"), "\"\\u0001\\u001f\x7f\"");
    check_text(json_stringn("a\0b", 3), "\"a\\u0000b\"");
    check_text(json_string("Grüße 🚪"), "\"Grüße 🚪\"");
    check_text(json_pack("{s:i}", "a\"b", 1), "{\"a\\\"b\":1}");
}

TEST(numbers_come_back)
{
    check_text(json_integer(INT64_MAX), "9223372036854775807");
    check_text(json_integer(INT64_MIN), "-9223372036854775808");
    check_text(json_integer(0), "0");
    check_text(json_real(52.532), "52.532");
    check_text(json_real(0.1 + 0.2), "0.30000000000000004");
    check_text(json_real(13), "13.0");
    check_text(json_real(-0.0), "-0.0");
    check_text(json_real(1e300), "1e+300");
}

/* The library reads back what was written as the value that it was. */
TEST(a_long_answer_comes_back_equal)
{
    json_t *list = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(list, json_pack("{s:i, s:s, s:f}", "number", i * 7919 - 3000000,
                                              "text", "\t quote \" and é", "real", i / 7.0));
    size_t len = 0;
    AUTO_FREE char *text = http_json_text(list, &len);
    json_t *back = json_loadb(text, len, 0, NULL);
    CHECK(json_equal(list, back));
    json_decref(back);
    json_decref(list);
}

TEST(too_deep_is_refused)
{
    json_t *json = json_integer(1);
    size_t len;
    for (int i = 0; i <= HTTP_JSON_DEPTH; i++)
        json = json_pack("[o]", json);
    CHECK(http_json_text(json, &len) == NULL);
    AUTO_FREE char *fits = http_json_text(json_array_get(json, 0), &len);
    CHECK(fits != NULL);
    json_decref(json);
}

TAP_MAIN(TAP(every_kind_of_value), TAP(members_keep_their_order),
         TAP(strings_are_escaped_where_they_must_be), TAP(numbers_come_back),
         TAP(a_long_answer_comes_back_equal), TAP(too_deep_is_refused))
