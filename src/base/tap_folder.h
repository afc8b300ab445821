/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests: a fresh folder to work in, and its removal.
 */
#ifndef PORCHLIGHT_TAP_FOLDER_H
#define PORCHLIGHT_TAP_FOLDER_H

#include <ftw.h>
#include <sys/stat.h>

#include "base/base.h"

enum { TAP_FOLDER_ROOM = 256 };

/* Makes a new folder under $TMPDIR (or /tmp) and writes its path to `out`. */
static inline void tap_folder_new(char out[TAP_FOLDER_ROOM])
{
    const char *parent = getenv("TMPDIR");
    snprintf(out, TAP_FOLDER_ROOM, "%s/porchlight-test-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(out))
        abort();
}

static inline int tap_folder_remove_one(const char *path, const struct stat *st, int kind,
                                        struct FTW *ftw)
{
    return remove(path);
}

/* Removes a folder and all that is in it. */
static inline void tap_folder_remove(const char *folder)
{
    nftw(folder, tap_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
