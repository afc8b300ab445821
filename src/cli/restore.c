/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight restore DIR`: puts a backup of the data, or of the keys, back into an empty folder,
 * every file checked against the manifest. While it is at it, and when it was cut short, the folder
 * says so, and no server starts on it; the same command again begins anew.
 *
 * With both folders there, what was erased since the backup is erased again at once
 * (cli/replay.h), as the server's start would do too.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/backup.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/copy.h"
#include "cli/data.h"
#include "cli/log_admin.h"
#include "cli/replay.h"
#include "ledger/ledger.h"

/* Where a backup goes, and what may lie there already. */
struct target {
    const char *folder;
    const char *const *allowed;
};

static int open_target(const struct target *target, int *to_out)
{
    char path[DATA_PATH_ROOM];
    snprintf(path, sizeof path, "%s/" BACKUP_UNFINISHED, target->folder);
    bool again = access(path, F_OK) == 0;
    if (!again && !copy_is_empty(target->folder, target->allowed))
        return cli_fail("%s is not empty: move away what is in it first", target->folder);
    int result = file_make_folder(target->folder);
    if (result != 0)
        return cli_fail("cannot make %s: %s", target->folder, cli_fault_text(result));
    *to_out = open(target->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*to_out < 0 || fchmod(*to_out, 0700) != 0)
        return cli_fail("cannot write to %s: %s", target->folder, strerror(errno));
    AUTO_CLOSE int mark = openat(*to_out, BACKUP_UNFINISHED, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return mark >= 0 && fsync(mark) == 0 && fsync(*to_out) == 0
               ? 0
               : cli_fail("cannot write to %s: %s", target->folder, strerror(errno));
}

static int put_back(const char *backup_folder, const struct copy_backup *backup,
                    const struct target *target)
{
    uint64_t files = 0;
    AUTO_CLOSE int to = -1;
    int result = open_target(target, &to);
    if (result == 0)
        result = copy_back(backup_folder, backup, to, &files);
    if (result == 0 && (unlinkat(to, BACKUP_UNFINISHED, 0) != 0 || fsync(to) != 0))
        result = cli_fail("cannot write to %s: %s", target->folder, strerror(errno));
    if (result == 0)
        printf("%s: %llu files are back\n", target->folder, (unsigned long long)files);
    return result;
}

/* ---- the data ---- */

static int replay(const struct settings *settings, struct db *db, struct keys *keys)
{
    struct recorder recorder;
    ledger_recorder_fill(keys, &recorder);
    recorder.keys = keys;
    recorder.off = !settings->ledger.on;
    struct replay replay = {.db = db, .keys = keys, .recorder = &recorder};
    int result = replay_erasures(&replay);
    if (result != 0)
        return cli_fail("cannot hold the photos against the journal of erasures: %s",
                        cli_fault_text(result));
    printf("erased again: %u photos\n", replay.erased);
    return 0;
}

static int tell_ledger(const struct settings *settings)
{
    struct ledger_facts facts;
    struct note_key key;
    int result = log_admin_peek(settings, &facts, &key);
    if (result == 0 && facts.state != LEDGER_SIGNS && facts.state != LEDGER_OFF)
        puts("the evidence log is behind what it has published, and signs nothing until it goes on "
             "in a new one: porchlight admin ledger-continue");
    return result;
}

/* What is to be done once both folders are there. */
static int finish(const struct settings *settings)
{
    struct db *db = NULL;
    struct keys *keys = NULL;
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    int outcome = keys_open(&config, &keys);
    if (outcome == KEYS_ABSENT) {
        printf("%s is not there yet: no photo can be opened without the keys\n", config.folder);
        return 0;
    }
    if (outcome != 0)
        return cli_fail("cannot use the key folder %s: %s", config.folder,
                        keys_outcome_text(outcome));
    int result = data_open(settings, DATA_MUST_EXIST, &db);
    if (result == 0)
        result = replay(settings, db, keys);
    db_close(&db);
    keys_close(&keys);
    return result == 0 ? tell_ledger(settings) : result;
}

static bool has_data(const struct settings *settings)
{
    char path[DATA_PATH_ROOM];
    data_path(settings, "porchlight.db", path);
    return *settings->server.data && access(path, F_OK) == 0;
}

static int restore_data(const struct settings *settings, const char *folder,
                        const struct copy_backup *backup)
{
    static const char *const allowed[] = {"lock", NULL};
    if (!*settings->server.data)
        return cli_fail("no data folder is set: add --data FOLDER");
    int result = put_back(folder, backup, &(struct target){settings->server.data, allowed});
    return result == 0 ? finish(settings) : result;
}

/* ---- the keys ---- */

/* Copies of keys live no longer than the receipts of erasures promise. */
static int check_age(const struct settings *settings, const struct copy_backup *backup, bool older)
{
    int64_t days = settings->server.key_backup_days;
    if (older || clock_now() <= backup->made_at + days * CLOCK_DAY)
        return 0;
    return cli_fail("this backup of the keys is older than key_backup_days (%lld), and receipts of "
                    "erasures say that there is none so old: destroy it; or add --older, and see "
                    "that the journal of erasures reaches back to it",
                    (long long)days);
}

static int restore_keys(const struct settings *settings, const char *folder,
                        const struct copy_backup *backup)
{
    static const char *const allowed[] = {"lock", "erasures-*", NULL};
    if (!*settings->server.keys)
        return cli_fail("no key folder is set: add --keys FOLDER, or --data FOLDER");
    int result = put_back(folder, backup, &(struct target){settings->server.keys, allowed});
    return result == 0 && has_data(settings) ? finish(settings) : result;
}

int restore_run(int argc, char **argv)
{
    struct settings settings;
    struct copy_backup backup;
    bool older = false;
    const struct cli_flag flags[] = {{"older", NULL, &older}, {NULL, NULL, NULL}};
    int result = cli_load(&settings, &argc, argv, flags);
    if (result != 0)
        return result;
    if (argc != 2)
        return cli_usage("`porchlight restore` wants the FOLDER of the backup, and --data FOLDER");
    if (!copy_read_marker(argv[1], &backup))
        return cli_fail("%s is no whole backup: there is no end of one in it", argv[1]);
    if (strcmp(backup.what, BACKUP_DATA) == 0)
        return restore_data(&settings, argv[1], &backup);
    if (strcmp(backup.what, BACKUP_KEYS) != 0)
        return cli_fail("%s is a backup of another kind or version: %s", argv[1], backup.what);
    result = check_age(&settings, &backup, older);
    return result == 0 ? restore_keys(&settings, argv[1], &backup) : result;
}
