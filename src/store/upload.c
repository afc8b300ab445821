/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploads. A row outlives the upload until expires_at, so that a phone that missed our answer can
 * ask again.
 */
#include "store/upload.h"

#include "store/row.h"

ROW_WORDS(words_upload_state, UPLOAD_STATES);

#define UPLOAD_COLUMNS                                                                             \
    "id, length, metadata, slot, expires_at, state, photo_id, answer,"                             \
    " delivery_id, device_id, driver_id, attempt, challenge, sha256, captured_at, created_at"

STORE_SQL(sql_upload_insert,
          "INSERT INTO upload (" UPLOAD_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
          " ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT DO NOTHING");
STORE_SQL(sql_upload_get, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE id = ?1");
STORE_SQL(sql_upload_by_challenge, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE device_id = ?1"
                                   " AND challenge = ?2 ORDER BY id DESC LIMIT 1");
STORE_SQL(sql_upload_tell_length, "UPDATE upload SET length = ?2 WHERE id = ?1"
                                  " AND state = 'open' AND length IS NULL");
STORE_SQL(sql_upload_complete, "UPDATE upload SET state = 'complete', photo_id = ?2, metadata = ?3"
                               " WHERE id = ?1 AND state = 'open'");
STORE_SQL(sql_upload_end, "UPDATE upload SET state = 'ended', answer = ?2,"
                          " metadata = NULL, slot = NULL WHERE id = ?1 AND state = 'open'");
STORE_SQL(sql_upload_keep, "UPDATE upload SET expires_at = ?2 WHERE id = ?1");
STORE_SQL(sql_upload_delete, "DELETE FROM upload WHERE id = ?1");
STORE_SQL(sql_upload_expired, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE expires_at <= ?1"
                              " ORDER BY expires_at, id LIMIT ?2");
STORE_SQL(sql_upload_list_open, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE state = 'open'"
                                " AND id > ?1 ORDER BY id LIMIT ?2");
STORE_SQL(sql_upload_count, "SELECT count(*) FROM (SELECT 1 FROM upload WHERE state = 'open'"
                            " LIMIT ?1) AS counted");
STORE_SQL(sql_upload_count_of_device,
          "SELECT count(*) FROM (SELECT 1 FROM upload WHERE state = 'open' AND device_id = ?2"
          " LIMIT ?1) AS counted");

static void upload_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_upload *upload = out;
    *upload = (struct store_upload){
        .length = row_slot(stmt, 1),
        .metadata = db_text(stmt, 2, arena),
        .slot = row_slot(stmt, 3),
        .expires_at = db_int(stmt, 4),
        .state = (enum upload_state)row_word(stmt, 5, &words_upload_state),
        .answer = db_text(stmt, 7, arena),
        .attempt = (int)db_int(stmt, 11),
        .captured_at = db_int(stmt, 14),
        .created_at = db_int(stmt, 15),
    };
    row_id(stmt, 0, ID_UPLOAD, upload->id);
    row_id(stmt, 6, ID_PHOTO, upload->photo_id);
    row_id(stmt, 8, ID_DELIVERY, upload->delivery_id);
    row_id(stmt, 9, ID_DEVICE, upload->device_id);
    row_id(stmt, 10, ID_DRIVER, upload->driver_id);
    db_blob_fixed(stmt, 12, upload->challenge, STORE_HASH);
    db_blob_fixed(stmt, 13, upload->sha256, STORE_HASH);
}

int store_upload_insert(struct db_tx *tx, const struct store_upload *upload)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, upload->id);
    row_bind_slot(stmt, 2, upload->length);
    db_bind_text(stmt, 3, upload->metadata);
    row_bind_slot(stmt, 4, upload->slot);
    db_bind_int(stmt, 5, upload->expires_at);
    row_bind_word(stmt, 6, &words_upload_state, upload->state);
    row_bind_id(stmt, 7, ID_PHOTO, upload->photo_id);
    db_bind_text(stmt, 8, upload->answer);
    row_bind_id(stmt, 9, ID_DELIVERY, upload->delivery_id);
    row_bind_id(stmt, 10, ID_DEVICE, upload->device_id);
    row_bind_id(stmt, 11, ID_DRIVER, upload->driver_id);
    db_bind_int(stmt, 12, upload->attempt);
    db_bind_blob(stmt, 13, upload->challenge, STORE_HASH);
    row_bind_hash(stmt, 14, upload->sha256);
    db_bind_int(stmt, 15, upload->captured_at);
    db_bind_int(stmt, 16, upload->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_upload_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_upload *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, id);
    return row_one(stmt, upload_read, arena, out);
}

int store_upload_by_challenge(struct db_tx *tx, const char *device_id,
                              const uint8_t challenge[STORE_HASH], struct arena *arena,
                              struct store_upload *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_by_challenge, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DEVICE, device_id);
    db_bind_blob(stmt, 2, challenge, STORE_HASH);
    return row_one(stmt, upload_read, arena, out);
}

int store_upload_tell_length(struct db_tx *tx, const char *id, int64_t length)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_tell_length, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, id);
    db_bind_int(stmt, 2, length);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_upload_complete(struct db_tx *tx, const char *id, const char *photo_id,
                          const char *metadata)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_complete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, id);
    row_bind_id(stmt, 2, ID_PHOTO, photo_id);
    db_bind_text(stmt, 3, metadata);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_upload_end(struct db_tx *tx, const char *id, const char *answer)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_end, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, id);
    db_bind_text(stmt, 2, answer);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_upload_keep(struct db_tx *tx, const char *id, int64_t expires_at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_keep, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, id);
    db_bind_int(stmt, 2, expires_at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_upload_delete(struct db_tx *tx, const char *id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_delete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_UPLOAD, id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

static const struct row_shape upload_shape = {upload_read, sizeof(struct store_upload)};

int store_upload_expired(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                         struct store_uploads *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_expired, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    fault = row_page(stmt, (struct row_cut){2, limit}, &upload_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_upload_list_open(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                           struct store_uploads *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_upload_list_open, &stmt);
    if (fault)
        return fault;
    row_bind_after(stmt, 1, ID_UPLOAD, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){2, page->limit}, &upload_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_upload_count(struct db_tx *tx, const char *device_id, int64_t ceiling, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, device_id ? sql_upload_count_of_device : sql_upload_count, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, ceiling);
    if (device_id)
        row_bind_id(stmt, 2, ID_DEVICE, device_id);
    return row_number(stmt, out);
}
