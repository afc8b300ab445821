/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices and their lines. The table holds open work and what was set aside, nothing that was
 * sent. One index holds the heads that are queued and nothing else: the next of a line is its first
 * entry there. Another says what stands before a notice.
 */
#include "store/notice.h"

#include "store/row.h"
#include "store/schema.h"

enum { NOTICE_COUNT_CEILING = 100000 };

#define NOTICE_COLUMNS                                                                             \
    "id, event_id, delivery_id, channel, target, payload, attempts, taken, run_at, lease_owner,"   \
    " set_aside_at, last_error, created_at"
#define NOTICE_HELD    "id = ?1 AND lease_owner = ?2 AND taken = ?3"
#define NOTICE_OF_LINE "channel = ?1 AND target = ?2"

STORE_SQL(sql_notice_insert,
          "INSERT INTO notice (id, event_id, delivery_id, channel, target, payload, behind,"
          " attempts, taken, run_at, lease_owner, set_aside_at, last_error, created_at)"
          " VALUES (?4, ?5, ?3, ?1, ?2, ?6,"
          " EXISTS (SELECT 1 FROM notice WHERE " NOTICE_OF_LINE " AND delivery_id IS ?3"
          " AND set_aside_at IS NULL), 0, 0, ?7, NULL, NULL, NULL, ?8) RETURNING behind");
STORE_SQL(sql_notice_get, "SELECT " NOTICE_COLUMNS " FROM notice WHERE id = ?1");
STORE_SQL(sql_notice_take,
          "UPDATE notice SET attempts = attempts + 1, taken = taken + 1, lease_owner = ?4"
          " WHERE id = (SELECT id FROM notice WHERE " NOTICE_OF_LINE " AND " SCHEMA_NOTICE_IS_HEAD
          " AND run_at <= ?3 ORDER BY run_at, id LIMIT 1) RETURNING " NOTICE_COLUMNS);
STORE_SQL(sql_notice_finish, "DELETE FROM notice WHERE " NOTICE_HELD);
STORE_SQL(sql_notice_back_off,
          "UPDATE notice SET run_at = ?4, last_error = ?5, lease_owner = NULL WHERE " NOTICE_HELD);
STORE_SQL(sql_notice_put_back, "UPDATE notice SET run_at = ?4, attempts = attempts - 1,"
                               " lease_owner = NULL WHERE " NOTICE_HELD);
STORE_SQL(sql_notice_set_aside, "UPDATE notice SET set_aside_at = ?4, last_error = ?5,"
                                " lease_owner = NULL WHERE " NOTICE_HELD);
STORE_SQL(sql_notice_next_head,
          "UPDATE notice SET behind = 0 WHERE behind = 1 AND id = (SELECT id FROM notice"
          " WHERE " NOTICE_OF_LINE " AND delivery_id IS ?3 AND set_aside_at IS NULL"
          " ORDER BY id LIMIT 1)");
STORE_SQL(sql_notice_retry,
          "UPDATE notice SET set_aside_at = NULL, attempts = 0, run_at = ?2, behind = EXISTS"
          " (SELECT 1 FROM notice AS other WHERE other.channel = notice.channel"
          " AND other.target = notice.target AND other.delivery_id IS notice.delivery_id"
          " AND other.set_aside_at IS NULL)"
          " WHERE id = ?1 AND set_aside_at IS NOT NULL RETURNING " NOTICE_COLUMNS);
STORE_SQL(sql_notice_drop_target, "DELETE FROM notice WHERE id IN (SELECT id FROM notice"
                                  " WHERE " NOTICE_OF_LINE " LIMIT ?3)");
/* Reads the whole table, once at start: it holds open work and little else. */
STORE_SQL(sql_notice_release, "UPDATE notice SET lease_owner = NULL, run_at = ?2"
                              " WHERE lease_owner IS NOT NULL AND lease_owner <> ?1");
STORE_SQL(sql_notice_list_set_aside, "SELECT " NOTICE_COLUMNS " FROM notice"
                                     " WHERE set_aside_at IS NOT NULL AND id > ?1"
                                     " ORDER BY id LIMIT ?2");
STORE_SQL(sql_notice_count_all, "SELECT count(*) FROM (SELECT 1 FROM notice WHERE channel = ?1"
                                " AND set_aside_at IS NULL LIMIT ?2) AS counted");
STORE_SQL(sql_notice_count_set_aside,
          "SELECT count(*) FROM (SELECT 1 FROM notice WHERE channel = ?1"
          " AND set_aside_at IS NOT NULL LIMIT ?2) AS counted");
STORE_SQL(sql_notice_sweep, "DELETE FROM notice WHERE id IN (SELECT id FROM notice"
                            " WHERE channel = ?3 AND set_aside_at IS NOT NULL"
                            " AND set_aside_at < ?1 ORDER BY set_aside_at LIMIT ?2)");

#define LINE_COLUMNS "channel, target, next_at, closed_until, failures"

STORE_SQL(sql_line_open, "INSERT INTO notice_line (" LINE_COLUMNS ") VALUES (?1, ?2, ?3, 0, 0)"
                         " ON CONFLICT (channel, target) DO UPDATE SET"
                         " next_at = max(excluded.next_at, closed_until)"
                         " WHERE next_at > max(excluded.next_at, closed_until)");
STORE_SQL(sql_line_due, "SELECT " LINE_COLUMNS " FROM notice_line WHERE channel = ?3"
                        " AND next_at <= ?1 ORDER BY next_at LIMIT ?2");
STORE_SQL(sql_line_next, "SELECT next_at FROM notice_line WHERE channel = ?2 AND next_at < ?1"
                         " ORDER BY next_at LIMIT 1");
STORE_SQL(sql_line_first, "SELECT run_at FROM notice WHERE " NOTICE_OF_LINE
                          " AND " SCHEMA_NOTICE_IS_HEAD " ORDER BY run_at LIMIT 1");
STORE_SQL(sql_line_set, "UPDATE notice_line SET next_at = ?3, closed_until = ?4, failures = ?5"
                        " WHERE " NOTICE_OF_LINE);
STORE_SQL(sql_line_drop, "DELETE FROM notice_line WHERE " NOTICE_OF_LINE);
/* All lines, once at start. */
STORE_SQL(sql_line_release,
          "UPDATE notice_line SET closed_until = CASE WHEN closed_until = ?1 THEN 0"
          " ELSE closed_until END, next_at = CASE WHEN closed_until = ?1 THEN 0"
          " ELSE closed_until END");

static void notice_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_notice *notice = out;
    *notice = (struct store_notice){
        .channel = (enum notice_channel)row_word(stmt, 3, &words_notice_channel),
        .payload = db_text(stmt, 5, arena),
        .attempts = (int)db_int(stmt, 6),
        .taken = (int)db_int(stmt, 7),
        .run_at = db_int(stmt, 8),
        .lease_owner = db_int(stmt, 9),
        .set_aside_at = db_int(stmt, 10),
        .last_error = db_text(stmt, 11, arena),
        .created_at = db_int(stmt, 12),
    };
    row_id(stmt, 0, ID_NOTICE, notice->id);
    row_id(stmt, 1, ID_EVENT, notice->event_id);
    row_id(stmt, 2, ID_DELIVERY, notice->delivery_id);
    const char *target = db_text_here(stmt, 4);
    snprintf(notice->target, sizeof notice->target, "%s", target ? target : "");
}

static void line_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_line *line = out;
    *line = (struct store_line){
        .channel = (enum notice_channel)row_word(stmt, 0, &words_notice_channel),
        .next_at = db_int(stmt, 2),
        .closed_until = db_int(stmt, 3),
        .failures = (int)db_int(stmt, 4),
    };
    const char *target = db_text_here(stmt, 1);
    snprintf(line->target, sizeof line->target, "%s", target ? target : "");
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Begins a statement on a line: parameters 1 and 2. */
static int line_query(struct db_tx *tx, const char *sql, const struct store_line *line,
                      struct db_stmt **stmt_out)
{
    int fault = db_query(tx, sql, stmt_out);
    if (fault)
        return fault;
    row_bind_word(*stmt_out, 1, &words_notice_channel, line->channel);
    db_bind_text(*stmt_out, 2, line->target);
    return 0;
}

static struct store_line line_of(const struct store_notice *notice)
{
    struct store_line line = {.channel = notice->channel};
    memcpy(line.target, notice->target, sizeof line.target);
    return line;
}

/* Makes the line, or has it looked at no later than `at`, unless it is closed. */
static int line_open(struct db_tx *tx, const struct store_line *line, int64_t at)
{
    struct db_stmt *stmt;
    int fault = line_query(tx, sql_line_open, line, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 3, at);
    return row_write(tx, stmt, 0);
}

int store_line_due(struct db_tx *tx, const struct store_line_ask *ask, struct arena *arena,
                   struct store_lines *out)
{
    static const struct row_shape shape = {line_read, sizeof(struct store_line)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_line_due, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, ask->now);
    row_bind_word(stmt, 3, &words_notice_channel, ask->channel);
    fault = row_page(stmt, (struct row_cut){2, ask->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_line_next(struct db_tx *tx, enum notice_channel channel, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_line_next, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, STORE_LINE_NEVER);
    row_bind_word(stmt, 2, &words_notice_channel, channel);
    return row_number(stmt, out);
}

int store_line_set(struct db_tx *tx, const struct store_line *line)
{
    struct db_stmt *stmt;
    int64_t first = STORE_LINE_NEVER;
    int result = line_query(tx, sql_line_first, line, &stmt);
    if (result)
        return result;
    result = row_number(stmt, &first);
    if (result < 0)
        return result;
    if (result == STORE_NOT_FOUND && line->held == 0) {
        result = line_query(tx, sql_line_drop, line, &stmt);
        return result ? result : row_write(tx, stmt, STORE_NOT_FOUND);
    }
    result = line_query(tx, sql_line_set, line, &stmt);
    if (result)
        return result;
    db_bind_int(stmt, 3, first > line->closed_until ? first : line->closed_until);
    db_bind_int(stmt, 4, line->closed_until);
    db_bind_int(stmt, 5, line->failures);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

/* --- making and taking ------------------------------------------------------------------------ */

int store_notice_insert(struct db_tx *tx, struct store_notice *notice)
{
    struct store_line line = line_of(notice);
    struct db_stmt *stmt;
    int64_t behind;
    int fault = line_query(tx, sql_notice_insert, &line, &stmt);
    if (fault)
        return fault;
    id_new(ID_NOTICE, notice->id);
    row_bind_id(stmt, 3, ID_DELIVERY, notice->delivery_id);
    row_bind_id(stmt, 4, ID_NOTICE, notice->id);
    row_bind_id(stmt, 5, ID_EVENT, notice->event_id);
    db_bind_text(stmt, 6, notice->payload);
    db_bind_int(stmt, 7, notice->run_at);
    db_bind_int(stmt, 8, notice->created_at);
    fault = row_number(stmt, &behind);
    if (fault)
        return fault;
    return behind ? 0 : line_open(tx, &line, notice->run_at);
}

int store_notice_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_notice *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_notice_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_NOTICE, id);
    return row_one(stmt, notice_read, arena, out);
}

int store_notice_take(struct db_tx *tx, const struct store_notice_take *take, struct arena *arena,
                      struct store_notice *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_notice_take, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_notice_channel, take->channel);
    db_bind_text(stmt, 2, take->target);
    db_bind_int(stmt, 3, take->now);
    db_bind_int(stmt, 4, take->owner);
    return row_one(stmt, notice_read, arena, out);
}

/* --- the holder's words ----------------------------------------------------------------------- */

/* Begins a statement on a held notice: parameters 1 to 3. */
static int notice_query_held(struct db_tx *tx, const char *sql, const struct store_notice *notice,
                             struct db_stmt **stmt_out)
{
    int fault = db_query(tx, sql, stmt_out);
    if (fault)
        return fault;
    row_bind_id(*stmt_out, 1, ID_NOTICE, notice->id);
    db_bind_int(*stmt_out, 2, notice->lease_owner);
    db_bind_int(*stmt_out, 3, notice->taken);
    return 0;
}

/* The next of the delivery becomes head. */
static int notice_next_head(struct db_tx *tx, const struct store_notice *notice)
{
    struct store_line line = line_of(notice);
    struct db_stmt *stmt;
    int fault = line_query(tx, sql_notice_next_head, &line, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 3, ID_DELIVERY, notice->delivery_id);
    return row_write(tx, stmt, 0);
}

int store_notice_finish(struct db_tx *tx, const struct store_notice *notice)
{
    struct db_stmt *stmt;
    int result = notice_query_held(tx, sql_notice_finish, notice, &stmt);
    if (result == 0)
        result = row_write(tx, stmt, STORE_NOT_FOUND);
    return result ? result : notice_next_head(tx, notice);
}

int store_notice_back_off(struct db_tx *tx, const struct store_notice *notice, int64_t run_at,
                          const char *error)
{
    struct db_stmt *stmt;
    int fault = notice_query_held(tx, sql_notice_back_off, notice, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 4, run_at);
    db_bind_text(stmt, 5, error);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_notice_put_back(struct db_tx *tx, const struct store_notice *notice, int64_t run_at)
{
    struct db_stmt *stmt;
    int fault = notice_query_held(tx, sql_notice_put_back, notice, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 4, run_at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_notice_set_aside(struct db_tx *tx, const struct store_notice *notice, int64_t now,
                           const char *error)
{
    struct db_stmt *stmt;
    int result = notice_query_held(tx, sql_notice_set_aside, notice, &stmt);
    if (result)
        return result;
    db_bind_int(stmt, 4, now);
    db_bind_text(stmt, 5, error);
    result = row_write(tx, stmt, STORE_NOT_FOUND);
    return result ? result : notice_next_head(tx, notice);
}

/* --- the administrator's words, the start's, the sweep's ---------------------------------------
 */

/* Which line a notice stands in; needs no arena. */
static void line_of_notice_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_line *line = out;
    const char *target = db_text_here(stmt, 4);
    *line = (struct store_line){.channel =
                                    (enum notice_channel)row_word(stmt, 3, &words_notice_channel)};
    snprintf(line->target, sizeof line->target, "%s", target ? target : "");
}

int store_notice_retry(struct db_tx *tx, const char *id, int64_t now)
{
    struct store_line line;
    struct db_stmt *stmt;
    int result = db_query(tx, sql_notice_retry, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_NOTICE, id);
    db_bind_int(stmt, 2, now);
    result = row_one(stmt, line_of_notice_read, NULL, &line);
    return result ? result : line_open(tx, &line, now);
}

int store_notice_drop_target(struct db_tx *tx, const struct store_line *line, int limit,
                             int *dropped_out)
{
    struct db_stmt *stmt;
    *dropped_out = 0;
    int result = line_query(tx, sql_notice_drop_target, line, &stmt);
    if (result == 0)
        result = row_sweep(tx, stmt, 3, limit, dropped_out);
    if (result == 0 && *dropped_out < limit) {
        result = line_query(tx, sql_line_drop, line, &stmt);
        if (result == 0)
            result = row_write(tx, stmt, 0);
    }
    return result;
}

int store_notice_release(struct db_tx *tx, int64_t boot, int64_t now, int64_t *released_out)
{
    struct db_stmt *stmt;
    *released_out = 0;
    int fault = db_query(tx, sql_notice_release, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, boot);
    db_bind_int(stmt, 2, now);
    fault = row_write(tx, stmt, 0);
    if (fault)
        return fault;
    *released_out = db_changes(tx);
    fault = db_query(tx, sql_line_release, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, STORE_LINE_NEVER);
    return row_write(tx, stmt, 0);
}

int store_notice_list_set_aside(struct db_tx *tx, const struct store_page *page,
                                struct arena *arena, struct store_notices *out)
{
    static const struct row_shape shape = {notice_read, sizeof(struct store_notice)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_notice_list_set_aside, &stmt);
    if (fault)
        return fault;
    row_bind_after(stmt, 1, ID_NOTICE, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){2, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

static int notice_count(struct db_tx *tx, const char *sql, enum notice_channel channel,
                        int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_notice_channel, channel);
    db_bind_int(stmt, 2, NOTICE_COUNT_CEILING);
    return row_number(stmt, out);
}

int store_notice_count(struct db_tx *tx, enum notice_channel channel,
                       struct store_notice_counts *out)
{
    int fault = notice_count(tx, sql_notice_count_all, channel, &out->queued);
    return fault ? fault : notice_count(tx, sql_notice_count_set_aside, channel, &out->set_aside);
}

int store_notice_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out)
{
    *deleted_out = 0;
    for (int channel = 0; channel < NOTICE_CHANNEL_COUNT && *deleted_out < limit; channel++) {
        struct db_stmt *stmt;
        int deleted = 0, fault = db_query(tx, sql_notice_sweep, &stmt);
        if (fault)
            return fault;
        db_bind_int(stmt, 1, before);
        row_bind_word(stmt, 3, &words_notice_channel, channel);
        fault = row_sweep(tx, stmt, 2, limit - *deleted_out, &deleted);
        if (fault)
            return fault;
        *deleted_out += deleted;
    }
    return 0;
}
