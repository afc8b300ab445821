/* SPDX-License-Identifier: Apache-2.0
 *
 * Whoever finds that its writes are not durable and that no sync runs becomes the one who syncs,
 * for all who have marked a write by then. The lock is not held over the disk.
 */
#include "keys/group_sync.h"

#include <errno.h>

#include "base/log.h"

void group_sync_init(struct group_sync *group, int fd)
{
    *group = (struct group_sync){.fd = fd};
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->ended, NULL);
}

void group_sync_free(struct group_sync *group)
{
    pthread_cond_destroy(&group->ended);
    pthread_mutex_destroy(&group->lock);
}

void group_sync_mark(struct group_sync *group)
{
    pthread_mutex_lock(&group->lock);
    group->written++;
    pthread_mutex_unlock(&group->lock);
}

int group_sync_fault(struct group_sync *group)
{
    pthread_mutex_lock(&group->lock);
    int fault = group->fault;
    pthread_mutex_unlock(&group->lock);
    return fault;
}

/* Syncs once, the lock held before and after but not meanwhile. */
static void sync_once(struct group_sync *group)
{
    uint64_t covered = group->written;
    group->running = true;
    pthread_mutex_unlock(&group->lock);
    int fault = fdatasync(group->fd) == 0 ? 0 : -errno;
    if (fault)
        log_fault("keys.sync", fault, "for_good=yes");
    pthread_mutex_lock(&group->lock);
    group->running = false;
    if (fault)
        group->fault = fault;
    else
        group->durable = covered;
    pthread_cond_broadcast(&group->ended);
}

int group_sync_wait(struct group_sync *group)
{
    pthread_mutex_lock(&group->lock);
    uint64_t wanted = group->written;
    while (group->durable < wanted && !group->fault) {
        if (group->running)
            pthread_cond_wait(&group->ended, &group->lock);
        else
            sync_once(group);
    }
    int fault = group->fault;
    pthread_mutex_unlock(&group->lock);
    return fault;
}
