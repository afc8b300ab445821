/* SPDX-License-Identifier: Apache-2.0
 *
 * Read when asked for; nothing is counted here.
 */
#include "cli/metrics.h"

#include "cli/services.h"
#include "http/stream.h"
#include "intake/uploads.h"
#include "keys/keys.h"
#include "ledger/ledger.h"
#include "notify/sender.h"
#include "photo/pool.h"

enum { CEILING = 1 << 20 };

static void add(struct buf *out, const char *name, const char *type, uint64_t value)
{
    buf_printf(out, "# TYPE porchlight_%s %s\nporchlight_%s %llu\n", name, type, name,
               (unsigned long long)value);
}

static void add_counter(struct buf *out, const char *name, uint64_t value)
{
    add(out, name, "counter", value);
}

static void add_gauge(struct buf *out, const char *name, uint64_t value)
{
    add(out, name, "gauge", value);
}

static void add_photos(struct services *services, struct buf *out)
{
    struct photo_pool_figures figures;
    photo_pool_figures(services->pool, &figures);
    add_counter(out, "photos_judged_total", figures.judged);
    add_counter(out, "photo_workers_crashed_total", figures.crashed);
    add_counter(out, "photo_workers_late_total", figures.deadline);
    add_counter(out, "photo_workers_garbled_total", figures.garbled);
    add_counter(out, "photo_zygote_restarts_total", figures.restarts);
    add_gauge(out, "photo_workers_busy", figures.busy);
    buf_text(out, "# TYPE porchlight_jobs_waiting gauge\n");
    for (size_t i = 0; i < SERVICES_KINDS; i++)
        buf_printf(out, "porchlight_jobs_waiting{kind=\"%s\"} %u\n", services->kinds[i].name,
                   conveyor_waiting(services->conveyor, services->kinds[i].name));
}

static void add_intake(struct services *services, struct buf *out)
{
    uint64_t space;
    struct keys_facts facts;
    add_gauge(out, "upload_bodies", uploads_bodies(services->uploads));
    if (uploads_free_space(services->uploads, &space) == 0)
        add_gauge(out, "free_space_bytes", space);
    keys_look(services->keys, &facts);
    add_gauge(out, "key_slots", facts.slots);
    add_gauge(out, "key_slots_used", facts.slots_used);
}

/* One figure of every channel. */
static void add_by_channel(const struct services *services, struct buf *out, const char *name,
                           const char *type, const int64_t values[NOTICE_CHANNEL_COUNT])
{
    const struct tell *tell = &services->tell;
    buf_printf(out, "# TYPE porchlight_%s %s\n", name, type);
    for (size_t i = 0; i < tell->channel_count; i++)
        buf_printf(out, "porchlight_%s{channel=\"%s\"} %lld\n", name,
                   words_name(&words_notice_channel, (int)tell->channels[i].is),
                   (long long)values[tell->channels[i].is]);
}

/* What waits is counted in the database, up to a ceiling; while that cannot be read it is left out.
 */
static void add_notices(struct services *services, struct buf *out)
{
    enum { SENT, FAILED, SET_ASIDE, DROPPED, UNDER_WAY, QUEUED, STANDING, FIGURES };
    int64_t values[FIGURES][NOTICE_CHANNEL_COUNT] = {{0}};
    const struct tell *tell = &services->tell;
    AUTO_DB_READ struct db_tx *tx = NULL;
    int fault = db_read_begin(services->db, &tx);
    for (size_t i = 0; i < tell->channel_count; i++) {
        enum notice_channel is = tell->channels[i].is;
        struct store_notice_counts standing = {0};
        struct sender_counts counts;
        sender_counts(tell->sender, is, &counts);
        values[SENT][is] = counts.sent;
        values[FAILED][is] = counts.failed;
        values[SET_ASIDE][is] = counts.set_aside;
        values[DROPPED][is] = counts.dropped;
        values[UNDER_WAY][is] = counts.under_way;
        fault = fault ? fault : store_notice_count(tx, is, &standing);
        values[QUEUED][is] = standing.queued;
        values[STANDING][is] = standing.set_aside;
    }
    add_by_channel(services, out, "notices_sent_total", "counter", values[SENT]);
    add_by_channel(services, out, "notices_failed_total", "counter", values[FAILED]);
    add_by_channel(services, out, "notices_set_aside_total", "counter", values[SET_ASIDE]);
    add_by_channel(services, out, "notices_dropped_total", "counter", values[DROPPED]);
    add_by_channel(services, out, "notices_under_way", "gauge", values[UNDER_WAY]);
    if (fault)
        return;
    add_by_channel(services, out, "notices_queued", "gauge", values[QUEUED]);
    add_by_channel(services, out, "notices_set_aside", "gauge", values[STANDING]);
}

static void add_database(struct services *services, struct buf *out)
{
    struct db_counts counts;
    db_counts(services->db, &counts);
    add_counter(out, "database_commits_total", (uint64_t)counts.commits);
    add_counter(out, "database_writes_total", (uint64_t)counts.writes);
    add_counter(out, "database_writes_refused_total", (uint64_t)counts.refused);
    add_counter(out, "database_writes_failed_total", (uint64_t)counts.failed);
    add_counter(out, "database_reads_total", (uint64_t)counts.reads);
    add_gauge(out, "database_writes_waiting", (uint64_t)counts.waiting);
    add_gauge(out, "database_log_bytes", (uint64_t)counts.wal_size);
    add_gauge(out, "database_sound", db_is_sound(services->db));
}

static void add_streams(struct services *services, struct buf *out)
{
    struct http_streams_figures figures;
    http_streams_figures(services->api.streams, &figures);
    add_gauge(out, "streams_open", figures.open);
    add_counter(out, "streams_opened_total", figures.opened);
    add_counter(out, "streams_refused_total", figures.refused);
    add_counter(out, "streams_told_total", figures.told);
    add_counter(out, "streams_missed_total", figures.missed);
    add_counter(out, "streams_dropped_total", figures.dropped);
}

static void add_ledger(struct services *services, struct buf *out)
{
    struct ledger_facts facts;
    if (ledger_look(services->ledger, &facts) != 0)
        return;
    add_gauge(out, "ledger_signs", facts.state == LEDGER_SIGNS);
    add_gauge(out, "ledger_entries", facts.size);
    add_gauge(out, "ledger_entries_waiting", (uint64_t)facts.queued);
    add_counter(out, "ledger_rounds_failed_total", (uint64_t)facts.rounds_failed);
}

static void show(struct http_request *req)
{
    struct services *services = http_context(req);
    struct buf out;
    size_t len;
    buf_init(&out, CEILING);
    http_server_metrics(services->server, &out);
    add_streams(services, &out);
    add_photos(services, &out);
    add_intake(services, &out);
    add_notices(services, &out);
    add_database(services, &out);
    add_ledger(services, &out);
    uint8_t *text = buf_take(&out, &len);
    if (text)
        http_reply_owned(req, 200, "text/plain; version=0.0.4; charset=utf-8", text, len);
    else
        http_problem(req, &http_internal, NULL);
}

const struct http_route metrics_routes[] = {
    {HTTP_GET, "/metrics", 0, show, HTTP_BODY_NONE, NULL, HTTP_QUIET, 0},
};
const size_t metrics_route_count = ARRAY_LEN(metrics_routes);
