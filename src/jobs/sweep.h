/* SPDX-License-Identifier: Apache-2.0
 *
 * The housekeeping: a thread that every `jobs-sweep_seconds` ends expired uploads, marks photos
 * whose deadline has passed as missing, erases photos whose delete-by date has come (R9), names and
 * signatures with them, and deletes codes, sessions, pairing codes and stored answers that have run
 * out, each in bounded batches; that every second closes abandoned upload bodies; and that empties
 * the database's log every `database-forget_seconds`, so that what was deleted is not left there.
 */
#ifndef PORCHLIGHT_SWEEP_H
#define PORCHLIGHT_SWEEP_H

#include "base/base.h"
#include "domain/retention.h"
#include "settings/settings.h"

struct db_tx;
struct recorder;
struct sweep;
struct sweep_config {
    const struct settings *settings;
    struct db *db;
    struct conveyor *conveyor;
    const struct tell *tell; /* NULL: nobody is told */
    struct uploads *uploads;
    struct keys *keys; /* whose journal's old days go; NULL: they stay */
    const struct recorder *recorder;
    struct touches *touches; /* written down every round; NULL: none */
    /* Withdraws a delivery's photos from answers under way, around the transaction that erases one:
     * the server's fence. `cut` may be NULL in tests. */
    void (*cut)(void *context, const char *delivery_id);
    void (*lift)(void *context, const char *delivery_id);
    void *context;
};

/* How long it keeps what is known of people, as the settings say. */
struct retention_terms sweep_terms(const struct settings *settings);

/* Starts the thread; the first round runs at once. 0 or a fault. */
int sweep_new(const struct sweep_config *config, struct sweep **sweep_out) MUST_CHECK;
void sweep_free(struct sweep **sweep);

/* One round, at once, in the caller's thread: for tests and `admin`. */
int sweep_now(struct sweep *sweep) MUST_CHECK;

#endif
