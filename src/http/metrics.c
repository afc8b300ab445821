/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of counters for each route, and one for requests that matched none. Rows that were never
 * counted are not shown.
 */
#include "http/metrics.h"

#include <stdatomic.h>

#include "http/http.h"

enum { CLASSES = 6 }; /* 2xx to 5xx by their first digit; 0: broken off before any reply */

static const int64_t bounds_us[] = {100,   250,    500,    1000,    2500,    5000,    10000,
                                    25000, 100000, 250000, 1000000, 5000000, 30000000};
enum { BOUNDS = ARRAY_LEN(bounds_us) };

struct row {
    _Atomic uint64_t by_class[CLASSES];
    _Atomic uint64_t by_time[BOUNDS + 1];
    _Atomic uint64_t total_us;
};

struct http_metrics {
    const struct http_route *routes;
    size_t count;
    struct row rows[]; /* the last: no route */
};

struct http_metrics *http_metrics_new(const struct http_route *routes, size_t count)
{
    struct http_metrics *metrics = calloc(1, sizeof *metrics + (count + 1) * sizeof(struct row));
    if (metrics) {
        metrics->routes = routes;
        metrics->count = count;
    }
    return metrics;
}

void http_metrics_free(struct http_metrics **metrics)
{
    free(*metrics);
    *metrics = NULL;
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void http_metrics_count(struct http_metrics *metrics, const struct http_route *route, int status,
                        int64_t us)
{
    size_t index = route ? (size_t)(route - metrics->routes) : metrics->count;
    struct row *row = &metrics->rows[index];
    size_t bucket = 0;
    while (bucket < BOUNDS && us > bounds_us[bucket])
        bucket++;
    add(&row->by_class[status / 100 % CLASSES], 1);
    add(&row->by_time[bucket], 1);
    add(&row->total_us, us > 0 ? (uint64_t)us : 0);
}

static uint64_t row_count(const struct row *row)
{
    uint64_t n = 0;
    for (int c = 0; c < CLASSES; c++)
        n += get(&row->by_class[c]);
    return n;
}

uint64_t http_metrics_served(const struct http_metrics *metrics)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= metrics->count; i++)
        n += row_count(&metrics->rows[i]);
    return n;
}

static void write_labels(const struct http_metrics *metrics, size_t index, const char *server,
                         struct buf *out)
{
    bool matched = index < metrics->count;
    const struct http_route *route = &metrics->routes[index];
    buf_printf(out, "{server=\"%s\",method=\"%s\",route=\"%s\"", server,
               matched ? http_method_name(route->method) : "", matched ? route->path : "");
}

static void write_requests(const struct http_metrics *metrics, size_t index, const char *server,
                           struct buf *out)
{
    static const char *const names[CLASSES] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (int c = 0; c < CLASSES; c++) {
        uint64_t n = get(&metrics->rows[index].by_class[c]);
        if (n == 0)
            continue;
        buf_text(out, "porchlight_http_requests_total");
        write_labels(metrics, index, server, out);
        buf_printf(out, ",status=\"%s\"} %llu\n", names[c], (unsigned long long)n);
    }
}

static void write_times(const struct http_metrics *metrics, size_t index, const char *server,
                        struct buf *out)
{
    const struct row *row = &metrics->rows[index];
    uint64_t sum = 0;
    for (size_t i = 0; i <= BOUNDS; i++) {
        sum += get(&row->by_time[i]);
        buf_text(out, "porchlight_http_request_seconds_bucket");
        write_labels(metrics, index, server, out);
        if (i < BOUNDS)
            buf_printf(out, ",le=\"%g\"} %llu\n", (double)bounds_us[i] / 1e6,
                       (unsigned long long)sum);
        else
            buf_printf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)sum);
    }
    buf_text(out, "porchlight_http_request_seconds_sum");
    write_labels(metrics, index, server, out);
    buf_printf(out, "} %.6f\n", (double)get(&row->total_us) / 1e6);
    buf_text(out, "porchlight_http_request_seconds_count");
    write_labels(metrics, index, server, out);
    buf_printf(out, "} %llu\n", (unsigned long long)sum);
}

void http_metrics_text(const struct http_metrics *metrics, const char *server, struct buf *out)
{
    for (size_t i = 0; i <= metrics->count; i++)
        if (row_count(&metrics->rows[i]) > 0)
            write_requests(metrics, i, server, out);
    for (size_t i = 0; i <= metrics->count; i++)
        if (row_count(&metrics->rows[i]) > 0)
            write_times(metrics, i, server, out);
}
