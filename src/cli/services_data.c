/* SPDX-License-Identifier: Apache-2.0
 *
 * The services that lie on the disk: data folder, keys, database, ledger, photos, uploads; and,
 * before them, what the process may do.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "blob/blob_files.h"
#include "cli/backup.h"
#include "cli/cli.h"
#include "cli/data.h"
#include "cli/orphans.h"
#include "cli/replay.h"
#include "cli/secrets.h"
#include "cli/services_parts.h"
#include "intake/uploads.h"
#include "keys/keys.h"
#include "ledger/ledger.h"
#include "store/store.h"

/* Descriptors beside connections: database, keys, photos being read, workers. */
enum { OTHER_DESCRIPTORS = 256 };

/* Too few for all: a quarter at most is for streams, without which pages work too. */
static void share_descriptors(struct settings *settings, int64_t files)
{
    if (files <= 2 * OTHER_DESCRIPTORS)
        return;
    if (settings->live.streams > files / 4)
        settings->live.streams = files / 4;
    int64_t left = files - OTHER_DESCRIPTORS - settings->live.streams;
    if (settings->server.connection_limit > left)
        settings->server.connection_limit = left;
    log_event(LOG_WARN, "server.files", "limit=%lld connection_limit=%lld streams=%lld",
              (long long)files, (long long)settings->server.connection_limit,
              (long long)settings->live.streams);
}

/* Files for us alone, no core file (photos are in memory), and a descriptor a connection. */
int services_begin_process(struct services *services)
{
    struct rlimit files, none = {0, 0};
    umask(0077);
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        log_event(LOG_WARN, "server.core", "reason=cannot_forbid_core_files");
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 0;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        log_event(LOG_WARN, "server.files", "reason=cannot_raise_limit");
    rlim_t wanted = (rlim_t)services->settings.server.connection_limit + OTHER_DESCRIPTORS;
    if (files.rlim_cur < wanted + (rlim_t)services->settings.live.streams)
        share_descriptors(&services->settings, (int64_t)files.rlim_cur);
    return 0;
}

int services_begin_data(struct services *services)
{
    int result = data_make(&services->settings);
    return result != 0 ? result : data_lock(&services->settings, &services->data_lock);
}

void services_end_data(struct services *services)
{
    close(services->data_lock);
}

int services_begin_keys(struct services *services)
{
    /* A database without its keys is a mistake to be told, not a reason to make new ones: every
     * photo would be lost. */
    char path[DATA_PATH_ROOM];
    data_path(&services->settings, "porchlight.db", path);
    bool fresh = access(path, F_OK) != 0;
    struct keys_config config =
        data_keys(&services->settings, fresh ? KEYS_MAKE_MISSING : KEYS_MUST_EXIST);
    snprintf(path, sizeof path, "%s/" BACKUP_UNFINISHED, config.folder);
    if (access(path, F_OK) == 0)
        return cli_fail("a restore to %s was cut short: run it again", config.folder);
    int result = keys_open(&config, &services->keys);
    if (result != 0)
        return cli_fail("cannot use the key folder %s: %s", config.folder,
                        keys_outcome_text(result));
    secrets_fill(services->keys, &services->api);
    struct keys_facts facts;
    keys_look(services->keys, &facts);
    if (fresh && facts.slots_used > 0) {
        keys_close(&services->keys);
        return cli_fail(
            "there is no database in %s, and %s holds the keys of %llu photos: they would "
            "be lost; restore the data (porchlight restore), or name another key folder",
            services->settings.server.data, config.folder, (unsigned long long)facts.slots_used);
    }
    if (facts.copies_on_write)
        log_event(LOG_WARN, "keys.copies", "reason=file_system_keeps_overwritten_bytes");
    if (facts.rotation_awaits_master)
        log_event(LOG_WARN, "keys.rotation", "reason=master_key_file_is_still_the_old_one");
    return 0;
}

void services_end_keys(struct services *services)
{
    keys_close(&services->keys);
}

/* A start: counted, and the key folder held against the one that this database began with. */
struct beginning {
    struct keys *keys;
    int64_t *boot_out;
    bool foreign; /* the key folder belongs to another database */
};

static int note_keys(struct db_tx *tx, struct beginning *beginning)
{
    uint8_t key[KEYS_PUBLIC];
    char ours[2 * KEYS_PUBLIC + 1];
    const char *known;
    struct arena *arena = arena_new(4096);
    if (!arena)
        return -ENOMEM;
    keys_public(beginning->keys, key);
    text_hex(key, sizeof key, ours);
    int result = store_meta_get(tx, "receipt_key", arena, &known);
    if (result == 0)
        beginning->foreign = strcmp(known, ours) != 0;
    else if (result == STORE_NOT_FOUND)
        result = store_meta_set(tx, "receipt_key", ours);
    arena_free(&arena);
    return result;
}

static int begin_in(struct db_tx *tx, void *arg)
{
    struct beginning *beginning = arg;
    int result = note_keys(tx, beginning);
    return result == 0 && !beginning->foreign ? store_meta_boot(tx, beginning->boot_out) : result;
}

int services_begin_database(struct services *services)
{
    struct beginning beginning = {.keys = services->keys, .boot_out = &services->api.boot};
    int result = data_open(&services->settings, DATA_CREATE, &services->db);
    if (result != 0)
        return result;
    secrets_lend(services->keys, services->db);
    result = db_write(services->db, begin_in, &beginning);
    if (result == 0 && !beginning.foreign)
        return 0;
    db_close(&services->db);
    if (beginning.foreign)
        return cli_fail(
            "the key folder %s belongs to another data folder: its keys open none of these photos",
            services->settings.server.keys);
    return cli_fail("cannot write to the database: %s", cli_fault_text(result));
}

void services_end_database(struct services *services)
{
    db_close(&services->db);
}

int services_begin_ledger(struct services *services)
{
    char name[DATA_NAME_ROOM];
    struct ledger_config config =
        data_ledger(&services->settings, services->db, services->keys, name);
    struct ledger_facts facts;
    int result = data_policy(&services->settings, &services->policy);
    if (result != 0)
        return result;
    config.policy = services->policy;
    result = ledger_open(&config, &services->ledger);
    if (result == 0)
        result = ledger_look(services->ledger, &facts);
    if (result == 0 && facts.state != LEDGER_SIGNS)
        fprintf(stderr, "porchlight: the ledger: %s\n", ledger_state_text(facts.state));
    if (result == 0)
        result = ledger_start(services->ledger);
    services->api.recorder = result == 0 ? ledger_recorder(services->ledger) : NULL;
    if (result == 0)
        return 0;
    services_end_ledger(services);
    return cli_fail("cannot use the ledger in %s/log: %s", services->settings.server.data,
                    cli_fault_text(result));
}

void services_end_ledger(struct services *services)
{
    ledger_free(&services->ledger);
    free(services->policy);
}

int services_begin_photos(struct services *services)
{
    char path[DATA_PATH_ROOM];
    data_path(&services->settings, "photos", path);
    int result = blob_files_open(path, &services->photos);
    return result == 0 ? 0 : cli_fail("cannot use the folder %s: %s", path, cli_fault_text(result));
}

void services_end_photos(struct services *services)
{
    blob_store_free(&services->photos);
}

int services_begin_intake(struct services *services)
{
    char path[DATA_PATH_ROOM];
    data_path(&services->settings, "intake", path);
    int result = staging_open(path, &services->staging);
    if (result != 0)
        return cli_fail("cannot use the folder %s: %s", path, cli_fault_text(result));
    struct uploads_config config = {
        .staging = services->staging,
        .keys = services->keys,
        .bodies_max = (uint32_t)services->settings.server.connection_limit,
        .known_max = (uint32_t)services->settings.intake.uploads_open,
    };
    result = uploads_new(&config, &services->uploads);
    if (result == 0)
        return 0;
    staging_close(&services->staging);
    return cli_fail("cannot begin to take uploads: %s", cli_fault_text(result));
}

void services_end_intake(struct services *services)
{
    uploads_free(&services->uploads);
    staging_close(&services->staging);
}

/* What was erased before a restore is erased again. */
int services_begin_replay(struct services *services)
{
    struct replay replay = {
        .db = services->db, .keys = services->keys, .recorder = services->api.recorder};
    int result = replay_erasures(&replay);
    if (result == 0 && replay.erased)
        fprintf(stderr, "porchlight: %u photos that were erased before are erased again\n",
                replay.erased);
    return result == 0 ? 0
                       : cli_fail("cannot hold the photos against the journal of erasures: %s",
                                  cli_fault_text(result));
}

int services_begin_orphans(struct services *services)
{
    struct orphans orphans = {
        .db = services->db,
        .keys = services->keys,
        .staging = services->staging,
        .photos = services->photos,
    };
    int result = orphans_sweep(&orphans);
    if (result == 0 && (orphans.slots || orphans.files))
        log_event(LOG_INFO, "orphans.swept", "slots=%u files=%u", orphans.slots, orphans.files);
    return result == 0
               ? 0
               : cli_fail("cannot take stock of keys and uploads: %s", cli_fault_text(result));
}
