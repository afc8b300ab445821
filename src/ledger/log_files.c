/* SPDX-License-Identifier: Apache-2.0
 *
 * A tile that grows has a name of its own, so that a full one is never seen half; it is renamed
 * once its last byte is on the disk. Appending writes each touched file once and syncs it once.
 */
#include "ledger/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

/* ---- paths ---- */

/* The full tile's path, without ".part". */
static void path_of(const char *folder, int level, uint64_t number, char out[LOG_PATH_ROOM])
{
    char name[TILE_PATH_ROOM];
    tile_format(&(struct tile){level, number, TILE_WIDTH}, name);
    snprintf(out, LOG_PATH_ROOM, "%s/tile/%s", folder, name);
}

static void part_of(const char *path, char out[LOG_PATH_ROOM])
{
    snprintf(out, LOG_PATH_ROOM, "%.*s.part", LOG_PATH_ROOM - 8, path);
}

static int fault_of(const char *what)
{
    int error = errno;
    return log_fault("ledger.files", error ? -error : -EIO, "what=%s", what);
}

/* Syncs the folder that a file stands in. */
static int sync_folder_of(const char *path)
{
    char folder[LOG_PATH_ROOM];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    AUTO_CLOSE int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? 0 : fault_of("sync_folder");
}

/* Makes the folders between the log's own and the file. */
static int make_folders(const char *folder, const char *path)
{
    char part[LOG_PATH_ROOM];
    for (const char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        int result = file_make_folder(part);
        if (result != 0)
            return log_fault("ledger.files", result, "what=make_folder");
    }
    return 0;
}

/* ---- small files ---- */

static int read_all(int fd, struct buf *out)
{
    uint8_t piece[16 << 10];
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault_of("read");
        if (n == 0)
            return out->failed ? log_fault("ledger.files", -EFBIG, "what=read") : 0;
        buf_add(out, piece, (size_t)n);
    }
}

static int read_path(const char *path, struct buf *out)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? LOG_FILES_ABSENT : fault_of("open");
    return read_all(fd, out);
}

int log_files_read(const char *folder, const char *name, struct buf *out)
{
    char path[LOG_PATH_ROOM];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return read_path(path, out);
}

int log_files_write(const char *folder, const char *name, struct span bytes)
{
    char path[LOG_PATH_ROOM], fresh[LOG_PATH_ROOM];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(fresh, sizeof fresh, "%.*s.new", LOG_PATH_ROOM - 8, path);
    AUTO_CLOSE int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fault_of("create");
    int result = file_write_at(fd, bytes, 0);
    if (result != 0)
        return log_fault("ledger.files", result, "what=write");
    if (fsync(fd) != 0 || renameat(AT_FDCWD, fresh, AT_FDCWD, path) != 0)
        return fault_of("put");
    return sync_folder_of(path);
}

/* ---- appending ---- */

/* Hashes that came to one level, or lengths and entries. */
struct growth {
    int level;
    uint64_t from; /* where in the level the first of them goes */
    struct buf bytes;
};

/* How many bytes the next `count` hashes or entries are. */
static size_t length_of(const struct growth *growth, const uint8_t *at, uint64_t count)
{
    size_t len = 0;
    if (growth->level != TILE_ENTRIES)
        return (size_t)count * TREE_HASH;
    for (; count > 0; count--)
        len += 2 + ((size_t)at[len] << 8 | at[len + 1]);
    return len;
}

static int append_part(const char *folder, const struct growth *growth, uint64_t from,
                       struct span bytes, bool full)
{
    char path[LOG_PATH_ROOM], part[LOG_PATH_ROOM];
    bool fresh = from % TILE_WIDTH == 0;
    path_of(folder, growth->level, from / TILE_WIDTH, path);
    part_of(path, part);
    int result = fresh ? make_folders(folder, path) : 0;
    if (result != 0)
        return result;
    AUTO_CLOSE int fd = open(part, O_WRONLY | O_CLOEXEC | (fresh ? O_CREAT | O_TRUNC : 0), 0600);
    if (fd < 0)
        return fault_of("open_part");
    off_t end = lseek(fd, 0, SEEK_END);
    result = end < 0 ? -errno : file_write_at(fd, bytes, (uint64_t)end);
    if (result != 0)
        return log_fault("ledger.files", result, "what=append");
    if (fsync(fd) != 0 || (full && renameat(AT_FDCWD, part, AT_FDCWD, path) != 0))
        return fault_of("sync_part");
    return fresh || full ? sync_folder_of(path) : 0;
}

static int write_growth(const char *folder, const struct growth *growth, uint64_t count)
{
    const uint8_t *at = growth->bytes.data;
    uint64_t from = growth->from, to = from + count;
    while (from < to) {
        uint64_t end = (from / TILE_WIDTH + 1) * TILE_WIDTH;
        bool full = end <= to;
        size_t len = length_of(growth, at, (full ? end : to) - from);
        int result = append_part(folder, growth, from, (struct span){at, len}, full);
        if (result != 0)
            return result;
        at += len;
        from = full ? end : to;
    }
    return 0;
}

static void grown(void *context, unsigned height, const tree_hash hash)
{
    struct growth *levels = context;
    if (height % TILE_ROWS == 0 && height / TILE_ROWS < TILE_LEVELS)
        buf_add(&levels[height / TILE_ROWS].bytes, hash, TREE_HASH);
}

/* Adds the entries to tree and bundle, in memory. False: no memory, or an entry is too long. */
static bool take_entries(struct growth *levels, struct growth *bundle, struct tree_edge *edge,
                         const struct log_entries *entries)
{
    bool ok = true;
    for (int i = 0; i < entries->count; i++) {
        tree_hash leaf;
        struct span entry = entries->entries[i];
        ok = ok && entry.len <= LOG_ENTRY_CEILING;
        tree_leaf(entry, leaf);
        buf_byte(&bundle->bytes, (uint8_t)(entry.len >> 8));
        buf_byte(&bundle->bytes, (uint8_t)entry.len);
        buf_add(&bundle->bytes, entry.data, entry.len);
        tree_append(edge, leaf, grown, levels);
    }
    for (int level = 0; level < TILE_LEVELS; level++)
        ok = ok && !levels[level].bytes.failed;
    return ok && !bundle->bytes.failed;
}

int log_files_append(const char *folder, struct tree_edge *edge, const struct log_entries *entries)
{
    struct tree_edge longer = *edge;
    struct growth levels[TILE_LEVELS], bundle = {.level = TILE_ENTRIES, .from = edge->size};
    buf_init(&bundle.bytes, (size_t)entries->count * (LOG_ENTRY_CEILING + 2));
    for (int level = 0; level < TILE_LEVELS; level++) {
        levels[level].level = level;
        levels[level].from = tile_level_size(level, edge->size);
        buf_init(&levels[level].bytes, (size_t)entries->count * TREE_HASH);
    }
    int result = take_entries(levels, &bundle, &longer, entries)
                     ? write_growth(folder, &bundle, (uint64_t)entries->count)
                     : log_fault("ledger.append", -ENOMEM, "entries=%d", entries->count);
    for (int level = 0; level < TILE_LEVELS; level++) {
        uint64_t count = tile_level_size(level, longer.size) - levels[level].from;
        if (result == 0)
            result = write_growth(folder, &levels[level], count);
        buf_free(&levels[level].bytes);
    }
    buf_free(&bundle.bytes);
    if (result == 0)
        *edge = longer;
    return result;
}

/* ---- taking back ---- */

/* The length of the first `count` entries of a bundle. False: there are fewer. */
static bool bundle_length(struct span bytes, unsigned count, size_t *len_out)
{
    size_t at = 0;
    for (; count > 0; count--) {
        if (bytes.len - at < 2)
            return false;
        size_t len = (size_t)bytes.data[at] << 8 | bytes.data[at + 1];
        if (bytes.len - at - 2 < len)
            return false;
        at += 2 + len;
    }
    *len_out = at;
    return true;
}

static int cut_level(const char *folder, int level, uint64_t size)
{
    char path[LOG_PATH_ROOM], part[LOG_PATH_ROOM];
    uint64_t count = tile_level_size(level, size);
    unsigned width = (unsigned)(count % TILE_WIDTH);
    struct buf bytes AUTO_BUF;
    size_t len = (size_t)width * TREE_HASH;
    buf_init(&bytes, LOG_BUNDLE_CEILING);
    path_of(folder, level, count / TILE_WIDTH, path);
    part_of(path, part);
    if (width == 0) /* the next append begins the file anew */
        return 0;
    if (access(part, F_OK) != 0 && renameat(AT_FDCWD, path, AT_FDCWD, part) != 0)
        return errno == ENOENT ? LOG_FILES_DAMAGED : fault_of("take_back");
    int result = read_path(part, &bytes);
    if (result != 0)
        return result;
    if (level == TILE_ENTRIES ? !bundle_length((struct span){bytes.data, bytes.len}, width, &len)
                              : bytes.len < len)
        return LOG_FILES_DAMAGED;
    if (bytes.len == len)
        return 0;
    AUTO_CLOSE int fd = open(part, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && ftruncate(fd, (off_t)len) == 0 && fsync(fd) == 0 ? 0 : fault_of("cut");
}

int log_files_cut(const char *folder, uint64_t size)
{
    int result = cut_level(folder, TILE_ENTRIES, size);
    for (int level = 0; result == 0 && level < TILE_LEVELS; level++)
        result = cut_level(folder, level, size);
    return result;
}

/* ---- reading ---- */

/* A tile may become full between two looks. */
static int read_tile(const char *folder, int level, uint64_t number, struct buf *out)
{
    char path[LOG_PATH_ROOM], part[LOG_PATH_ROOM];
    path_of(folder, level, number, path);
    part_of(path, part);
    int result = read_path(path, out);
    if (result == LOG_FILES_ABSENT)
        result = read_path(part, out);
    return result == LOG_FILES_ABSENT ? read_path(path, out) : result;
}

int log_files_tile(const char *folder, const struct tile *tile, struct buf *out)
{
    struct buf bytes AUTO_BUF;
    size_t len = (size_t)tile->width * TREE_HASH;
    buf_init(&bytes, LOG_BUNDLE_CEILING);
    int result = read_tile(folder, tile->level, tile->number, &bytes);
    if (result != 0)
        return result;
    if (tile->level == TILE_ENTRIES
            ? !bundle_length((struct span){bytes.data, bytes.len}, tile->width, &len)
            : bytes.len < len)
        return LOG_FILES_ABSENT;
    buf_add(out, bytes.data, len);
    return out->failed ? log_fault("ledger.tile", -ENOMEM, "level=%d", tile->level) : 0;
}

int log_files_node(void *folder, unsigned height, uint64_t index, tree_hash out)
{
    int level = (int)(height / TILE_ROWS);
    unsigned row = height % TILE_ROWS, count = 1u << row;
    uint64_t first = index << row;
    struct tile tile = {level, first / TILE_WIDTH, (unsigned)(first % TILE_WIDTH) + count};
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, TILE_WIDTH * TREE_HASH);
    int result = log_files_tile(folder, &tile, &bytes);
    if (result != 0)
        return result < 0 ? result : log_fault("ledger.node", -EBADMSG, "level=%d", level);
    tree_hash *hashes = (tree_hash *)(void *)(bytes.data + (first % TILE_WIDTH) * TREE_HASH);
    for (; count > 1; count /= 2)
        for (unsigned i = 0; i < count / 2; i++)
            tree_node(hashes[2 * i], hashes[2 * i + 1], hashes[i]);
    memcpy(out, hashes[0], TREE_HASH);
    return 0;
}
