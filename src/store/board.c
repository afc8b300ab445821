/* SPDX-License-Identifier: Apache-2.0
 *
 * A state is a run of the index of a shipper's deliveries, by the time they were made. One pass
 * over it counts and keeps the top: nothing is sorted by the database, and nothing but the top is
 * kept.
 */
#include "store/board.h"

#include "store/row.h"

STORE_SQL(sql_board_run, "SELECT id, changed_at, window_to FROM delivery WHERE shipper_id = ?1"
                         " AND state = ?2 AND id > ?3 ORDER BY id DESC LIMIT ?4");

void store_board_add(struct store_board_column *column, const char *id, int64_t rank)
{
    int at = column->top_count;
    column->count++;
    if (at == column->shown && column->top[at - 1].rank <= rank)
        return;
    if (at < column->shown)
        column->top_count++;
    else
        at--;
    for (; at > 0 && column->top[at - 1].rank > rank; at--)
        column->top[at] = column->top[at - 1];
    snprintf(column->top[at].id, ID_ROOM, "%s", id);
    column->top[at].rank = rank;
}

/* An id begins with its time: milliseconds and two bytes within them. */
static void bind_since(struct db_stmt *stmt, int n, int64_t since)
{
    uint8_t bytes[16] = {0};
    uint64_t order = since > 0 ? (uint64_t)since << 16 : 0;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(order >> (56 - 8 * i));
    db_bind_blob(stmt, n, bytes, sizeof bytes);
}

int store_board_read(struct db_tx *tx, const struct store_board_ask *ask,
                     struct store_board_column *column, struct store_board_column *late)
{
    struct db_stmt *stmt;
    char id[ID_ROOM];
    int rows = 0, result = db_query(tx, sql_board_run, &stmt);
    if (result != 0)
        return result;
    row_bind_id(stmt, 1, ID_SHIPPER, ask->shipper_id);
    row_bind_word(stmt, 2, &words_delivery_state, ask->state);
    bind_since(stmt, 3, ask->made_after);
    db_bind_int(stmt, 4, ask->most + 1);
    while ((result = db_step(stmt)) == DB_ROW) {
        int64_t changed = db_int(stmt, 1), window = db_is_null(stmt, 2) ? 0 : db_int(stmt, 2);
        if (rows++ == ask->most) {
            column->cut = true;
            db_done(stmt);
            return 0;
        }
        if (changed < ask->changed_after)
            continue;
        row_id(stmt, 0, ID_DELIVERY, id);
        if (late && window && window < ask->now)
            store_board_add(late, id, window);
        store_board_add(column, id, !late ? -changed : window ? window : INT64_MAX);
    }
    return result;
}
