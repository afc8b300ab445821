/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts stop at their limit, so that a cap costs no more than what it allows.
 */
#include "store/text_message.h"

#include "store/row.h"

#define TEXT_COLUMNS                                                                               \
    "id, delivery_id, number_hash, calling_code, segments, status, final, error,"                  \
    " created_at, changed_at"

STORE_SQL(sql_text_insert, "INSERT INTO text_message (" TEXT_COLUMNS ")"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?8)"
                           " ON CONFLICT (id) DO NOTHING");
STORE_SQL(sql_text_get, "SELECT " TEXT_COLUMNS " FROM text_message WHERE id = ?1");
STORE_SQL(sql_text_number, "SELECT number_hash FROM text_message WHERE id = ?1");
STORE_SQL(sql_text_tell, "UPDATE text_message SET status = ?2, final = ?3,"
                         " segments = CASE WHEN ?4 > 0 THEN ?4 ELSE segments END,"
                         " error = CASE WHEN ?5 > 0 THEN ?5 ELSE error END, changed_at = ?6"
                         " WHERE id = ?1 AND final = 0");
STORE_SQL(sql_text_count_to, "SELECT count(*) FROM (SELECT 1 FROM text_message"
                             " WHERE number_hash = ?1 AND created_at >= ?2 LIMIT ?3) AS counted");
STORE_SQL(sql_text_count_in, "SELECT count(*) FROM (SELECT 1 FROM text_message"
                             " WHERE calling_code = ?1 AND created_at >= ?2 LIMIT ?3) AS counted");
STORE_SQL(sql_text_sweep, "DELETE FROM text_message WHERE id IN (SELECT id"
                          " FROM text_message WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)");
STORE_SQL(sql_number_stop, "INSERT INTO stopped_number (number_hash, created_at) VALUES (?1, ?2)"
                           " ON CONFLICT (number_hash) DO NOTHING");
STORE_SQL(sql_number_resume, "DELETE FROM stopped_number WHERE number_hash = ?1");
STORE_SQL(sql_number_stopped, "SELECT created_at FROM stopped_number WHERE number_hash = ?1");

int store_text_insert(struct db_tx *tx, const struct store_text_message *text)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_TEXT_MESSAGE, text->id);
    row_bind_id(stmt, 2, ID_DELIVERY, text->delivery_id);
    row_bind_hash(stmt, 3, text->number_hash);
    db_bind_int(stmt, 4, text->calling_code);
    db_bind_int(stmt, 5, text->segments);
    db_bind_text(stmt, 6, text->status);
    db_bind_int(stmt, 7, text->error);
    db_bind_int(stmt, 8, text->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

static void text_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_text_message *text = out;
    *text = (struct store_text_message){.calling_code = (int)db_int(stmt, 3),
                                        .segments = (int)db_int(stmt, 4),
                                        .status = db_text(stmt, 5, arena),
                                        .error = (int)db_int(stmt, 7),
                                        .created_at = db_int(stmt, 8),
                                        .changed_at = db_int(stmt, 9)};
    row_id(stmt, 0, ID_TEXT_MESSAGE, text->id);
    row_id(stmt, 1, ID_DELIVERY, text->delivery_id);
    db_blob_fixed(stmt, 2, text->number_hash, STORE_HASH);
}

int store_text_get(struct db_tx *tx, const char *id, struct arena *arena,
                   struct store_text_message *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_TEXT_MESSAGE, id);
    return row_one(stmt, text_read, arena, out);
}

int store_text_tell(struct db_tx *tx, const char *id, const struct store_text_news *news)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_tell, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_TEXT_MESSAGE, id);
    db_bind_text(stmt, 2, news->status);
    db_bind_bool(stmt, 3, news->final);
    db_bind_int(stmt, 4, news->segments);
    db_bind_int(stmt, 5, news->error);
    db_bind_int(stmt, 6, news->now);
    return row_write(tx, stmt, 0);
}

static void number_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    db_blob_fixed(stmt, 0, out, STORE_HASH);
}

int store_text_number(struct db_tx *tx, const char *id, uint8_t out[STORE_HASH])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_number, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_TEXT_MESSAGE, id);
    return row_one(stmt, number_read, NULL, out);
}

int store_text_count_to(struct db_tx *tx, const uint8_t number_hash[STORE_HASH], int64_t since,
                        int limit, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_count_to, &stmt);
    if (fault)
        return fault;
    row_bind_hash(stmt, 1, number_hash);
    db_bind_int(stmt, 2, since);
    db_bind_int(stmt, 3, limit);
    return row_number(stmt, out);
}

int store_text_count_in(struct db_tx *tx, int calling_code, int64_t since, int limit, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_count_in, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, calling_code);
    db_bind_int(stmt, 2, since);
    db_bind_int(stmt, 3, limit);
    return row_number(stmt, out);
}

int store_text_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_text_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, before);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}

int store_number_stop(struct db_tx *tx, const uint8_t number_hash[STORE_HASH], int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_number_stop, &stmt);
    if (fault)
        return fault;
    row_bind_hash(stmt, 1, number_hash);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, 0);
}

int store_number_resume(struct db_tx *tx, const uint8_t number_hash[STORE_HASH])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_number_resume, &stmt);
    if (fault)
        return fault;
    row_bind_hash(stmt, 1, number_hash);
    return row_write(tx, stmt, 0);
}

int store_number_stopped(struct db_tx *tx, const uint8_t number_hash[STORE_HASH])
{
    struct db_stmt *stmt;
    int64_t at;
    int fault = db_query(tx, sql_number_stopped, &stmt);
    if (fault)
        return fault;
    row_bind_hash(stmt, 1, number_hash);
    return row_number(stmt, &at);
}
