/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying files with their hashes, for backups and restores. A copy is a folder of its own:
 *
 *     DIR/files/…     the files, each under the path that it has in the data folder or key folder
 *     DIR/manifest    a line a file: SHA-256 in hex, size, path
 *     DIR/backup      written last: what this is, when it was made, and the manifest's hash
 *
 * Without DIR/backup it is none: it was cut short.
 */
#ifndef PORCHLIGHT_COPY_H
#define PORCHLIGHT_COPY_H

#include "base/base.h"
#include "base/buf.h"

enum { COPY_PATH_ROOM = 256, COPY_MARKER_CEILING = 1024 };

enum copy_outcome {
    COPY_GONE = 1
}; /* the file was removed or replaced meanwhile; no copy is kept */

/* One copying. `from` and `to` are descriptors of folders. */
struct copy {
    int from, to;
    FILE *manifest;   /* NULL: none is written */
    const char *only; /* copy_tree: only names that begin so; NULL: all */
    bool again;       /* copy_tree: copies anew what was written since */
    uint64_t files, bytes;
};

/* What is known of a file. */
struct copy_fact {
    uint8_t sha256[32];
    uint64_t size;
};

/* Copies the file at `path`, making the folders that it stands in, and hashes what was copied. The
 * copy is 0600, has the time at which copying began, and is not yet synced. 0, COPY_GONE, or a
 * fault. */
int copy_file(struct copy *copy, const char *path, struct copy_fact *fact_out) MUST_CHECK;

/* Hashes the file at `path` below `to`. 0 or a fault. */
int copy_hash(struct copy *copy, const char *path, struct copy_fact *fact_out) MUST_CHECK;

/* Writes a file's line into the manifest, and counts it. 0 or -EIO. */
int copy_note(struct copy *copy, const char *path, const struct copy_fact *fact) MUST_CHECK;

/* Copies, and notes where there is a manifest, all files below the folder `path`, in its subfolders
 * too, but for those that are there already (see `again`) and for names that begin with a dot or
 * are `tmp`. A file that goes meanwhile is no fault, but counts in *gone_out. 0 or a fault. */
int copy_tree(struct copy *copy, const char *path, unsigned *gone_out) MUST_CHECK;

/* Is there a copy that was begun at `at` (milliseconds) or later? */
bool copy_since(const struct copy *copy, const char *path, int64_t at) MUST_CHECK;

/* Hashes and notes a file that was copied without a line, or all below a folder; and removes all
 * files below one. 0 or a fault. */
int copy_note_late(struct copy *copy, const char *path) MUST_CHECK;
int copy_note_tree(struct copy *copy, const char *path) MUST_CHECK;
int copy_remove_tree(struct copy *copy, const char *path) MUST_CHECK;

/* Begins a backup in a folder that is absent or empty, and opens DIR/files as
 * copy->to. Ends it (`what`: a word): syncs all, and writes DIR/backup. 0 or CLI_FAILED, said. */
int copy_begin(struct copy *copy, const char *folder);
int copy_end(struct copy *copy, const char *folder, const char *what);

/* A backup that is whole. */
struct copy_backup {
    char what[32];
    int64_t made_at;
    uint8_t manifest_sha256[32];
};
/* Reads DIR/backup. False: there is none. */
bool copy_read_marker(const char *folder, struct copy_backup *out) MUST_CHECK;

/* Checks the manifest, then copies (a journal of erasures that is there and longer stays as it is)
 * every file of a backup below `to`, each checked. 0 or CLI_FAILED, said. */
int copy_back(const char *folder, const struct copy_backup *backup, int to, uint64_t *files_out);

/* Is the folder absent, or is there nothing in it but names of `allowed` (a list that ends with
 * NULL; a name that ends in '*' stands for all that begin so)? */
bool copy_is_empty(const char *folder, const char *const *allowed) MUST_CHECK;

#endif
