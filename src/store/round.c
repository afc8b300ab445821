/* SPDX-License-Identifier: Apache-2.0
 *
 * Each statement finds its rows through delivery_on_round, which holds open stops only: what a
 * round costs does not grow with what its driver ever delivered.
 */
#include "store/round.h"

#include "store/row.h"
#include "store/schema.h"

STORE_SQL(sql_round_clear, "UPDATE delivery SET position = NULL WHERE driver_id = ?1"
                           " AND position IS NOT NULL AND " SCHEMA_DELIVERY_IS_OPEN);
STORE_SQL(sql_round_place,
          "UPDATE delivery SET driver_id = ?2, position = ?3,"
          " changed_at = CASE WHEN driver_id IS ?2 THEN changed_at ELSE ?4 END WHERE id = ?1");
STORE_SQL(sql_round_leave, "UPDATE delivery SET driver_id = NULL, changed_at = ?2"
                           " WHERE driver_id = ?1 AND position IS NULL"
                           " AND " SCHEMA_DELIVERY_IS_OPEN);

int store_round_clear(struct db_tx *tx, const char *driver_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_round_clear, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, driver_id);
    return row_write(tx, stmt, 0);
}

int store_round_place(struct db_tx *tx, const char *delivery_id, const char *driver_id,
                      int position, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_round_place, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    row_bind_id(stmt, 2, ID_DRIVER, driver_id);
    db_bind_int(stmt, 3, position);
    db_bind_int(stmt, 4, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_round_leave(struct db_tx *tx, const char *driver_id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_round_leave, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, driver_id);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, 0);
}
