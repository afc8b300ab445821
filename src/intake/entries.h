/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of uploads that something is known of, by id. Inside this folder only; uploads.c works
 * on the entries.
 *
 * An entry is pinned while a function or a body holds it. Unpinned entries only save the reading of
 * a file again, and the oldest are dropped when there are more than `known_max`; but not one on
 * which disk work waits for uploads_tidy.
 */
#ifndef PORCHLIGHT_ENTRIES_H
#define PORCHLIGHT_ENTRIES_H

#include <pthread.h>

#include "intake/uploads.h"

struct entries;

/* Two locks, so that a network thread never waits for a disk. `work` is held over disk work; a
 * network thread only tries it. `lock` is held for moments, within `work` or alone; what an open
 * patch takes in is added under it. Whoever takes a patch away to sync it does so under both, so
 * that its writer finds out at once.
 *
 * 1. patch != NULL exactly while bytes may be unsynced; body is its writer, or NULL when it was
 * abandoned. Both are set and taken away under both locks, but that a writer may leave under
 * `lock`.
 * 2. have_state: `state` is what stands on the disk, up to the patch if there is one. */
struct entry {
    char id[ID_ROOM];
    uint32_t slot;

    /* Under the table's lock. */
    uint32_t pins;
    struct entry *next_in_bucket;
    struct entry *newer, *older; /* among the unpinned */

    pthread_mutex_t work;
    bool have_state;
    struct staging_state state;
    int lost;     /* UPLOADS_ABSENT or _DAMAGED: what was found instead of a state, for good */
    bool wanted;  /* a body came and `state` was not known: uploads_tidy sees to it */
    bool checked; /* the patch counts only when its checksum is right */

    pthread_mutex_t lock;
    struct staging_patch *patch;
    struct upload_body *body;
};

/* NULL when memory is short. */
struct entries *entries_new(uint32_t known_max);
/* Calls `last` with each entry, pinned or not, and frees them all. */
void entries_free(struct entries **entries, void (*last)(void *context, struct entry *entry),
                  void *context);

/* The entry of an upload, made when it is new, pinned; NULL when memory is short. */
struct entry *entries_pin(struct entries *entries, const struct upload_place *place);
void entries_unpin(struct entries *entries, struct entry *entry);

/* An unpinned entry on which disk work waits, pinned; NULL when there is none. */
struct entry *entries_pin_waiting(struct entries *entries);

#endif
