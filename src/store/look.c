/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks: inserted, told which entry of the log is theirs, and read; nothing else.
 */
#include "store/look.h"

#include "store/row.h"

#define LOOK_COLUMNS                                                                               \
    "id, photo_id, delivery_id, case_id, agent_id, session_hash, reason, text, created_at,"        \
    " expires_at, kind, agent_number, case_number, shipper_id, entry"

STORE_SQL(sql_look_insert, "INSERT INTO look (" LOOK_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                           " ?8, ?9, ?10, ?11, ?12, ?13, ?14, NULL) ON CONFLICT DO NOTHING");
STORE_SQL(sql_look_set_entry, "UPDATE look SET entry = ?2 WHERE id = ?1");
STORE_SQL(sql_look_glass, "SELECT " LOOK_COLUMNS " FROM look WHERE case_id IS NULL AND id < ?1"
                          " ORDER BY id DESC LIMIT ?2");
STORE_SQL(sql_look_glass_of, "SELECT " LOOK_COLUMNS " FROM look WHERE case_id IS NULL AND id < ?1"
                             " AND shipper_id = ?3 ORDER BY id DESC LIMIT ?2");
/* They are rare, and those of other shippers are passed over. */
STORE_SQL(sql_look_glass_of_several,
          "SELECT " LOOK_COLUMNS " FROM look WHERE case_id IS NULL AND id < ?1"
          " AND EXISTS (SELECT 1 FROM agent_shipper WHERE agent_id = ?3"
          " AND agent_shipper.shipper_id = look.shipper_id) ORDER BY id DESC LIMIT ?2");
STORE_SQL(sql_look_get, "SELECT " LOOK_COLUMNS " FROM look WHERE id = ?1");
STORE_SQL(
    sql_look_live,
    "SELECT " LOOK_COLUMNS " FROM look WHERE session_hash = ?1 AND photo_id = ?2"
    " AND expires_at > ?3 AND kind = ?4 AND case_id IS NOT NULL ORDER BY expires_at DESC LIMIT 1");
STORE_SQL(sql_look_list, "SELECT " LOOK_COLUMNS " FROM look WHERE delivery_id = ?1 AND id < ?2"
                         " ORDER BY id DESC LIMIT ?3");

static void look_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_look *look = out;
    *look = (struct store_look){
        .reason = (enum look_reason)row_word(stmt, 6, &words_look_reason),
        .text = db_text(stmt, 7, arena),
        .created_at = db_int(stmt, 8),
        .expires_at = db_int(stmt, 9),
        .kind = (enum look_kind)row_word(stmt, 10, &words_look_kind),
        .agent_number = (int)db_int(stmt, 11),
        .case_number = db_int(stmt, 12),
        .entry = db_int(stmt, 14),
    };
    row_id(stmt, 0, ID_LOOK, look->id);
    row_id(stmt, 1, ID_PHOTO, look->photo_id);
    row_id(stmt, 2, ID_DELIVERY, look->delivery_id);
    row_id(stmt, 3, ID_CASE, look->case_id);
    row_id(stmt, 4, ID_AGENT, look->agent_id);
    row_id(stmt, 13, ID_SHIPPER, look->shipper_id);
    db_blob_fixed(stmt, 5, look->session_hash, STORE_HASH);
}

int store_look_insert(struct db_tx *tx, const struct store_look *look)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_look_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_LOOK, look->id);
    row_bind_id(stmt, 2, ID_PHOTO, look->photo_id);
    row_bind_id(stmt, 3, ID_DELIVERY, look->delivery_id);
    row_bind_id(stmt, 4, ID_CASE, look->case_id);
    row_bind_id(stmt, 5, ID_AGENT, look->agent_id);
    db_bind_blob(stmt, 6, look->session_hash, STORE_HASH);
    row_bind_word(stmt, 7, &words_look_reason, look->reason);
    db_bind_text(stmt, 8, look->text);
    db_bind_int(stmt, 9, look->created_at);
    db_bind_int(stmt, 10, look->expires_at);
    row_bind_word(stmt, 11, &words_look_kind, (int)look->kind);
    db_bind_int(stmt, 12, look->agent_number);
    db_bind_int(stmt, 13, look->case_number);
    row_bind_id(stmt, 14, ID_SHIPPER, look->shipper_id);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_look_get(struct db_tx *tx, const char *id, struct arena *arena, struct store_look *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_look_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_LOOK, id);
    return row_one(stmt, look_read, arena, out);
}

int store_look_set_entry(struct db_tx *tx, const char *id, int64_t entry)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_look_set_entry, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_LOOK, id);
    db_bind_int(stmt, 2, entry);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_look_live(struct db_tx *tx, const struct store_look_ask *ask, struct arena *arena,
                    struct store_look *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_look_live, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, ask->session_hash, STORE_HASH);
    row_bind_id(stmt, 2, ID_PHOTO, ask->photo_id);
    db_bind_int(stmt, 3, ask->now);
    row_bind_word(stmt, 4, &words_look_kind, (int)ask->kind);
    return row_one(stmt, look_read, arena, out);
}

int store_look_list(struct db_tx *tx, const char *delivery_id, const struct store_page *page,
                    struct arena *arena, struct store_looks *out)
{
    static const struct row_shape shape = {look_read, sizeof(struct store_look)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_look_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    row_bind_after(stmt, 2, ID_LOOK, page->after, ROW_NEWEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_look_glass(struct db_tx *tx, const struct store_look_glass *whose,
                     const struct store_page *page, struct arena *arena, struct store_looks *out)
{
    bool of_one = !whose->of->all && whose->of->count == 1;
    const char *sql = whose->of->all ? sql_look_glass
                      : of_one       ? sql_look_glass_of
                                     : sql_look_glass_of_several;
    static const struct row_shape shape = {look_read, sizeof(struct store_look)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    row_bind_after(stmt, 1, ID_LOOK, page->after, ROW_NEWEST_FIRST);
    if (of_one)
        row_bind_id(stmt, 3, ID_SHIPPER, whose->of->ids[0]);
    else if (!whose->of->all)
        row_bind_id(stmt, 3, ID_AGENT, whose->agent_id);
    fault = row_page(stmt, (struct row_cut){2, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
