/* SPDX-License-Identifier: Apache-2.0
 *
 * Photos in memory that has no name in any folder. What the server fills the worker may only read,
 * and what the worker has filled the server reads only when nobody can write to it any more: the
 * kernel's seals say so, not our good manners.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/log.h"
#include "photo/pool_inside.h"

static int memory_open(const char *name, size_t size, int *fd_out)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return log_fault("photo.memory", -errno, "size=%zu", size);
    if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0) {
        int fault = log_fault("photo.memory", -errno, "size=%zu", size);
        close(fd);
        return fault;
    }
    *fd_out = fd;
    return 0;
}

int photo_input_open(struct photo_pool *pool, size_t size, struct photo_input *out)
{
    *out = (struct photo_input){.fd = -1};
    if (size == 0 || size > pool->config.input_ceiling)
        return POOL_TOO_LARGE;
    int fd = -1, result = memory_open("photo", size, &fd);
    if (result < 0)
        return result;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) {
        result = log_fault("photo.memory", -errno, "size=%zu", size);
        close(fd);
        return result;
    }
    *out = (struct photo_input){.fd = fd, .data = at, .size = size};
    return 0;
}

void photo_input_close(struct photo_input *input)
{
    if (input->size == 0)
        return;
    if (input->data)
        munmap(input->data, input->size);
    close(input->fd);
    *input = (struct photo_input){.fd = -1};
}

int pool_input_seal(struct photo_input *input)
{
    if (!input->data)
        return input->size > 0 ? 0 : -EINVAL;
    munmap(input->data, input->size);
    input->data = NULL;
    if (fcntl(input->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return log_fault("photo.seal", -errno, "size=%zu", input->size);
    return 0;
}

int pool_room_open(size_t size, int *fd_out)
{
    return memory_open("posted", size, fd_out);
}

void *pool_room_read(int fd, size_t size)
{
    /* Refused while any writable mapping exists, wherever it came from. */
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
        log_fault("photo.seal", -errno, "size=%zu", size);
        return NULL;
    }
    void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) {
        log_fault("photo.memory", -errno, "size=%zu", size);
        return NULL;
    }
    return at;
}

void photo_outcome_free(struct photo_outcome *outcome)
{
    if (outcome->room)
        munmap(outcome->room, outcome->room_size);
    memset(outcome, 0, sizeof *outcome);
}
