/* SPDX-License-Identifier: Apache-2.0
 *
 * Time. Instants are signed 64-bit milliseconds since 1970 UTC everywhere (database, structs,
 * receipts); outside they are RFC 3339 UTC with milliseconds. People read them in the delivery's
 * time zone.
 */
#ifndef PORCHLIGHT_CLOCK_H
#define PORCHLIGHT_CLOCK_H

#include "base/base.h"

#define CLOCK_SECOND INT64_C(1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR   (60 * CLOCK_MINUTE)
#define CLOCK_DAY    (24 * CLOCK_HOUR)

/* Now, on the wall and on a clock that never jumps; milliseconds. */
int64_t clock_now(void);
int64_t clock_steady(void);

/* "2026-11-23T20:26:10.344Z"; `out` has CLOCK_TEXT_ROOM bytes. Years 1970 to 9999; others are
 * clamped. */
#define CLOCK_TEXT_ROOM 25
void clock_format(int64_t at, char *out);
/* RFC 3339 with any offset and 0 to 9 fraction digits (cut to milliseconds), years 1970 to 9999. */
bool clock_parse(const char *text, int64_t *at_out);

/* A moment as people in a zone read it. month 1-12, weekday 0 = Sunday. */
struct clock_local {
    int year, month, day, hour, minute, second, weekday;
    int offset_minutes;
};

/* True when `zone` names a file of the system's IANA database ("Europe/Berlin", "UTC"); false for
 * anything else, path tricks included. */
bool clock_zone_exists(const char *zone);
/* Breaks `at` down in `zone`; an unknown zone counts as UTC. Zones are cached for good;
 * thread-safe. */
void clock_to_local(int64_t at, const char *zone, struct clock_local *out);

#endif
