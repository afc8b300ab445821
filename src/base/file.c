/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder's entry lies in its parent, which is reached through the folder itself: `..` is right
 * for links and for paths that end in a slash too.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int file_write(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        bytes = (struct span){bytes.data + n, bytes.len - (size_t)n};
    }
    return 0;
}

int file_write_at(int fd, struct span bytes, uint64_t at)
{
    while (bytes.len > 0) {
        ssize_t n = pwrite(fd, bytes.data, bytes.len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        bytes = (struct span){bytes.data + n, bytes.len - (size_t)n};
        at += (uint64_t)n;
    }
    return 0;
}

int file_make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return -errno;
    AUTO_CLOSE int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    AUTO_CLOSE int parent = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* A parent that may be entered and not read cannot be synced by us; whoever made it so sees to
     * it. */
    if (parent < 0)
        return errno == EACCES ? 0 : -errno;
    return fsync(parent) == 0 ? 0 : -errno;
}
