/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases and their messages. A case's number is one more than the highest so far: there is one
 * writer at a time, so no two cases can get the same.
 */
#include "store/case.h"

#include <errno.h>

#include "base/log.h"
#include "store/row.h"

ROW_WORDS(words_case_side, CASE_SIDES);

#define CASE_FIRST_NUMBER "1001" /* so that a number is never mistaken for a count */

#define CASE_COLUMNS                                                                               \
    "id, number, delivery_id, shipper_id, kind, state, opened_by, agent_id, reason, opened_at,"    \
    " resolved_at, resolution"

STORE_SQL(sql_case_insert,
          "INSERT INTO support_case (" CASE_COLUMNS ") VALUES (?1, (SELECT"
          " coalesce(max(number) + 1, " CASE_FIRST_NUMBER ") FROM support_case), ?2, ?3, ?4, ?5,"
          " ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING RETURNING number");
STORE_SQL(sql_case_get, "SELECT " CASE_COLUMNS " FROM support_case WHERE id = ?1");
STORE_SQL(sql_case_open_on, "SELECT " CASE_COLUMNS " FROM support_case WHERE delivery_id = ?1"
                            " AND state = 'open' ORDER BY id DESC LIMIT 1");
STORE_SQL(sql_case_resolve, "UPDATE support_case SET state = 'resolved', resolution = ?2,"
                            " resolved_at = ?3 WHERE id = ?1 AND state = 'open'");
STORE_SQL(sql_case_list, "SELECT " CASE_COLUMNS " FROM support_case WHERE state = ?1 AND id < ?2"
                         " ORDER BY id DESC LIMIT ?3");
STORE_SQL(sql_case_list_of_shipper, "SELECT " CASE_COLUMNS " FROM support_case WHERE state = ?1"
                                    " AND id < ?2 AND shipper_id = ?4 ORDER BY id DESC LIMIT ?3");
/* The index alone answers it. */
STORE_SQL(sql_case_run, "SELECT id FROM support_case WHERE state = ?1 AND id < ?2 AND id > ?5"
                        " AND shipper_id = ?4 ORDER BY id DESC LIMIT ?3");
STORE_SQL(sql_case_on_delivery, "SELECT " CASE_COLUMNS " FROM support_case WHERE delivery_id = ?1"
                                " ORDER BY id DESC LIMIT ?2");
STORE_SQL(sql_message_insert, "INSERT INTO case_message (id, case_id, side, agent_id, text, at)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING");
STORE_SQL(sql_message_list, "SELECT id, case_id, side, agent_id, text, at FROM case_message"
                            " WHERE case_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");

/* --- cases ----------------------------------------------------------------------------------- */

static void case_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_case *row = out;
    *row = (struct store_case){
        .number = db_int(stmt, 1),
        .kind = (enum case_kind)row_word(stmt, 4, &words_case_kind),
        .state = (enum case_state)row_word(stmt, 5, &words_case_state),
        .opened_by = (enum case_side)row_word(stmt, 6, &words_case_side),
        .reason = db_text(stmt, 8, arena),
        .opened_at = db_int(stmt, 9),
        .resolved_at = db_int(stmt, 10),
        .resolution = db_text(stmt, 11, arena),
    };
    row_id(stmt, 0, ID_CASE, row->id);
    row_id(stmt, 2, ID_DELIVERY, row->delivery_id);
    row_id(stmt, 3, ID_SHIPPER, row->shipper_id);
    row_id(stmt, 7, ID_AGENT, row->agent_id);
}

static const struct row_shape case_shape = {case_read, sizeof(struct store_case)};

int store_case_insert(struct db_tx *tx, const struct store_case *row, int64_t *number_out)
{
    struct db_stmt *stmt;
    int result = db_query(tx, sql_case_insert, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_CASE, row->id);
    row_bind_id(stmt, 2, ID_DELIVERY, row->delivery_id);
    row_bind_id(stmt, 3, ID_SHIPPER, row->shipper_id);
    row_bind_word(stmt, 4, &words_case_kind, row->kind);
    row_bind_word(stmt, 5, &words_case_state, row->state);
    row_bind_word(stmt, 6, &words_case_side, row->opened_by);
    row_bind_id(stmt, 7, ID_AGENT, row->agent_id);
    db_bind_text(stmt, 8, row->reason);
    db_bind_int(stmt, 9, row->opened_at);
    row_bind_time(stmt, 10, row->resolved_at);
    db_bind_text(stmt, 11, row->resolution);
    result = row_number(stmt, number_out);
    return result == STORE_NOT_FOUND ? STORE_EXISTS : result;
}

int store_case_get(struct db_tx *tx, const char *id, struct arena *arena, struct store_case *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_case_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_CASE, id);
    return row_one(stmt, case_read, arena, out);
}

int store_case_open_on(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                       struct store_case *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_case_open_on, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    return row_one(stmt, case_read, arena, out);
}

int store_case_resolve(struct db_tx *tx, const char *id, const char *resolution, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_case_resolve, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_CASE, id);
    db_bind_text(stmt, 2, resolution);
    db_bind_int(stmt, 3, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

/* --- lists of cases ---------------------------------------------------------------------------
 *
 * The cases of several shippers are runs of one index, merged here: the newest ids so far are kept,
 * and of each further run only what is newer than the last of them is read. So a page costs a page
 * and a little more, however many shippers there are and however many cases they have. */

struct case_key {
    char id[ID_ROOM];
};

static void case_key_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    row_id(stmt, 0, ID_CASE, ((struct case_key *)out)->id);
}

/* The newest keys of all runs read so far, the newest first. */
struct case_merge {
    struct case_key *keys, *spare;
    int count, room;
    bool more; /* a run has more than what was read of it */
    const char *after;
    struct arena *arena;
};

/* Ids sort as their text does. */
static void merge_run(struct case_merge *merge, const struct case_key *run, int count)
{
    int a = 0, b = 0, n = 0;
    while (n < merge->room && (a < merge->count || b < count)) {
        bool own = b == count || (a < merge->count && strcmp(merge->keys[a].id, run[b].id) > 0);
        merge->spare[n++] = own ? merge->keys[a++] : run[b++];
    }
    struct case_key *old = merge->keys;
    merge->keys = merge->spare;
    merge->spare = old;
    merge->count = n;
}

static int read_run(struct db_tx *tx, const struct store_case_filter *filter, int number,
                    struct case_merge *merge)
{
    static const struct row_shape shape = {case_key_read, sizeof(struct case_key)};
    bool full = merge->count == merge->room;
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_case_run, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_case_state, filter->state);
    row_bind_after(stmt, 2, ID_CASE, merge->after, ROW_NEWEST_FIRST);
    row_bind_id(stmt, 4, ID_SHIPPER, filter->of->ids[number]);
    row_bind_after(stmt, 5, ID_CASE, full ? merge->keys[merge->count - 1].id : NULL,
                   ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, merge->room}, &shape, merge->arena, &list);
    if (fault == 0)
        merge_run(merge, list.items, list.count);
    merge->more = merge->more || (fault == 0 && list.more);
    return fault;
}

static int list_of_several(struct db_tx *tx, const struct store_case_filter *filter,
                           const struct store_page *page, struct arena *arena,
                           struct store_cases *out)
{
    int limit = page->limit < STORE_PAGE_LIMIT ? page->limit : STORE_PAGE_LIMIT;
    size_t size = (size_t)(limit + 1) * sizeof(struct case_key);
    struct case_merge merge = {
        .keys = arena_alloc(arena, size),
        .spare = arena_alloc(arena, size),
        .room = limit + 1,
        .after = page->after,
        .arena = arena,
    };
    *out = (struct store_cases){0};
    int fault = merge.keys && merge.spare ? 0 : log_fault("store.case", -ENOMEM, "what=merge");
    for (int i = 0; fault == 0 && i < filter->of->count; i++)
        fault = read_run(tx, filter, i, &merge);
    out->count = merge.count < limit ? merge.count : limit;
    out->more = merge.count > limit || merge.more;
    if (fault == 0 && out->count > 0)
        out->items = arena_alloc(arena, (size_t)out->count * sizeof *out->items);
    if (fault == 0 && out->count > 0 && !out->items)
        fault = log_fault("store.case", -ENOMEM, "what=page");
    for (int i = 0; fault == 0 && i < out->count; i++) {
        fault = store_case_get(tx, merge.keys[i].id, arena, &out->items[i]);
        if (fault > 0)
            fault = log_fault("store.case", -EBADMSG, "what=index");
    }
    return fault;
}

int store_case_list(struct db_tx *tx, const struct store_case_filter *filter,
                    const struct store_page *page, struct arena *arena, struct store_cases *out)
{
    bool of_one = !filter->of->all && filter->of->count == 1;
    struct row_list list;
    struct db_stmt *stmt;
    if (!filter->of->all && !of_one)
        return list_of_several(tx, filter, page, arena, out);
    int fault = db_query(tx, of_one ? sql_case_list_of_shipper : sql_case_list, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_case_state, filter->state);
    row_bind_after(stmt, 2, ID_CASE, page->after, ROW_NEWEST_FIRST);
    if (of_one)
        row_bind_id(stmt, 4, ID_SHIPPER, filter->of->ids[0]);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &case_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_case_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                           struct store_cases *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_case_on_delivery, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &case_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

/* --- messages -------------------------------------------------------------------------------- */

static void message_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_message *message = out;
    *message = (struct store_message){
        .side = (enum case_side)row_word(stmt, 2, &words_case_side),
        .text = db_text(stmt, 4, arena),
        .at = db_int(stmt, 5),
    };
    row_id(stmt, 0, ID_MESSAGE, message->id);
    row_id(stmt, 1, ID_CASE, message->case_id);
    row_id(stmt, 3, ID_AGENT, message->agent_id);
}

int store_message_insert(struct db_tx *tx, const struct store_message *message)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_message_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_MESSAGE, message->id);
    row_bind_id(stmt, 2, ID_CASE, message->case_id);
    row_bind_word(stmt, 3, &words_case_side, message->side);
    row_bind_id(stmt, 4, ID_AGENT, message->agent_id);
    db_bind_text(stmt, 5, message->text);
    db_bind_int(stmt, 6, message->at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_message_list(struct db_tx *tx, const char *case_id, const struct store_page *page,
                       struct arena *arena, struct store_messages *out)
{
    static const struct row_shape shape = {message_read, sizeof(struct store_message)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_message_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_CASE, case_id);
    row_bind_after(stmt, 2, ID_MESSAGE, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
