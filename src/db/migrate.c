/* SPDX-License-Identifier: Apache-2.0
 *
 * The version is read again inside each step's transaction: an admin command and the server may
 * open the same old database at the same moment, and one of them finds the step done.
 */
#include "db/migrate.h"

#include <errno.h>

#include "base/log.h"

/* One step from whatever version is there; *version_out is where the schema stands afterwards. */
static int migrate_step(struct db_tx *tx, enum db_kind kind, const struct db_migration *steps,
                        int count, int *version_out)
{
    int version = 0;
    int fault = conn_begin(tx);
    if (fault)
        return fault;
    fault = conn_version(tx, &version);
    if (!fault && version < count) {
        fault = conn_run_script(tx, steps[version].sql[kind]);
        if (!fault)
            fault = conn_set_version(tx, ++version);
    }
    if (fault) {
        conn_rollback(tx);
        return fault;
    }
    fault = conn_commit(tx);
    if (!fault)
        *version_out = version;
    return fault;
}

int migrate(struct db_tx *tx, enum db_kind kind, const struct db_migration *steps, int count)
{
    int version = 0;
    int fault = conn_version(tx, &version);
    while (!fault && version < count) {
        log_event(LOG_INFO, "db.migrate", "version=%d step=%s", version + 1, steps[version].name);
        fault = migrate_step(tx, kind, steps, count, &version);
    }
    if (!fault && version > count)
        return log_fault("db.migrate", -EPROTO,
                         "the database has schema version %d, this program knows %d", version,
                         count);
    return fault;
}
