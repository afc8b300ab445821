/* SPDX-License-Identifier: Apache-2.0
 *
 * Subscriptions to Web Push.
 */
#include "store/subscription.h"

#include "store/row.h"

#define COLUMNS                                                                                    \
    "s.id, s.account_id, s.session_hash, s.endpoint, s.point, s.auth, s.created_at,"               \
    " s.expires_at, s.tested_at"

STORE_SQL(sql_take_over, "DELETE FROM push_subscription WHERE endpoint = ?1 AND account_id <> ?2");
STORE_SQL(sql_put,
          "INSERT INTO push_subscription (id, account_id, session_hash, endpoint, point, auth,"
          " created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
          " ON CONFLICT (endpoint) DO UPDATE SET session_hash = excluded.session_hash,"
          " point = excluded.point, auth = excluded.auth, expires_at = excluded.expires_at"
          " RETURNING id, created_at, tested_at");
STORE_SQL(sql_trim, "DELETE FROM push_subscription WHERE id IN (SELECT id FROM push_subscription"
                    " WHERE account_id = ?1 ORDER BY id DESC LIMIT 100 OFFSET ?2)");
STORE_SQL(sql_get, "SELECT " COLUMNS " FROM push_subscription s WHERE s.id = ?1");
STORE_SQL(sql_list, "SELECT " COLUMNS " FROM push_subscription s WHERE s.account_id = ?1"
                    " ORDER BY s.id DESC LIMIT ?2");
STORE_SQL(sql_of_email, "SELECT " COLUMNS " FROM account a JOIN push_subscription s"
                        " ON s.account_id = a.id WHERE a.email = ?1 ORDER BY s.id DESC LIMIT ?2");
STORE_SQL(sql_tested, "UPDATE push_subscription SET tested_at = ?2 WHERE id = ?1");
STORE_SQL(sql_delete, "DELETE FROM push_subscription WHERE id = ?1");
STORE_SQL(sql_delete_of_session, "DELETE FROM push_subscription WHERE session_hash = ?1");
STORE_SQL(sql_sweep, "DELETE FROM push_subscription WHERE id IN (SELECT id FROM push_subscription"
                     " WHERE expires_at IS NOT NULL AND expires_at <= ?1"
                     " ORDER BY expires_at LIMIT ?2)");
STORE_SQL(sql_picture_get, "SELECT push_picture FROM account WHERE id = ?1");
STORE_SQL(sql_picture_set, "UPDATE account SET push_picture = ?2 WHERE id = ?1");

static void subscription_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_subscription *subscription = out;
    *subscription = (struct store_subscription){
        .endpoint = db_text(stmt, 3, arena),
        .created_at = db_int(stmt, 6),
        .expires_at = db_int(stmt, 7),
        .tested_at = db_int(stmt, 8),
    };
    row_id(stmt, 0, ID_SUBSCRIPTION, subscription->id);
    row_id(stmt, 1, ID_ACCOUNT, subscription->account_id);
    db_blob_fixed(stmt, 2, subscription->session_hash, STORE_HASH);
    db_blob_fixed(stmt, 4, subscription->point, STORE_PUSH_POINT);
    db_blob_fixed(stmt, 5, subscription->auth, STORE_PUSH_AUTH);
}

/* ---- one ---- */

/* What was there before, for put. */
static void put_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_subscription *subscription = out;
    row_id(stmt, 0, ID_SUBSCRIPTION, subscription->id);
    subscription->created_at = db_int(stmt, 1);
    subscription->tested_at = db_int(stmt, 2);
}

static int take_over(struct db_tx *tx, const struct store_subscription *subscription)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_take_over, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, subscription->endpoint);
    row_bind_id(stmt, 2, ID_ACCOUNT, subscription->account_id);
    return row_write(tx, stmt, 0);
}

static int trim(struct db_tx *tx, const char *account_id, int most)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_trim, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    db_bind_int(stmt, 2, most);
    return row_write(tx, stmt, 0);
}

int store_subscription_put(struct db_tx *tx, struct store_subscription *subscription, int most)
{
    struct db_stmt *stmt;
    int result = take_over(tx, subscription);
    if (result == 0)
        result = db_query(tx, sql_put, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_SUBSCRIPTION, subscription->id);
    row_bind_id(stmt, 2, ID_ACCOUNT, subscription->account_id);
    db_bind_blob(stmt, 3, subscription->session_hash, STORE_HASH);
    db_bind_text(stmt, 4, subscription->endpoint);
    db_bind_blob(stmt, 5, subscription->point, STORE_PUSH_POINT);
    db_bind_blob(stmt, 6, subscription->auth, STORE_PUSH_AUTH);
    db_bind_int(stmt, 7, subscription->created_at);
    row_bind_time(stmt, 8, subscription->expires_at);
    result = row_one(stmt, put_read, NULL, subscription);
    return result ? result : trim(tx, subscription->account_id, most);
}

int store_subscription_get(struct db_tx *tx, const char *id, struct arena *arena,
                           struct store_subscription *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SUBSCRIPTION, id);
    return row_one(stmt, subscription_read, arena, out);
}

int store_subscription_tested(struct db_tx *tx, const char *id, int64_t at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_tested, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SUBSCRIPTION, id);
    row_bind_time(stmt, 2, at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_subscription_delete(struct db_tx *tx, const char *id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SUBSCRIPTION, id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

/* ---- many ---- */

static int list_all(struct db_stmt *stmt, struct arena *arena, struct store_subscriptions *out)
{
    static const struct row_shape shape = {subscription_read, sizeof(struct store_subscription)};
    struct row_list list;
    int fault = row_page(stmt, (struct row_cut){2, STORE_SUBSCRIPTIONS}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_subscription_list(struct db_tx *tx, const char *account_id, struct arena *arena,
                            struct store_subscriptions *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    return list_all(stmt, arena, out);
}

int store_subscription_of_email(struct db_tx *tx, const char *email, struct arena *arena,
                                struct store_subscriptions *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_of_email, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, email);
    return list_all(stmt, arena, out);
}

int store_subscription_delete_of_session(struct db_tx *tx, const uint8_t session_hash[STORE_HASH])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delete_of_session, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, session_hash, STORE_HASH);
    return row_write(tx, stmt, 0);
}

int store_subscription_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}

/* ---- the picture ---- */

int store_push_picture_get(struct db_tx *tx, const char *account_id, bool *out)
{
    struct db_stmt *stmt;
    int64_t picture = 0;
    int result = db_query(tx, sql_picture_get, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    result = row_number(stmt, &picture);
    *out = picture != 0;
    return result;
}

int store_push_picture_set(struct db_tx *tx, const char *account_id, bool picture)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_picture_set, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    db_bind_int(stmt, 2, picture);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}
