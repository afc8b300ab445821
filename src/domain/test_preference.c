/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of when nothing was said, and quiet hours, also in nights that are an hour longer.
 */
#include "domain/preference.h"

#include "base/clock.h"
#include "base/tap.h"

TEST(who_said_nothing_is_told_what_people_expect)
{
    CHECK(preference_default(CLASS_ANNOUNCED, CHANNEL_MAIL));
    CHECK(preference_default(CLASS_LOOK, CHANNEL_MAIL));
    CHECK(!preference_default(CLASS_OUT_FOR_DELIVERY, CHANNEL_MAIL));
    CHECK(preference_default(CLASS_DELIVERED, CHANNEL_PUSH));
    CHECK(!preference_default(CLASS_ANNOUNCED, CHANNEL_PUSH));
    CHECK(!preference_default(CLASS_DELIVERED, CHANNEL_SMS));
    CHECK(!preference_default(CLASS_LOOK, CHANNEL_SMS));
    CHECK(!preference_default(CLASS_DELIVERED, CHANNEL_WEBHOOK));
    for (int what = 0; what < NOTICE_CLASS_COUNT; what++)
        for (int is = 0; is < NOTICE_CHANNEL_COUNT; is++) /* what is usual must be possible */
            CHECK(!preference_default((enum notice_class)what, (enum notice_channel)is) ||
                  preference_is_told((enum notice_class)what, (enum notice_channel)is));
    CHECK(preference_is_told(CLASS_ATTEMPTED, CHANNEL_SMS));
    CHECK(!preference_is_told(CLASS_ENDED, CHANNEL_RELAY));
    CHECK(!preference_is_told(CLASS_ANNOUNCED, CHANNEL_PUSH));
}

TEST(every_event_has_a_class_or_concerns_no_recipient)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        CHECK(preference_class((enum event_kind)kind) < NOTICE_CLASS_COUNT);
    CHECK_INT(preference_class(EVENT_PHOTO_POSTED), CLASS_DELIVERED);
    CHECK_INT(preference_class(EVENT_PHOTO_WITHHELD), -1);
    CHECK_INT(preference_class(EVENT_PHOTO_ERASED), -1);
}

static int64_t moment(const char *text)
{
    int64_t at = 0;
    CHECK(clock_parse(text, &at));
    return at;
}

/* A message of `at` goes out at `want`. */
static void goes_out(const struct quiet *quiet, const char *at, const char *want)
{
    char got[CLOCK_TEXT_ROOM], wanted[CLOCK_TEXT_ROOM];
    clock_format(quiet_until(quiet, moment(at)), got);
    clock_format(moment(want), wanted);
    CHECK_STR(got, wanted);
}

TEST(what_falls_into_quiet_hours_waits_until_their_end)
{
    struct quiet night = {22 * 60, 7 * 60, "Europe/Berlin"};
    goes_out(&night, "2026-11-24T20:59:59.999Z", "2026-11-24T20:59:59.999Z");
    goes_out(&night, "2026-11-24T21:00:00Z", "2026-11-25T06:00:00Z");
    goes_out(&night, "2026-11-25T02:30:12.5Z", "2026-11-25T06:00:00Z");
    goes_out(&night, "2026-11-25T05:59:59.9Z", "2026-11-25T06:00:00Z");
    goes_out(&night, "2026-11-25T06:00:00Z", "2026-11-25T06:00:00Z");
    struct quiet noon = {12 * 60, 14 * 60 + 30, "America/New_York"};
    goes_out(&noon, "2026-07-01T16:00:00Z", "2026-07-01T18:30:00Z");
    goes_out(&noon, "2026-07-01T18:30:00Z", "2026-07-01T18:30:00Z");
    struct quiet none = {8 * 60, 8 * 60, "Europe/Berlin"};
    goes_out(&none, "2026-11-24T07:00:00Z", "2026-11-24T07:00:00Z");
}

TEST(a_night_in_which_clocks_change_ends_by_the_clock_on_the_wall)
{
    struct quiet night = {22 * 60, 7 * 60, "Europe/Berlin"};
    goes_out(&night, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"); /* one hour shorter */
    goes_out(&night, "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"); /* one longer */
    struct quiet gap = {60, 2 * 60 + 30, "Europe/Berlin"}; /* ends at a time that is left out */
    CHECK(quiet_until(&gap, moment("2026-03-29T00:10:00Z")) <= moment("2026-03-29T01:30:00Z"));
    CHECK(quiet_until(&gap, moment("2026-03-29T00:10:00Z")) >= moment("2026-03-29T00:30:00Z"));
}

TEST(times_of_day_are_read_strictly)
{
    static const char *const bad[] = {"",      "7:00",  "07:0",   "24:00",
                                      "07:60", "07-00", "07:000", "+7:00"};
    int minutes = -1;
    char text[QUIET_ROOM];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!quiet_parse(bad[i], &minutes));
    CHECK_INT(minutes, -1);
    CHECK(quiet_parse("23:59", &minutes));
    CHECK_INT(minutes, QUIET_DAY - 1);
    quiet_format(minutes, text);
    CHECK_STR(text, "23:59");
    CHECK(quiet_parse("00:05", &minutes));
    quiet_format(minutes, text);
    CHECK_STR(text, "00:05");
}

TAP_MAIN(TAP(who_said_nothing_is_told_what_people_expect),
         TAP(every_event_has_a_class_or_concerns_no_recipient),
         TAP(what_falls_into_quiet_hours_waits_until_their_end),
         TAP(a_night_in_which_clocks_change_ends_by_the_clock_on_the_wall),
         TAP(times_of_day_are_read_strictly))
