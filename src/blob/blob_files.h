/* SPDX-License-Identifier: Apache-2.0
 *
 * A store of objects in files: FOLDER/x/name, where x is the name's last character (32 folders for
 * our ids, made as they are needed). An object is written to FOLDER/tmp, synced, renamed, and its
 * folder synced; what a crash leaves in tmp is removed at the next open. The file of a removed
 * object may serve another (spares.h).
 */
#ifndef PORCHLIGHT_BLOB_FILES_H
#define PORCHLIGHT_BLOB_FILES_H

#include "blob/blob.h"

/* Opens the store in `folder`, which is made (0700) when it is missing. One process at a time: the
 * data folder's lock sees to that. 0 or a fault. */
int blob_files_open(const char *folder, struct blob_store **store_out) MUST_CHECK;

#endif
