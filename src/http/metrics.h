/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters by route, for Prometheus. Counting is a few relaxed atomic additions; reading may see a
 * request in one counter and not yet in another.
 */
#ifndef PORCHLIGHT_HTTP_METRICS_H
#define PORCHLIGHT_HTTP_METRICS_H

#include "base/buf.h"
#include "http/route.h"

struct http_metrics;

/* NULL when memory is short. `routes` outlives it. */
struct http_metrics *http_metrics_new(const struct http_route *routes, size_t count);
void http_metrics_free(struct http_metrics **metrics);

/* One request ended: its route (NULL: none matched), status and time in microseconds. */
void http_metrics_count(struct http_metrics *metrics, const struct http_route *route, int status,
                        int64_t us);
uint64_t http_metrics_served(const struct http_metrics *metrics);
void http_metrics_text(const struct http_metrics *metrics, const char *server, struct buf *out);

#endif
