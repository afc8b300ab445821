/* SPDX-License-Identifier: Apache-2.0
 *
 * DATA/lock keeps a second server out; `admin` and `doctor` work beside a running one, through the
 * database alone.
 */
#include "cli/data.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/backup.h"
#include "cli/cli.h"
#include "ledger/name.h"
#include "ledger/tlog_policy.h"
#include "store/store.h"

void data_path(const struct settings *settings, const char *name, char out[DATA_PATH_ROOM])
{
    snprintf(out, DATA_PATH_ROOM, "%s/%s", settings->server.data, name);
}

int data_make(const struct settings *settings)
{
    const char *folder = settings->server.data;
    struct stat st;
    if (!*folder)
        return cli_fail("no data folder is set: add --data FOLDER, or data under [server]");
    int result = file_make_folder(folder);
    if (result != 0 && result != -ENOTDIR)
        return cli_fail("cannot make the data folder %s: %s", folder, strerror(-result));
    if (stat(folder, &st) != 0)
        return cli_fail("cannot use the data folder %s: %s", folder, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return cli_fail("%s is no folder", folder);
    if (st.st_mode & 0077)
        return cli_fail("the data folder %s can be entered by others: chmod 700 %s", folder,
                        folder);
    char path[DATA_PATH_ROOM];
    data_path(settings, BACKUP_UNFINISHED, path);
    if (access(path, F_OK) == 0)
        return cli_fail("a restore to %s was cut short: run it again", folder);
    return 0;
}

int data_lock(const struct settings *settings, int *lock_out)
{
    char path[DATA_PATH_ROOM];
    data_path(settings, "lock", path);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return cli_fail("cannot write to the data folder %s: %s", settings->server.data,
                        strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        close(lock);
        return error == EWOULDBLOCK
                   ? cli_fail("a server is running on the data folder %s already: stop it first",
                              settings->server.data)
                   : cli_fail("cannot lock %s: %s", path, strerror(error));
    }
    *lock_out = lock;
    return 0;
}

struct keys_config data_keys(const struct settings *settings, enum keys_make make)
{
    return (struct keys_config){
        .folder = settings->server.keys,
        .data_folder = settings->server.data,
        .master_key_file =
            *settings->server.master_key_file ? settings->server.master_key_file : NULL,
        .make = make,
    };
}

int data_policy(const struct settings *settings, struct tlog_policy **policy_out)
{
    struct buf bytes AUTO_BUF;
    const char *path = settings->ledger.policy_file;
    buf_init(&bytes, 0);
    *policy_out = NULL;
    if (!*path)
        return 0;
    int result = cli_read_file(path, TLOG_POLICY_CEILING, &bytes);
    if (result != 0)
        return result;
    struct tlog_policy *policy = malloc(sizeof *policy);
    int line = policy ? tlog_policy_parse((struct span){bytes.data, bytes.len}, policy) : 0;
    if (policy && line == 0)
        *policy_out = policy;
    else
        free(policy);
    return line     ? cli_fail("line %d of the policy %s is not right", line, path)
           : policy ? 0
                    : cli_fail("there is no memory");
}

struct ledger_config data_ledger(const struct settings *settings, struct db *db, struct keys *keys,
                                 char name[DATA_NAME_ROOM])
{
    ledger_name(settings, name);
    return (struct ledger_config){
        .db = db,
        .keys = keys,
        .data_folder = settings->server.data,
        .name = name,
        .interval_ms = settings->ledger.interval_ms,
        .off = !settings->ledger.on,
        .time_stampers = settings->ledger.time_stampers,
        .time_stamp_ca = *settings->ledger.time_stamp_ca ? settings->ledger.time_stamp_ca : NULL,
        .attest_ms = settings->ledger.attest_ms,
    };
}

int data_open(const struct settings *settings, enum data_create create, struct db **db_out)
{
    char path[DATA_PATH_ROOM];
    data_path(settings, "porchlight.db", path);
    struct db_config config = {
        .path = path,
        .create = create == DATA_CREATE,
        .readers = (int)settings->database.readers,
        .queue_limit = (int)settings->database.queue,
        .group_limit = (int)settings->database.group,
        .busy_ms = (int)settings->database.busy_ms,
        .max_bytes = settings->database.max_bytes,
    };
    if (!*settings->server.data)
        return cli_fail("no data folder is set: add --data FOLDER, or data under [server]");
    if (create == DATA_MUST_EXIST && access(path, F_OK) != 0)
        return cli_fail("there is no Porchlight data in %s: `porchlight serve --data %s` makes it",
                        settings->server.data, settings->server.data);
    int result = store_open(&config, db_out);
    return result == 0 ? 0
                       : cli_fail("cannot open the database %s: %s", path, cli_fault_text(result));
}
