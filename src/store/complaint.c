/* SPDX-License-Identifier: Apache-2.0
 *
 * Few rows, and none for long.
 */
#include "store/complaint.h"

#include "store/row.h"

#define COMPLAINT_FIRST_NUMBER "5001"
#define COMPLAINT_COLUMNS                                                                          \
    "id, number, state, kind, place, tracking, contact, language, case_id, created_at,"            \
    " changed_at, delete_by"

STORE_SQL(sql_complaint_insert,
          "INSERT INTO complaint (" COMPLAINT_COLUMNS ") VALUES (?1, (SELECT"
          " coalesce(max(number) + 1, " COMPLAINT_FIRST_NUMBER ") FROM complaint), ?2, ?3, ?4, ?5,"
          " ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING RETURNING number");
STORE_SQL(sql_complaint_get, "SELECT " COMPLAINT_COLUMNS " FROM complaint WHERE id = ?1");
STORE_SQL(sql_complaint_move, "UPDATE complaint SET state = ?2, case_id = ?3, changed_at = ?4,"
                              " delete_by = ?5 WHERE id = ?1");
STORE_SQL(sql_complaint_list, "SELECT " COMPLAINT_COLUMNS " FROM complaint WHERE state = ?1"
                              " AND id < ?2 ORDER BY id DESC LIMIT ?3");
STORE_SQL(sql_complaint_on_delivery, "SELECT " COMPLAINT_COLUMNS " FROM complaint WHERE case_id IN"
                                     " (SELECT id FROM support_case WHERE delivery_id = ?1)"
                                     " LIMIT ?2");
STORE_SQL(sql_complaint_count, "SELECT count(*) FROM (SELECT 1 FROM complaint WHERE state = 'open'"
                               " LIMIT ?1) AS counted");
STORE_SQL(sql_complaint_say,
          "INSERT INTO complaint_message (id, complaint_id, side, agent_id, text, at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING");
STORE_SQL(sql_complaint_words,
          "SELECT id, complaint_id, side, agent_id, text, at FROM complaint_message"
          " WHERE complaint_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
STORE_SQL(sql_complaint_due, "SELECT id FROM complaint WHERE delete_by <= ?1"
                             " ORDER BY delete_by, id LIMIT ?2");
STORE_SQL(sql_complaint_drop_words, "DELETE FROM complaint_message WHERE complaint_id = ?1");
STORE_SQL(sql_complaint_drop, "DELETE FROM complaint WHERE id = ?1");

static void complaint_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_complaint *row = out;
    *row = (struct store_complaint){
        .number = db_int(stmt, 1),
        .state = (enum case_state)row_word(stmt, 2, &words_case_state),
        .kind = (enum complaint_kind)row_word(stmt, 3, &words_complaint_kind),
        .place = db_text(stmt, 4, arena),
        .tracking = db_text(stmt, 5, arena),
        .contact = db_text(stmt, 6, arena),
        .language = db_text(stmt, 7, arena),
        .created_at = db_int(stmt, 9),
        .changed_at = db_int(stmt, 10),
        .delete_by = db_int(stmt, 11),
    };
    row_id(stmt, 0, ID_COMPLAINT, row->id);
    row_id(stmt, 8, ID_CASE, row->case_id);
}

int store_complaint_insert(struct db_tx *tx, const struct store_complaint *complaint,
                           int64_t *number_out)
{
    struct db_stmt *stmt;
    int result = db_query(tx, sql_complaint_insert, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_COMPLAINT, complaint->id);
    row_bind_word(stmt, 2, &words_case_state, (int)complaint->state);
    row_bind_word(stmt, 3, &words_complaint_kind, (int)complaint->kind);
    db_bind_text(stmt, 4, complaint->place);
    db_bind_text(stmt, 5, complaint->tracking);
    db_bind_text(stmt, 6, complaint->contact);
    db_bind_text(stmt, 7, complaint->language);
    row_bind_id(stmt, 8, ID_CASE, complaint->case_id);
    db_bind_int(stmt, 9, complaint->created_at);
    db_bind_int(stmt, 10, complaint->changed_at);
    db_bind_int(stmt, 11, complaint->delete_by);
    result = row_number(stmt, number_out);
    return result == STORE_NOT_FOUND ? STORE_EXISTS : result;
}

int store_complaint_get(struct db_tx *tx, const char *id, struct arena *arena,
                        struct store_complaint *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_COMPLAINT, id);
    return row_one(stmt, complaint_read, arena, out);
}

int store_complaint_move(struct db_tx *tx, const struct store_complaint *complaint)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_move, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_COMPLAINT, complaint->id);
    row_bind_word(stmt, 2, &words_case_state, (int)complaint->state);
    row_bind_id(stmt, 3, ID_CASE, complaint->case_id);
    db_bind_int(stmt, 4, complaint->changed_at);
    db_bind_int(stmt, 5, complaint->delete_by);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_complaint_list(struct db_tx *tx, enum case_state state, const struct store_page *page,
                         struct arena *arena, struct store_complaints *out)
{
    static const struct row_shape shape = {complaint_read, sizeof(struct store_complaint)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_list, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_case_state, (int)state);
    row_bind_after(stmt, 2, ID_COMPLAINT, page->after, ROW_NEWEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_complaint_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                                struct store_complaints *out)
{
    static const struct row_shape shape = {complaint_read, sizeof(struct store_complaint)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_on_delivery, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_complaint_count(struct db_tx *tx, int64_t limit, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_count, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, limit);
    return row_number(stmt, out);
}

int store_complaint_say(struct db_tx *tx, const struct store_message *message)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_say, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_MESSAGE, message->id);
    row_bind_id(stmt, 2, ID_COMPLAINT, message->case_id);
    row_bind_word(stmt, 3, &words_case_side, (int)message->side);
    row_bind_id(stmt, 4, ID_AGENT, message->agent_id);
    db_bind_text(stmt, 5, message->text);
    db_bind_int(stmt, 6, message->at);
    return row_write(tx, stmt, STORE_EXISTS);
}

static void complaint_word_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_message *message = out;
    *message = (struct store_message){
        .side = (enum case_side)row_word(stmt, 2, &words_case_side),
        .text = db_text(stmt, 4, arena),
        .at = db_int(stmt, 5),
    };
    row_id(stmt, 0, ID_MESSAGE, message->id);
    row_id(stmt, 1, ID_COMPLAINT, message->case_id);
    row_id(stmt, 3, ID_AGENT, message->agent_id);
}

int store_complaint_words(struct db_tx *tx, const char *complaint_id, const struct store_page *page,
                          struct arena *arena, struct store_messages *out)
{
    static const struct row_shape shape = {complaint_word_read, sizeof(struct store_message)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_complaint_words, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_COMPLAINT, complaint_id);
    row_bind_after(stmt, 2, ID_MESSAGE, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

/* ---- the end ---- */

struct complaint_id {
    char id[ID_ROOM];
};

static void complaint_id_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    row_id(stmt, 0, ID_COMPLAINT, ((struct complaint_id *)out)->id);
}

static int complaint_drop(struct db_tx *tx, const char *id)
{
    static const char *const statements[] = {sql_complaint_drop_words, sql_complaint_drop};
    int result = 0;
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(statements); i++) {
        struct db_stmt *stmt;
        result = db_query(tx, statements[i], &stmt);
        if (result)
            return result;
        row_bind_id(stmt, 1, ID_COMPLAINT, id);
        result = row_write(tx, stmt, 0);
    }
    return result;
}

int store_complaint_sweep(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                          int *deleted_out)
{
    static const struct row_shape shape = {complaint_id_read, sizeof(struct complaint_id)};
    struct row_list list;
    struct db_stmt *stmt;
    int result = db_query(tx, sql_complaint_due, &stmt);
    if (result)
        return result;
    db_bind_int(stmt, 1, now);
    result = row_page(stmt, (struct row_cut){2, limit}, &shape, arena, &list);
    for (int i = 0; result == 0 && i < list.count; i++)
        result = complaint_drop(tx, ((const struct complaint_id *)list.items)[i].id);
    *deleted_out = result == 0 ? list.count : 0;
    return result;
}
