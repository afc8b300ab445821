/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /metrics in Prometheus' text format: what the services count, on a listener of its own. Only
 * numbers: no id, no name.
 */
#ifndef PORCHLIGHT_METRICS_H
#define PORCHLIGHT_METRICS_H

#include "http/route.h"

/* The admin listener's table; its context is the struct services. */
extern const struct http_route metrics_routes[];
extern const size_t metrics_route_count;

#endif
