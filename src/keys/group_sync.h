/* SPDX-License-Identifier: Apache-2.0
 *
 * Many writers, few syncs: while one fdatasync runs, everyone who comes waits and then shares the
 * next one.
 *
 * A sync that fails is never tried again. After a failed fsync the kernel may mark the pages clean
 * although they never reached the disk, so that a second sync would succeed and lie.
 */
#ifndef PORCHLIGHT_GROUP_SYNC_H
#define PORCHLIGHT_GROUP_SYNC_H

#include <pthread.h>

#include "base/base.h"

/* True whenever `lock` is free:
 * 1. durable <= written; what was marked before mark number `durable` is on the disk.
 * 2. fault == 0, or no sync succeeds any more. */
struct group_sync {
    pthread_mutex_t lock;
    pthread_cond_t ended; /* of a sync */
    int fd;               /* borrowed */
    uint64_t written, durable;
    bool running;
    int fault;
};

/* `fd` is synced with fdatasync; it stays the caller's. */
void group_sync_init(struct group_sync *group, int fd);
void group_sync_free(struct group_sync *group);

/* To be called after each write to the file. */
void group_sync_mark(struct group_sync *group);

/* 0, or the fault of a sync that failed. */
int group_sync_fault(struct group_sync *group) MUST_CHECK;

/* Returns when everything that was marked before this call is on the disk; at once when it is
 * already. 0 or a fault. */
int group_sync_wait(struct group_sync *group) MUST_CHECK;

#endif
