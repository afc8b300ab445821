/* SPDX-License-Identifier: Apache-2.0
 *
 * Shippers and their API keys. The lookup that stands before every request of the shipper's API is
 * one query by the token's hash.
 */
#include "store/shipper.h"

#include "store/row.h"

#define SHIPPER_COLUMNS                                                                            \
    "s.id, s.name, s.retention_days, s.far_metres, s.confidential_photos, s.refuse_dark,"          \
    " s.refuse_blurred, s.photo_default, s.created_at"

STORE_SQL(sql_shipper_insert,
          "INSERT INTO shipper (id, name, retention_days, far_metres, confidential_photos,"
          " refuse_dark, refuse_blurred, photo_default, created_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING");
STORE_SQL(sql_shipper_get, "SELECT " SHIPPER_COLUMNS " FROM shipper s WHERE s.id = ?1");
STORE_SQL(sql_shipper_update,
          "UPDATE shipper SET name = ?2, retention_days = ?3, far_metres = ?4,"
          " confidential_photos = ?5, refuse_dark = ?6, refuse_blurred = ?7, photo_default = ?8"
          " WHERE id = ?1");
STORE_SQL(sql_shipper_list,
          "SELECT " SHIPPER_COLUMNS " FROM shipper s WHERE s.id > ?1 ORDER BY s.id LIMIT ?2");
STORE_SQL(sql_api_key_insert, "INSERT INTO api_key (token_hash, shipper_id, label, created_at)"
                              " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
STORE_SQL(sql_api_key_shipper,
          "SELECT " SHIPPER_COLUMNS " FROM api_key k JOIN shipper s ON s.id = k.shipper_id"
          " WHERE k.token_hash = ?1 AND k.revoked_at IS NULL");
STORE_SQL(sql_api_key_revoke,
          "UPDATE api_key SET revoked_at = ?2 WHERE token_hash = ?1 AND revoked_at IS NULL");
STORE_SQL(sql_api_key_list,
          "SELECT token_hash, shipper_id, label, created_at, revoked_at FROM api_key"
          " WHERE shipper_id = ?1 ORDER BY created_at LIMIT ?2");

static void shipper_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct shipper *shipper = out;
    *shipper = (struct shipper){
        .name = db_text(stmt, 1, arena),
        .retention_days = (int)db_int(stmt, 2),
        .far_metres = (int)db_int(stmt, 3),
        .confidential_photos =
            (enum confidential_photos)row_word(stmt, 4, &words_confidential_photos),
        .refuse_dark = db_bool(stmt, 5),
        .refuse_blurred = db_bool(stmt, 6),
        .photo_default = (enum photo_want)row_word(stmt, 7, &words_photo_want),
        .created_at = db_int(stmt, 8),
    };
    row_id(stmt, 0, ID_SHIPPER, shipper->id);
}

static void api_key_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_api_key *key = out;
    *key = (struct store_api_key){
        .label = db_text(stmt, 2, arena),
        .created_at = db_int(stmt, 3),
        .revoked_at = db_int(stmt, 4),
    };
    db_blob_fixed(stmt, 0, key->token_hash, STORE_HASH);
    row_id(stmt, 1, ID_SHIPPER, key->shipper_id);
}

/* Parameters 1 to 8. */
static void shipper_bind(struct db_stmt *stmt, const struct shipper *shipper)
{
    row_bind_id(stmt, 1, ID_SHIPPER, shipper->id);
    db_bind_text(stmt, 2, shipper->name);
    db_bind_int(stmt, 3, shipper->retention_days);
    db_bind_int(stmt, 4, shipper->far_metres);
    row_bind_word(stmt, 5, &words_confidential_photos, shipper->confidential_photos);
    db_bind_bool(stmt, 6, shipper->refuse_dark);
    db_bind_bool(stmt, 7, shipper->refuse_blurred);
    row_bind_word(stmt, 8, &words_photo_want, shipper->photo_default);
}

int store_shipper_insert(struct db_tx *tx, const struct shipper *shipper)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_shipper_insert, &stmt);
    if (fault)
        return fault;
    shipper_bind(stmt, shipper);
    db_bind_int(stmt, 9, shipper->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_shipper_get(struct db_tx *tx, const char *id, struct arena *arena, struct shipper *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_shipper_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, id);
    return row_one(stmt, shipper_read, arena, out);
}

int store_shipper_update(struct db_tx *tx, const struct shipper *shipper)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_shipper_update, &stmt);
    if (fault)
        return fault;
    shipper_bind(stmt, shipper);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_shipper_list(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                       struct store_shippers *out)
{
    static const struct row_shape shape = {shipper_read, sizeof(struct shipper)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_shipper_list, &stmt);
    if (fault)
        return fault;
    row_bind_after(stmt, 1, ID_SHIPPER, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){2, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_api_key_insert(struct db_tx *tx, const struct store_api_key *key)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_api_key_insert, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, key->token_hash, STORE_HASH);
    row_bind_id(stmt, 2, ID_SHIPPER, key->shipper_id);
    db_bind_text(stmt, 3, key->label);
    db_bind_int(stmt, 4, key->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_api_key_shipper(struct db_tx *tx, const uint8_t token_hash[STORE_HASH],
                          struct arena *arena, struct shipper *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_api_key_shipper, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    return row_one(stmt, shipper_read, arena, out);
}

int store_api_key_revoke(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_api_key_revoke, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_api_key_list(struct db_tx *tx, const char *shipper_id, struct arena *arena,
                       struct store_api_keys *out)
{
    static const struct row_shape shape = {api_key_read, sizeof(struct store_api_key)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_api_key_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
