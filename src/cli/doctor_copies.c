/* SPDX-License-Identifier: Apache-2.0
 *
 * A backup says itself when it was made; one that was cut short says nothing and is passed over.
 */
#include "cli/doctor_copies.h"

#include <dirent.h>
#include <errno.h>

#include "base/clock.h"
#include "cli/backup.h"
#include "cli/copy.h"

enum { PATH_LENGTH = 2048 };

void doctor_copies(const struct settings *settings, struct doctor_copies *out)
{
    const char *top = settings->server.key_backups;
    int64_t oldest = INT64_MAX;
    int64_t least = clock_now() - settings->server.key_backup_days * CLOCK_DAY;
    DIR *folder = opendir(top);
    *out = (struct doctor_copies){.fault = folder ? 0 : errno};
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char path[PATH_LENGTH];
        struct copy_backup backup;
        snprintf(path, sizeof path, "%s/%s", top, entry->d_name);
        if (entry->d_name[0] == '.' || !copy_read_marker(path, &backup) ||
            strcmp(backup.what, BACKUP_KEYS) != 0)
            continue;
        out->all++;
        out->old += backup.made_at < least;
        if (backup.made_at < oldest) {
            oldest = backup.made_at;
            snprintf(out->oldest, sizeof out->oldest, "%s", entry->d_name);
        }
    }
    if (folder)
        closedir(folder);
}
