/* SPDX-License-Identifier: Apache-2.0
 *
 * One line an event on stderr, in logfmt: `time=… level=info event=photo.posted photo=pho_…
 * delivery=dlv_…`. Lines hold ids, counts and named states only (R12): never a name, an address, a
 * token, a body or a query string. Thread-safe; a line is one write.
 */
#ifndef PORCHLIGHT_LOG_H
#define PORCHLIGHT_LOG_H

#include "base/base.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
/* True when lines of this level are written: saves making one that would be dropped. */
bool log_shows(enum log_level level);

/* `event` is `noun.verb`; the rest are `key=value` pairs separated by spaces. Cut at 1 KB; control
 * characters become '?'. */
void log_event(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

/* Logs a fault where it begins and returns `fault` (a negated errno) to be passed up: return
 * log_fault("db.open", -EIO, "…"). */
int log_fault(const char *event, int fault, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
