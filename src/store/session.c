/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions of recipients and agents (account.h). One that has run out is as good as gone; the sweep
 * only takes its row away.
 */
#include "store/account.h"
#include "store/row.h"

ROW_WORDS(words_session_kind, SESSION_KINDS);

STORE_SQL(sql_session_insert,
          "INSERT INTO session (token_hash, kind, subject_id, created_at, seen_at, expires_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING");
STORE_SQL(sql_session_get,
          "SELECT token_hash, kind, subject_id, created_at, seen_at, expires_at FROM session"
          " WHERE token_hash = ?1 AND expires_at > ?2");
STORE_SQL(sql_session_touch,
          "UPDATE session SET seen_at = ?2, expires_at = ?3 WHERE token_hash = ?1");
STORE_SQL(sql_session_delete, "DELETE FROM session WHERE token_hash = ?1");
STORE_SQL(sql_session_delete_all, "DELETE FROM session WHERE subject_id = ?1 AND kind = ?2");
STORE_SQL(sql_session_sweep,
          "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session"
          " WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");

static const char *session_prefix(enum session_kind kind)
{
    return kind == SESSION_AGENT ? ID_AGENT : ID_ACCOUNT;
}

static void session_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_session *session = out;
    *session = (struct store_session){
        .kind = (enum session_kind)row_word(stmt, 1, &words_session_kind),
        .created_at = db_int(stmt, 3),
        .seen_at = db_int(stmt, 4),
        .expires_at = db_int(stmt, 5),
    };
    db_blob_fixed(stmt, 0, session->token_hash, STORE_HASH);
    row_id(stmt, 2, session_prefix(session->kind), session->subject_id);
}

int store_session_insert(struct db_tx *tx, const struct store_session *session)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_session_insert, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, session->token_hash, STORE_HASH);
    row_bind_word(stmt, 2, &words_session_kind, session->kind);
    row_bind_id(stmt, 3, session_prefix(session->kind), session->subject_id);
    db_bind_int(stmt, 4, session->created_at);
    db_bind_int(stmt, 5, session->seen_at);
    db_bind_int(stmt, 6, session->expires_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_session_get(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t now,
                      struct store_session *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_session_get, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    db_bind_int(stmt, 2, now);
    return row_one(stmt, session_read, NULL, out);
}

int store_session_touch(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t seen_at,
                        int64_t expires_at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_session_touch, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    db_bind_int(stmt, 2, seen_at);
    db_bind_int(stmt, 3, expires_at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_session_delete(struct db_tx *tx, const uint8_t token_hash[STORE_HASH])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_session_delete, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_session_delete_all(struct db_tx *tx, enum session_kind kind, const char *subject_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_session_delete_all, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, session_prefix(kind), subject_id);
    row_bind_word(stmt, 2, &words_session_kind, kind);
    return row_write(tx, stmt, 0);
}

int store_session_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_session_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}
