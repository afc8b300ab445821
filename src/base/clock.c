/* SPDX-License-Identifier: Apache-2.0
 *
 * Calendar arithmetic is Howard Hinnant's days_from_civil (public algorithm). Zones are read from
 * the system's TZif files (RFC 8536) because the C library can show one zone a process only; Debian
 * ships tables that reach to 2037, after which the last offset stays.
 */
#include "base/clock.h"

#include <pthread.h>
#include <time.h>

enum { ZONE_FILE_CEILING = 64 * 1024, ZONE_NAME_CEILING = 64, ZONES_CEILING = 700 };

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_steady(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, struct clock_local *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = (int)(year + era * 400 + (out->month <= 2));
}

static void break_down(int64_t at, int64_t offset_seconds, struct clock_local *out)
{
    int64_t seconds = at / 1000 - (at % 1000 < 0) + offset_seconds;
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int64_t of_day = seconds - days * 86400;
    civil_from_days(days, out);
    out->hour = (int)(of_day / 3600);
    out->minute = (int)(of_day / 60 % 60);
    out->second = (int)(of_day % 60);
    out->weekday = (int)(((days + 4) % 7 + 7) % 7);
    out->offset_minutes = (int)(offset_seconds / 60);
}

static const int64_t last_moment = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */

/* Writes a number in so many digits, and then what separates it from the next. */
static char *put_digits(char *at, int64_t value, int digits, char separator)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    at[digits] = separator;
    return at + digits + 1;
}

void clock_format(int64_t at, char *out)
{
    at = at < 0 ? 0 : at > last_moment ? last_moment : at;
    struct clock_local t;
    break_down(at, 0, &t);
    out = put_digits(out, t.year, 4, '-');
    out = put_digits(out, t.month, 2, '-');
    out = put_digits(out, t.day, 2, 'T');
    out = put_digits(out, t.hour, 2, ':');
    out = put_digits(out, t.minute, 2, ':');
    out = put_digits(out, t.second, 2, '.');
    out = put_digits(out, at % 1000, 3, 'Z');
    *out = 0;
}

/* Reads exactly `digits` digits at *text and moves on; -1 when they are not there. */
static int take_digits(const char **text, int digits)
{
    int value = 0;
    for (; digits > 0; digits--, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static bool take(const char **text, char wanted)
{
    if (**text != wanted && !(wanted == 'T' && **text == 't'))
        return false;
    (*text)++;
    return true;
}

static bool take_date(const char **text, int64_t *days_out)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = take_digits(text, 4);
    if (year < 1970 || !take(text, '-'))
        return false;
    int month = take_digits(text, 2);
    if (month < 1 || month > 12 || !take(text, '-'))
        return false;
    int day = take_digits(text, 2);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > lengths[month - 1] + (month == 2 && leap))
        return false;
    *days_out = days_from_civil(year, month, day);
    return true;
}

static bool take_time(const char **text, int64_t *ms_out)
{
    int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':'))
        return false;
    int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59 || !take(text, ':'))
        return false;
    int second = take_digits(text, 2);
    if (second < 0 || second > 60) /* a leap second is read as the next second */
        return false;
    int64_t ms = ((int64_t)hour * 3600 + minute * 60 + second) * 1000;
    if (take(text, '.')) {
        int digits = 0;
        for (int unit = 100; **text >= '0' && **text <= '9'; (*text)++, unit /= 10, digits++)
            ms += (int64_t)(**text - '0') * unit;
        if (digits < 1 || digits > 9)
            return false;
    }
    *ms_out = ms;
    return true;
}

static bool take_offset(const char **text, int64_t *ms_out)
{
    if (**text == 'Z' || **text == 'z') {
        (*text)++;
        *ms_out = 0;
        return true;
    }
    int sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
    if (sign == 0)
        return false;
    (*text)++;
    int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':'))
        return false;
    int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59)
        return false;
    *ms_out = sign * ((int64_t)hour * 60 + minute) * CLOCK_MINUTE;
    return true;
}

bool clock_parse(const char *text, int64_t *at_out)
{
    int64_t days, ms, offset;
    if (!take_date(&text, &days) || !take(&text, 'T') || !take_time(&text, &ms) ||
        !take_offset(&text, &offset) || *text)
        return false;
    int64_t at = days * CLOCK_DAY + ms - offset;
    if (at < 0 || at > last_moment)
        return false;
    *at_out = at;
    return true;
}

/* ---- zones ---- */

/* The zone's offset changes at times[i] (seconds) to offsets[i]; before the first it is `first`. */
struct zone {
    char name[ZONE_NAME_CEILING];
    size_t count;
    int64_t *times;
    int32_t *offsets;
    int32_t first;
    struct zone *next;
};

static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zones; /* read for good, never freed: there are some 600 in the world */
static size_t zone_count;

static bool zone_name_is_safe(const char *name)
{
    size_t len = strnlen(name, ZONE_NAME_CEILING);
    if (len == 0 || len == ZONE_NAME_CEILING || name[0] == '/' || strstr(name, "..") ||
        name[0] < 'A' || name[0] > 'Z')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
              (name[i] >= '0' && name[i] <= '9') || strchr("/_+-", name[i])))
            return false;
    return true;
}

static int64_t big_endian(const uint8_t *data, int bytes)
{
    uint64_t value = data[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | data[i];
    return (int64_t)value;
}

/* The six counts of a TZif header (RFC 8536 §3.1), in file order. */
enum { UT_COUNT, STD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, CHAR_COUNT, COUNTS };
enum { HEADER_SIZE = 44, COUNTS_AT = 20, TYPE_SIZE = 6 };

static bool read_counts(const uint8_t *data, size_t len, size_t counts[COUNTS])
{
    if (len < HEADER_SIZE || memcmp(data, "TZif", 4) != 0)
        return false;
    for (int i = 0; i < COUNTS; i++) {
        int64_t count = big_endian(data + COUNTS_AT + 4 * i, 4);
        if (count < 0 || count > ZONE_FILE_CEILING)
            return false;
        counts[i] = (size_t)count;
    }
    return true;
}

static size_t block_size(const size_t counts[COUNTS], size_t time_size)
{
    return counts[TIME_COUNT] * (time_size + 1) + counts[TYPE_COUNT] * TYPE_SIZE +
           counts[CHAR_COUNT] + counts[LEAP_COUNT] * (time_size + 4) + counts[STD_COUNT] +
           counts[UT_COUNT];
}

static struct zone *parse_zone(const uint8_t *data, size_t len)
{
    size_t counts[COUNTS];
    if (!read_counts(data, len, counts) || data[4] < '2')
        return NULL;
    size_t skip = HEADER_SIZE + block_size(counts, 4);
    if (skip > len || !read_counts(data + skip, len - skip, counts))
        return NULL;
    data += skip + HEADER_SIZE;
    len -= skip + HEADER_SIZE;
    if (block_size(counts, 8) > len || counts[TYPE_COUNT] == 0)
        return NULL;
    size_t n = counts[TIME_COUNT];
    const uint8_t *indexes = data + n * 8, *types = indexes + n;
    struct zone *zone = calloc(1, sizeof *zone);
    if (!zone)
        return NULL;
    zone->times = calloc(n + 1, sizeof *zone->times);
    zone->offsets = calloc(n + 1, sizeof *zone->offsets);
    if (zone->times && zone->offsets) {
        zone->first = (int32_t)big_endian(types, 4);
        for (size_t i = 0; i < n; i++) {
            size_t type = indexes[i] < counts[TYPE_COUNT] ? indexes[i] : 0;
            zone->times[i] = big_endian(data + 8 * i, 8);
            zone->offsets[i] = (int32_t)big_endian(types + TYPE_SIZE * type, 4);
        }
        zone->count = n;
        return zone;
    }
    free(zone->times);
    free(zone->offsets);
    free(zone);
    return NULL;
}

static struct zone *load_zone(const char *name)
{
    char path[ZONE_NAME_CEILING + 32];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    AUTO_FCLOSE FILE *file = fopen(path, "rbe");
    AUTO_FREE uint8_t *data = malloc(ZONE_FILE_CEILING);
    if (!file || !data)
        return NULL;
    struct zone *zone = parse_zone(data, fread(data, 1, ZONE_FILE_CEILING, file));
    if (zone)
        snprintf(zone->name, sizeof zone->name, "%s", name);
    return zone;
}

static const struct zone *find_zone(const char *name)
{
    if (!zone_name_is_safe(name))
        return NULL;
    pthread_mutex_lock(&zones_lock);
    struct zone *zone = zones;
    while (zone && strcmp(zone->name, name) != 0)
        zone = zone->next;
    if (!zone && zone_count < ZONES_CEILING && (zone = load_zone(name)) != NULL) {
        zone->next = zones;
        zones = zone;
        zone_count++;
    }
    pthread_mutex_unlock(&zones_lock);
    return zone;
}

bool clock_zone_exists(const char *zone)
{
    return find_zone(zone) != NULL;
}

void clock_to_local(int64_t at, const char *zone_name, struct clock_local *out)
{
    const struct zone *zone = find_zone(zone_name);
    int64_t offset = zone ? zone->first : 0;
    size_t low = 0, high = zone ? zone->count : 0;
    while (low < high) { /* the last change at or before `at` */
        size_t middle = low + (high - low) / 2;
        if (zone->times[middle] <= at / 1000)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0)
        offset = zone->offsets[low - 1];
    break_down(at, offset, out);
}
