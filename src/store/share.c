/* SPDX-License-Identifier: Apache-2.0
 *
 * Shares and wishes are few for each delivery, and read with it; what is due is read by its date.
 */
#include "store/share.h"

#include "store/row.h"

/* ---- shares ---- */

#define SHARE_COLUMNS "delivery_id, photo_id, with_whom, shown, since, told_at"

STORE_SQL(sql_share_put, "INSERT INTO photo_share (" SHARE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5,"
                         " ?6) ON CONFLICT DO UPDATE SET shown = excluded.shown,"
                         " since = excluded.since, told_at = excluded.told_at");
STORE_SQL(sql_share_on_delivery, "SELECT " SHARE_COLUMNS " FROM photo_share"
                                 " WHERE delivery_id = ?1 ORDER BY photo_id, with_whom LIMIT ?2");
STORE_SQL(sql_share_told_at, "SELECT coalesce(max(told_at), 0) FROM photo_share"
                             " WHERE delivery_id = ?1 AND with_whom = ?2");

static void share_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_share *share = out;
    (void)arena;
    *share = (struct store_share){
        .with = (enum share)row_word(stmt, 2, &words_share),
        .shown = db_int(stmt, 3) != 0,
        .since = db_int(stmt, 4),
        .told_at = db_int(stmt, 5),
    };
    row_id(stmt, 0, ID_DELIVERY, share->delivery_id);
    row_id(stmt, 1, ID_PHOTO, share->photo_id);
}

int store_share_put(struct db_tx *tx, const struct store_share *share)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_share_put, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, share->delivery_id);
    row_bind_id(stmt, 2, ID_PHOTO, share->photo_id);
    row_bind_word(stmt, 3, &words_share, (int)share->with);
    db_bind_bool(stmt, 4, share->shown);
    db_bind_int(stmt, 5, share->since);
    db_bind_int(stmt, 6, share->told_at);
    return row_write(tx, stmt, 0);
}

int store_share_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                            struct store_shares *out)
{
    static const struct row_shape shape = {share_read, sizeof(struct store_share)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_share_on_delivery, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_share_told_at(struct db_tx *tx, const char *delivery_id, enum share with, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_share_told_at, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    row_bind_word(stmt, 2, &words_share, (int)with);
    return row_number(stmt, out);
}

/* ---- what was fetched ---- */

#define VIEW_COLUMNS "id, delivery_id, photo_id, viewer, first_at, last_at, times"

STORE_SQL(sql_view_count,
          "UPDATE photo_view SET times = times + 1, last_at = ?4 WHERE id = (SELECT id"
          " FROM photo_view WHERE photo_id = ?1 AND viewer = ?2 AND first_at > ?3"
          " ORDER BY first_at DESC LIMIT 1)");
STORE_SQL(sql_view_insert, "INSERT INTO photo_view (" VIEW_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5,"
                           " ?6, ?7) ON CONFLICT DO NOTHING");
STORE_SQL(sql_view_list, "SELECT " VIEW_COLUMNS " FROM photo_view WHERE delivery_id = ?1"
                         " AND id < ?2 ORDER BY id DESC LIMIT ?3");

static int view_count(struct db_tx *tx, const struct store_view *view, int64_t since)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_view_count, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, view->photo_id);
    row_bind_word(stmt, 2, &words_share, (int)view->by);
    db_bind_int(stmt, 3, since);
    db_bind_int(stmt, 4, view->last_at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_view_note(struct db_tx *tx, const struct store_view *view, int64_t since,
                    bool *is_new_out)
{
    struct db_stmt *stmt;
    int result = view_count(tx, view, since);
    *is_new_out = result == STORE_NOT_FOUND;
    if (result != STORE_NOT_FOUND)
        return result;
    result = db_query(tx, sql_view_insert, &stmt);
    if (result != 0)
        return result;
    row_bind_id(stmt, 1, ID_VIEW, view->id);
    row_bind_id(stmt, 2, ID_DELIVERY, view->delivery_id);
    row_bind_id(stmt, 3, ID_PHOTO, view->photo_id);
    row_bind_word(stmt, 4, &words_share, (int)view->by);
    db_bind_int(stmt, 5, view->first_at);
    db_bind_int(stmt, 6, view->last_at);
    db_bind_int(stmt, 7, view->times);
    return row_write(tx, stmt, STORE_EXISTS);
}

static void view_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_view *view = out;
    (void)arena;
    *view = (struct store_view){
        .by = (enum share)row_word(stmt, 3, &words_share),
        .first_at = db_int(stmt, 4),
        .last_at = db_int(stmt, 5),
        .times = (int)db_int(stmt, 6),
    };
    row_id(stmt, 0, ID_VIEW, view->id);
    row_id(stmt, 1, ID_DELIVERY, view->delivery_id);
    row_id(stmt, 2, ID_PHOTO, view->photo_id);
}

int store_view_list(struct db_tx *tx, const char *delivery_id, const struct store_page *page,
                    struct arena *arena, struct store_views *out)
{
    static const struct row_shape shape = {view_read, sizeof(struct store_view)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_view_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    row_bind_after(stmt, 2, ID_VIEW, page->after, ROW_NEWEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
