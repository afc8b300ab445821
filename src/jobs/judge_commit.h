/* SPDX-License-Identifier: Apache-2.0
 *
 * The second half of judging: what was found out about a photo goes into the database, in one
 * transaction with the delivery and the job. Inside this folder only.
 */
#ifndef PORCHLIGHT_JUDGE_COMMIT_H
#define PORCHLIGHT_JUDGE_COMMIT_H

#include "domain/delivery.h"
#include "jobs/judge.h"
#include "notify/tell.h"
#include "photo/facts.h"

/* One photo on its way through the job. */
struct judging {
    struct judge *judge;
    const struct store_job *job;
    const struct store_lease *lease;
    struct arena *arena;

    /* As they were when the job began; the transaction reads them again. */
    struct photo photo;
    struct delivery delivery;
    struct shipper shipper;
    bool wanted; /* by the policy, at that time */

    /* What was found out. */
    bool lost;            /* the bytes are not there any more */
    const char *rejected; /* why the picture is no use, a constant word; NULL: it is good */
    struct photo_facts facts;
    enum place place;
    unsigned flags;
    uint8_t posted_sha256[32];
    int64_t key_slot; /* where the posted photo's key is; -1: nothing was put */
    uint64_t cpu_us;

    /* What the transaction made of it. */
    struct store_job clearing;   /* destroys the staging; handed over once committed */
    struct store_job withdrawal; /* destroys what was put, when it is not wanted any more */
    struct telling telling;
};

enum judge_commit_result {
    JUDGE_GONE = 10, /* the photo waits for no verdict any more: photo has its row as it is now */
    JUDGE_DROPPED,   /* the job was dropped meanwhile */
    JUDGE_CHANGED,   /* the policy's answer is another by now, and nothing was put: try again */
};

/* True while a photo waits for a verdict; one that was set aside waits for it when its job runs. */
bool judge_awaits(const struct photo *photo);

/* Commits: 0, with photo and delivery as they stand now; a result; or a fault, after which it is
 * not known whether it has committed, unless it is -EAGAIN or -ESHUTDOWN. */
int judge_commit(struct judging *judging) MUST_CHECK;

/* Sets the photo and its delivery aside, in the conveyor's transaction. `reason` is one of
 * PHOTO_REASONS, a constant. */
int judge_set_aside(struct db_tx *tx, const char *photo_id, const char *reason,
                    struct arena *arena) MUST_CHECK;

#endif
