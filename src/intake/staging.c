/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing staging files. A record is sealed in the patch's one buffer and written at the end of
 * what is good; when the write fails, the file is cut back there at once, so that it never has a
 * tail to be explained later.
 *
 * The running hash, the offset and the file's end move together, after the write. They are told to
 * others only after a sync. A sync that failed closes the whole folder until the process is started
 * anew: the kernel may have dropped any upload's pages, and would show them as if they were safe.
 */
#include "intake/staging.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "base/log.h"
#include "blob/spares.h"
#include "crypto/crypto.h"
#include "intake/record.h"
#include "intake/scan.h"

static_assert((int)STAGING_RECORD == RECORD_PLAIN && (int)STAGING_KEY == AEAD_KEY, "one size each");

struct staging {
    int folder;
    struct spares *spares;
    _Atomic int fault; /* of the first sync that failed, for ever */
};

/* Invariants:
 * 1. `now` is what the file holds up to its last good record; `start` is what it held at the
 * beginning.
 * 2. The first `held` bytes of `plain` are appended and not yet written; they are less than a
 * record.
 * 3. broken != 0: nothing more is written, and the file was cut to `now`. */
struct staging_patch {
    struct staging *staging;
    int fd;
    enum staging_mode mode;
    int broken;
    bool has_segment; /* its head is in the file */
    struct staging_state start, now;
    struct record_segment segment;
    uint8_t head[RECORD_SEGMENT_HEAD];
    size_t held;
    uint8_t plain[RECORD_PLAIN];
};
static_assert(sizeof(struct staging_patch) <= 5 * 1024, "what an open PATCH may take");

/* Records sealed and not yet written, and the state when they are. */
enum { BATCH = 4 };
struct batch {
    struct staging_state after;
    size_t len;
    uint8_t bytes[RECORD_SEGMENT_HEAD + BATCH * (RECORD_PLAIN + RECORD_OVERHEAD)];
};

/* ---- small things ---- */

/* STAGING_FULL for a full disk, else the fault, logged. */
static int failed(const char *event, int fault, const char *id)
{
    if (fault == -ENOSPC || fault == -EDQUOT)
        return STAGING_FULL;
    return log_fault(event, fault, "upload=%s", id);
}

/* Syncs a file, or remembers for ever that it could not be. */
static int sync_file(struct staging *staging, int fd)
{
    int fault = atomic_load(&staging->fault);
    if (fault == 0 && fdatasync(fd) != 0) {
        fault = log_fault("staging.sync", -errno, "for_good=yes");
        atomic_store(&staging->fault, fault);
    }
    return fault;
}

/* The same for the folder: its files have their names for good. */
static int sync_names(struct staging *staging)
{
    int fault = atomic_load(&staging->fault);
    if (fault == 0 && fsync(staging->folder) != 0) {
        fault = log_fault("staging.sync", -errno, "for_good=yes what=folder");
        atomic_store(&staging->fault, fault);
    }
    return fault;
}

static int cut_file(int fd, uint64_t end)
{
    return ftruncate(fd, (off_t)end) == 0
               ? 0
               : log_fault("staging.cut", -errno, "at=%llu", (unsigned long long)end);
}

/* ---- the folder ---- */

int staging_open(const char *folder, struct staging **staging_out)
{
    int result = file_make_folder(folder);
    if (result != 0)
        return log_fault("staging.open", result, "what=folder");
    struct staging *staging = calloc(1, sizeof *staging);
    if (!staging)
        return log_fault("staging.open", -ENOMEM, "what=memory");
    staging->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (staging->folder < 0) {
        int fault = -errno;
        free(staging);
        return log_fault("staging.open", fault, "what=folder");
    }
    result = spares_new(staging->folder, &staging->spares);
    if (result != 0)
        staging_close(&staging);
    *staging_out = staging;
    return result;
}

void staging_close(struct staging **staging)
{
    if (!*staging)
        return;
    spares_free(&(*staging)->spares);
    close((*staging)->folder);
    free(*staging);
    *staging = NULL;
}

int staging_remove(struct staging *staging, const char *id)
{
    if (!id_is(ID_UPLOAD, id))
        return STAGING_BAD_ID;
    int result = spares_keep(staging->spares, staging->folder, id);
    if (result == -ENOENT)
        return STAGING_ABSENT;
    return result == 0 ? 0 : log_fault("staging.remove", result, "upload=%s", id);
}

int staging_each(struct staging *staging, staging_visit *visit, void *context)
{
    int fd = openat(staging->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int fault = -errno;
        if (fd >= 0)
            close(fd);
        return log_fault("staging.list", fault, "what=folder");
    }
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL;)
        if (id_is(ID_UPLOAD, entry->d_name))
            result = visit(context, entry->d_name);
    closedir(folder);
    return result;
}

int staging_free_space(struct staging *staging, uint64_t *bytes_out)
{
    struct statvfs fs;
    if (fstatvfs(staging->folder, &fs) != 0)
        return log_fault("staging.space", -errno, "what=folder");
    *bytes_out = (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}

/* Opens the file of an upload and gives the bytes of its id. */
static int open_file(struct staging *staging, const char *id, uint8_t id_out[RECORD_ID],
                     int *fd_out)
{
    if (!id_is(ID_UPLOAD, id) || !id_to_bytes(id, id_out))
        return STAGING_BAD_ID;
    *fd_out = openat(staging->folder, id, O_RDWR | O_CLOEXEC);
    if (*fd_out >= 0)
        return 0;
    return errno == ENOENT ? STAGING_ABSENT : log_fault("staging.open", -errno, "upload=%s", id);
}

/* ---- a new upload, and one taken up again ---- */

/* An empty file of that name, which must not be there: a spare one, or a new one. */
static int open_new(struct staging *staging, const char *id, int *fd_out)
{
    int taken = spares_take(staging->spares, staging->folder, id);
    if (taken < 0)
        return taken;
    int make = taken == SPARES_NONE ? O_CREAT | O_EXCL : 0;
    *fd_out = openat(staging->folder, id, O_RDWR | O_CLOEXEC | make, 0600);
    return *fd_out >= 0 ? 0 : -errno;
}

int staging_create(struct staging *staging, const char *id, const uint8_t key[STAGING_KEY],
                   struct staging_state *state_out)
{
    uint8_t bytes[RECORD_ID], header[RECORD_FILE_HEADER];
    if (!id_is(ID_UPLOAD, id) || !id_to_bytes(id, bytes))
        return STAGING_BAD_ID;
    int result = record_file_make(bytes, key, header);
    if (result != 0)
        return result;
    AUTO_CLOSE int fd = -1;
    result = open_new(staging, id, &fd);
    if (result != 0)
        return failed("staging.create", result, id);
    result = file_write_at(fd, (struct span){header, RECORD_FILE_HEADER}, 0);
    if (result != 0) {
        unlinkat(staging->folder, id, 0);
        return failed("staging.create", result, id);
    }
    *state_out = (struct staging_state){.offset = 0, .file_end = RECORD_FILE_HEADER};
    hash_start(&state_out->hash);
    return 0;
}

int staging_resume(struct staging *staging, const char *id, const uint8_t key[STAGING_KEY],
                   uint64_t acknowledged, struct staging_state *state_out)
{
    uint8_t bytes[RECORD_ID];
    struct staging_state good;
    AUTO_CLOSE int fd = -1;
    int result = open_file(staging, id, bytes, &fd);
    if (result == 0)
        result = scan_file(
            &(struct scan_request){.fd = fd, .id = bytes, .key = key, .stop_at = INT64_MAX}, &good);
    if (result == 0 && good.offset < acknowledged)
        result = STAGING_LOST;
    if (result == 0)
        result = cut_file(fd, good.file_end);
    /* What survived a kill may still be in the kernel's memory only. */
    if (result == 0)
        result = sync_file(staging, fd);
    if (result == 0)
        result = sync_names(staging);
    if (result != 0)
        return result;
    good.named = true;
    *state_out = good;
    return result;
}

int staging_read(struct staging *staging, const char *id, const uint8_t key[STAGING_KEY],
                 const struct staging_state *state, uint8_t *out)
{
    uint8_t bytes[RECORD_ID], nowhere[1];
    struct staging_state good;
    AUTO_CLOSE int fd = -1;
    int result = open_file(staging, id, bytes, &fd);
    struct scan_request request = {.fd = fd,
                                   .id = bytes,
                                   .key = key,
                                   .stop_at = state->file_end,
                                   .out = out ? out : nowhere,
                                   .room = (size_t)state->offset};
    if (result == 0)
        result = scan_file(&request, &good);
    if (result == 0 && (good.offset != state->offset || good.file_end != state->file_end))
        result = STAGING_DAMAGED;
    return result;
}

/* ---- a PATCH ---- */

int staging_begin(struct staging *staging, const struct staging_place *place,
                  struct staging_patch **patch_out)
{
    uint8_t bytes[RECORD_ID];
    struct stat st;
    AUTO_CLOSE int fd = -1;
    int result = atomic_load(&staging->fault);
    if (result == 0)
        result = open_file(staging, place->id, bytes, &fd);
    if (result == 0 && fstat(fd, &st) != 0)
        result = log_fault("staging.begin", -errno, "upload=%s", place->id);
    if (result == 0 && (uint64_t)st.st_size < place->state->file_end)
        result = STAGING_DAMAGED;
    /* What lies beyond was never told to anyone. */
    if (result == 0 && (uint64_t)st.st_size > place->state->file_end)
        result = cut_file(fd, place->state->file_end);
    if (result != 0)
        return result;
    struct staging_patch *patch = malloc(sizeof *patch);
    if (!patch)
        return log_fault("staging.begin", -ENOMEM, "upload=%s", place->id);
    *patch = (struct staging_patch){.staging = staging,
                                    .fd = fd,
                                    .mode = place->mode,
                                    .start = *place->state,
                                    .now = *place->state};
    patch->segment.kind =
        place->mode == STAGING_CHECKED ? RECORD_SEGMENT_CHECKED : RECORD_SEGMENT_PLAIN;
    memcpy(patch->segment.id, bytes, RECORD_ID);
    record_segment_make(&patch->segment, place->key, patch->start.offset, patch->head);
    fd = -1;
    *patch_out = patch;
    return 0;
}

/* No more is written: the file is cut to its last good record. */
static int give_up(struct staging_patch *patch, int fault)
{
    char id[ID_ROOM];
    id_from_bytes(ID_UPLOAD, patch->segment.id, id);
    int cut = cut_file(patch->fd, patch->now.file_end);
    patch->broken = failed("staging.write", fault, id);
    if (cut < 0)
        patch->broken = cut;
    patch->held = 0;
    return patch->broken;
}

/* The segment's head goes before its first record. */
static void batch_start(const struct staging_patch *patch, struct batch *batch)
{
    batch->after = patch->now;
    batch->len = patch->has_segment ? 0 : RECORD_SEGMENT_HEAD;
    memcpy(batch->bytes, patch->head, batch->len);
}

static int batch_add(struct staging_patch *patch, struct batch *batch, enum record_kind kind,
                     struct span plain)
{
    struct record_about about = {(uint8_t)kind, batch->after.offset};
    hash_add(&batch->after.hash, plain);
    batch->after.offset += plain.len;
    int result = record_seal(&patch->segment, &about, plain, batch->bytes + batch->len);
    batch->len += plain.len + RECORD_OVERHEAD;
    return result;
}

static int batch_write(struct staging_patch *patch, struct batch *batch)
{
    int result =
        file_write_at(patch->fd, (struct span){batch->bytes, batch->len}, patch->now.file_end);
    if (result != 0)
        return give_up(patch, result);
    batch->after.file_end += batch->len;
    patch->now = batch->after;
    patch->has_segment = true;
    return 0;
}

/* Seals and writes one record. */
static int write_record(struct staging_patch *patch, enum record_kind kind, struct span plain)
{
    struct batch batch;
    batch_start(patch, &batch);
    int result = batch_add(patch, &batch, kind, plain);
    return result == 0 ? batch_write(patch, &batch) : give_up(patch, result);
}

/* Writes what waits, as a shorter record. */
static int write_held(struct staging_patch *patch)
{
    size_t held = patch->held;
    patch->held = 0;
    return held ? write_record(patch, RECORD_DATA, (struct span){patch->plain, held}) : 0;
}

/* Writes as many full records as a batch takes, and takes their bytes off *bytes. */
static int write_full(struct staging_patch *patch, struct span *bytes)
{
    struct batch batch;
    batch_start(patch, &batch);
    for (int i = 0; i < BATCH && patch->held + bytes->len >= RECORD_PLAIN; i++) {
        size_t take = RECORD_PLAIN - patch->held;
        struct span plain = {bytes->data, take};
        if (patch->held > 0) {
            memcpy(patch->plain + patch->held, bytes->data, take);
            plain = (struct span){patch->plain, RECORD_PLAIN};
            patch->held = 0;
        }
        *bytes = (struct span){bytes->data + take, bytes->len - take};
        int result = batch_add(patch, &batch, RECORD_DATA, plain);
        if (result != 0)
            return give_up(patch, result);
    }
    return batch_write(patch, &batch);
}

int staging_append(struct staging_patch *patch, struct span bytes)
{
    int result = patch->broken;
    while (result == 0 && patch->held + bytes.len >= RECORD_PLAIN)
        result = write_full(patch, &bytes);
    if (result == 0 && bytes.len > 0) {
        memcpy(patch->plain + patch->held, bytes.data, bytes.len);
        patch->held += bytes.len;
    }
    return result;
}

/* Syncs what was written, if anything, and with a file's first bytes its name. */
static int sync_written(struct staging_patch *patch)
{
    if (patch->now.file_end == patch->start.file_end)
        return 0;
    int result = sync_file(patch->staging, patch->fd);
    if (result == 0 && !patch->now.named)
        result = sync_names(patch->staging);
    if (result != 0)
        patch->broken = result;
    patch->now.named |= result == 0;
    return result;
}

static void patch_free(struct staging_patch **patch)
{
    close((*patch)->fd);
    crypto_wipe(*patch, sizeof **patch);
    free(*patch);
    *patch = NULL;
}

/* Cuts the file to where the PATCH began, durably. */
static int take_back(struct staging_patch *patch)
{
    int result = cut_file(patch->fd, patch->start.file_end);
    if (result == 0)
        result = sync_written(patch);
    patch->now = patch->start;
    return result;
}

/* What staging_end does before the patch is freed. */
static int finish(struct staging_patch *patch)
{
    int result = patch->broken ? patch->broken : write_held(patch);
    bool closes = patch->mode == STAGING_CHECKED && patch->has_segment;
    if (result == 0 && closes)
        result = write_record(patch, RECORD_CLOSE, (struct span){NULL, 0});
    if (result < 0)
        return result;
    int synced = result == STAGING_FULL && patch->mode == STAGING_CHECKED ? take_back(patch)
                                                                          : sync_written(patch);
    return synced != 0 ? synced : result;
}

int staging_end(struct staging_patch **patch, struct staging_state *state_out)
{
    int result = finish(*patch);
    if (result >= 0)
        *state_out = (*patch)->now;
    patch_free(patch);
    return result;
}

int staging_rollback(struct staging_patch **patch, struct staging_state *state_out)
{
    int result = take_back(*patch);
    if (result == 0)
        *state_out = (*patch)->start;
    patch_free(patch);
    return result;
}

void staging_drop(struct staging_patch **patch)
{
    patch_free(patch);
}
