/* SPDX-License-Identifier: Apache-2.0
 *
 * Brings a database's schema to this program's version, one numbered step after the other.
 */
#ifndef PORCHLIGHT_DB_MIGRATE_H
#define PORCHLIGHT_DB_MIGRATE_H

#include "db/conn.h"

/* Applies the steps that are missing, each in a transaction of its own. 0, -EPROTO when the schema
 * is newer than the last step, or another fault; steps done before it stay done. */
int migrate(struct db_tx *tx, enum db_kind kind, const struct db_migration *steps,
            int count) MUST_CHECK;

#endif
