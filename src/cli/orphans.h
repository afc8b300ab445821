/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking stock at start, before anything is served: keys that no row of the database names any
 * more, or does not name yet because a crash came between, are erased, and staging files that
 * belong to no open upload and no waiting photo are removed. What is acknowledged has its row, so
 * nothing of it is touched.
 */
#ifndef PORCHLIGHT_ORPHANS_H
#define PORCHLIGHT_ORPHANS_H

#include "base/base.h"

struct blob_store;
struct db;
struct keys;
struct staging;

struct orphans {
    struct db *db;
    struct keys *keys;
    struct staging *staging;
    struct blob_store *photos;
    unsigned slots, files; /* out: keys erased, staging files removed */
};

/* 0 or a fault. Cost: one pass over the slots in use and one row for each staging file. */
int orphans_sweep(struct orphans *orphans) MUST_CHECK;

#endif
