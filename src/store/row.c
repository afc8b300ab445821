/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows in and out: ids are 16 bytes in the database, words are their names and are checked when
 * they come back, and a page is read row by row into an array that grows in the arena.
 */
#include "store/row.h"

#include <errno.h>

enum { ROW_FIRST_ROOM = 8 }; /* rows that a page makes room for at first */

/* --- ids and words --------------------------------------------------------------------------- */

void row_bind_id(struct db_stmt *stmt, int n, const char *prefix, const char *id)
{
    uint8_t bytes[16];
    if (id && id[0] && id_is(prefix, id) && id_to_bytes(id, bytes))
        db_bind_blob(stmt, n, bytes, sizeof bytes);
    else
        db_bind_null(stmt, n);
}

void row_id(struct db_stmt *stmt, int column, const char *prefix, char out[ID_ROOM])
{
    uint8_t bytes[16];
    out[0] = 0;
    if (db_is_null(stmt, column))
        return;
    db_blob_fixed(stmt, column, bytes, sizeof bytes);
    if (!db_fault(stmt))
        id_from_bytes(prefix, bytes, out);
}

void row_bind_after(struct db_stmt *stmt, int n, const char *prefix, const char *after,
                    enum row_order order)
{
    uint8_t end[16];
    memset(end, order == ROW_NEWEST_FIRST ? 0xff : 0, sizeof end);
    if (after && after[0])
        row_bind_id(stmt, n, prefix, after);
    else
        db_bind_blob(stmt, n, end, sizeof end);
}

void row_bind_word(struct db_stmt *stmt, int n, const struct words *list, int value)
{
    if (value < 0 || value >= list->count)
        db_fail(stmt, -EINVAL);
    else
        db_bind_text(stmt, n, words_name(list, value));
}

int row_word(struct db_stmt *stmt, int column, const struct words *list)
{
    const char *name = db_text_here(stmt, column);
    int value = name ? words_find(list, name) : -1;
    if (value < 0) {
        db_fail(stmt, -EBADMSG);
        return 0;
    }
    return value;
}

void row_bind_time(struct db_stmt *stmt, int n, int64_t at)
{
    if (at == 0)
        db_bind_null(stmt, n);
    else
        db_bind_int(stmt, n, at);
}

void row_bind_slot(struct db_stmt *stmt, int n, int64_t slot)
{
    if (slot < 0)
        db_bind_null(stmt, n);
    else
        db_bind_int(stmt, n, slot);
}

int64_t row_slot(struct db_stmt *stmt, int column)
{
    return db_is_null(stmt, column) ? -1 : db_int(stmt, column);
}

void row_bind_hash(struct db_stmt *stmt, int n, const uint8_t hash[STORE_HASH])
{
    static const uint8_t none[STORE_HASH];
    if (memcmp(hash, none, STORE_HASH) == 0)
        db_bind_null(stmt, n);
    else
        db_bind_blob(stmt, n, hash, STORE_HASH);
}

/* --- running --------------------------------------------------------------------------------- */

int row_one(struct db_stmt *stmt, row_reader *read, struct arena *arena, void *out)
{
    int result = db_step(stmt);
    if (result != DB_ROW)
        return result ? result : STORE_NOT_FOUND;
    read(stmt, arena, out);
    result = db_fault(stmt);
    db_done(stmt);
    return result;
}

int row_number(struct db_stmt *stmt, int64_t *out)
{
    int result = db_step(stmt);
    if (result != DB_ROW)
        return result ? result : STORE_NOT_FOUND;
    *out = db_int(stmt, 0);
    db_done(stmt);
    return 0;
}

int row_write(struct db_tx *tx, struct db_stmt *stmt, int otherwise)
{
    int result = db_run(stmt);
    if (result)
        return result == DB_EXISTS ? STORE_EXISTS : result;
    return db_changes(tx) > 0 ? 0 : otherwise;
}

int row_sweep(struct db_tx *tx, struct db_stmt *stmt, int n, int limit, int *deleted_out)
{
    db_bind_int(stmt, n, limit > 0 ? limit : 0);
    int result = db_run(stmt);
    *deleted_out = result ? 0 : (int)db_changes(tx);
    return result;
}

/* What a list's limit becomes: 1 to STORE_PAGE_LIMIT. */
static int row_limit(int asked)
{
    return asked < 1 ? 1 : asked > STORE_PAGE_LIMIT ? STORE_PAGE_LIMIT : asked;
}

/* Room for one row more; false when the arena is at its ceiling. */
static bool row_make_room(struct row_list *list, int *room, size_t size, struct arena *arena)
{
    if (list->count < *room)
        return true;
    int larger = *room ? *room * 2 : ROW_FIRST_ROOM;
    void *items = arena_alloc(arena, (size_t)larger * size);
    if (!items)
        return false;
    if (list->count > 0)
        memcpy(items, list->items, (size_t)list->count * size);
    list->items = items;
    *room = larger;
    return true;
}

int row_page(struct db_stmt *stmt, struct row_cut cut, const struct row_shape *shape,
             struct arena *arena, struct row_list *out)
{
    int room = 0, limit = row_limit(cut.limit), result;
    *out = (struct row_list){0};
    db_bind_int(stmt, cut.parameter, limit + 1);
    while ((result = db_step(stmt)) == DB_ROW) {
        if (out->count == limit) {
            out->more = true;
            db_done(stmt);
            return 0;
        }
        if (row_make_room(out, &room, shape->size, arena))
            shape->read(stmt, arena, (char *)out->items + (size_t)out->count++ * shape->size);
        else
            db_fail(stmt, -ENOMEM);
        result = db_fault(stmt);
        if (result) {
            db_done(stmt);
            return result;
        }
    }
    return result;
}
