/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs. One index holds those that are queued and nothing else: "the next due job" is its first
 * entry of a kind, and a job that is born leased costs it nothing.
 *
 * A holder proves itself by its boot and the number of the taking, which only goes up: what a
 * holder says twice, not knowing whether it was heard, counts once.
 */
#include "store/job.h"

#include "store/row.h"
#include "store/schema.h"

enum { JOB_COUNT_CEILING = 100000 };

#define JOB_COLUMNS                                                                                \
    "id, kind, subject, payload, attempts, put_off, taken, run_at, lease_owner, set_aside_at,"     \
    " last_error, created_at"
#define JOB_HELD   "id = ?1 AND lease_owner = ?2 AND taken = ?3"
#define JOB_QUEUED "kind = ?1 AND " SCHEMA_JOB_IS_QUEUED

STORE_SQL(sql_job_insert, "INSERT INTO job (" JOB_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5,"
                          " ?6, ?7, NULL, NULL, ?8)");
STORE_SQL(sql_job_get, "SELECT " JOB_COLUMNS " FROM job WHERE id = ?1");
STORE_SQL(sql_job_by_subject, "SELECT " JOB_COLUMNS " FROM job WHERE kind = ?1 AND subject = ?2"
                              " ORDER BY id DESC LIMIT 1");
STORE_SQL(sql_job_take,
          "UPDATE job SET attempts = attempts + 1, taken = taken + 1, lease_owner = ?3 WHERE id ="
          " (SELECT id FROM job WHERE " JOB_QUEUED " AND run_at <= ?2"
          "  ORDER BY run_at, id LIMIT 1) RETURNING " JOB_COLUMNS);
STORE_SQL(sql_job_next_due, "SELECT run_at FROM job WHERE " JOB_QUEUED " ORDER BY run_at LIMIT 1");
STORE_SQL(sql_job_finish, "DELETE FROM job WHERE " JOB_HELD);
STORE_SQL(sql_job_back_off,
          "UPDATE job SET run_at = ?4, last_error = ?5, lease_owner = NULL WHERE " JOB_HELD);
STORE_SQL(sql_job_put_back, "UPDATE job SET run_at = ?4, last_error = ?5, lease_owner = NULL,"
                            " attempts = attempts - 1, put_off = put_off + 1 WHERE " JOB_HELD);
STORE_SQL(sql_job_set_aside,
          "UPDATE job SET set_aside_at = ?4, last_error = ?5, lease_owner = NULL WHERE " JOB_HELD);
STORE_SQL(sql_job_retry, "UPDATE job SET run_at = ?2, created_at = ?2, attempts = 0, put_off = 0,"
                         " set_aside_at = NULL WHERE id = ?1 AND set_aside_at IS NOT NULL");
STORE_SQL(sql_job_drop_subject, "DELETE FROM job WHERE kind = ?1 AND subject = ?2");
/* Reads the whole table, once at start: it holds nothing but open work. */
STORE_SQL(sql_job_release, "UPDATE job SET lease_owner = NULL, run_at = ?2"
                           " WHERE lease_owner IS NOT NULL AND lease_owner <> ?1");
STORE_SQL(sql_job_count, "SELECT count(*) FROM (SELECT 1 FROM job WHERE kind = ?1"
                         " AND set_aside_at IS NULL LIMIT ?2) AS counted");
STORE_SQL(sql_job_count_queued,
          "SELECT count(*) FROM (SELECT 1 FROM job WHERE " JOB_QUEUED " LIMIT ?2) AS counted");
STORE_SQL(sql_job_list_set_aside, "SELECT " JOB_COLUMNS " FROM job WHERE set_aside_at IS NOT NULL"
                                  " AND id > ?1 ORDER BY id LIMIT ?2");

static void job_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_job *job = out;
    *job = (struct store_job){
        .kind = db_text(stmt, 1, arena),
        .payload = db_text(stmt, 3, arena),
        .attempts = (int)db_int(stmt, 4),
        .put_off = (int)db_int(stmt, 5),
        .taken = (int)db_int(stmt, 6),
        .run_at = db_int(stmt, 7),
        .lease_owner = db_int(stmt, 8),
        .set_aside_at = db_int(stmt, 9),
        .last_error = db_text(stmt, 10, arena),
        .created_at = db_int(stmt, 11),
    };
    row_id(stmt, 0, ID_JOB, job->id);
    const char *subject = db_text_here(stmt, 2);
    snprintf(job->subject, sizeof job->subject, "%s", subject ? subject : "");
}

/* --- making and taking ----------------------------------------------------------------------- */

/* `taken`: how often it was, 0 or 1; an attempt is counted with it. */
static int job_insert(struct db_tx *tx, const struct store_job *job, int taken, int64_t owner)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_JOB, job->id);
    db_bind_text(stmt, 2, job->kind);
    db_bind_text(stmt, 3, job->subject[0] ? job->subject : NULL);
    db_bind_text(stmt, 4, job->payload);
    db_bind_int(stmt, 5, taken);
    db_bind_int(stmt, 6, job->run_at);
    row_bind_time(stmt, 7, owner);
    db_bind_int(stmt, 8, job->created_at);
    return row_write(tx, stmt, 0);
}

int store_job_insert(struct db_tx *tx, const struct store_job *job)
{
    return job_insert(tx, job, 0, 0);
}

int store_job_insert_leased(struct db_tx *tx, const struct store_job *job)
{
    return job_insert(tx, job, 1, job->lease_owner);
}

int store_job_get(struct db_tx *tx, const char *id, struct arena *arena, struct store_job *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_JOB, id);
    return row_one(stmt, job_read, arena, out);
}

int store_job_by_subject(struct db_tx *tx, const char *kind, const char *subject,
                         struct arena *arena, struct store_job *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_by_subject, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, kind);
    db_bind_text(stmt, 2, subject);
    return row_one(stmt, job_read, arena, out);
}

int store_job_take(struct db_tx *tx, const char *kind, const struct store_take *take,
                   struct arena *arena, struct store_job *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_take, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, kind);
    db_bind_int(stmt, 2, take->now);
    db_bind_int(stmt, 3, take->owner);
    return row_one(stmt, job_read, arena, out);
}

int store_job_next_due(struct db_tx *tx, const char *kind, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_next_due, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, kind);
    return row_number(stmt, out);
}

/* --- the holder's words ---------------------------------------------------------------------- */

/* Begins a statement on a held job: parameters 1 to 3. */
static int job_query_held(struct db_tx *tx, const char *sql, const struct store_lease *lease,
                          struct db_stmt **stmt_out)
{
    int fault = db_query(tx, sql, stmt_out);
    if (fault)
        return fault;
    row_bind_id(*stmt_out, 1, ID_JOB, lease->job_id);
    db_bind_int(*stmt_out, 2, lease->owner);
    db_bind_int(*stmt_out, 3, lease->taken);
    return 0;
}

int store_job_finish(struct db_tx *tx, const struct store_lease *lease)
{
    struct db_stmt *stmt;
    int fault = job_query_held(tx, sql_job_finish, lease, &stmt);
    return fault ? fault : row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_job_back_off(struct db_tx *tx, const struct store_lease *lease, int64_t run_at,
                       const char *error)
{
    struct db_stmt *stmt;
    int fault = job_query_held(tx, sql_job_back_off, lease, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 4, run_at);
    db_bind_text(stmt, 5, error);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_job_put_back(struct db_tx *tx, const struct store_lease *lease, int64_t run_at,
                       const char *error)
{
    struct db_stmt *stmt;
    int fault = job_query_held(tx, sql_job_put_back, lease, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 4, run_at);
    db_bind_text(stmt, 5, error);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_job_set_aside(struct db_tx *tx, const struct store_lease *lease, int64_t now,
                        const char *error)
{
    struct db_stmt *stmt;
    int fault = job_query_held(tx, sql_job_set_aside, lease, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 4, now);
    db_bind_text(stmt, 5, error);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

/* --- the administrator's words, and the start's ---------------------------------------------- */

int store_job_retry(struct db_tx *tx, const char *id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_retry, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_JOB, id);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_job_drop_subject(struct db_tx *tx, const char *kind, const char *subject)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_drop_subject, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, kind);
    db_bind_text(stmt, 2, subject);
    return row_write(tx, stmt, 0);
}

int store_job_release(struct db_tx *tx, int64_t boot, int64_t now, int64_t *released_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_release, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, boot);
    db_bind_int(stmt, 2, now);
    fault = row_write(tx, stmt, 0);
    *released_out = fault ? 0 : db_changes(tx);
    return fault;
}

static int job_count(struct db_tx *tx, const char *sql, const char *kind, int64_t *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, kind);
    db_bind_int(stmt, 2, JOB_COUNT_CEILING);
    return row_number(stmt, out);
}

int store_job_count(struct db_tx *tx, const char *kind, int64_t *out)
{
    return job_count(tx, sql_job_count, kind, out);
}

int store_job_count_queued(struct db_tx *tx, const char *kind, int64_t *out)
{
    return job_count(tx, sql_job_count_queued, kind, out);
}

int store_job_list_set_aside(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                             struct store_jobs *out)
{
    static const struct row_shape shape = {job_read, sizeof(struct store_job)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_job_list_set_aside, &stmt);
    if (fault)
        return fault;
    row_bind_after(stmt, 1, ID_JOB, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){2, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
