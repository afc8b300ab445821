/* SPDX-License-Identifier: Apache-2.0
 *
 * One log as files in a folder of its own, which any web server could serve:
 *
 *     about                     what the log is: written once
 *     checkpoint                the newest one that was published, signed
 *     tile/<level>/x001/067     full tiles of 256 hashes, 8192 bytes; never changed
 *     tile/<level>/x001/068.part  the last one of a level, as far as it goes
 *     tile/entries/…            the entries in bundles, each after its length in two bytes
 *
 * Files may be ahead of the checkpoint after a crash: what is beyond it was never told, and
 * log_files_cut takes it back. One writer; readers beside it, who ask for nothing beyond a
 * checkpoint that was published.
 */
#ifndef PORCHLIGHT_LOG_FILES_H
#define PORCHLIGHT_LOG_FILES_H

#include "base/buf.h"
#include "ledger/tile.h"
#include "ledger/tree.h"

enum {
    LOG_PATH_ROOM = 1200,
    LOG_ABOUT_CEILING = 4096,
    LOG_ENTRY_CEILING = 2048, /* bytes of an entry */
    LOG_BUNDLE_CEILING = TILE_WIDTH * (LOG_ENTRY_CEILING + 2),
};

enum log_files_outcome { LOG_FILES_ABSENT = 1, LOG_FILES_DAMAGED };

/* Reads a small file of the log ("about", "checkpoint") whole. 0, LOG_FILES_ABSENT, or a fault. */
int log_files_read(const char *folder, const char *name, struct buf *out) MUST_CHECK;

/* Writes one whole or not at all; durable when it returns 0. 0 or a fault. */
int log_files_write(const char *folder, const char *name, struct span bytes) MUST_CHECK;

/* Appends entries to a log whose tree is `edge`, which becomes that of the longer log; all durable
 * when it returns 0. After a fault the edge is as it was, and log_files_cut must come before the
 * next append. */
struct log_entries {
    int count;
    const struct span *entries;
};
int log_files_append(const char *folder, struct tree_edge *edge,
                     const struct log_entries *entries) MUST_CHECK;

/* Makes the files those of a log of `size` entries. 0, LOG_FILES_DAMAGED (there are fewer), or a
 * fault. */
int log_files_cut(const char *folder, uint64_t size) MUST_CHECK;

/* Adds the bytes of a tile, up to its width, to `out`. 0, LOG_FILES_ABSENT (it is not so long), or
 * a fault. */
int log_files_tile(const char *folder, const struct tile *tile, struct buf *out) MUST_CHECK;

/* A tree_read for proofs; the context is the folder's path. */
int log_files_node(void *folder, unsigned height, uint64_t index, tree_hash out) MUST_CHECK;

#endif
