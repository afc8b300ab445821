/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread writes. Callers put a struct call on their own stack, append it to the queue and sleep
 * on a condition of its own; the thread takes up to group_limit calls at once, runs each in a
 * savepoint, commits once, and wakes them all. While it syncs, the next group gathers: the busier
 * the server, the larger the groups, so the number of syncs does not grow with the load.
 *
 * A result told before the commit would be a promise not yet kept, and even a refusal may rest on
 * what an earlier call of the group wrote. So nobody is woken before the commit, and when it fails
 * every call of the group gets its fault.
 *
 * After the callers are awake the thread moves the log into the file when it has grown, so that
 * this second sync delays no answer already earned.
 */
#include "db/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>

#include "base/log.h"

#define WRITER_CHECKPOINT ((int64_t)16 << 20)  /* bytes of the log that call for a checkpoint */
#define WRITER_LOG_LARGE  ((int64_t)128 << 20) /* …and for one that waits for readers to let go */
#define WRITER_STACK      ((size_t)1 << 20)

struct call {
    int (*write)(struct db_tx *tx, void *arg);
    void *arg;
    int result;
    bool done;
    pthread_cond_t woken;
    struct call *next;
};

/* Invariants, whenever the lock is free:
 * 1. `waiting` is the length of the list from `first`; `last` is its end, or NULL when it is empty.
 * 2. A call is in the list, or in the group that the thread works on, or done.
 * 3. Once not sound, never sound again.
 */
struct writer {
    struct db_tx *tx; /* the thread's alone */
    int queue_limit, group_limit;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct call *first, *last;
    int waiting;
    bool stopping;
    bool sound;
    struct db_counts counts;
};

/* --- one group ------------------------------------------------------------------------------- */

/* Runs a call in a savepoint. False when the whole transaction was undone with it. */
static bool writer_run_call(struct db_tx *tx, struct call *call)
{
    int fault = conn_savepoint(tx);
    if (!fault) {
        call->result = call->write(tx, call->arg);
        if (conn_in_transaction(tx))
            fault = call->result ? conn_undo(tx) : conn_release(tx);
    }
    if (fault && conn_in_transaction(tx))
        conn_rollback(tx);
    return conn_in_transaction(tx);
}

/* Runs and commits the calls from `first` on; *ran_out is how many of them it ran: all, unless one
 * of them brought the transaction down, after which the rest is for the next. */
static int writer_transact(struct db_tx *tx, struct call *first, int *ran_out)
{
    int fault = conn_begin(tx);
    if (fault) {
        for (struct call *call = first; call; call = call->next)
            ++*ran_out;
        return fault;
    }
    for (struct call *call = first; call; call = call->next) {
        ++*ran_out;
        if (!writer_run_call(tx, call))
            return conn_last_fault(tx);
    }
    return conn_disk_failed(tx) ? (conn_rollback(tx), -EIO) : conn_commit(tx);
}

static int writer_bucket(int size)
{
    int bucket = 0;
    while (bucket < DB_GROUP_SIZES - 1 && size > 1 << bucket)
        bucket++;
    return bucket;
}

/* Counts and wakes the first `count` calls; returns the next. A call is gone once `done` is seen.
 */
static struct call *writer_answer(struct writer *writer, struct call *call, int count, int fault)
{
    pthread_mutex_lock(&writer->lock);
    struct db_counts *counts = &writer->counts;
    counts->commits += fault ? 0 : 1;
    counts->groups[writer_bucket(count)] += fault ? 0 : 1;
    counts->wal_size = conn_wal_size(writer->tx);
    if (conn_disk_failed(writer->tx) && writer->sound) {
        writer->sound = false;
        log_event(LOG_ERROR, "db.stopped", "reason=disk_failed writes=refused");
    }
    for (; count > 0; count--) {
        struct call *next = call->next;
        if (fault)
            call->result = fault;
        *(fault ? &counts->failed : call->result ? &counts->refused : &counts->writes) += 1;
        call->done = true;
        pthread_cond_signal(&call->woken);
        call = next;
    }
    pthread_mutex_unlock(&writer->lock);
    return call;
}

static void writer_run_group(struct writer *writer, struct call *call)
{
    while (call) {
        int ran = 0;
        int fault = conn_disk_failed(writer->tx) ? -EIO : 0;
        if (fault)
            ran = 1;
        else
            fault = writer_transact(writer->tx, call, &ran);
        call = writer_answer(writer, call, ran, fault);
    }
}

/* --- the thread ------------------------------------------------------------------------------ */

/* The next group, in the order of arrival; NULL when there is nothing left and we are stopping. */
static struct call *writer_take(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    while (!writer->first && !writer->stopping)
        pthread_cond_wait(&writer->work, &writer->lock);
    struct call *group = writer->first, *end = group;
    for (int n = 1; end; n++) {
        writer->waiting--;
        if (n == writer->group_limit || !end->next)
            break;
        end = end->next;
    }
    if (end) {
        writer->first = end->next;
        if (!writer->first)
            writer->last = NULL;
        end->next = NULL;
    }
    pthread_mutex_unlock(&writer->lock);
    return group;
}

static void *writer_thread(void *arg)
{
    struct writer *writer = arg;
    struct call *group;
    while ((group = writer_take(writer)) != NULL) {
        writer_run_group(writer, group);
        if (conn_disk_failed(writer->tx))
            continue;
        if (conn_wal_size(writer->tx) >= WRITER_LOG_LARGE)
            conn_checkpoint(writer->tx, CONN_CHECKPOINT_WAIT);
        else if (conn_wal_pending(writer->tx) >= WRITER_CHECKPOINT)
            conn_checkpoint(writer->tx, CONN_CHECKPOINT_PASSIVE);
    }
    return NULL;
}

int writer_start(const struct writer_config *config, struct writer **out)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return log_fault("db.writer", -ENOMEM, "no memory for the writer");
    *writer = (struct writer){.tx = config->tx,
                              .queue_limit = config->queue_limit,
                              .group_limit = config->group_limit,
                              .sound = true};
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->work, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WRITER_STACK);
    int error = pthread_create(&writer->thread, &attributes, writer_thread, writer);
    pthread_attr_destroy(&attributes);
    if (error) {
        pthread_cond_destroy(&writer->work);
        pthread_mutex_destroy(&writer->lock);
        free(writer);
        return log_fault("db.writer", -error, "no thread for the writer");
    }
    *out = writer;
    return 0;
}

void writer_stop(struct writer **owned)
{
    struct writer *writer = *owned;
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    conn_close(&writer->tx);
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
    *owned = NULL;
}

/* --- callers --------------------------------------------------------------------------------- */

static void writer_append(struct writer *writer, struct call *call)
{
    if (writer->last)
        writer->last->next = call;
    else
        writer->first = call;
    writer->last = call;
    writer->waiting++;
    pthread_cond_signal(&writer->work);
}

int writer_run(struct writer *writer, int (*write)(struct db_tx *tx, void *arg), void *arg)
{
    assert(!pthread_equal(pthread_self(), writer->thread)); /* it would wait for itself for ever */
    struct call call = {.write = write, .arg = arg};
    pthread_cond_init(&call.woken, NULL);
    pthread_mutex_lock(&writer->lock);
    int refusal = !writer->sound                           ? -EIO
                  : writer->stopping                       ? -ESHUTDOWN
                  : writer->waiting >= writer->queue_limit ? -EAGAIN
                                                           : 0;
    if (refusal) {
        writer->counts.failed++;
        call.result = refusal;
    } else {
        writer_append(writer, &call);
        while (!call.done)
            pthread_cond_wait(&call.woken, &writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    pthread_cond_destroy(&call.woken);
    return call.result;
}

bool writer_is_sound(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    bool sound = writer->sound;
    pthread_mutex_unlock(&writer->lock);
    return sound;
}

void writer_counts(struct writer *writer, struct db_counts *out)
{
    pthread_mutex_lock(&writer->lock);
    *out = writer->counts;
    out->waiting = writer->waiting;
    pthread_mutex_unlock(&writer->lock);
}
