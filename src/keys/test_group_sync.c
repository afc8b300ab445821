/* SPDX-License-Identifier: Apache-2.0
 *
 * The promise of group_sync_wait, checked against a disk of our own: fdatasync is defined here,
 * notes what had been written when it began, and takes a millisecond.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/tap.h"
#include "keys/group_sync.h"

enum { THREADS = 8, ROUNDS = 50 };

static _Atomic unsigned written; /* writes made so far, each followed by its mark */
static _Atomic unsigned on_disk; /* of them, how many a finished sync covers */
static _Atomic unsigned syncs;
static _Atomic int breaks_with;

int fdatasync(int fd)
{
    unsigned covered = written;
    usleep(1000);
    syncs++;
    if (breaks_with) {
        errno = breaks_with;
        return -1;
    }
    on_disk = covered;
    return 0;
}

static struct group_sync group;
static _Atomic unsigned told_too_early;

static void *write_and_wait(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        unsigned mine = ++written;
        group_sync_mark(&group);
        if (group_sync_wait(&group) != 0 || on_disk < mine)
            told_too_early++;
    }
    return NULL;
}

TEST(nobody_is_told_before_a_sync_that_began_after_its_write)
{
    pthread_t threads[THREADS];
    group_sync_init(&group, -1);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, write_and_wait, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(told_too_early, 0);
    CHECK(syncs >= ROUNDS);
    CHECK(syncs < THREADS * ROUNDS / 2); /* shared */
    group_sync_free(&group);
}

TEST(nothing_written_needs_no_sync)
{
    group_sync_init(&group, -1);
    unsigned before = syncs;
    CHECK_INT(group_sync_wait(&group), 0);
    CHECK_INT(syncs, before);
    group_sync_mark(&group);
    CHECK_INT(group_sync_wait(&group), 0);
    CHECK_INT(group_sync_wait(&group), 0);
    CHECK_INT(syncs, before + 1);
    group_sync_free(&group);
}

TEST(a_failed_sync_is_never_tried_again)
{
    group_sync_init(&group, -1);
    group_sync_mark(&group);
    breaks_with = EIO;
    CHECK_INT(group_sync_wait(&group), -EIO);
    breaks_with = 0;
    unsigned before = syncs;
    CHECK_INT(group_sync_wait(&group), -EIO);
    CHECK_INT(group_sync_fault(&group), -EIO);
    CHECK_INT(syncs, before);
    group_sync_free(&group);
}

TAP_MAIN(TAP(nobody_is_told_before_a_sync_that_began_after_its_write),
         TAP(nothing_written_needs_no_sync), TAP(a_failed_sync_is_never_tried_again))
