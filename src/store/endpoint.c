/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints and attempts. The kinds of an endpoint are stored by their names, so that the order of
 * the list of words may change.
 */
#include "store/endpoint.h"

#include <assert.h>

#include "base/clock.h"
#include "store/row.h"

static_assert(EVENT_KIND_COUNT <= 31, "kinds are bits, and one more");

enum { KINDS_ROOM = EVENT_KIND_COUNT * 32 };

/* Wants something, but nothing that this program knows: a later one wrote the row. */
#define KINDS_UNKNOWN (UINT32_C(1) << 31)

#define ENDPOINT_COLUMNS                                                                           \
    "id, shipper_id, url, kinds, key_version, old_keys_until, created_at, stopped_at, stop,"       \
    " failing_since, succeeded_at"
#define ATTEMPT_COLUMNS                                                                            \
    "id, endpoint_id, event_id, type, number, at, status, took_ms, outcome, reason, next_at"

STORE_SQL(sql_endpoint_insert,
          "INSERT INTO endpoint (" ENDPOINT_COLUMNS ")"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING");
STORE_SQL(sql_endpoint_get, "SELECT " ENDPOINT_COLUMNS " FROM endpoint WHERE id = ?1");
STORE_SQL(sql_endpoint_update,
          "UPDATE endpoint SET url = ?3, kinds = ?4, key_version = ?5, old_keys_until = ?6,"
          " stopped_at = ?8, stop = ?9, failing_since = ?10, succeeded_at = ?11"
          " WHERE id = ?1 AND shipper_id = ?2 AND created_at = ?7");
STORE_SQL(sql_endpoint_delete, "DELETE FROM endpoint WHERE id = ?1");
STORE_SQL(sql_endpoint_list, "SELECT " ENDPOINT_COLUMNS " FROM endpoint"
                             " WHERE shipper_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
STORE_SQL(sql_endpoint_targets,
          "SELECT id, kinds FROM endpoint"
          " WHERE shipper_id = ?1 AND stopped_at IS NULL ORDER BY id LIMIT ?2");
STORE_SQL(sql_endpoint_stop, "UPDATE endpoint SET stopped_at = ?2, stop = ?3"
                             " WHERE id = ?1 AND stopped_at IS NULL");
STORE_SQL(sql_endpoint_succeeded,
          "UPDATE endpoint SET failing_since = NULL, succeeded_at = ?2 WHERE id = ?1 AND"
          " (failing_since IS NOT NULL OR succeeded_at IS NULL OR succeeded_at <= ?3)");
STORE_SQL(sql_endpoint_failed, "UPDATE endpoint SET failing_since = ?2"
                               " WHERE id = ?1 AND failing_since IS NULL");
STORE_SQL(sql_attempt_insert,
          "INSERT INTO webhook_attempt (" ATTEMPT_COLUMNS ")"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING");
STORE_SQL(sql_attempt_list, "SELECT " ATTEMPT_COLUMNS " FROM webhook_attempt"
                            " WHERE endpoint_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
STORE_SQL(sql_attempt_sweep,
          "DELETE FROM webhook_attempt WHERE id IN (SELECT id FROM webhook_attempt"
          " WHERE at < ?1 ORDER BY at LIMIT ?2)");

/* --- endpoints ------------------------------------------------------------------------------- */

/* "a,b" of the set's kinds; NULL for all. */
static const char *kinds_text(uint32_t kinds, char out[KINDS_ROOM])
{
    size_t len = 0;
    out[0] = 0;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (kinds & UINT32_C(1) << kind)
            len += (size_t)snprintf(out + len, KINDS_ROOM - len, "%s%s", len ? "," : "",
                                    words_name(&words_event_kind, kind));
    return kinds ? out : NULL;
}

/* A kind that this program does not know is passed over: a row that could not be read would undo
 * every change of its shipper's deliveries. */
static uint32_t kinds_read(struct db_stmt *stmt, int column)
{
    const char *text = db_text_here(stmt, column);
    if (!text)
        return 0;
    uint32_t kinds = 0;
    while (*text) {
        char name[32];
        size_t len = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", (int)len, text);
        int kind = words_find(&words_event_kind, name);
        kinds |= kind < 0 ? 0 : UINT32_C(1) << kind;
        text += len + (text[len] == ',');
    }
    return kinds ? kinds : KINDS_UNKNOWN;
}

static void endpoint_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_endpoint *endpoint = out;
    *endpoint = (struct store_endpoint){
        .url = db_text(stmt, 2, arena),
        .kinds = kinds_read(stmt, 3),
        .key_version = (int)db_int(stmt, 4),
        .old_keys_until = db_int(stmt, 5),
        .created_at = db_int(stmt, 6),
        .stopped_at = db_int(stmt, 7),
        .stop = (enum endpoint_stop)row_word(stmt, 8, &words_endpoint_stop),
        .failing_since = db_int(stmt, 9),
        .succeeded_at = db_int(stmt, 10),
    };
    row_id(stmt, 0, ID_WEBHOOK, endpoint->id);
    row_id(stmt, 1, ID_SHIPPER, endpoint->shipper_id);
}

static void bind_endpoint(struct db_stmt *stmt, const struct store_endpoint *endpoint,
                          const char *kinds)
{
    row_bind_id(stmt, 1, ID_WEBHOOK, endpoint->id);
    row_bind_id(stmt, 2, ID_SHIPPER, endpoint->shipper_id);
    db_bind_text(stmt, 3, endpoint->url);
    db_bind_text(stmt, 4, kinds);
    db_bind_int(stmt, 5, endpoint->key_version);
    row_bind_time(stmt, 6, endpoint->old_keys_until);
    db_bind_int(stmt, 7, endpoint->created_at);
    row_bind_time(stmt, 8, endpoint->stopped_at);
    row_bind_word(stmt, 9, &words_endpoint_stop, (int)endpoint->stop);
    row_bind_time(stmt, 10, endpoint->failing_since);
    row_bind_time(stmt, 11, endpoint->succeeded_at);
}

static int write_endpoint(struct db_tx *tx, const char *sql, const struct store_endpoint *endpoint,
                          int otherwise)
{
    char kinds[KINDS_ROOM];
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    bind_endpoint(stmt, endpoint, kinds_text(endpoint->kinds, kinds));
    return row_write(tx, stmt, otherwise);
}

int store_endpoint_insert(struct db_tx *tx, const struct store_endpoint *endpoint)
{
    return write_endpoint(tx, sql_endpoint_insert, endpoint, STORE_EXISTS);
}

int store_endpoint_update(struct db_tx *tx, const struct store_endpoint *endpoint)
{
    return write_endpoint(tx, sql_endpoint_update, endpoint, STORE_NOT_FOUND);
}

int store_endpoint_get(struct db_tx *tx, const char *id, struct arena *arena,
                       struct store_endpoint *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_endpoint_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_WEBHOOK, id);
    return row_one(stmt, endpoint_read, arena, out);
}

int store_endpoint_delete(struct db_tx *tx, const char *id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_endpoint_delete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_WEBHOOK, id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_endpoint_list(struct db_tx *tx, const char *shipper_id, const struct store_page *page,
                        struct arena *arena, struct store_endpoints *out)
{
    static const struct row_shape shape = {endpoint_read, sizeof(struct store_endpoint)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_endpoint_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    row_bind_after(stmt, 2, ID_WEBHOOK, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_endpoint_targets(struct db_tx *tx, const char *shipper_id, enum event_kind kind,
                           struct store_targets *out)
{
    struct db_stmt *stmt;
    out->count = 0;
    int result = db_query(tx, sql_endpoint_targets, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    db_bind_int(stmt, 2, STORE_PAGE_LIMIT);
    while ((result = db_step(stmt)) == DB_ROW) {
        struct store_endpoint endpoint = {.kinds = kinds_read(stmt, 1)};
        row_id(stmt, 0, ID_WEBHOOK, out->id[out->count]);
        result = db_fault(stmt);
        if (result) {
            db_done(stmt);
            return result;
        }
        out->count += store_endpoint_wants(&endpoint, kind);
    }
    return result;
}

int store_endpoint_stop(struct db_tx *tx, const char *id, enum endpoint_stop why, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_endpoint_stop, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_WEBHOOK, id);
    db_bind_int(stmt, 2, now);
    row_bind_word(stmt, 3, &words_endpoint_stop, (int)why);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_endpoint_succeeded(struct db_tx *tx, const char *id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_endpoint_succeeded, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_WEBHOOK, id);
    db_bind_int(stmt, 2, now);
    db_bind_int(stmt, 3, now - CLOCK_MINUTE);
    return row_write(tx, stmt, 0);
}

int store_endpoint_failed(struct db_tx *tx, const char *id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_endpoint_failed, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_WEBHOOK, id);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, 0);
}

/* --- attempts -------------------------------------------------------------------------------- */

static void attempt_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_webhook_attempt *attempt = out;
    *attempt = (struct store_webhook_attempt){
        .type = db_text(stmt, 3, arena),
        .number = (int)db_int(stmt, 4),
        .at = db_int(stmt, 5),
        .status = (int)db_int(stmt, 6),
        .took_ms = row_slot(stmt, 7),
        .outcome = db_text(stmt, 8, arena),
        .reason = db_text(stmt, 9, arena),
        .next_at = db_int(stmt, 10),
    };
    row_id(stmt, 0, ID_ATTEMPT, attempt->id);
    row_id(stmt, 1, ID_WEBHOOK, attempt->endpoint_id);
    row_id(stmt, 2, ID_EVENT, attempt->event_id);
}

int store_webhook_attempt_insert(struct db_tx *tx, const struct store_webhook_attempt *attempt)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_attempt_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ATTEMPT, attempt->id);
    row_bind_id(stmt, 2, ID_WEBHOOK, attempt->endpoint_id);
    row_bind_id(stmt, 3, ID_EVENT, attempt->event_id);
    db_bind_text(stmt, 4, attempt->type);
    db_bind_int(stmt, 5, attempt->number);
    db_bind_int(stmt, 6, attempt->at);
    row_bind_time(stmt, 7, attempt->status);
    row_bind_slot(stmt, 8, attempt->took_ms);
    db_bind_text(stmt, 9, attempt->outcome);
    db_bind_text(stmt, 10, attempt->reason);
    row_bind_time(stmt, 11, attempt->next_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_webhook_attempt_list(struct db_tx *tx, const char *endpoint_id,
                               const struct store_page *page, struct arena *arena,
                               struct store_webhook_attempts *out)
{
    static const struct row_shape shape = {attempt_read, sizeof(struct store_webhook_attempt)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_attempt_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_WEBHOOK, endpoint_id);
    row_bind_after(stmt, 2, ID_ATTEMPT, page->after, ROW_NEWEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_webhook_attempt_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_attempt_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, before);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}
