/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that hangs on an account hangs on its id, so it goes table by table.
 */
#include "store/leaving.h"

#include "base/buf.h"
#include "crypto/hash.h"
#include "store/passkey.h"
#include "store/row.h"

enum { CONTACT_CEILING = 1 << 10 };

STORE_SQL(sql_leave_sessions, "DELETE FROM session WHERE subject_id = ?1 AND kind = 'recipient'");
STORE_SQL(sql_leave_push, "DELETE FROM push_subscription WHERE account_id = ?1");
STORE_SQL(sql_leave_switches, "DELETE FROM preference WHERE owner = ?1");
STORE_SQL(sql_leave_reach, "DELETE FROM reach WHERE account_id = ?1");
STORE_SQL(sql_leave_account, "DELETE FROM account WHERE id = ?1");
STORE_SQL(sql_leave_code, "DELETE FROM sign_in_code WHERE email = ?1");
STORE_SQL(sql_leave_answers, "DELETE FROM idempotency WHERE actor = ?1");
STORE_SQL(sql_leave_address, "DELETE FROM preference WHERE owner = ?1 AND channel = 'mail'");
STORE_SQL(sql_account_used, "UPDATE account SET used_at = ?2 WHERE id = ?1");
STORE_SQL(sql_account_last_use, "SELECT coalesce(used_at, created_at) FROM account WHERE id = ?1");
STORE_SQL(sql_refusal_put, "INSERT INTO kept_refusal (contact_hash, created_at) VALUES (?1, ?2)"
                           " ON CONFLICT DO NOTHING");
STORE_SQL(sql_refusal_has, "SELECT created_at FROM kept_refusal WHERE contact_hash = ?1");
STORE_SQL(sql_refusal_drop, "DELETE FROM kept_refusal WHERE contact_hash = ?1");
STORE_SQL(sql_refusals_outlive, "UPDATE refusal SET owner = ?2, email = NULL, address = NULL"
                                " WHERE owner = ?1 AND kind = 'at_address'");
STORE_SQL(sql_refusals_back, "UPDATE refusal SET owner = ?1, email = ?3 WHERE owner = ?2");
STORE_SQL(sql_refusals_forget, "DELETE FROM refusal WHERE owner = ?1");
STORE_SQL(sql_refusals_told_forget,
          "DELETE FROM refusal WHERE email = ?1 AND kind = 'for_contact'");
STORE_SQL(sql_sessions_of, "SELECT created_at, seen_at, expires_at FROM session"
                           " WHERE subject_id = ?1 AND kind = 'recipient' LIMIT ?2");

static int leave_id(struct db_tx *tx, const char *sql, const char *account_id, int otherwise)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    return row_write(tx, stmt, otherwise);
}

static int leave_text(struct db_tx *tx, const char *sql, const char *text)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, text);
    return row_write(tx, stmt, 0);
}

int store_account_forget(struct db_tx *tx, const char *account_id, const char *email)
{
    static const char *const by_id[] = {sql_leave_sessions, sql_leave_push, sql_leave_switches,
                                        sql_leave_reach};
    char actor[ID_ROOM + 16];
    int result = 0;
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(by_id); i++)
        result = leave_id(tx, by_id[i], account_id, 0);
    snprintf(actor, sizeof actor, "4:%s", account_id); /* as the API names a recipient there */
    if (result == 0)
        result = leave_text(tx, sql_leave_answers, actor);
    if (result == 0)
        result = leave_text(tx, sql_leave_code, email);
    if (result == 0)
        result = store_passkey_delete_all(tx, (struct store_owner){SESSION_RECIPIENT, account_id});
    return result == 0 ? leave_id(tx, sql_leave_account, account_id, STORE_NOT_FOUND) : result;
}

static int with_hash(struct db_tx *tx, const char *sql, const uint8_t hash[STORE_HASH],
                     struct db_stmt **stmt_out)
{
    int fault = db_query(tx, sql, stmt_out);
    if (fault == 0)
        db_bind_blob(*stmt_out, 1, hash, STORE_HASH);
    return fault;
}

int store_address_forget(struct db_tx *tx, const uint8_t address_hash[STORE_HASH])
{
    struct db_stmt *stmt;
    int fault = with_hash(tx, sql_leave_address, address_hash, &stmt);
    return fault ? fault : row_write(tx, stmt, 0);
}

int store_account_used(struct db_tx *tx, const char *account_id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_account_used, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_account_last_use(struct db_tx *tx, const char *account_id, int64_t *at_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_account_last_use, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    return row_number(stmt, at_out);
}

/* What an e-mail is known by in refusals that outlive its account. No kind of refusal is called
 * "contact", so this is no hash that a delivery is held against. */
static void contact_hash(struct db_tx *tx, const char *email, uint8_t out[STORE_HASH])
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTACT_CEILING);
    buf_text(&text, "contact\n");
    buf_text(&text, email);
    hash_hmac((struct span){db_secret(tx), DB_SECRET}, (struct span){text.data, text.len}, out);
}

/* The hash's beginning stands where an account's id stood. */
static int move_refusals(struct db_tx *tx, const char *sql, const struct store_account *account)
{
    uint8_t hash[STORE_HASH];
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    contact_hash(tx, account->email, hash);
    row_bind_id(stmt, 1, ID_ACCOUNT, account->id);
    db_bind_blob(stmt, 2, hash, 16);
    if (sql == sql_refusals_back)
        db_bind_text(stmt, 3, account->email);
    return row_write(tx, stmt, 0);
}

int store_refusal_outlive(struct db_tx *tx, const struct store_account *account, int64_t now,
                          bool *kept_out)
{
    uint8_t hash[STORE_HASH];
    struct db_stmt *stmt;
    *kept_out = false;
    if (!account->email)
        return 0;
    int fault = move_refusals(tx, sql_refusals_outlive, account);
    *kept_out = fault == 0 && (db_changes(tx) > 0 || account->consent == CONSENT_REFUSED);
    if (fault == 0 && account->consent == CONSENT_REFUSED) {
        contact_hash(tx, account->email, hash);
        fault = with_hash(tx, sql_refusal_put, hash, &stmt);
        if (fault)
            return fault;
        db_bind_int(stmt, 2, now);
        fault = row_write(tx, stmt, 0);
    }
    return fault;
}

int store_refusal_come_back(struct db_tx *tx, struct store_account *account)
{
    uint8_t hash[STORE_HASH];
    struct db_stmt *stmt;
    if (!account->email)
        return 0;
    int result = store_kept_refusal_has(tx, account->email);
    if (result == 0)
        account->consent = CONSENT_REFUSED;
    if (result >= 0)
        result = move_refusals(tx, sql_refusals_back, account);
    contact_hash(tx, account->email, hash);
    if (result == 0)
        result = with_hash(tx, sql_refusal_drop, hash, &stmt);
    return result == 0 ? row_write(tx, stmt, 0) : result;
}

int store_refusal_forget(struct db_tx *tx, const struct store_account *account)
{
    int result = leave_id(tx, sql_refusals_forget, account->id, 0);
    return result == 0 ? leave_text(tx, sql_refusals_told_forget, account->email) : result;
}

int store_kept_refusal_has(struct db_tx *tx, const char *email)
{
    int64_t since;
    uint8_t hash[STORE_HASH];
    struct db_stmt *stmt;
    contact_hash(tx, email, hash);
    int fault = with_hash(tx, sql_refusal_has, hash, &stmt);
    return fault ? fault : row_number(stmt, &since);
}

static void session_times_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    *(struct store_session_times *)out =
        (struct store_session_times){db_int(stmt, 0), db_int(stmt, 1), db_int(stmt, 2)};
}

int store_session_of_account(struct db_tx *tx, const char *account_id, struct arena *arena,
                             struct store_session_list *out)
{
    static const struct row_shape shape = {session_times_read, sizeof(struct store_session_times)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_sessions_of, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
