/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail tells what people expect of a parcel service, once for each thing; that it is out for
 * delivery is for those who ask to hear it. Texts cost money: who can be mailed gets them for the
 * asking.
 */
#include "domain/preference.h"

#include "base/clock.h"

int preference_class(enum event_kind kind)
{
    switch (kind) {
    case EVENT_DELIVERY_CREATED:
        return CLASS_ANNOUNCED;
    case EVENT_DELIVERY_OUT_FOR_DELIVERY:
        return CLASS_OUT_FOR_DELIVERY;
    case EVENT_DELIVERY_DELIVERED:
    case EVENT_PHOTO_POSTED:
    case EVENT_PHOTO_MISSING:
        return CLASS_DELIVERED;
    case EVENT_DELIVERY_ATTEMPTED:
        return CLASS_ATTEMPTED;
    case EVENT_DELIVERY_RETURNED:
    case EVENT_DELIVERY_CANCELLED:
        return CLASS_ENDED;
    case EVENT_CASE_OPENED:
    case EVENT_CASE_ANSWERED:
    case EVENT_CASE_RESOLVED:
        return CLASS_CASE;
    case EVENT_PHOTO_LOOKED:
        return CLASS_LOOK;
    default:
        return -1;
    }
}

bool preference_default(enum notice_class what, enum notice_channel channel)
{
    switch (channel) {
    case CHANNEL_MAIL:
        return what != CLASS_OUT_FOR_DELIVERY;
    case CHANNEL_PUSH:
        return what != CLASS_ANNOUNCED;
    default:
        return false;
    }
}

bool preference_is_told(enum notice_class what, enum notice_channel channel)
{
    switch (channel) {
    case CHANNEL_MAIL:
        return true;
    case CHANNEL_PUSH:
        return what != CLASS_ANNOUNCED;
    case CHANNEL_SMS:
    case CHANNEL_RELAY:
        return what <= CLASS_ATTEMPTED;
    default:
        return false;
    }
}

/* ---- quiet hours ---- */

static int minute_of_day(int64_t at, const char *zone)
{
    struct clock_local local;
    clock_to_local(at, zone, &local);
    return local.hour * 60 + local.minute;
}

static bool is_quiet(const struct quiet *quiet, int minute)
{
    if (quiet->from <= quiet->to)
        return minute >= quiet->from && minute < quiet->to;
    return minute >= quiet->from || minute < quiet->to;
}

/* The night in which clocks change is an hour shorter or longer: what is left is measured again at
 * the supposed end, which is corrected by the difference. */
int64_t quiet_until(const struct quiet *quiet, int64_t at)
{
    int minute = minute_of_day(at, quiet->zone);
    if (quiet->from == quiet->to || !is_quiet(quiet, minute))
        return at;
    int left = (quiet->to - minute + QUIET_DAY) % QUIET_DAY;
    int64_t end = (at / CLOCK_MINUTE + left) * CLOCK_MINUTE;
    int off = (minute_of_day(end, quiet->zone) - quiet->to + QUIET_DAY) % QUIET_DAY;
    if (off > QUIET_DAY / 2)
        off -= QUIET_DAY;
    end -= off * CLOCK_MINUTE;
    return end > at ? end : at;
}

bool quiet_parse(const char *text, int *minutes_out)
{
    if (strlen(text) != 5 || text[2] != ':')
        return false;
    for (int i = 0; i < 5; i++)
        if (i != 2 && (text[i] < '0' || text[i] > '9'))
            return false;
    int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    if (hour > 23 || minute > 59)
        return false;
    *minutes_out = hour * 60 + minute;
    return true;
}

void quiet_format(int minutes, char out[QUIET_ROOM])
{
    unsigned m = (unsigned)minutes % QUIET_DAY;
    snprintf(out, QUIET_ROOM, "%02u:%02u", m / 60 % 24, m % 60);
}
