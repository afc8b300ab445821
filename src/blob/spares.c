/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of the files that are there, as a stack, and of those that may be made. Where the
 * file system cannot rename without replacing, or anything else goes wrong with a spare, it is
 * removed and the caller does without.
 */
#include "blob/spares.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "base/log.h"

#define PREFIX "spare."
enum { NAME_ROOM = 24 };

/* Under `lock`: the first `there` of `numbers` name a spare file each, the others are free. */
struct spares {
    int folder;
    pthread_mutex_t lock;
    int there;
    uint8_t numbers[SPARES_MAX];
};

static void name_of(unsigned number, char out[NAME_ROOM])
{
    snprintf(out, NAME_ROOM, PREFIX "%u", number);
}

static int remove_all(int parent)
{
    int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int fault = -errno;
        if (fd >= 0)
            close(fd);
        return log_fault("spares.remove", fault, "what=folder");
    }
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL;)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
            unlinkat(parent, entry->d_name, 0) != 0)
            result = log_fault("spares.remove", -errno, "what=file");
    closedir(folder);
    return result;
}

int spares_new(int folder, struct spares **spares_out)
{
    int result = remove_all(folder);
    if (result != 0)
        return result;
    struct spares *spares = calloc(1, sizeof *spares);
    if (!spares)
        return log_fault("spares.new", -ENOMEM, "memory is short");
    spares->folder = folder;
    pthread_mutex_init(&spares->lock, NULL);
    for (unsigned i = 0; i < SPARES_MAX; i++)
        spares->numbers[i] = (uint8_t)i;
    *spares_out = spares;
    return 0;
}

void spares_free(struct spares **spares)
{
    if (!*spares)
        return;
    pthread_mutex_destroy(&(*spares)->lock);
    free(*spares);
    *spares = NULL;
}

/* Under the lock. The renaming is a matter of microseconds: nothing is written out here. */
static int take(struct spares *spares, int folder, const char *name)
{
    char spare[NAME_ROOM];
    if (spares->there == 0)
        return SPARES_NONE;
    name_of(spares->numbers[spares->there - 1], spare);
    if (renameat2(spares->folder, spare, folder, name, RENAME_NOREPLACE) == 0) {
        spares->there--;
        return 0;
    }
    int fault = -errno;
    if (fault == -EEXIST)
        return fault;
    (void)!unlinkat(spares->folder, spare, 0);
    spares->there--;
    return SPARES_NONE;
}

int spares_take(struct spares *spares, int folder, const char *name)
{
    pthread_mutex_lock(&spares->lock);
    int result = take(spares, folder, name);
    pthread_mutex_unlock(&spares->lock);
    return result;
}

/* Empties the file first: a spare that is there is empty. False: it could not be kept. */
static bool keep(struct spares *spares, int folder, const char *name)
{
    char spare[NAME_ROOM];
    int fd = openat(folder, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    close(fd);
    pthread_mutex_lock(&spares->lock);
    bool kept = spares->there < SPARES_MAX;
    if (kept) {
        name_of(spares->numbers[spares->there], spare);
        kept = renameat(folder, name, spares->folder, spare) == 0;
        spares->there += kept;
    }
    pthread_mutex_unlock(&spares->lock);
    return kept;
}

int spares_keep(struct spares *spares, int folder, const char *name)
{
    if (keep(spares, folder, name) || unlinkat(folder, name, 0) == 0)
        return 0;
    return -errno;
}
