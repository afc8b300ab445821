/* SPDX-License-Identifier: Apache-2.0
 *
 * One proof a delivery: only its last report at the door can have one.
 */
#include "store/proof.h"

#include "store/row.h"

#define PROOF_COLUMNS "delivery_id, value, delete_by"

STORE_SQL(sql_proof_put, "INSERT INTO kept_proof (" PROOF_COLUMNS ") VALUES (?1, ?2, ?3)"
                         " ON CONFLICT (delivery_id) DO UPDATE SET value = excluded.value,"
                         " delete_by = excluded.delete_by");
STORE_SQL(sql_proof_get, "SELECT " PROOF_COLUMNS " FROM kept_proof WHERE delivery_id = ?1");
STORE_SQL(sql_proof_drop, "DELETE FROM kept_proof WHERE delivery_id = ?1");
STORE_SQL(sql_proof_due, "SELECT " PROOF_COLUMNS " FROM kept_proof WHERE delete_by <= ?1"
                         " ORDER BY delete_by, delivery_id LIMIT ?2");

static void proof_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_proof *proof = out;
    *proof = (struct store_proof){.value = db_text(stmt, 1, arena), .delete_by = db_int(stmt, 2)};
    row_id(stmt, 0, ID_DELIVERY, proof->delivery_id);
}

int store_proof_put(struct db_tx *tx, const struct store_proof *proof)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_proof_put, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, proof->delivery_id);
    db_bind_text(stmt, 2, proof->value);
    db_bind_int(stmt, 3, proof->delete_by);
    return row_write(tx, stmt, 0);
}

int store_proof_get(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                    struct store_proof *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_proof_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    return row_one(stmt, proof_read, arena, out);
}

int store_proof_drop(struct db_tx *tx, const char *delivery_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_proof_drop, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    return row_write(tx, stmt, 0);
}

int store_proof_due(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                    struct store_proofs *out)
{
    static const struct row_shape shape = {proof_read, sizeof(struct store_proof)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_proof_due, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    fault = row_page(stmt, (struct row_cut){2, limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
