/* SPDX-License-Identifier: Apache-2.0
 *
 * A small file is replaced by writing NAME.tmp, syncing it, renaming it over NAME and syncing the
 * folder. A NAME.tmp that a crash left behind is nobody's: the next write of NAME overwrites it.
 */
#include "keys/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

/* Is `folder` the data folder, or inside it? A data folder that does not exist has nothing in it.
 */
static bool is_inside(const char *folder, const char *data_folder)
{
    AUTO_FREE char *inner = realpath(folder, NULL);
    AUTO_FREE char *outer = data_folder ? realpath(data_folder, NULL) : NULL;
    if (!inner || !outer)
        return false;
    size_t len = strlen(outer);
    return strncmp(inner, outer, len) == 0 && (inner[len] == '\0' || inner[len] == '/' || len == 1);
}

static int check_mode(int folder)
{
    struct stat st;
    if (fstat(folder, &st) != 0)
        return log_fault("keys.open", -errno, "what=folder");
    return (st.st_mode & 077) == 0 ? 0 : KEYS_EXPOSED;
}

/* Syncs the folder that `folder` stands in, so that it is there after a power loss. */
static int sync_parent(int folder)
{
    AUTO_CLOSE int parent = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return parent >= 0 && fsync(parent) == 0 ? 0 : log_fault("keys.open", -errno, "what=parent");
}

int folder_open(const struct keys_config *config, int *folder_out)
{
    bool made = config->make == KEYS_MAKE_MISSING && mkdir(config->folder, 0700) == 0;
    AUTO_CLOSE int folder = open(config->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno == ENOENT ? KEYS_ABSENT : log_fault("keys.open", -errno, "what=folder");
    if (is_inside(config->folder, config->data_folder)) {
        if (made)
            rmdir(config->folder);
        return KEYS_INSIDE_DATA;
    }
    int result = made ? sync_parent(folder) : check_mode(folder);
    if (result != 0)
        return result;
    *folder_out = folder;
    folder = -1;
    return 0;
}

int folder_lock(int folder, int *lock_out)
{
    AUTO_CLOSE int lock = openat(folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return log_fault("keys.lock", -errno, "file=lock");
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? KEYS_IN_USE : log_fault("keys.lock", -errno, "file=lock");
    *lock_out = lock;
    lock = -1;
    return 0;
}

bool folder_has(int folder, const char *name)
{
    struct stat st;
    return fstatat(folder, name, &st, 0) == 0 && st.st_size > 0;
}

/* Reads to the end or until `room` + 1 bytes have been seen. */
static int read_whole(int fd, uint8_t *out, size_t room, size_t *len_out)
{
    size_t len = 0;
    for (;;) {
        uint8_t beyond;
        ssize_t n = len < room ? read(fd, out + len, room - len) : read(fd, &beyond, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        len += (size_t)n;
        if (n == 0 || len > room)
            break;
    }
    *len_out = len;
    return 0;
}

int folder_read(int folder, const char *name, uint8_t *out, size_t room, size_t *len_out)
{
    AUTO_CLOSE int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? KEYS_ABSENT : log_fault("keys.read", -errno, "file=%s", name);
    int result = read_whole(fd, out, room, len_out);
    return result == 0 ? 0 : log_fault("keys.read", result, "file=%s", name);
}

static int write_whole(int fd, struct span bytes)
{
    int result = file_write(fd, bytes);
    if (result == 0 && fsync(fd) != 0)
        result = -errno;
    return result;
}

/* Overwrites an open file with zeros, as long as it is. */
static int write_zeros(int fd)
{
    static const uint8_t zeros[512];
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    size_t len = (size_t)st.st_size < sizeof zeros ? (size_t)st.st_size : sizeof zeros;
    return write_whole(fd, (struct span){zeros, len});
}

/* Renames the new file over the old one and overwrites what the old one held. */
static int swap_in(int folder, const char *temporary, const char *name)
{
    AUTO_CLOSE int old = openat(folder, name, O_WRONLY | O_CLOEXEC);
    if (renameat(folder, temporary, folder, name) != 0 || fsync(folder) != 0)
        return -errno;
    return old < 0 ? 0 : write_zeros(old);
}

int folder_write(int folder, const char *name, struct span bytes)
{
    char temporary[NAME_MAX];
    snprintf(temporary, sizeof temporary, "%s.tmp", name);
    AUTO_CLOSE int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int result = fd >= 0 ? write_whole(fd, bytes) : -errno;
    if (result != 0 && fd >= 0)
        unlinkat(folder, temporary, 0);
    if (result == 0)
        result = swap_in(folder, temporary, name);
    if (result == -ENOSPC || result == -EDQUOT)
        return KEYS_FULL;
    return result == 0 ? 0 : log_fault("keys.write", result, "file=%s", name);
}

int folder_shred(int folder, const char *name)
{
    AUTO_CLOSE int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? KEYS_ABSENT : log_fault("keys.shred", -errno, "file=%s", name);
    /* Gone before it is blank: whoever opens the folder meanwhile finds it whole or not at all. */
    if (unlinkat(folder, name, 0) != 0 || fsync(folder) != 0)
        return log_fault("keys.shred", -errno, "file=%s", name);
    int result = write_zeros(fd);
    return result == 0 ? 0 : log_fault("keys.shred", result, "file=%s", name);
}

struct folder_master folder_master_of(const struct keys_config *config, char room[FOLDER_PATH_ROOM])
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    size_t len = credentials ? strlen(credentials) : 0;
    struct folder_master master = {.path = config->master_key_file};
    if (master.path) {
        master.is_credential =
            len > 0 && strncmp(master.path, credentials, len) == 0 && master.path[len] == '/';
        return master;
    }
    if (len > 0 && len < FOLDER_PATH_ROOM - 64) {
        snprintf(room, FOLDER_PATH_ROOM, "%s/porchlight-master-key", credentials);
        if (access(room, F_OK) == 0)
            master = (struct folder_master){.path = room, .is_credential = true};
    }
    return master;
}

int folder_read_master(int folder, const struct folder_master *master, uint8_t key_out[KEYS_KEY])
{
    const char *path = master->path ? master->path : "master.key";
    AUTO_CLOSE int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? KEYS_ABSENT : log_fault("keys.master", -errno, "what=open");
    struct stat st;
    if (fstat(fd, &st) != 0)
        return log_fault("keys.master", -errno, "what=stat");
    if (!S_ISREG(st.st_mode))
        return KEYS_BAD_MASTER;
    if ((st.st_mode & (master->is_credential ? 037 : 077)) != 0)
        return KEYS_EXPOSED;
    size_t len = 0;
    int result = read_whole(fd, key_out, KEYS_KEY, &len);
    if (result != 0)
        return log_fault("keys.master", result, "what=read");
    return len == KEYS_KEY ? 0 : KEYS_BAD_MASTER;
}
