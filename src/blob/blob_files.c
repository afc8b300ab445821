/* SPDX-License-Identifier: Apache-2.0
 *
 * A put is: write FOLDER/tmp/name.N, sync it, rename it to FOLDER/x/name, sync x. A crash before
 * the rename leaves a file in tmp that nothing refers to; opening the store empties tmp. Everything
 * is reached from one open folder descriptor, so that no path is put together and the store stays
 * where it was even if the folder is moved.
 */
#include "blob/blob_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "base/log.h"
#include "blob/spares.h"

enum { SHELF = 1, PATH_ROOM = 8 + BLOB_NAME_CEILING + 24 };

struct files {
    struct blob_store store;
    int folder, tmp;
    struct spares *spares; /* in tmp */
    _Atomic unsigned puts; /* numbers the temporary files */
};

static struct files *files_of(struct blob_store *store)
{
    return (struct files *)store;
}

/* "x/name". The shelf x is the name's last character, which is random in an id: 32 folders, which
 * an index keeps quick at millions of names each, and few enough that making them is soon over. */
static void path_of(const char *name, char out[PATH_ROOM])
{
    snprintf(out, PATH_ROOM, "%s/%s", name + strlen(name) - SHELF, name);
}

/* BLOB_FULL for a full disk, else the fault, logged. */
static int failed(const char *event, int fault)
{
    if (fault == -ENOSPC || fault == -EDQUOT)
        return BLOB_FULL;
    return log_fault(event, fault, "store=files");
}

/* Writes what the source gives and syncs it. */
static int fill(int fd, const struct blob_source *source)
{
    uint64_t total = 0;
    for (;;) {
        struct span piece = {NULL, 0};
        int result = source->next(source->context, &piece);
        if (result != 0)
            return result;
        if (piece.len == 0)
            break;
        total += piece.len;
        result = total > source->size ? -EINVAL : file_write(fd, piece);
        if (result != 0)
            return failed("blob.write", result);
    }
    if (total != source->size)
        return failed("blob.write", -EINVAL);
    return fsync(fd) == 0 ? 0 : failed("blob.sync", -errno);
}

/* Opens a shelf, making it, durably, when it is the first object's. */
static int open_shelf(struct files *files, const char *name, int *shelf_out)
{
    const char *shelf = name + strlen(name) - SHELF;
    int fd = openat(files->folder, shelf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        bool made = mkdirat(files->folder, shelf, 0700) == 0 || errno == EEXIST;
        if (!made || fsync(files->folder) != 0)
            return failed("blob.shelf", -errno);
        fd = openat(files->folder, shelf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    *shelf_out = fd;
    return fd >= 0 ? 0 : failed("blob.shelf", -errno);
}

/* Moves a finished temporary file to its place. */
static int shelve(struct files *files, const char *temporary, const char *name)
{
    AUTO_CLOSE int shelf = -1;
    int result = open_shelf(files, name, &shelf);
    if (result != 0)
        return result;
    if (renameat(files->folder, temporary, shelf, name) != 0)
        return failed("blob.rename", -errno);
    return fsync(shelf) == 0 ? 0 : failed("blob.sync", -errno);
}

/* A new file, or a spare one, of that name. */
static int open_temporary(struct files *files, const char *name, int *fd_out)
{
    int taken = spares_take(files->spares, files->folder, name);
    if (taken < 0)
        return taken;
    int make = taken == SPARES_NONE ? O_CREAT | O_EXCL : 0;
    *fd_out = openat(files->folder, name, O_WRONLY | O_CLOEXEC | make, 0600);
    return *fd_out >= 0 ? 0 : -errno;
}

static int files_put(struct blob_store *store, const char *name, const struct blob_source *source)
{
    struct files *files = files_of(store);
    char temporary[PATH_ROOM];
    snprintf(temporary, sizeof temporary, "tmp/%s.%u", name, ++files->puts);
    AUTO_CLOSE int fd = -1;
    int result = open_temporary(files, temporary, &fd);
    if (result != 0)
        return failed("blob.create", result);
    result = fill(fd, source);
    if (result == 0)
        result = shelve(files, temporary, name);
    if (result != 0)
        unlinkat(files->folder, temporary, 0);
    return result;
}

static int files_open(struct blob_store *store, const char *name, struct blob *blob_out)
{
    char path[PATH_ROOM];
    path_of(name, path);
    int fd = openat(files_of(store)->folder, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? BLOB_ABSENT : failed("blob.open", -errno);
    struct stat st;
    if (fstat(fd, &st) != 0) {
        int fault = -errno;
        close(fd);
        return failed("blob.open", fault);
    }
    *blob_out = (struct blob){.store = store, .size = (uint64_t)st.st_size, .handle = fd};
    return 0;
}

static int files_read(struct blob *blob, uint64_t offset, const struct iovec *parts, int count)
{
    struct iovec left[BLOB_PARTS_CEILING];
    struct iovec *next = left;
    memcpy(left, parts, (size_t)count * sizeof *parts);
    while (count > 0) {
        ssize_t n = preadv((int)blob->handle, next, count, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed("blob.read", -errno);
        if (n == 0)
            return BLOB_SHORT;
        offset += (uint64_t)n;
        for (; count > 0 && (size_t)n >= next->iov_len; next++, count--)
            n -= (ssize_t)next->iov_len;
        if (count > 0)
            *next = (struct iovec){(uint8_t *)next->iov_base + n, next->iov_len - (size_t)n};
    }
    return 0;
}

static void files_close(struct blob *blob)
{
    close((int)blob->handle);
}

static int files_remove(struct blob_store *store, const char *name, enum blob_removal how)
{
    struct files *files = files_of(store);
    AUTO_CLOSE int shelf =
        openat(files->folder, name + strlen(name) - SHELF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (shelf < 0)
        return errno == ENOENT ? BLOB_ABSENT : failed("blob.remove", -errno);
    int result = spares_keep(files->spares, shelf, name);
    if (result != 0)
        return result == -ENOENT ? BLOB_ABSENT : failed("blob.remove", result);
    if (how == BLOB_REMOVE_DURABLY && fsync(shelf) != 0)
        return failed("blob.sync", -errno);
    return 0;
}

/* Calls `visit` for the names in a folder that do not begin with a dot. */
static int each_in(int parent, const char *name, int (*visit)(void *, int, const char *),
                   void *context)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int fault = -errno;
        if (fd >= 0)
            close(fd);
        return fault == -ENOTDIR ? 0 : failed("blob.list", fault);
    }
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            result = visit(context, dirfd(folder), entry->d_name);
    closedir(folder);
    return result;
}

struct round {
    blob_visit *visit;
    void *context;
};

static int visit_object(void *context, int shelf, const char *name)
{
    const struct round *round = context;
    return round->visit(round->context, name);
}

static int visit_shelf(void *context, int folder, const char *name)
{
    return strlen(name) == SHELF ? each_in(folder, name, visit_object, context) : 0;
}

static int files_each(struct blob_store *store, blob_visit *visit, void *context)
{
    return each_in(files_of(store)->folder, ".", visit_shelf, &(struct round){visit, context});
}

static int files_free_space(struct blob_store *store, uint64_t *bytes_out)
{
    struct statvfs fs;
    if (fstatvfs(files_of(store)->folder, &fs) != 0)
        return failed("blob.space", -errno);
    *bytes_out = (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}

static void files_free(struct blob_store *store)
{
    struct files *files = files_of(store);
    spares_free(&files->spares);
    if (files->tmp >= 0)
        close(files->tmp);
    if (files->folder >= 0)
        close(files->folder);
    free(files);
}

static const struct blob_ops files_ops = {
    .put = files_put,
    .open = files_open,
    .read = files_read,
    .close = files_close,
    .remove = files_remove,
    .each = files_each,
    .free_space = files_free_space,
    .free = files_free,
};

static int remove_leftover(void *context, int folder, const char *name)
{
    return unlinkat(folder, name, 0) == 0 ? 0 : failed("blob.tidy", -errno);
}

/* The folder of unfinished files, made when it is missing, with nothing in it. */
static int open_tmp(struct files *files)
{
    if ((mkdirat(files->folder, "tmp", 0700) != 0 && errno != EEXIST) || fsync(files->folder) != 0)
        return log_fault("blob.start", -errno, "store=files");
    files->tmp = openat(files->folder, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->tmp < 0)
        return log_fault("blob.start", -errno, "store=files");
    int result = each_in(files->folder, "tmp", remove_leftover, NULL);
    return result == 0 ? spares_new(files->tmp, &files->spares) : result;
}

int blob_files_open(const char *folder, struct blob_store **store_out)
{
    int result = file_make_folder(folder);
    if (result != 0)
        return log_fault("blob.start", result, "store=files");
    struct files *files = calloc(1, sizeof *files);
    if (!files)
        return log_fault("blob.start", -ENOMEM, "store=files");
    files->store.ops = &files_ops;
    files->tmp = -1;
    files->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    result = files->folder >= 0 ? open_tmp(files) : log_fault("blob.start", -errno, "store=files");
    if (result != 0)
        files_free(&files->store);
    else
        *store_out = &files->store;
    return result;
}
