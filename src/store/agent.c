/* SPDX-License-Identifier: Apache-2.0
 *
 * Agents. The two writes of signing in are conditions in SQL, so that two tries at once can neither
 * use one TOTP code twice nor lose a count.
 */
#include "store/agent.h"

#include "store/row.h"

#define AGENT_COLUMNS                                                                              \
    "id, name, role, all_shippers, password_hash, totp_secret, disabled_at, email, totp_step,"     \
    " failed_tries, failed_since, locked_until, created_at, number"

/* Agents are never deleted, so the highest number was never anyone else's. */
STORE_SQL(sql_agent_insert,
          "INSERT INTO agent (" AGENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
          " ?7, ?8, ?9, ?10, ?11, ?12, ?13, (SELECT coalesce(max(number), 0) + 1 FROM agent))"
          " ON CONFLICT DO NOTHING");
STORE_SQL(sql_agent_of_role,
          "SELECT " AGENT_COLUMNS " FROM agent WHERE role = ?1 AND disabled_at IS NULL"
          " AND (all_shippers = 1 OR EXISTS (SELECT 1 FROM agent_shipper"
          " WHERE agent_id = agent.id AND agent_shipper.shipper_id = ?2)) LIMIT ?3");
STORE_SQL(sql_agent_get, "SELECT " AGENT_COLUMNS " FROM agent WHERE id = ?1");
STORE_SQL(sql_agent_by_email, "SELECT " AGENT_COLUMNS " FROM agent WHERE email = ?1");
STORE_SQL(sql_agent_list, "SELECT " AGENT_COLUMNS " FROM agent WHERE id > ?1 ORDER BY id LIMIT ?2");
STORE_SQL(sql_agent_update, "UPDATE agent SET name = ?2, role = ?3, all_shippers = ?4,"
                            " password_hash = ?5, totp_secret = ?6, disabled_at = ?7"
                            " WHERE id = ?1");
STORE_SQL(sql_agent_accept_step,
          "UPDATE agent SET totp_step = ?2, failed_tries = 0,"
          " failed_since = NULL, locked_until = NULL WHERE id = ?1 AND totp_step < ?2");
/* Tries of an earlier window are forgotten; all expressions read the row as it was before. */
#define AGENT_TRIES "(1 + CASE WHEN failed_since > ?2 - ?3 THEN failed_tries ELSE 0 END)"
STORE_SQL(sql_agent_count_failure,
          "UPDATE agent SET"
          " locked_until = CASE WHEN " AGENT_TRIES " >= ?4 THEN ?2 + ?3 ELSE locked_until END,"
          " failed_tries = CASE WHEN " AGENT_TRIES " >= ?4 THEN 0 ELSE " AGENT_TRIES " END,"
          " failed_since = CASE WHEN " AGENT_TRIES " >= ?4 THEN NULL"
          " WHEN failed_since > ?2 - ?3 THEN failed_since ELSE ?2 END"
          " WHERE id = ?1");

STORE_SQL(sql_agent_shippers, "SELECT shipper_id FROM agent_shipper WHERE agent_id = ?1"
                              " ORDER BY shipper_id LIMIT ?2");
STORE_SQL(sql_agent_forget_shippers, "DELETE FROM agent_shipper WHERE agent_id = ?1");
STORE_SQL(sql_agent_add_shipper, "INSERT INTO agent_shipper (agent_id, shipper_id)"
                                 " VALUES (?1, ?2) ON CONFLICT DO NOTHING");

/* Parameters 1 to 7. */
static void agent_bind(struct db_stmt *stmt, const struct store_agent *agent)
{
    row_bind_id(stmt, 1, ID_AGENT, agent->id);
    db_bind_text(stmt, 2, agent->name);
    row_bind_word(stmt, 3, &words_agent_role, agent->role);
    db_bind_int(stmt, 4, agent->shippers.all);
    db_bind_text(stmt, 5, agent->password_hash);
    db_bind_blob(stmt, 6, agent->totp_secret.data, agent->totp_secret.len);
    row_bind_time(stmt, 7, agent->disabled_at);
}

static void agent_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_agent *agent = out;
    *agent = (struct store_agent){
        .name = db_text(stmt, 1, arena),
        .role = (enum agent_role)row_word(stmt, 2, &words_agent_role),
        .shippers = {.all = db_int(stmt, 3) != 0},
        .password_hash = db_text(stmt, 4, arena),
        .totp_secret = db_blob(stmt, 5, arena),
        .disabled_at = db_int(stmt, 6),
        .email = db_text(stmt, 7, arena),
        .totp_step = db_int(stmt, 8),
        .failed_tries = (int)db_int(stmt, 9),
        .failed_since = db_int(stmt, 10),
        .locked_until = db_int(stmt, 11),
        .created_at = db_int(stmt, 12),
        .number = (int)db_int(stmt, 13),
    };
    row_id(stmt, 0, ID_AGENT, agent->id);
}

/* --- whom they work for ----------------------------------------------------------------------- */

bool store_agent_serves(const struct store_agent_shippers *shippers, const char *shipper_id)
{
    bool serves = shippers->all;
    for (int i = 0; !serves && i < shippers->count; i++)
        serves = strcmp(shippers->ids[i], shipper_id) == 0;
    return serves && shipper_id[0];
}

static void shipper_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    row_id(stmt, 0, ID_SHIPPER, out);
}

static int read_shippers(struct db_tx *tx, struct arena *arena, struct store_agent *agent)
{
    static const struct row_shape shape = {shipper_read, ID_ROOM};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = agent->shippers.all ? 0 : db_query(tx, sql_agent_shippers, &stmt);
    if (fault || agent->shippers.all)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, agent->id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    agent->shippers.ids = list.items;
    agent->shippers.count = list.count;
    return fault;
}

static int write_shippers(struct db_tx *tx, const struct store_agent *agent)
{
    struct db_stmt *stmt;
    int result = db_query(tx, sql_agent_forget_shippers, &stmt);
    if (result != 0)
        return result;
    row_bind_id(stmt, 1, ID_AGENT, agent->id);
    result = row_write(tx, stmt, 0);
    for (int i = 0; result == 0 && !agent->shippers.all && i < agent->shippers.count; i++) {
        result = db_query(tx, sql_agent_add_shipper, &stmt);
        if (result != 0)
            return result;
        row_bind_id(stmt, 1, ID_AGENT, agent->id);
        row_bind_id(stmt, 2, ID_SHIPPER, agent->shippers.ids[i]);
        result = row_write(tx, stmt, 0); /* one that is named twice is there once */
    }
    return result;
}

/* --- agents ----------------------------------------------------------------------------------- */

int store_agent_insert(struct db_tx *tx, const struct store_agent *agent)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_insert, &stmt);
    if (fault)
        return fault;
    agent_bind(stmt, agent);
    db_bind_text(stmt, 8, agent->email);
    db_bind_int(stmt, 9, agent->totp_step);
    db_bind_int(stmt, 10, agent->failed_tries);
    row_bind_time(stmt, 11, agent->failed_since);
    row_bind_time(stmt, 12, agent->locked_until);
    db_bind_int(stmt, 13, agent->created_at);
    fault = row_write(tx, stmt, STORE_EXISTS);
    return fault ? fault : write_shippers(tx, agent);
}

int store_agent_get(struct db_tx *tx, const char *id, struct arena *arena, struct store_agent *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, id);
    fault = row_one(stmt, agent_read, arena, out);
    return fault ? fault : read_shippers(tx, arena, out);
}

int store_agent_list(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                     struct store_agents *out)
{
    static const struct row_shape shape = {agent_read, sizeof(struct store_agent)};
    struct row_list list = {0};
    struct db_stmt *stmt;
    int result = db_query(tx, sql_agent_list, &stmt);
    if (result)
        return result;
    row_bind_after(stmt, 1, ID_AGENT, page->after, ROW_OLDEST_FIRST);
    result = row_page(stmt, (struct row_cut){2, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    for (int i = 0; result == 0 && i < out->count; i++)
        result = read_shippers(tx, arena, &out->items[i]);
    return result;
}

int store_agent_by_email(struct db_tx *tx, const char *email, struct arena *arena,
                         struct store_agent *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_by_email, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, email);
    fault = row_one(stmt, agent_read, arena, out);
    return fault ? fault : read_shippers(tx, arena, out);
}

int store_agent_update(struct db_tx *tx, const struct store_agent *agent)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_update, &stmt);
    if (fault)
        return fault;
    agent_bind(stmt, agent);
    fault = row_write(tx, stmt, STORE_NOT_FOUND);
    return fault ? fault : write_shippers(tx, agent);
}

int store_agent_accept_step(struct db_tx *tx, const char *id, int64_t step)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_accept_step, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, id);
    db_bind_int(stmt, 2, step);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_agent_count_failure(struct db_tx *tx, const char *id, const struct store_failure *failure)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_count_failure, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_AGENT, id);
    db_bind_int(stmt, 2, failure->now);
    db_bind_int(stmt, 3, failure->window);
    db_bind_int(stmt, 4, failure->most);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_agent_of_role(struct db_tx *tx, enum agent_role role, const char *shipper_id,
                        struct arena *arena, struct store_agents *out)
{
    static const struct row_shape shape = {agent_read, sizeof(struct store_agent)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_agent_of_role, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_agent_role, (int)role);
    row_bind_id(stmt, 2, ID_SHIPPER, shipper_id);
    fault = row_page(stmt, (struct row_cut){3, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
