/* SPDX-License-Identifier: Apache-2.0
 *
 * Each of these is one db_write, and so shares its commit with whatever else is being written.
 */
#include "jobs/conveyor_rows.h"

#include "base/clock.h"
#include "db/db.h"

struct store_lease conveyor_lease_of(const struct store_job *job)
{
    return (struct store_lease){job->id, job->lease_owner, job->taken};
}

struct taking {
    const struct conveyor_rows *rows;
    struct store_take take;
    size_t room;
    struct conveyor_lot *lot;
};

static int take_in(struct db_tx *tx, void *arg)
{
    struct taking *taking = arg;
    struct conveyor_lot *lot = taking->lot;
    int result = 0;
    for (lot->count = 0; lot->count < taking->room; lot->count++) {
        result = store_job_take(tx, taking->rows->kind->name, &taking->take, lot->arena,
                                &lot->jobs[lot->count]);
        if (result != 0)
            break;
    }
    return result < 0 ? result : 0;
}

int conveyor_rows_take(const struct conveyor_rows *rows, size_t room, struct conveyor_lot *lot)
{
    struct taking taking = {rows, {rows->boot, clock_now()}, room, lot};
    int result = db_write(rows->db, take_in, &taking);
    if (result != 0)
        lot->count = 0;
    return result;
}

int conveyor_rows_next(const struct conveyor_rows *rows, int64_t *due_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(rows->db, &tx);
    if (result == 0)
        result = store_job_next_due(tx, rows->kind->name, due_out);
    if (result == STORE_NOT_FOUND)
        *due_out = INT64_MAX;
    return result < 0 ? result : 0;
}

int conveyor_rows_count(const struct conveyor_rows *rows, int64_t *count_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(rows->db, &tx);
    return result ? result : store_job_count_queued(tx, rows->kind->name, count_out);
}

/* One way for a lot to end, as an operation of db_write. */
struct ending {
    const struct conveyor_rows *rows;
    const struct conveyor_lot *lot;
    int64_t at;
    bool finishes;
    int (*end)(struct db_tx *tx, const struct store_lease *lease, const struct ending *ending);
};

static int end_in(struct db_tx *tx, void *arg)
{
    const struct ending *ending = arg;
    const struct job_kind *kind = ending->rows->kind;
    int result = 0;
    if (ending->finishes && kind->finish)
        result = kind->finish(kind->context, tx, ending->lot->jobs, ending->lot->count);
    for (size_t i = 0; i < ending->lot->count && result >= 0; i++) {
        struct store_lease lease = conveyor_lease_of(&ending->lot->jobs[i]);
        result = ending->end(tx, &lease, ending);
    }
    return result < 0 ? result : 0;
}

static int finish_one(struct db_tx *tx, const struct store_lease *lease,
                      const struct ending *ending)
{
    return store_job_finish(tx, lease);
}

static int back_off_one(struct db_tx *tx, const struct store_lease *lease,
                        const struct ending *ending)
{
    return store_job_back_off(tx, lease, ending->at, "failed");
}

static int put_back_one(struct db_tx *tx, const struct store_lease *lease,
                        const struct ending *ending)
{
    return store_job_put_back(tx, lease, ending->at, "later");
}

int conveyor_rows_finish(const struct conveyor_rows *rows, const struct conveyor_lot *lot)
{
    struct ending ending = {.rows = rows, .lot = lot, .finishes = true, .end = finish_one};
    return db_write(rows->db, end_in, &ending);
}

int conveyor_rows_back_off(const struct conveyor_rows *rows, const struct conveyor_lot *lot,
                           int64_t run_at)
{
    struct ending ending = {.rows = rows, .lot = lot, .at = run_at, .end = back_off_one};
    return db_write(rows->db, end_in, &ending);
}

int conveyor_rows_put_back(const struct conveyor_rows *rows, const struct conveyor_lot *lot,
                           int64_t run_at)
{
    struct ending ending = {.rows = rows, .lot = lot, .at = run_at, .end = put_back_one};
    return db_write(rows->db, end_in, &ending);
}

/* Giving one job up. */
struct giving_up {
    const struct conveyor_rows *rows;
    const struct store_job *job;
    const struct conveyor_end *end;
    struct arena *arena;
    int64_t now;
};

/* The lease first: when it is no more, the job's subject is not ours to touch. */
static int give_up_in(struct db_tx *tx, void *arg)
{
    const struct giving_up *giving_up = arg;
    const struct job_kind *kind = giving_up->rows->kind;
    const struct conveyor_end *end = giving_up->end;
    struct store_lease lease = conveyor_lease_of(giving_up->job);
    int result = kind->forgets ? store_job_finish(tx, &lease)
                               : store_job_set_aside(tx, &lease, giving_up->now, end->error);
    if (result == 0 && kind->give_up)
        result = kind->give_up(kind->context, tx, giving_up->job, end->end, giving_up->arena);
    return result;
}

int conveyor_rows_give_up(const struct conveyor_rows *rows, const struct store_job *job,
                          const struct conveyor_end *end, struct arena *arena)
{
    struct giving_up giving_up = {rows, job, end, arena, clock_now()};
    return db_write(rows->db, give_up_in, &giving_up);
}
