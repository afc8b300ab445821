/* SPDX-License-Identifier: Apache-2.0
 *
 * A sign-in that came back is kept for as long as its cookie could be shown again: so each write
 * also takes away a few whose time is over, and there is nothing to sweep.
 */
#include "store/identity.h"

#include "store/row.h"

enum { SPENT_SWEEP = 16 };

STORE_SQL(sql_identity_insert, "INSERT INTO agent_identity (issuer, subject, agent_id, by_groups,"
                               " created_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
STORE_SQL(sql_identity_get, "SELECT agent_id, by_groups, created_at FROM agent_identity"
                            " WHERE issuer = ?1 AND subject = ?2");
STORE_SQL(sql_identity_forget, "DELETE FROM agent_identity WHERE agent_id = ?1");
STORE_SQL(sql_oidc_spend, "INSERT INTO oidc_spent (state_hash, expires_at) VALUES (?1, ?2)"
                          " ON CONFLICT DO NOTHING");
STORE_SQL(sql_oidc_sweep, "DELETE FROM oidc_spent WHERE state_hash IN (SELECT state_hash"
                          " FROM oidc_spent WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");

int store_identity_insert(struct db_tx *tx, const struct store_identity *identity)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_identity_insert, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, identity->issuer);
    db_bind_text(stmt, 2, identity->subject);
    row_bind_id(stmt, 3, ID_AGENT, identity->agent_id);
    db_bind_int(stmt, 4, identity->by_groups);
    db_bind_int(stmt, 5, identity->created_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

static void identity_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_identity *identity = out;
    (void)arena;
    row_id(stmt, 0, ID_AGENT, identity->agent_id);
    identity->by_groups = db_int(stmt, 1) != 0;
    identity->created_at = db_int(stmt, 2);
}

int store_identity_get(struct db_tx *tx, const char *issuer, const char *subject,
                       struct store_identity *out)
{
    struct db_stmt *stmt;
    *out = (struct store_identity){.issuer = issuer, .subject = subject};
    int fault = db_query(tx, sql_identity_get, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, issuer);
    db_bind_text(stmt, 2, subject);
    return row_one(stmt, identity_read, NULL, out);
}

int store_identity_forget(struct db_tx *tx, const char *agent_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_identity_forget, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, agent_id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_oidc_spend(struct db_tx *tx, const uint8_t state_hash[STORE_HASH], int64_t expires_at,
                     int64_t now)
{
    int deleted;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_oidc_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    fault = row_sweep(tx, stmt, 2, SPENT_SWEEP, &deleted);
    if (fault == 0)
        fault = db_query(tx, sql_oidc_spend, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, state_hash, STORE_HASH);
    db_bind_int(stmt, 2, expires_at);
    return row_write(tx, stmt, STORE_EXISTS);
}
