/* SPDX-License-Identifier: Apache-2.0
 *
 * That no credential is two people's, and that no challenge is answered twice, is held by keys of
 * the database: two requests at once cannot both have it.
 */
#include "store/passkey.h"

#include "store/row.h"

#define PASSKEY_COLUMNS                                                                            \
    "id, kind, subject_id, credential, algorithm, public_key, counter, backup_eligible, "          \
    "backed_up,"                                                                                   \
    " name, created_at, used_at, doubted_at"

STORE_SQL(sql_passkey_insert,
          "INSERT INTO passkey (" PASSKEY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
          " ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING");
STORE_SQL(sql_passkey_get, "SELECT " PASSKEY_COLUMNS " FROM passkey WHERE id = ?1");
STORE_SQL(sql_passkey_by_credential,
          "SELECT " PASSKEY_COLUMNS " FROM passkey WHERE credential = ?1");
STORE_SQL(sql_passkey_list, "SELECT " PASSKEY_COLUMNS " FROM passkey"
                            " WHERE kind = ?1 AND subject_id = ?2 ORDER BY id LIMIT ?3");
STORE_SQL(sql_passkey_count, "SELECT count(*) FROM passkey WHERE kind = ?1 AND subject_id = ?2");
STORE_SQL(sql_passkey_update, "UPDATE passkey SET counter = ?2, backed_up = ?3, used_at = ?4,"
                              " doubted_at = ?5 WHERE id = ?1");
STORE_SQL(sql_passkey_delete, "DELETE FROM passkey WHERE id = ?1");
STORE_SQL(sql_passkey_delete_all, "DELETE FROM passkey WHERE kind = ?1 AND subject_id = ?2");
STORE_SQL(sql_challenge_spend, "INSERT INTO passkey_spent (challenge_hash, expires_at)"
                               " VALUES (?1, ?2) ON CONFLICT DO NOTHING");
STORE_SQL(sql_challenge_sweep,
          "DELETE FROM passkey_spent WHERE challenge_hash IN (SELECT challenge_hash"
          " FROM passkey_spent WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");
STORE_SQL(sql_invitation_put,
          "INSERT INTO invitation (agent_id, token_hash, expires_at) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (agent_id) DO UPDATE SET token_hash = excluded.token_hash,"
          " expires_at = excluded.expires_at");
STORE_SQL(sql_invitation_get,
          "SELECT agent_id FROM invitation WHERE token_hash = ?1 AND expires_at > ?2");
STORE_SQL(sql_invitation_of_agent,
          "SELECT expires_at FROM invitation WHERE agent_id = ?1 AND expires_at > ?2");
STORE_SQL(sql_invitation_delete, "DELETE FROM invitation WHERE agent_id = ?1");
STORE_SQL(sql_invitation_sweep,
          "DELETE FROM invitation WHERE agent_id IN (SELECT agent_id FROM invitation"
          " WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");

static const char *subject_prefix(enum session_kind kind)
{
    return kind == SESSION_AGENT ? ID_AGENT : ID_ACCOUNT;
}

/* ---- passkeys ---- */

static void passkey_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_passkey *passkey = out;
    *passkey = (struct store_passkey){
        .kind = (enum session_kind)row_word(stmt, 1, &words_session_kind),
        .credential = db_blob(stmt, 3, arena),
        .algorithm = (int)db_int(stmt, 4),
        .public_key = db_blob(stmt, 5, arena),
        .counter = (uint32_t)db_int(stmt, 6),
        .backup_eligible = db_int(stmt, 7) != 0,
        .backed_up = db_int(stmt, 8) != 0,
        .name = db_text(stmt, 9, arena),
        .created_at = db_int(stmt, 10),
        .used_at = db_int(stmt, 11),
        .doubted_at = db_int(stmt, 12),
    };
    row_id(stmt, 0, ID_PASSKEY, passkey->id);
    row_id(stmt, 2, subject_prefix(passkey->kind), passkey->subject_id);
}

int store_passkey_insert(struct db_tx *tx, const struct store_passkey *passkey)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PASSKEY, passkey->id);
    row_bind_word(stmt, 2, &words_session_kind, passkey->kind);
    row_bind_id(stmt, 3, subject_prefix(passkey->kind), passkey->subject_id);
    db_bind_blob(stmt, 4, passkey->credential.data, passkey->credential.len);
    db_bind_int(stmt, 5, passkey->algorithm);
    db_bind_blob(stmt, 6, passkey->public_key.data, passkey->public_key.len);
    db_bind_int(stmt, 7, passkey->counter);
    db_bind_bool(stmt, 8, passkey->backup_eligible);
    db_bind_bool(stmt, 9, passkey->backed_up);
    db_bind_text(stmt, 10, passkey->name);
    db_bind_int(stmt, 11, passkey->created_at);
    row_bind_time(stmt, 12, passkey->used_at);
    row_bind_time(stmt, 13, passkey->doubted_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_passkey_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct store_passkey *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PASSKEY, id);
    return row_one(stmt, passkey_read, arena, out);
}

int store_passkey_by_credential(struct db_tx *tx, struct span credential, struct arena *arena,
                                struct store_passkey *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_by_credential, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, credential.data, credential.len);
    return row_one(stmt, passkey_read, arena, out);
}

/* Parameters 1 and 2. */
static void bind_owner(struct db_stmt *stmt, struct store_owner owner)
{
    row_bind_word(stmt, 1, &words_session_kind, owner.kind);
    row_bind_id(stmt, 2, subject_prefix(owner.kind), owner.id);
}

int store_passkey_list(struct db_tx *tx, struct store_owner owner, struct arena *arena,
                       struct store_passkeys *out)
{
    static const struct row_shape shape = {passkey_read, sizeof(struct store_passkey)};
    struct row_list list = {0};
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_list, &stmt);
    if (fault)
        return fault;
    bind_owner(stmt, owner);
    int result = row_page(stmt, (struct row_cut){3, STORE_PASSKEYS}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return result;
}

int store_passkey_count(struct db_tx *tx, struct store_owner owner, int *out)
{
    int64_t count = 0;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_count, &stmt);
    if (fault)
        return fault;
    bind_owner(stmt, owner);
    int result = row_number(stmt, &count);
    *out = (int)count;
    return result;
}

int store_passkey_update(struct db_tx *tx, const struct store_passkey *passkey)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_update, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PASSKEY, passkey->id);
    db_bind_int(stmt, 2, passkey->counter);
    db_bind_bool(stmt, 3, passkey->backed_up);
    row_bind_time(stmt, 4, passkey->used_at);
    row_bind_time(stmt, 5, passkey->doubted_at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_passkey_delete(struct db_tx *tx, const char *id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_delete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PASSKEY, id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_passkey_delete_all(struct db_tx *tx, struct store_owner owner)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_passkey_delete_all, &stmt);
    if (fault)
        return fault;
    bind_owner(stmt, owner);
    return row_write(tx, stmt, 0);
}

/* ---- challenges ---- */

int store_challenge_spend(struct db_tx *tx, const uint8_t challenge_hash[STORE_HASH],
                          int64_t expires_at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_challenge_spend, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, challenge_hash, STORE_HASH);
    db_bind_int(stmt, 2, expires_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

static int sweep(struct db_tx *tx, const char *sql, int64_t now, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}

int store_challenge_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out)
{
    return sweep(tx, sql_challenge_sweep, now, limit, deleted_out);
}

/* ---- invitations ---- */

int store_invitation_put(struct db_tx *tx, const char *agent_id,
                         const uint8_t token_hash[STORE_HASH], int64_t expires_at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_invitation_put, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, agent_id);
    db_bind_blob(stmt, 2, token_hash, STORE_HASH);
    db_bind_int(stmt, 3, expires_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

static void agent_id_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    row_id(stmt, 0, ID_AGENT, out);
}

int store_invitation_get(struct db_tx *tx, const uint8_t token_hash[STORE_HASH], int64_t now,
                         char agent_id_out[ID_ROOM])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_invitation_get, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    db_bind_int(stmt, 2, now);
    return row_one(stmt, agent_id_read, NULL, agent_id_out);
}

int store_invitation_of_agent(struct db_tx *tx, const char *agent_id, int64_t now,
                              int64_t *expires_at_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_invitation_of_agent, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, agent_id);
    db_bind_int(stmt, 2, now);
    *expires_at_out = 0;
    int result = row_number(stmt, expires_at_out);
    return result == STORE_NOT_FOUND ? 0 : result;
}

int store_invitation_delete(struct db_tx *tx, const char *agent_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_invitation_delete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, agent_id);
    return row_write(tx, stmt, 0);
}

int store_invitation_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out)
{
    return sweep(tx, sql_invitation_sweep, now, limit, deleted_out);
}
