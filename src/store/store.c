/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening the database with the store's schema, and the facts about the installation.
 */
#include "store/store.h"

#include "store/row.h"
#include "store/schema.h"

int store_open(const struct db_config *config, struct db **out)
{
    struct db_config with_schema = *config;
    with_schema.migrations = schema_migrations;
    with_schema.migration_count = schema_migration_count;
    return db_open(&with_schema, out);
}

STORE_SQL(sql_meta_get, "SELECT value FROM meta WHERE key = ?1");
STORE_SQL(sql_meta_set, "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                        " ON CONFLICT (key) DO UPDATE SET value = excluded.value");
STORE_SQL(sql_meta_boot, "INSERT INTO meta (key, value) VALUES ('boots', '1') ON CONFLICT (key)"
                         " DO UPDATE SET value = CAST(CAST(meta.value AS INTEGER) + 1 AS TEXT)"
                         " RETURNING CAST(value AS INTEGER)");

static void meta_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    *(const char **)out = db_text(stmt, 0, arena);
}

int store_meta_get(struct db_tx *tx, const char *key, struct arena *arena, const char **out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_meta_get, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, key);
    return row_one(stmt, meta_read, arena, out);
}

int store_meta_set(struct db_tx *tx, const char *key, const char *value)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_meta_set, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, key);
    db_bind_text(stmt, 2, value);
    return row_write(tx, stmt, 0);
}

int store_meta_boot(struct db_tx *tx, int64_t *boot_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_meta_boot, &stmt);
    return fault ? fault : row_number(stmt, boot_out);
}
