/* SPDX-License-Identifier: Apache-2.0
 *
 * One line; what follows it is the file's own business.
 */
#include "notify/secret_file.h"

#include <errno.h>

#include "base/log.h"

int secret_file_read(const char *path, const char *event, char out[SECRET_FILE_ROOM])
{
    out[0] = '\0';
    if (!*path)
        return 0;
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    if (!file)
        return log_fault(event, -errno, "what=open");
    if (!fgets(out, SECRET_FILE_ROOM, file))
        return log_fault(event, ferror(file) ? -EIO : -EINVAL, "what=empty");
    out[strcspn(out, "\r\n")] = '\0';
    return out[0] ? 0 : log_fault(event, -EINVAL, "what=empty");
}
