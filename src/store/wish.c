/* SPDX-License-Identifier: Apache-2.0
 *
 * Deletions that wait for a case. A wish is there only while its photo is, so the table is small.
 */
#include "store/row.h"
#include "store/share.h"

#define WISH_COLUMNS "photo_id, delivery_id, asked_at, due"

STORE_SQL(sql_wish_add, "INSERT INTO erase_wish (" WISH_COLUMNS ") VALUES (?1, ?2, ?3, ?4)"
                        " ON CONFLICT DO NOTHING");
STORE_SQL(sql_wish_get, "SELECT " WISH_COLUMNS " FROM erase_wish WHERE photo_id = ?1");
STORE_SQL(sql_wish_drop, "DELETE FROM erase_wish WHERE photo_id = ?1");
STORE_SQL(sql_wish_release, "UPDATE erase_wish SET due = ?2 WHERE delivery_id = ?1 AND due > ?2");
STORE_SQL(sql_wish_on_delivery, "SELECT " WISH_COLUMNS " FROM erase_wish WHERE delivery_id = ?1"
                                " ORDER BY photo_id LIMIT ?2");
STORE_SQL(sql_wish_due, "SELECT " WISH_COLUMNS " FROM erase_wish WHERE due <= ?1"
                        " ORDER BY due, photo_id LIMIT ?2");

static void wish_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_wish *wish = out;
    (void)arena;
    *wish = (struct store_wish){.asked_at = db_int(stmt, 2), .due = db_int(stmt, 3)};
    row_id(stmt, 0, ID_PHOTO, wish->photo_id);
    row_id(stmt, 1, ID_DELIVERY, wish->delivery_id);
}

int store_wish_add(struct db_tx *tx, const struct store_wish *wish)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_wish_add, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, wish->photo_id);
    row_bind_id(stmt, 2, ID_DELIVERY, wish->delivery_id);
    db_bind_int(stmt, 3, wish->asked_at);
    db_bind_int(stmt, 4, wish->due);
    return row_write(tx, stmt, 0);
}

int store_wish_get(struct db_tx *tx, const char *photo_id, struct store_wish *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_wish_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    return row_one(stmt, wish_read, NULL, out);
}

int store_wish_drop(struct db_tx *tx, const char *photo_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_wish_drop, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_wish_release(struct db_tx *tx, const char *delivery_id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_wish_release, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, 0);
}

static const struct row_shape wish_shape = {wish_read, sizeof(struct store_wish)};

int store_wish_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                           struct store_wishes *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_wish_on_delivery, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &wish_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_wish_due(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                   struct store_wishes *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_wish_due, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    fault = row_page(stmt, (struct row_cut){2, limit}, &wish_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
