/* SPDX-License-Identifier: Apache-2.0
 *
 * A line is put together on the stack and leaves in one write, so lines of several threads never
 * mix.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>

#include "base/clock.h"

enum { LINE_ROOM = 1024 };

static _Atomic int log_limit = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&log_limit, (int)level);
}

bool log_shows(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_limit, memory_order_relaxed);
}

__attribute__((format(printf, 3, 0))) static void
write_line(enum log_level level, const char *event, const char *format, va_list args)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char line[LINE_ROOM];
    char at[CLOCK_TEXT_ROOM];
    clock_format(clock_now(), at);
    int len = snprintf(line, sizeof line, "time=%s level=%s event=%s ", at, names[level], event);
    int more = vsnprintf(line + len, sizeof line - (size_t)len, format, args);
    len += more > 0 ? more : 0;
    if (len > LINE_ROOM - 2)
        len = LINE_ROOM - 2;
    for (int i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    while (write(STDERR_FILENO, line, (size_t)len) < 0 && errno == EINTR)
        ;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    if (!log_shows(level))
        return;
    va_list args;
    va_start(args, format);
    write_line(level, event, format, args);
    va_end(args);
}

int log_fault(const char *event, int fault, const char *format, ...)
{
    char details[LINE_ROOM / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(details, sizeof details, format, args);
    va_end(args);
    log_event(LOG_ERROR, event, "fault=%s %s",
              strerrorname_np(-fault) ? strerrorname_np(-fault) : "?", details);
    return fault;
}
