/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of `seq` is the order of commits, since there is one writer: whoever has seen one has
 * seen all before it.
 */
#include "store/feed.h"

#include "store/row.h"

STORE_SQL(sql_feed_next, "SELECT seq, number, kind, delivery_id, shipper_id, at FROM event"
                         " WHERE seq > ?1 ORDER BY seq LIMIT ?2");
STORE_SQL(sql_feed_newest, "SELECT max(seq) FROM event");
STORE_SQL(sql_feed_newest_of,
          "SELECT seq FROM event WHERE shipper_id = ?1 ORDER BY seq DESC LIMIT 1");
STORE_SQL(sql_feed_state_at, "SELECT at FROM event WHERE delivery_id = ?1"
                             " AND kind GLOB 'delivery.*' ORDER BY number DESC LIMIT 1");
STORE_SQL(sql_feed_number, "SELECT events FROM delivery WHERE id = ?1");

static void news_read(struct db_stmt *stmt, struct store_news *news)
{
    *news = (struct store_news){
        .seq = db_int(stmt, 0),
        .number = (int)db_int(stmt, 1),
        .kind = (enum event_kind)row_word(stmt, 2, &words_event_kind),
        .at = db_int(stmt, 5),
    };
    row_id(stmt, 3, ID_DELIVERY, news->delivery_id);
    row_id(stmt, 4, ID_SHIPPER, news->shipper_id);
}

int store_feed_next(struct db_tx *tx, int64_t seq, struct store_news *out, int room, int *count_out)
{
    struct db_stmt *stmt;
    int count = 0, result = db_query(tx, sql_feed_next, &stmt);
    *count_out = 0;
    if (result != 0)
        return result;
    db_bind_int(stmt, 1, seq);
    db_bind_int(stmt, 2, room);
    while (count < room && (result = db_step(stmt)) == DB_ROW) {
        news_read(stmt, &out[count++]);
        result = db_fault(stmt);
        if (result != 0)
            break;
    }
    db_done(stmt);
    *count_out = count;
    return result < 0 ? result : 0;
}

static int newest(struct db_stmt *stmt, int64_t *seq_out)
{
    *seq_out = 0;
    int result = row_number(stmt, seq_out);
    return result == STORE_NOT_FOUND ? 0 : result;
}

int store_feed_newest(struct db_tx *tx, int64_t *seq_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_feed_newest, &stmt);
    return fault ? fault : newest(stmt, seq_out);
}

int store_feed_newest_of(struct db_tx *tx, const char *shipper_id, int64_t *seq_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_feed_newest_of, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    return newest(stmt, seq_out);
}

int store_feed_number(struct db_tx *tx, const char *delivery_id, int64_t *number_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_feed_number, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    return row_number(stmt, number_out);
}

int store_feed_state_at(struct db_tx *tx, const char *delivery_id, int64_t *at_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_feed_state_at, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    return newest(stmt, at_out);
}
