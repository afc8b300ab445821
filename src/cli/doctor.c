/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight doctor`: one line for each thing that a server and its users rely on: ok, warn (it
 * works, and could be better) or FAIL with what to do. Nothing is made or changed, and a running
 * server is not disturbed. Exit 1 after a FAIL.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "api/oidc_roles.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/data.h"
#include "cli/doctor_copies.h"
#include "cli/log_admin.h"
#include "cli/pool_config.h"
#include "db/db.h"
#include "keys/keys.h"
#include "notify/mail.h"
#include "oidc/fetch.h"
#include "oidc/provider.h"
#include "store/notice.h"

enum { RECORDS_CEILING = 16 << 10 };

enum grade { GRADE_OK, GRADE_WARN, GRADE_FAIL };

struct visit {
    const struct settings *settings;
    unsigned failures, warnings;
};

__attribute__((format(printf, 4, 5))) static void tell(struct visit *visit, enum grade grade,
                                                       const char *what, const char *format, ...)
{
    static const char *const words[] = {"ok  ", "warn", "FAIL"};
    va_list args;
    printf("%s  %-10s ", words[grade], what);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    visit->failures += grade == GRADE_FAIL;
    visit->warnings += grade == GRADE_WARN;
}

/* ---- the worker and its sandbox ---- */

static void tell_layers(struct visit *visit, const struct sandbox_state *state)
{
    char names[SANDBOX_NAMES_ROOM];
    uint32_t missing = SANDBOX_ALL & ~state->layers;
    unsigned have = (unsigned)__builtin_popcount(state->layers & SANDBOX_ALL);
    sandbox_layer_names(missing, names, sizeof names);
    if (!missing)
        tell(visit, GRADE_OK, "sandbox", "all %d layers (Landlock version %u)", SANDBOX_LAYER_COUNT,
             state->landlock_abi);
    else if (missing & SANDBOX_REQUIRED)
        tell(visit, GRADE_FAIL, "sandbox",
             "without: %s; a newer kernel, or fewer restrictions on this process, would give them",
             names);
    else if (missing & ~(uint32_t)SANDBOX_POSSIBLE)
        tell(visit, GRADE_WARN, "sandbox", "this is a sanitizer build, for tests only; without: %s",
             names);
    else
        tell(visit, GRADE_WARN, "sandbox", "%u of %d layers, all that are required; without: %s",
             have, SANDBOX_LAYER_COUNT, names);
}

/* What the kernel says of a waiting worker, whatever the worker claims. */
static void tell_view(struct visit *visit, const struct photo_probe *probe)
{
    unsigned holds = 0, unseen = 0, broken = 0;
    for (size_t i = 0; i < SANDBOX_FACT_COUNT; i++) {
        const struct sandbox_fact *fact = &probe->view.facts[i];
        bool expected = fact->layer == 0 || (probe->state.layers & fact->layer);
        holds += fact->seen == SANDBOX_HOLDS;
        unseen += fact->seen == SANDBOX_UNSEEN;
        if (fact->seen != SANDBOX_BROKEN || !expected)
            continue;
        broken++;
        tell(visit, GRADE_FAIL, "sandbox", "a worker was looked at, and %s does not hold: %s",
             fact->name, fact->text);
    }
    if (!broken)
        tell(visit, GRADE_OK, "worker", "looked at from outside: %u facts hold, %u cannot be seen",
             holds, unseen);
}

static void visit_worker(struct visit *visit)
{
    struct photo_pool *pool = NULL;
    struct photo_probe probe;
    struct photo_pool_config config = pool_config(visit->settings);
    config.slots = 1;
    config.flags |= POOL_ALLOW_WEAKER_SANDBOX; /* to see what there is; tell_layers judges */
    int result = photo_pool_new(&config, &pool);
    if (result != 0) {
        tell(visit, GRADE_FAIL, "worker", "%s", pool_trouble(result));
        return;
    }
    result = photo_pool_probe(pool, &probe);
    if (result == 0) {
        tell_layers(visit, &probe.state);
        tell_view(visit, &probe);
    } else {
        tell(visit, GRADE_FAIL, "worker", "porchlight-photo started, and then: %s",
             result > 0 ? photo_pool_result_name(result) : cli_fault_text(result));
    }
    photo_pool_free(&pool);
}

/* ---- what lies on the disk ---- */

static bool data_is_there(const struct settings *settings)
{
    char path[DATA_PATH_ROOM];
    data_path(settings, "porchlight.db", path);
    return access(path, F_OK) == 0;
}

static void visit_data(struct visit *visit)
{
    const char *folder = visit->settings->server.data;
    struct stat st;
    struct statvfs fs;
    if (!*folder) {
        tell(visit, GRADE_FAIL, "data", "no data folder is set: add --data FOLDER");
        return;
    }
    if (stat(folder, &st) != 0) {
        tell(visit, errno == ENOENT ? GRADE_WARN : GRADE_FAIL, "data", "%s: %s%s", folder,
             strerror(errno), errno == ENOENT ? "; the first start makes it" : "");
        return;
    }
    if (!S_ISDIR(st.st_mode) || st.st_mode & 0077 || access(folder, R_OK | W_OK | X_OK) != 0)
        tell(visit, GRADE_FAIL, "data",
             "%s must be a folder for the server's user alone: chmod 700 %s", folder, folder);
    else
        tell(visit, GRADE_OK, "data", "%s", folder);
    if (statvfs(folder, &fs) != 0)
        return;
    uint64_t space = (uint64_t)fs.f_bavail * fs.f_frsize, mega = UINT64_C(1) << 20;
    uint64_t least = (uint64_t)visit->settings->intake.free_space;
    tell(visit,
         space < least       ? GRADE_FAIL
         : space < 4 * least ? GRADE_WARN
                             : GRADE_OK,
         "space", "%llu MB free; below %llu MB new photos are refused",
         (unsigned long long)(space / mega), (unsigned long long)(least / mega));
}

static void visit_keys(struct visit *visit)
{
    const struct settings *settings = visit->settings;
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    if (!*settings->server.keys)
        return; /* it lies beside a data folder that is not set; that was said */
    int result = keys_probe(&config);
    if (result == KEYS_ABSENT && !data_is_there(settings))
        tell(visit, GRADE_WARN, "keys", "%s is not there yet; the first start makes it",
             config.folder);
    else if (result != 0)
        tell(visit, GRADE_FAIL, "keys", "%s: %s", config.folder, keys_outcome_text(result));
    else
        tell(visit, GRADE_OK, "keys", "%s, outside the data folder; back it up apart from the data",
             config.folder);
}

/* Backups of the keys, where somebody said where they are. */
static void visit_copies(struct visit *visit)
{
    struct doctor_copies found;
    if (!*visit->settings->server.key_backups)
        return;
    doctor_copies(visit->settings, &found);
    if (found.fault)
        tell(visit, GRADE_FAIL, "backups", "%s: %s", visit->settings->server.key_backups,
             strerror(found.fault));
    else if (found.old > 0)
        tell(visit, GRADE_FAIL, "backups",
             "%u of %u backups of the keys are older than key_backup_days, the oldest is %s/%s: "
             "destroy them, for receipts of erasures say that they are gone",
             found.old, found.all, visit->settings->server.key_backups, found.oldest);
    else
        tell(visit, GRADE_OK, "backups", "%u of the keys, none older than key_backup_days",
             found.all);
}

/* Whether anybody was not told. */
static void tell_outbox(struct visit *visit, struct db *db)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_notice_counts counts;
    int64_t queued = 0, set_aside = 0;
    int result = db_read_begin(db, &tx);
    for (int channel = 0; result == 0 && channel < NOTICE_CHANNEL_COUNT; channel++) {
        result = store_notice_count(tx, (enum notice_channel)channel, &counts);
        queued += result == 0 ? counts.queued : 0;
        set_aside += result == 0 ? counts.set_aside : 0;
    }
    if (result != 0)
        tell(visit, GRADE_FAIL, "outbox", "it cannot be read: %s", cli_fault_text(result));
    else if (set_aside > 0)
        tell(visit, GRADE_WARN, "outbox",
             "%lld notices were set aside; `porchlight admin notice-list` says why",
             (long long)set_aside);
    else
        tell(visit, GRADE_OK, "outbox", "%lld notices wait, none was set aside", (long long)queued);
}

static void visit_database(struct visit *visit)
{
    struct db *db = NULL;
    char found[200];
    if (!*visit->settings->server.data || !data_is_there(visit->settings))
        return;
    if (data_open(visit->settings, DATA_MUST_EXIST, &db) != 0) {
        tell(visit, GRADE_FAIL, "database", "it cannot be opened; the line above says why");
        return;
    }
    int result = db_check(db, found, sizeof found);
    if (result < 0)
        tell(visit, GRADE_FAIL, "database", "it cannot be read: %s", cli_fault_text(result));
    else
        tell(visit, result == 0 ? GRADE_OK : GRADE_FAIL, "database", "version %d: %s%s",
             db_version(db), found, result == 0 ? "" : "; restore it from a backup");
    if (result == 0)
        tell_outbox(visit, db);
    db_close(&db);
}

static void visit_ledger(struct visit *visit)
{
    struct ledger_facts facts;
    struct note_key key;
    if (!*visit->settings->server.data || !data_is_there(visit->settings))
        return;
    if (log_admin_peek(visit->settings, &facts, &key) != 0)
        tell(visit, GRADE_FAIL, "ledger", "it cannot be looked at; the line above says why");
    else if (facts.state == LEDGER_SIGNS && facts.number == 0)
        tell(visit, GRADE_OK, "ledger", "the next start begins it");
    else if (facts.state == LEDGER_SIGNS)
        tell(visit, GRADE_OK, "ledger", "%s: %llu entries, %lld to be taken up", key.name,
             (unsigned long long)facts.size, (long long)facts.queued);
    else
        tell(visit, facts.state == LEDGER_OFF ? GRADE_WARN : GRADE_FAIL, "ledger", "%s",
             ledger_state_text(facts.state));
}

/* ---- the rest of the machine ---- */

static void visit_clock(struct visit *visit)
{
    char now[CLOCK_TEXT_ROOM];
    struct timex state = {0};
    clock_format(clock_now(), now);
    int kept = adjtimex(&state);
    if (clock_now() < INT64_C(1704067200000)) /* 2024 */
        tell(visit, GRADE_FAIL, "clock", "it says %s; set it, or photos get wrong times", now);
    else if (!clock_zone_exists("Europe/Berlin"))
        tell(visit, GRADE_FAIL, "clock", "there are no time zones: install tzdata");
    else if (kept == TIME_ERROR || state.status & STA_UNSYNC)
        tell(visit, GRADE_WARN, "clock", "%s; this machine does not say that it is kept right",
             now);
    else
        tell(visit, GRADE_OK, "clock", "%s, kept right by the network", now);
}

/* The DNS records that signatures are checked with, one a line. */
static void tell_records(struct visit *visit, struct mailer *mailer)
{
    AUTO_BUF struct buf records;
    buf_init(&records, RECORDS_CEILING);
    if (mailer_records(mailer, &records) != 0 || records.failed || records.len == 0)
        return;
    char *line = (char *)records.data;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *tab = strchr(line, '\t');
        *end = '\0';
        if (tab)
            *tab = '\0';
        tell(visit, GRADE_OK, "dkim", "signed; the DNS needs: %s TXT \"%s\"", line,
             tab ? tab + 1 : "");
    }
}

static void visit_mail(struct visit *visit)
{
    struct mailer *mailer = NULL;
    char line[300] = "";
    int result = mailer_new(visit->settings, &mailer);
    if (result == 0)
        result = mailer_probe(mailer, line, sizeof line);
    if (result == MAIL_NOWHERE)
        tell(visit, GRADE_FAIL, "mail",
             "it goes nowhere, so nobody can sign in: set smtp_url (or folder) under [mail]");
    else if (result == 0)
        tell(visit, GRADE_OK, "mail", "%s", line);
    else
        tell(visit, GRADE_FAIL, "mail", "%s", *line ? line : cli_fault_text(result));
    if (mailer)
        tell_records(visit, mailer);
    mailer_free(&mailer);
}

/* Where staff sign in, if not here. */
static void visit_provider(struct visit *visit)
{
    char line[500] = "", wrong[OIDC_ROLES_LINE];
    const struct settings *settings = visit->settings;
    if (!settings->oidc.issuer[0])
        return;
    bool good = fetch_may(settings->oidc.issuer);
    if (!good)
        snprintf(line, sizeof line, "the issuer must be https, or http on this machine");
    else if (!oidc_roles_right(settings->oidc.roles, wrong)) {
        snprintf(line, sizeof line, "roles: \"%.80s\" is no GROUP=ROLE or GROUP=ROLE:SHIPPER",
                 wrong);
        good = false;
    } else
        good = provider_probe(settings, line, sizeof line) == 0;
    tell(visit, good ? GRADE_OK : GRADE_FAIL, "sign-in", "%s", line);
}

/* Browsers give the camera, and take our cookies, on https and on localhost only. */
static void visit_address(struct visit *visit)
{
    const char *url = visit->settings->server.public_url;
    bool local = strncmp(url, "http://localhost", 16) == 0 || strncmp(url, "http://127.", 11) == 0;
    if (strncmp(url, "https://", 8) == 0)
        tell(visit, GRADE_OK, "address", "%s", url);
    else if (local)
        tell(visit, GRADE_WARN, "address",
             "%s works on this machine only; phones need public_url with https (see deploy/)", url);
    else
        tell(visit, GRADE_FAIL, "address",
             "%s is not https: no phone gives its camera, no browser keeps a session", url);
}

/* A descriptor for each connection and each open page; serve takes the most that it may have. */
static void visit_descriptors(struct visit *visit)
{
    struct rlimit files;
    const struct settings *settings = visit->settings;
    unsigned long long connections = (unsigned long long)settings->server.connection_limit,
                       streams = (unsigned long long)settings->live.streams;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    if (files.rlim_max != RLIM_INFINITY && files.rlim_max < connections + streams + 256)
        tell(visit, GRADE_WARN, "files",
             "%llu at most, too few for %llu connections and %llu open pages: raise the limit "
             "(LimitNOFILE= of systemd), or lower connection_limit or live-streams",
             (unsigned long long)files.rlim_max, connections, streams);
    else
        tell(visit, GRADE_OK, "files", "enough for %llu connections and %llu open pages",
             connections, streams);
}

int doctor_run(int argc, char **argv)
{
    static void (*const visits[])(struct visit *) = {
        visit_worker, visit_data, visit_keys,     visit_copies,  visit_database,   visit_ledger,
        visit_clock,  visit_mail, visit_provider, visit_address, visit_descriptors};
    struct settings settings;
    int result = cli_load(&settings, &argc, argv, NULL);
    if (result == 0)
        result = cli_no_words(argc, argv);
    if (result != 0)
        return result;
    if (settings.server.log_level <= LOG_INFO)
        log_set_level(LOG_ERROR); /* the lines below say it in words */
    struct visit visit = {.settings = &settings};
    for (size_t i = 0; i < ARRAY_LEN(visits); i++)
        visits[i](&visit);
    if (visit.failures)
        printf("\n%u of these must be mended before people can rely on this server.\n",
               visit.failures);
    return visit.failures ? CLI_FAILED : 0;
}
