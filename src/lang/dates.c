/* SPDX-License-Identifier: Apache-2.0
 *
 * A day with its time of day is one message, so that a language may put the hour where it likes. It
 * is told by the number of the hour: "a la 1:05" and "a las 2:05" differ in Spanish.
 */
#include "lang/dates.h"

#include "base/clock.h"

static const char *const weekdays[] = {
    MSG_IN("on a day", "Sunday"),    MSG_IN("on a day", "Monday"),   MSG_IN("on a day", "Tuesday"),
    MSG_IN("on a day", "Wednesday"), MSG_IN("on a day", "Thursday"), MSG_IN("on a day", "Friday"),
    MSG_IN("on a day", "Saturday")};
static const char *const months[] = {
    MSG_IN("month of a date", "January"),   MSG_IN("month of a date", "February"),
    MSG_IN("month of a date", "March"),     MSG_IN("month of a date", "April"),
    MSG_IN("month of a date", "May"),       MSG_IN("month of a date", "June"),
    MSG_IN("month of a date", "July"),      MSG_IN("month of a date", "August"),
    MSG_IN("month of a date", "September"), MSG_IN("month of a date", "October"),
    MSG_IN("month of a date", "November"),  MSG_IN("month of a date", "December")};

/* How far off a day is, which decides how it is told. */
enum distance { TODAY, YESTERDAY, TOMORROW, LAST_DAYS, THIS_YEAR, ANOTHER_YEAR };

static const char *const days[] = {
    [TODAY] = MSG("today"),
    [YESTERDAY] = MSG("yesterday"),
    [TOMORROW] = MSG("tomorrow"),
    [LAST_DAYS] = MSG("on {weekday}"),
    [THIS_YEAR] = MSG("on {day} {month}"),
    [ANOTHER_YEAR] = MSG("on {day} {month} {year}"),
};

/* Days since a fixed day, by the calendar that people in the zone see. */
static int64_t day_number(const struct clock_local *t)
{
    int64_t year = t->month <= 2 ? t->year - 1 : t->year;
    int64_t month = t->month <= 2 ? t->month + 12 : t->month;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + t->day;
}

static enum distance distance_of(const struct clock_local *then, const struct clock_local *today)
{
    int64_t ago = day_number(today) - day_number(then);
    if (ago >= -1 && ago <= 1)
        return ago == 0 ? TODAY : ago == 1 ? YESTERDAY : TOMORROW;
    if (ago > 1 && ago < 7)
        return LAST_DAYS;
    return then->year == today->year ? THIS_YEAR : ANOTHER_YEAR;
}

/* The message of a day with the time of day, for the hour `n`. */
static const char *day_at_hour(const struct lang *lang, enum distance distance, unsigned n)
{
    switch (distance) {
    case TODAY:
        return lang_count(lang, "today at {time}", "today at {time}", n);
    case YESTERDAY:
        return lang_count(lang, "yesterday at {time}", "yesterday at {time}", n);
    case TOMORROW:
        return lang_count(lang, "tomorrow at {time}", "tomorrow at {time}", n);
    case LAST_DAYS:
        return lang_count(lang, "on {weekday} at {time}", "on {weekday} at {time}", n);
    case THIS_YEAR:
        return lang_count(lang, "on {day} {month} at {time}", "on {day} {month} at {time}", n);
    default:
        return lang_count(lang, "on {day} {month} {year} at {time}",
                          "on {day} {month} {year} at {time}", n);
    }
}

static void say(const struct lang *lang, const struct lang_when *when, bool with_time,
                struct buf *out)
{
    struct clock_local then, today;
    clock_to_local(when->at, when->zone, &then);
    clock_to_local(when->now, when->zone, &today);
    enum distance distance = distance_of(&then, &today);
    char time[16];
    snprintf(time, sizeof time, "%02d:%02d", then.hour, then.minute);
    lang_fill(out,
              with_time ? day_at_hour(lang, distance, (unsigned)then.hour)
                        : lang_text(lang, days[distance]),
              LANG_PARTS({"time", time}, {"weekday", lang_text(lang, weekdays[then.weekday])},
                         {"day", LANG_NUMBER(then.day)},
                         {"month", lang_text(lang, months[then.month - 1])},
                         {"year", LANG_NUMBER(then.year)}));
}

void lang_day(const struct lang *lang, const struct lang_when *when, struct buf *out)
{
    say(lang, when, false, out);
}

void lang_moment(const struct lang *lang, const struct lang_when *when, struct buf *out)
{
    say(lang, when, true, out);
}

void lang_time(const struct lang_when *when, struct buf *out)
{
    struct clock_local t;
    clock_to_local(when->at, when->zone, &t);
    buf_printf(out, "%02d:%02d", t.hour, t.minute);
}
