/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-notify FOLDER PORT COUNT TARGETS: fills an outbox in a fresh database with COUNT notices to
 * TARGETS endpoints of a sink on this machine, then has the product's own sender drain it. Prints
 * one line of JSON: how long that took, the processor time of this process, and its memory.
 *
 * The channel is the bench's: a small JSON body to an address, nothing looked up. So the figure is
 * the outbox's; what a real channel builds and signs comes on top.
 */
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "notify/sender.h"

enum { FILL_BATCH = 1000 };

struct drain {
    struct settings settings;
    struct db *db;
    struct channel channel;
    const char *port;
    unsigned count, targets, filled;
    int64_t boot;
};

static void die(const char *what)
{
    fprintf(stderr, "bench-notify: %s\n", what);
    exit(1);
}

static int prepare(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict)
{
    struct drain *drain = context;
    char *body = arena_printf(notice->arena,
                              "{\"type\":\"photo.posted\",\"timestamp\":\"2026-01-01T00:00:00.000Z"
                              "\",\"data\":{\"delivery_id\":\"%s\",\"attempt\":1}}",
                              notice->row.delivery_id);
    out->url =
        arena_printf(notice->arena, "http://127.0.0.1:%s/%s", drain->port, notice->row.target);
    out->headers[out->header_count++] = "Content-Type: application/json";
    out->headers[out->header_count++] =
        arena_printf(notice->arena, "webhook-id: %s", notice->row.id);
    if (!body || !out->url || !out->headers[1])
        return -1;
    out->body = (struct span){(const uint8_t *)body, strlen(body)};
    return 0;
}

static void id_of(const char *prefix, unsigned n, char out[ID_ROOM])
{
    uint8_t bytes[16] = {1};
    memcpy(bytes + 12, &(uint32_t){__builtin_bswap32(n)}, 4);
    id_from_bytes(prefix, bytes, out);
}

static int fill_in(struct db_tx *tx, void *arg)
{
    struct drain *drain = arg;
    int result = 0;
    for (unsigned i = 0; i < FILL_BATCH && drain->filled < drain->count && result == 0; i++) {
        struct store_notice notice = {.channel = CHANNEL_WEBHOOK, .run_at = 1, .created_at = 1};
        id_of(ID_DELIVERY, drain->filled, notice.delivery_id);
        id_of(ID_WEBHOOK, drain->filled % drain->targets, notice.target);
        result = store_notice_insert(tx, &notice);
        drain->filled++;
    }
    return result;
}

static int boot_in(struct db_tx *tx, void *arg)
{
    return store_meta_boot(tx, arg);
}

static int64_t cpu_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/* The most memory since it was last asked for, in KB. */
static long peak_kb(bool reset)
{
    char line[128];
    long peak = 0;
    AUTO_FCLOSE FILE *status = fopen("/proc/self/status", "re");
    AUTO_FCLOSE FILE *clear = reset ? fopen("/proc/self/clear_refs", "we") : NULL;
    if (clear)
        fputs("5", clear);
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &peak) == 1)
            break;
    return peak;
}

static void drain_all(struct drain *drain)
{
    struct sender_config config = {&drain->settings, drain->db, drain->boot, &drain->channel, 1};
    struct sender *sender;
    struct sender_counts counts = {0};
    (void)peak_kb(true);
    int64_t since = clock_steady(), cpu = cpu_us();
    if (sender_new(&config, &sender) != 0)
        die("the sender does not start");
    while (counts.sent < drain->count) {
        usleep(2000);
        sender_counts(sender, CHANNEL_WEBHOOK, &counts);
        if (clock_steady() - since > 300 * CLOCK_SECOND)
            die("it takes more than five minutes");
    }
    int64_t ms = clock_steady() - since;
    printf("{\"rate\": %.1f, \"cpu_us\": %.1f, \"rss_mb\": %.1f, \"failed\": %lld}\n",
           (double)drain->count * 1000.0 / (double)ms,
           (double)(cpu_us() - cpu) / (double)drain->count, (double)peak_kb(false) / 1024.0,
           (long long)counts.failed);
    sender_free(&sender);
}

int main(int argc, char **argv)
{
    static struct drain drain;
    char path[4096];
    if (argc != 5)
        die("usage: bench-notify FOLDER PORT COUNT TARGETS");
    snprintf(path, sizeof path, "%s/notify.db", argv[1]);
    settings_defaults(&drain.settings);
    drain.port = argv[2];
    drain.count = (unsigned)strtoul(argv[3], NULL, 10);
    drain.targets = (unsigned)strtoul(argv[4], NULL, 10);
    drain.channel = (struct channel){.is = CHANNEL_WEBHOOK, .prepare = prepare, .context = &drain};
    log_set_level(LOG_ERROR);
    struct db_config config = {.path = path, .create = true};
    if (drain.targets == 0 || store_open(&config, &drain.db) != 0 ||
        db_write(drain.db, boot_in, &drain.boot) != 0)
        die("the database does not open");
    while (drain.filled < drain.count)
        if (db_write(drain.db, fill_in, &drain) != 0)
            die("the outbox cannot be filled");
    drain_all(&drain);
    db_close(&drain.db);
    return 0;
}
