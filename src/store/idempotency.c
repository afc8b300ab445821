/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers kept under an Idempotency-Key.
 */
#include "store/idempotency.h"

#include "store/row.h"

STORE_SQL(sql_idempotency_insert,
          "INSERT INTO idempotency (actor, key_hash, request_hash, status, salt, body,"
          " created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING");
STORE_SQL(sql_idempotency_get,
          "SELECT actor, key_hash, request_hash, status, salt, body, created_at FROM idempotency"
          " WHERE actor = ?1 AND key_hash = ?2");
STORE_SQL(sql_idempotency_sweep,
          "DELETE FROM idempotency WHERE (actor, key_hash) IN (SELECT actor, key_hash"
          " FROM idempotency WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)");

static void idempotency_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_idempotency *answer = out;
    *answer = (struct store_idempotency){
        .actor = db_text(stmt, 0, arena),
        .status = (int)db_int(stmt, 3),
        .body = db_blob(stmt, 5, arena),
        .created_at = db_int(stmt, 6),
    };
    db_blob_fixed(stmt, 1, answer->key_hash, STORE_HASH);
    db_blob_fixed(stmt, 2, answer->request_hash, STORE_HASH);
    db_blob_fixed(stmt, 4, answer->salt, STORE_HASH);
}

int store_idempotency_insert(struct db_tx *tx, const struct store_idempotency *answer)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_idempotency_insert, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, answer->actor);
    db_bind_blob(stmt, 2, answer->key_hash, STORE_HASH);
    db_bind_blob(stmt, 3, answer->request_hash, STORE_HASH);
    db_bind_int(stmt, 4, answer->status);
    db_bind_blob(stmt, 5, answer->salt, STORE_HASH);
    db_bind_blob(stmt, 6, answer->body.data, answer->body.len);
    db_bind_int(stmt, 7, answer->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_idempotency_get(struct db_tx *tx, const char *actor, const uint8_t key_hash[STORE_HASH],
                          struct arena *arena, struct store_idempotency *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_idempotency_get, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, actor);
    db_bind_blob(stmt, 2, key_hash, STORE_HASH);
    return row_one(stmt, idempotency_read, arena, out);
}

int store_idempotency_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_idempotency_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, before);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}
