/* SPDX-License-Identifier: Apache-2.0
 *
 * What every writer of files needs and the C library leaves to the caller: a write that goes on
 * until all is written, and a folder that is still there after a power loss. Neither logs.
 */
#ifndef PORCHLIGHT_FILE_H
#define PORCHLIGHT_FILE_H

#include "base/base.h"

/* Writes all bytes where the descriptor stands, or at `at`. 0 or a negated errno; what was written
 * before it stays written. Not synced. */
int file_write(int fd, struct span bytes) MUST_CHECK;
int file_write_at(int fd, struct span bytes, uint64_t at) MUST_CHECK;

/* Makes a folder (0700) where there is none, and syncs the one it stands in, so that neither a new
 * one nor one that was made just before a power loss can go. 0 or a negated errno. */
int file_make_folder(const char *path) MUST_CHECK;

#endif
