/* SPDX-License-Identifier: Apache-2.0
 *
 * A few dozen files, asked for when an app is installed or renewed: a walk finds them soon enough.
 */
#include "drive/drive.h"

const struct drive_file *drive_find(const char *path)
{
    for (size_t i = 0; i < drive_file_count; i++)
        if (strcmp(drive_files[i].path, path) == 0)
            return &drive_files[i];
    return NULL;
}
