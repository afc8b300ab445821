/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts and sign-in codes. Sessions are in session.c.
 */
#include "store/account.h"

#include "base/text.h"
#include "store/row.h"

#define ACCOUNT_COLUMNS "id, email, consent, created_at"

STORE_SQL(sql_account_insert, "INSERT INTO account (" ACCOUNT_COLUMNS ") VALUES (?1, ?2, ?3, ?4)"
                              " ON CONFLICT DO NOTHING");
STORE_SQL(sql_account_get, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?1");
STORE_SQL(sql_account_by_email, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE email = ?1");
STORE_SQL(sql_account_set_consent, "UPDATE account SET consent = ?2 WHERE id = ?1");
STORE_SQL(sql_code_put,
          "INSERT INTO sign_in_code (email, mac, created_at, expires_at, tries_left)"
          " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (email) DO UPDATE SET mac = excluded.mac,"
          " created_at = excluded.created_at, expires_at = excluded.expires_at,"
          " tries_left = excluded.tries_left");
/* Spends the try before the code is compared: no answer is given that has not been counted. */
STORE_SQL(sql_code_try, "UPDATE sign_in_code SET tries_left = tries_left - 1"
                        " WHERE email = ?1 AND tries_left > 0 AND expires_at > ?2 RETURNING mac");
STORE_SQL(sql_code_consume, "DELETE FROM sign_in_code WHERE email = ?1");
STORE_SQL(sql_code_sweep, "DELETE FROM sign_in_code WHERE email IN (SELECT email FROM sign_in_code"
                          " WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");

/* --- accounts -------------------------------------------------------------------------------- */

static void account_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_account *account = out;
    *account = (struct store_account){
        .email = db_text(stmt, 1, arena),
        .consent = (enum consent)row_word(stmt, 2, &words_consent),
        .created_at = db_int(stmt, 3),
    };
    row_id(stmt, 0, ID_ACCOUNT, account->id);
}

int store_account_insert(struct db_tx *tx, const struct store_account *account)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_account_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account->id);
    db_bind_text(stmt, 2, account->email);
    row_bind_word(stmt, 3, &words_consent, account->consent);
    db_bind_int(stmt, 4, account->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_account_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct store_account *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_account_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, id);
    return row_one(stmt, account_read, arena, out);
}

int store_account_by_email(struct db_tx *tx, const char *email, struct arena *arena,
                           struct store_account *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_account_by_email, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, email);
    return row_one(stmt, account_read, arena, out);
}

int store_account_set_consent(struct db_tx *tx, const char *id, enum consent consent)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_account_set_consent, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, id);
    row_bind_word(stmt, 2, &words_consent, consent);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

/* --- sign-in codes --------------------------------------------------------------------------- */

int store_code_put(struct db_tx *tx, const struct store_code *code)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_code_put, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, code->email);
    db_bind_blob(stmt, 2, code->mac, STORE_HASH);
    db_bind_int(stmt, 3, code->created_at);
    db_bind_int(stmt, 4, code->expires_at);
    db_bind_int(stmt, 5, code->tries_left);
    return row_write(tx, stmt, 0);
}

static void code_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    db_blob_fixed(stmt, 0, out, STORE_HASH);
}

int store_code_try(struct db_tx *tx, const char *email, const uint8_t mac[STORE_HASH], int64_t now,
                   enum store_code_answer *answer_out)
{
    uint8_t right[STORE_HASH];
    struct db_stmt *stmt;
    int result = db_query(tx, sql_code_try, &stmt);
    if (result)
        return result;
    db_bind_text(stmt, 1, email);
    db_bind_int(stmt, 2, now);
    result = row_one(stmt, code_read, NULL, right);
    if (result) {
        *answer_out = STORE_CODE_NONE;
        return result == STORE_NOT_FOUND ? 0 : result;
    }
    if (!text_same_secret(mac, right, STORE_HASH)) {
        *answer_out = STORE_CODE_WRONG;
        return 0;
    }
    *answer_out = STORE_CODE_RIGHT;
    result = db_query(tx, sql_code_consume, &stmt);
    if (result)
        return result;
    db_bind_text(stmt, 1, email);
    return row_write(tx, stmt, 0);
}

int store_code_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_code_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}
