/* SPDX-License-Identifier: Apache-2.0
 *
 * A password or token that a setting names a file for.
 */
#ifndef PORCHLIGHT_SECRET_FILE_H
#define PORCHLIGHT_SECRET_FILE_H

#include "base/base.h"

enum { SECRET_FILE_ROOM = 1024 };

/* Reads the first line of the file into `out`, which the caller wipes; an empty path gives "".
 * `event` is what a fault is logged under. 0 or a fault: -EINVAL for an empty file. */
int secret_file_read(const char *path, const char *event, char out[SECRET_FILE_ROOM]) MUST_CHECK;

#endif
