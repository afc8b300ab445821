/* SPDX-License-Identifier: Apache-2.0
 *
 * Events. The delivery's row counts them, so that a number stays given after the sweep; the count
 * is a small change to a row that the same transaction writes anyway.
 *
 * `seq` is the order of commits, since there is one writer. Ids are nearly in that order too, but
 * those of another process, such as an administrator's command, need not be: so a cursor is an id
 * that is looked up.
 */
#include "store/event.h"

#include "store/row.h"

#define EVENT_COLUMNS "seq, id, delivery_id, shipper_id, number, kind, data, at"
/* Where the cursor's event stands, or stood. */
#define EVENT_AFTER                                                                                \
    "seq > coalesce((SELECT seq FROM event WHERE id <= ?2 ORDER BY id DESC LIMIT 1), 0)"

STORE_SQL(sql_event_number,
          "UPDATE delivery SET events = events + 1 WHERE id = ?1 RETURNING events");
STORE_SQL(sql_event_insert, "INSERT INTO event (id, delivery_id, shipper_id, number, kind, data,"
                            " at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING seq");
STORE_SQL(sql_event_get, "SELECT " EVENT_COLUMNS " FROM event WHERE id = ?1");
STORE_SQL(sql_event_list, "SELECT " EVENT_COLUMNS " FROM event WHERE shipper_id = ?1"
                          " AND " EVENT_AFTER " ORDER BY seq LIMIT ?3");
/* A delivery has few, so those before the cursor and another shipper's are passed over. */
STORE_SQL(sql_event_of_delivery,
          "SELECT " EVENT_COLUMNS " FROM event WHERE delivery_id = ?4 AND +shipper_id = ?1"
          " AND +" EVENT_AFTER " ORDER BY number LIMIT ?3");
/* Numbers have hardly any gaps, so this is about ?2 rows. */
STORE_SQL(sql_event_sweep,
          "DELETE FROM event WHERE at < ?1 AND seq < (SELECT min(seq) FROM event) + ?2");

static void event_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_event *event = out;
    *event = (struct store_event){
        .seq = db_int(stmt, 0),
        .number = (int)db_int(stmt, 4),
        .kind = (enum event_kind)row_word(stmt, 5, &words_event_kind),
        .data = db_text(stmt, 6, arena),
        .at = db_int(stmt, 7),
    };
    row_id(stmt, 1, ID_EVENT, event->id);
    row_id(stmt, 2, ID_DELIVERY, event->delivery_id);
    row_id(stmt, 3, ID_SHIPPER, event->shipper_id);
}

int store_event_insert(struct db_tx *tx, struct store_event *event)
{
    struct db_stmt *stmt;
    int64_t number = 0;
    int fault = db_query(tx, sql_event_number, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, event->delivery_id);
    fault = row_number(stmt, &number);
    if (fault)
        return fault;
    event->number = (int)number;
    id_new(ID_EVENT, event->id);
    fault = db_query(tx, sql_event_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_EVENT, event->id);
    row_bind_id(stmt, 2, ID_DELIVERY, event->delivery_id);
    row_bind_id(stmt, 3, ID_SHIPPER, event->shipper_id);
    db_bind_int(stmt, 4, event->number);
    row_bind_word(stmt, 5, &words_event_kind, event->kind);
    db_bind_text(stmt, 6, event->data);
    db_bind_int(stmt, 7, event->at);
    return row_number(stmt, &event->seq);
}

int store_event_get(struct db_tx *tx, const char *id, struct arena *arena, struct store_event *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_event_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_EVENT, id);
    return row_one(stmt, event_read, arena, out);
}

int store_event_list(struct db_tx *tx, const struct store_event_filter *filter,
                     const struct store_page *page, struct arena *arena, struct store_events *out)
{
    static const struct row_shape shape = {event_read, sizeof(struct store_event)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, filter->delivery_id ? sql_event_of_delivery : sql_event_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, filter->shipper_id);
    row_bind_after(stmt, 2, ID_EVENT, page->after, ROW_OLDEST_FIRST);
    if (filter->delivery_id)
        row_bind_id(stmt, 4, ID_DELIVERY, filter->delivery_id);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_event_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    *deleted_out = 0;
    int fault = db_query(tx, sql_event_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, before);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}

/* The data are written by notify/tell.c, of ids, numbers and words: nobody's text can look like
 * this. */
bool store_event_breaks_glass(const struct store_event *event)
{
    return event->kind == EVENT_PHOTO_LOOKED && event->data &&
           strstr(event->data, "\"break_glass\":true") != NULL;
}
