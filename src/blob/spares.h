/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are used again. An upload's file lives for seconds, a photo's until it is erased, and
 * a new file is dear: an inode must be found and blocks freed, and ext4 without a journal looks at
 * every inode that was freed in the last minutes first, which at a hundred photos a second costs
 * more than all else that the server does. So a file that is done with is emptied and kept as
 * FOLDER/spare.N, and becomes the next one by being renamed.
 *
 * Whoever still reads a file that was given away finds another's bytes, sealed under another key:
 * it is damaged to him, as it would have been absent. Nobody may have it open for writing.
 */
#ifndef PORCHLIGHT_SPARES_H
#define PORCHLIGHT_SPARES_H

#include "base/base.h"

enum { SPARES_MAX = 128 }; /* files kept; what is done with beyond them is removed */

struct spares;

/* `folder`, on the file system where the files are made, outlives the spares; what an earlier
 * process kept in it is removed. 0 or a fault. */
int spares_new(int folder, struct spares **spares_out) MUST_CHECK;
void spares_free(struct spares **spares);

/* Gives a spare file this name in a folder. 0; SPARES_NONE; or a negated errno, -EEXIST where there
 * is a file of that name. Not synced. */
enum { SPARES_NONE = 1 };
int spares_take(struct spares *spares, int folder, const char *name) MUST_CHECK;

/* Keeps a folder's file of this name, empty, or removes it. 0 or a negated errno, -ENOENT where
 * there is none. Not synced. */
int spares_keep(struct spares *spares, int folder, const char *name) MUST_CHECK;

#endif
