/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the answer to the phone waits for the verdict (design D1): the end of an upload leaves a
 * waiter here once its photo has committed and before the job is handed over that judges it, that
 * job tells the verdict, and a waiter whose time is up is told `pending`. A waiter is called
 * exactly once, from the job's thread, the clock's thread, or the thread that closes; it must not
 * block.
 */
#ifndef PORCHLIGHT_VERDICTS_H
#define PORCHLIGHT_VERDICTS_H

#include "base/base.h"
#include "base/id.h"

struct verdicts;

enum verdict_kind {
    VERDICT_PENDING,  /* durable, not judged in time */
    VERDICT_STORED,   /* posted or withheld: the phone is not told which */
    VERDICT_REJECTED, /* the picture is no use: `reason` says why */
    VERDICT_REFUSED,  /* the photo is not wanted any more: `reason` says why */
    VERDICT_LOST,     /* its bytes are lost: the phone may send them anew */
};

struct verdict {
    enum verdict_kind kind;
    const char *reason; /* a word of a closed list, constant; NULL for the others */
};

typedef void verdict_waiter(void *arg, const struct verdict *verdict);

/* Starts the clock's thread. 0 or a fault. */
int verdicts_new(struct verdicts **verdicts_out) MUST_CHECK;

/* Tells everyone who still waits `pending`, and ends. */
void verdicts_free(struct verdicts **verdicts);

/* Leaves a waiter for a photo, for at most `wait_ms`. 0, or -ENOMEM (then nobody is called). */
int verdicts_wait(struct verdicts *verdicts, const char *photo_id, int64_t wait_ms,
                  verdict_waiter *waiter, void *arg) MUST_CHECK;

/* Tells all who wait for this photo. */
void verdicts_tell(struct verdicts *verdicts, const char *photo_id, const struct verdict *verdict);

#endif
