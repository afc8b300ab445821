/* SPDX-License-Identifier: Apache-2.0
 *
 * A row an erased photo, found by its id alone.
 */
#include "store/erasure.h"

#include "store/row.h"

STORE_SQL(sql_erasure_add, "INSERT INTO erasure (photo_id, asked_at) VALUES (?1, ?2)"
                           " ON CONFLICT (photo_id) DO NOTHING");
STORE_SQL(sql_erasure_hashes, "UPDATE photo SET sha256 = ?2, posted_sha256 = NULL WHERE id = ?1");
STORE_SQL(sql_erasure_done, "UPDATE erasure SET (destroyed_at, copies_until) = (?2, ?3)"
                            " WHERE photo_id = ?1 AND destroyed_at IS NULL");
STORE_SQL(sql_erasure_get, "SELECT asked_at, destroyed_at, copies_until FROM erasure"
                           " WHERE photo_id = ?1");

static const char mark_key[] = "erasures";

int store_erasure_add(struct db_tx *tx, const char *photo_id, int64_t asked_at)
{
    static const uint8_t none[STORE_HASH];
    struct db_stmt *stmt;
    int result = db_query(tx, sql_erasure_add, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    db_bind_int(stmt, 2, asked_at);
    result = row_write(tx, stmt, 0);
    if (result == 0)
        result = db_query(tx, sql_erasure_hashes, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    db_bind_blob(stmt, 2, none, sizeof none);
    return row_write(tx, stmt, 0);
}

int store_erasure_done(struct db_tx *tx, const char *photo_id, int64_t destroyed_at,
                       int64_t copies_until)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_erasure_done, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    db_bind_int(stmt, 2, destroyed_at);
    db_bind_int(stmt, 3, copies_until);
    return row_write(tx, stmt, 0);
}

static void erasure_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    *(struct store_erasure *)out =
        (struct store_erasure){db_int(stmt, 0), db_int(stmt, 1), db_int(stmt, 2)};
}

int store_erasure_get(struct db_tx *tx, const char *photo_id, struct store_erasure *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_erasure_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    return row_one(stmt, erasure_read, NULL, out);
}

int store_erasure_mark(struct db_tx *tx, struct arena *arena, const char **mark_out)
{
    int result = store_meta_get(tx, mark_key, arena, mark_out);
    if (result == STORE_NOT_FOUND)
        *mark_out = "";
    return result == STORE_NOT_FOUND ? 0 : result;
}

int store_erasure_set_mark(struct db_tx *tx, const char *mark)
{
    return store_meta_set(tx, mark_key, mark);
}
