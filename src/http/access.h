/* SPDX-License-Identifier: Apache-2.0
 *
 * The access log: one line a request, in the form of base/log.h, with the route's pattern in place
 * of the path (R12). Lines are gathered and written a few times a second, or when there is enough;
 * a crash can lose the last fraction of a second.
 */
#ifndef PORCHLIGHT_HTTP_ACCESS_H
#define PORCHLIGHT_HTTP_ACCESS_H

#include "base/base.h"

struct http_access;
struct http_request;

/* NULL when memory is short. */
struct http_access *http_access_new(const char *server);
/* Writes what is left. NULL is harmless. */
void http_access_free(struct http_access **access);

/* One request ended, all of it or (`cut`) broken off, after `us` microseconds. Dropped when
 * LOG_INFO is not shown. */
void http_access_line(struct http_access *access, const struct http_request *req, bool cut,
                      int64_t us);
void http_access_flush(struct http_access *access);

#endif
