/* SPDX-License-Identifier: Apache-2.0
 *
 * A list, since hardly more than a few dozen wait at once: `intake-waiting_photos` is its ceiling.
 * Waiters are called with the lock released, after they were unlinked, so that one may come back
 * and wait again.
 */
#include "jobs/verdicts.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

struct waiter {
    struct waiter *next;
    char photo_id[ID_ROOM];
    int64_t until; /* steady clock */
    verdict_waiter *call;
    void *arg;
};

struct verdicts {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t clock;
    struct waiter *waiters;
    bool closing;
};

static void call_all(struct waiter *list, const struct verdict *verdict)
{
    while (list) {
        struct waiter *next = list->next;
        list->call(list->arg, verdict);
        free(list);
        list = next;
    }
}

/* Unlinks the waiters that `fits`, under the lock. */
static struct waiter *take(struct verdicts *verdicts,
                           bool (*fits)(const struct waiter *, const void *), const void *what)
{
    struct waiter *taken = NULL, **link = &verdicts->waiters;
    while (*link) {
        struct waiter *waiter = *link;
        if (!fits(waiter, what)) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        waiter->next = taken;
        taken = waiter;
    }
    return taken;
}

static bool is_due(const struct waiter *waiter, const void *now)
{
    return waiter->until <= *(const int64_t *)now;
}

static bool is_for_photo(const struct waiter *waiter, const void *photo_id)
{
    return strcmp(waiter->photo_id, photo_id) == 0;
}

static bool is_any(const struct waiter *waiter, const void *nothing)
{
    (void)waiter;
    (void)nothing;
    return true;
}

/* Sleeps until the next waiter is due; under the lock. */
static void sleep_until_due(struct verdicts *verdicts)
{
    int64_t next = INT64_MAX;
    for (struct waiter *waiter = verdicts->waiters; waiter; waiter = waiter->next)
        if (waiter->until < next)
            next = waiter->until;
    if (next == INT64_MAX) {
        pthread_cond_wait(&verdicts->changed, &verdicts->lock);
        return;
    }
    struct timespec at = {.tv_sec = next / 1000, .tv_nsec = next % 1000 * 1000000};
    pthread_cond_timedwait(&verdicts->changed, &verdicts->lock, &at);
}

static void *run_clock(void *arg)
{
    static const struct verdict pending = {.kind = VERDICT_PENDING};
    struct verdicts *verdicts = arg;
    pthread_mutex_lock(&verdicts->lock);
    while (!verdicts->closing) {
        sleep_until_due(verdicts);
        int64_t now = clock_steady();
        struct waiter *due = take(verdicts, is_due, &now);
        if (!due)
            continue;
        pthread_mutex_unlock(&verdicts->lock);
        call_all(due, &pending);
        pthread_mutex_lock(&verdicts->lock);
    }
    pthread_mutex_unlock(&verdicts->lock);
    return NULL;
}

int verdicts_new(struct verdicts **verdicts_out)
{
    struct verdicts *verdicts = calloc(1, sizeof *verdicts);
    if (!verdicts)
        return log_fault("verdicts.new", -ENOMEM, "memory is short");
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&verdicts->lock, NULL);
    pthread_cond_init(&verdicts->changed, &steady);
    pthread_condattr_destroy(&steady);
    int error = pthread_create(&verdicts->clock, NULL, run_clock, verdicts);
    if (error) {
        free(verdicts);
        return log_fault("verdicts.new", -error, "no thread");
    }
    *verdicts_out = verdicts;
    return 0;
}

void verdicts_free(struct verdicts **verdicts_in)
{
    static const struct verdict pending = {.kind = VERDICT_PENDING};
    struct verdicts *verdicts = *verdicts_in;
    if (!verdicts)
        return;
    pthread_mutex_lock(&verdicts->lock);
    verdicts->closing = true;
    pthread_cond_signal(&verdicts->changed);
    struct waiter *rest = take(verdicts, is_any, NULL);
    pthread_mutex_unlock(&verdicts->lock);
    call_all(rest, &pending);
    pthread_join(verdicts->clock, NULL);
    pthread_cond_destroy(&verdicts->changed);
    pthread_mutex_destroy(&verdicts->lock);
    free(verdicts);
    *verdicts_in = NULL;
}

int verdicts_wait(struct verdicts *verdicts, const char *photo_id, int64_t wait_ms,
                  verdict_waiter *call, void *arg)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);
    if (!waiter)
        return log_fault("verdicts.wait", -ENOMEM, "photo=%s", photo_id);
    snprintf(waiter->photo_id, sizeof waiter->photo_id, "%s", photo_id);
    waiter->until = clock_steady() + wait_ms;
    waiter->call = call;
    waiter->arg = arg;
    pthread_mutex_lock(&verdicts->lock);
    bool first =
        verdicts->waiters == NULL; /* the clock sleeps without an end only while nobody waits */
    waiter->next = verdicts->waiters;
    verdicts->waiters = waiter;
    if (first)
        pthread_cond_signal(&verdicts->changed);
    pthread_mutex_unlock(&verdicts->lock);
    return 0;
}

void verdicts_tell(struct verdicts *verdicts, const char *photo_id, const struct verdict *verdict)
{
    pthread_mutex_lock(&verdicts->lock);
    struct waiter *taken = take(verdicts, is_for_photo, photo_id);
    pthread_mutex_unlock(&verdicts->lock);
    call_all(taken, verdict);
}
