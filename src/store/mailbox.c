/* SPDX-License-Identifier: Apache-2.0
 *
 * One row a mailbox that refuses; a server whose mail arrives has none.
 */
#include "store/mailbox.h"

#include "store/row.h"

STORE_SQL(sql_mailbox_get, "SELECT address_hash, refusals, reply, refused_at, rest_until"
                           " FROM mailbox WHERE address_hash = ?1");
STORE_SQL(sql_mailbox_put,
          "INSERT OR REPLACE INTO mailbox (address_hash, refusals, reply, refused_at, rest_until)"
          " VALUES (?1, ?2, ?3, ?4, ?5)");
STORE_SQL(sql_mailbox_forget, "DELETE FROM mailbox WHERE address_hash = ?1");
STORE_SQL(sql_mailbox_sweep, "DELETE FROM mailbox WHERE address_hash IN (SELECT address_hash"
                             " FROM mailbox WHERE rest_until < ?1 ORDER BY rest_until LIMIT ?2)");

static void mailbox_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_mailbox *mailbox = out;
    (void)arena;
    *mailbox = (struct store_mailbox){
        .refusals = (int)db_int(stmt, 1),
        .reply = (int)db_int(stmt, 2),
        .refused_at = db_int(stmt, 3),
        .rest_until = db_int(stmt, 4),
    };
    db_blob_fixed(stmt, 0, mailbox->address_hash, STORE_HASH);
}

int store_mailbox_get(struct db_tx *tx, const uint8_t address_hash[STORE_HASH],
                      struct store_mailbox *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_mailbox_get, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, address_hash, STORE_HASH);
    return row_one(stmt, mailbox_read, NULL, out);
}

int store_mailbox_put(struct db_tx *tx, const struct store_mailbox *mailbox)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_mailbox_put, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, mailbox->address_hash, STORE_HASH);
    db_bind_int(stmt, 2, mailbox->refusals);
    db_bind_int(stmt, 3, mailbox->reply);
    db_bind_int(stmt, 4, mailbox->refused_at);
    db_bind_int(stmt, 5, mailbox->rest_until);
    return row_write(tx, stmt, 0);
}

int store_mailbox_forget(struct db_tx *tx, const uint8_t address_hash[STORE_HASH])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_mailbox_forget, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, address_hash, STORE_HASH);
    return row_write(tx, stmt, 0);
}

int store_mailbox_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_mailbox_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, before);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}
