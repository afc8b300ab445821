/* SPDX-License-Identifier: Apache-2.0
 * Times: RFC 3339 in and out, refusals, and zones around their changes. */
#include "base/clock.h"
#include "base/tap.h"

TEST(rfc3339_goes_both_ways)
{
    static const struct {
        const char *in, *out;
    } pairs[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
        {"2026-11-23T20:26:10.344522Z", "2026-11-23T20:26:10.344Z"},
        {"2024-02-29t23:59:59.9+01:00", "2024-02-29T22:59:59.900Z"},
        {"2000-03-01T00:00:00-00:30", "2000-03-01T00:30:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        int64_t at = -1;
        char text[CLOCK_TEXT_ROOM];
        CHECK(clock_parse(pairs[i].in, &at));
        clock_format(at, text);
        CHECK_STR(text, pairs[i].out);
    }
}

TEST(other_texts_are_no_times)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "2026-11-23",
                                      "2026-11-23T20:26:10",
                                      "2026-11-23 20:26:10Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-01-32T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:60:00Z",
                                      "2026-01-01T00:00:61Z",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00.1234567890Z",
                                      "2026-01-01T00:00:00+1:00",
                                      "2026-01-01T00:00:00Zx",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+01:00",
                                      "02026-01-01T00:00:00Z",
                                      "9999-12-31T23:59:59-01:00"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t at = 42;
        CHECK(!clock_parse(bad[i], &at));
        CHECK_INT(at, 42);
    }
}

static void check_local(const char *utc, const char *zone, const char *want)
{
    int64_t at;
    struct clock_local t;
    char text[64];
    CHECK(clock_parse(utc, &at));
    clock_to_local(at, zone, &t);
    snprintf(text, sizeof text, "%d-%d-%d %d:%d w%d %+d", t.year, t.month, t.day, t.hour, t.minute,
             t.weekday, t.offset_minutes);
    CHECK_STR(text, want);
}

TEST(people_read_their_own_time)
{
    check_local("2026-11-23T20:26:10Z", "UTC", "2026-11-23 20:26 w1 +0");
    check_local("2026-11-23T20:26:10Z", "Europe/Berlin", "2026-11-23 21:26 w1 +60");
    check_local("2026-03-29T00:59:59Z", "Europe/Berlin", "2026-3-29 1:59 w0 +60");
    check_local("2026-03-29T01:00:00Z", "Europe/Berlin", "2026-3-29 3:0 w0 +120");
    check_local("2026-01-01T03:00:00Z", "America/New_York", "2025-12-31 22:0 w3 -300");
    check_local("2026-01-01T03:00:00Z", "Asia/Kathmandu", "2026-1-1 8:45 w4 +345");
    check_local("2026-01-01T03:00:00Z", "No/Where", "2026-1-1 3:0 w4 +0");
}

TEST(zones_are_names_and_not_paths)
{
    CHECK(clock_zone_exists("America/Argentina/Buenos_Aires"));
    static const char *const bad[] = {
        "",        "/etc/passwd", "../../../etc/passwd", "Europe/../UTC", "Europe", "europe/berlin",
        "Nowhere", "UTC\n",       "tzdata.zi",           "Europe/Berlin/"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!clock_zone_exists(bad[i]));
}

TAP_MAIN(TAP(rfc3339_goes_both_ways), TAP(other_texts_are_no_times),
         TAP(people_read_their_own_time), TAP(zones_are_names_and_not_paths))
