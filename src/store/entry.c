/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite gives a row the number after the largest there is, so as long as none is deleted the
 * numbers are those of the commits, and a savepoint that was undone leaves no gap.
 */
#include "store/entry.h"

#include <errno.h>

#include "store/row.h"

STORE_SQL(sql_entry_add, "INSERT INTO ledger_entry (photo_id, step, commitment, sealed, at)"
                         " VALUES (?1, ?2, ?3, ?4, ?5)");
STORE_SQL(sql_entry_last, "SELECT seq, photo_id, step, commitment, sealed, at FROM ledger_entry"
                          " WHERE photo_id = ?1 ORDER BY seq DESC LIMIT 1");
STORE_SQL(sql_entry_shown, "SELECT seq, photo_id, step, commitment, sealed, at FROM ledger_entry"
                           " WHERE photo_id = ?1 AND step IN ('posted', 'withheld', 'released')"
                           " ORDER BY seq DESC LIMIT 1");
STORE_SQL(sql_entry_get, "SELECT seq, photo_id, step, commitment, sealed, at FROM ledger_entry"
                         " WHERE photo_id = ?1 AND seq = ?2");
STORE_SQL(sql_entry_count, "SELECT max(seq) FROM ledger_entry");
STORE_SQL(sql_entry_commitments, "SELECT seq, commitment FROM ledger_entry WHERE seq > ?1"
                                 " ORDER BY seq LIMIT ?2");
STORE_SQL(sql_entry_forget, "UPDATE ledger_entry SET sealed = NULL"
                            " WHERE photo_id = ?1 AND sealed IS NOT NULL");

static void entry_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_entry *entry = out;
    *entry = (struct store_entry){
        .seq = db_int(stmt, 0),
        .step = (enum ledger_step)row_word(stmt, 2, &words_ledger_step),
        .at = db_int(stmt, 5),
    };
    if (arena)
        entry->sealed = db_blob(stmt, 4, arena);
    row_id(stmt, 1, ID_PHOTO, entry->photo_id);
    db_blob_fixed(stmt, 3, entry->commitment, STORE_HASH);
}

int store_entry_add(struct db_tx *tx, const struct store_entry *entry)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_entry_add, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, entry->photo_id);
    row_bind_word(stmt, 2, &words_ledger_step, (int)entry->step);
    db_bind_blob(stmt, 3, entry->commitment, STORE_HASH);
    if (entry->sealed.len)
        db_bind_blob(stmt, 4, entry->sealed.data, entry->sealed.len);
    else
        db_bind_null(stmt, 4);
    db_bind_int(stmt, 5, entry->at);
    return row_write(tx, stmt, 0);
}

static int one(struct db_tx *tx, const char *sql, const char *photo_id, struct arena *arena,
               struct store_entry *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    return row_one(stmt, entry_read, arena, out);
}

int store_entry_last(struct db_tx *tx, const char *photo_id, struct arena *arena,
                     struct store_entry *out)
{
    return one(tx, sql_entry_last, photo_id, arena, out);
}

int store_entry_shown(struct db_tx *tx, const char *photo_id, struct arena *arena,
                      struct store_entry *out)
{
    return one(tx, sql_entry_shown, photo_id, arena, out);
}

int store_entry_get(struct db_tx *tx, int64_t seq, const char *photo_id, struct arena *arena,
                    struct store_entry *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_entry_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    db_bind_int(stmt, 2, seq);
    return row_one(stmt, entry_read, arena, out);
}

int store_entry_count(struct db_tx *tx, int64_t *seq_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_entry_count, &stmt);
    if (fault)
        return fault;
    return row_number(stmt, seq_out); /* of an empty table NULL, which reads as 0 */
}

int store_entry_commitments(struct db_tx *tx, int64_t seq, int limit, uint8_t (*out)[STORE_HASH],
                            int *count_out)
{
    struct db_stmt *stmt;
    int result = db_query(tx, sql_entry_commitments, &stmt);
    if (result)
        return result;
    db_bind_int(stmt, 1, seq);
    db_bind_int(stmt, 2, limit);
    *count_out = 0;
    while ((result = db_step(stmt)) == DB_ROW) {
        db_blob_fixed(stmt, 1, out[*count_out], STORE_HASH);
        if (db_int(stmt, 0) != seq + ++*count_out)
            db_fail(stmt, -EBADMSG); /* a gap: someone took an entry out */
        int fault = db_fault(stmt);
        if (fault) {
            db_done(stmt);
            return fault;
        }
    }
    return result;
}

int store_entry_forget(struct db_tx *tx, const char *photo_id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_entry_forget, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, photo_id);
    return row_write(tx, stmt, 0);
}
