/* SPDX-License-Identifier: Apache-2.0
 *
 * Files are copied byte by byte and never linked: a file of ours whose photo is gone is written
 * again for another (blob/spares.h), and a link would see that. For the same reason a copy counts
 * only when its name still stands for the same file afterwards.
 */
#include "cli/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "crypto/hash.h"
#include "keys/journal.h"

enum {
    PIECE = 256 << 10,
    DEEP = 8,
    TICK_MS = 20 /* how far the kernel's time of a file may lie behind the clock */
};

/* ---- one file ---- */

static int make_folders(int to, const char *path)
{
    char folder[COPY_PATH_ROOM];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        if (mkdirat(to, folder, 0700) != 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}

/* Reads all of a file into a hash, and into `out` where that is one. */
static int pour(int in, int out, struct copy_fact *fact)
{
    struct hash hash;
    AUTO_FREE uint8_t *piece = malloc(PIECE);
    if (!piece)
        return -ENOMEM;
    hash_start(&hash);
    fact->size = 0;
    for (;;) {
        ssize_t n = read(in, piece, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            hash_finish(&hash, fact->sha256);
            return n < 0 ? -errno : 0;
        }
        struct span bytes = {piece, (size_t)n};
        hash_add(&hash, bytes);
        fact->size += (uint64_t)n;
        int result = out >= 0 ? file_write(out, bytes) : 0;
        if (result != 0)
            return result;
    }
}

static bool is_same_file(int fd, int from, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && fstatat(from, path, &named, 0) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

int copy_file(struct copy *copy, const char *path, struct copy_fact *fact_out)
{
    struct timespec begun;
    clock_gettime(CLOCK_REALTIME, &begun);
    AUTO_CLOSE int in = openat(copy->from, path, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return errno == ENOENT ? COPY_GONE : log_fault("copy.read", -errno, "what=open");
    int result = make_folders(copy->to, path);
    AUTO_CLOSE int out =
        result == 0 ? openat(copy->to, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (result == 0 && out < 0)
        result = -errno;
    if (result == 0)
        result = pour(in, out, fact_out);
    if (result == 0 && futimens(out, (struct timespec[2]){begun, begun}) != 0)
        result = -errno;
    if (result == 0 && !is_same_file(in, copy->from, path)) {
        unlinkat(copy->to, path, 0);
        return COPY_GONE;
    }
    return result == 0 ? 0 : log_fault("copy.write", result, "what=file");
}

int copy_hash(struct copy *copy, const char *path, struct copy_fact *fact_out)
{
    AUTO_CLOSE int in = openat(copy->to, path, O_RDONLY | O_CLOEXEC);
    int result = in >= 0 ? pour(in, -1, fact_out) : -errno;
    return result == 0 ? 0 : log_fault("copy.hash", result, "what=file");
}

int copy_note(struct copy *copy, const char *path, const struct copy_fact *fact)
{
    char hex[65];
    text_hex(fact->sha256, sizeof fact->sha256, hex);
    copy->files++;
    copy->bytes += fact->size;
    if (copy->manifest &&
        fprintf(copy->manifest, "%s %llu %s\n", hex, (unsigned long long)fact->size, path) < 0)
        return log_fault("copy.manifest", -EIO, "what=write");
    return 0;
}

int copy_note_late(struct copy *copy, const char *path)
{
    struct copy_fact fact = {0};
    int result = copy_hash(copy, path, &fact);
    return result == 0 ? copy_note(copy, path, &fact) : result;
}

/* ---- a folder ---- */

static bool is_passed_over(const char *name)
{
    return name[0] == '.' || strcmp(name, "tmp") == 0;
}

static int64_t ms_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * CLOCK_SECOND + st->st_mtim.tv_nsec / 1000000;
}

/* Is there a copy, and, where that matters, was nothing written since? Of what is gone the copy is
 * kept. */
static bool is_copied(const struct copy *copy, const char *path)
{
    struct stat copied, now;
    if (fstatat(copy->to, path, &copied, 0) != 0)
        return false;
    return !copy->again || fstatat(copy->from, path, &now, 0) != 0 ||
           ms_of(&now) + TICK_MS < ms_of(&copied);
}

bool copy_since(const struct copy *copy, const char *path, int64_t at)
{
    struct stat copied;
    return fstatat(copy->to, path, &copied, 0) == 0 && ms_of(&copied) >= at;
}

static int copy_entry(struct copy *copy, const char *path, unsigned *gone)
{
    struct copy_fact fact = {0};
    if (is_copied(copy, path))
        return 0;
    int result = copy_file(copy, path, &fact);
    if (result == COPY_GONE)
        ++*gone;
    if (result == 0 && copy->manifest)
        result = copy_note(copy, path, &fact);
    return result < 0 ? result : 0;
}

static int note_entry(struct copy *copy, const char *path, unsigned *gone)
{
    (void)gone;
    return copy_note_late(copy, path);
}

static int remove_entry(struct copy *copy, const char *path, unsigned *gone)
{
    (void)gone;
    return unlinkat(copy->to, path, 0) == 0 ? 0 : -errno;
}

/* One round through a folder and those in it. */
struct walk {
    struct copy *copy;
    int top;
    int (*visit)(struct copy *copy, const char *path, unsigned *gone);
    unsigned gone;
};

static int walk_below(struct walk *walk, const char *path, int depth)
{
    int fd = openat(walk->top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int fault = -errno;
        if (fd >= 0)
            close(fd);
        return fault == -ENOENT ? 0 : log_fault("copy.list", fault, "what=folder");
    }
    int result = depth > DEEP ? -ELOOP : 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL;) {
        char below[COPY_PATH_ROOM];
        struct stat st;
        const char *only = walk->copy->only, *in = strcmp(path, ".") == 0 ? "" : path;
        if (is_passed_over(entry->d_name) ||
            (only && strncmp(entry->d_name, only, strlen(only)) != 0) ||
            snprintf(below, sizeof below, "%s%s%s", in, *in ? "/" : "", entry->d_name) >=
                (int)sizeof below)
            continue;
        if (fstatat(walk->top, below, &st, AT_SYMLINK_NOFOLLOW) != 0)
            walk->gone++;
        else if (S_ISDIR(st.st_mode))
            result = walk_below(walk, below, depth + 1);
        else if (S_ISREG(st.st_mode))
            result = walk->visit(walk->copy, below, &walk->gone);
    }
    closedir(folder);
    return result;
}

int copy_tree(struct copy *copy, const char *path, unsigned *gone_out)
{
    struct walk walk = {.copy = copy, .top = copy->from, .visit = copy_entry};
    int result = walk_below(&walk, path, 0);
    *gone_out = walk.gone;
    return result;
}

int copy_note_tree(struct copy *copy, const char *path)
{
    return walk_below(&(struct walk){.copy = copy, .top = copy->to, .visit = note_entry}, path, 0);
}

int copy_remove_tree(struct copy *copy, const char *path)
{
    return walk_below(&(struct walk){.copy = copy, .top = copy->to, .visit = remove_entry}, path,
                      0);
}

/* ---- the backup around them ---- */

static bool is_allowed(const char *name, const char *const *allowed)
{
    for (; allowed && *allowed; allowed++) {
        size_t len = strlen(*allowed);
        if (len && (*allowed)[len - 1] == '*' ? strncmp(name, *allowed, len - 1) == 0
                                              : strcmp(name, *allowed) == 0)
            return true;
    }
    return false;
}

bool copy_is_empty(const char *folder, const char *const *allowed)
{
    DIR *open_folder = opendir(folder);
    bool empty = open_folder || errno == ENOENT;
    for (struct dirent *entry; open_folder && empty && (entry = readdir(open_folder)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                is_allowed(entry->d_name, allowed);
    if (open_folder)
        closedir(open_folder);
    return empty;
}

static int fail_errno(const char *what, const char *path)
{
    return cli_fail("cannot %s %s: %s", what, path, strerror(errno));
}

int copy_begin(struct copy *copy, const char *folder)
{
    if (!copy_is_empty(folder, NULL))
        return cli_fail("%s is not empty: a backup wants a folder of its own", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail_errno("make", folder);
    AUTO_CLOSE int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0 || fchmod(top, 0700) != 0 || mkdirat(top, "files", 0700) != 0)
        return fail_errno("write to", folder);
    int fd = openat(top, "manifest", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    copy->manifest = fd >= 0 ? fdopen(fd, "w+") : NULL;
    copy->to = openat(top, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return copy->manifest && copy->to >= 0 ? 0 : fail_errno("write to", folder);
}

int copy_end(struct copy *copy, const char *folder, const char *what)
{
    char hex[65], at[CLOCK_TEXT_ROOM], text[COPY_MARKER_CEILING];
    struct copy_fact fact = {0};
    AUTO_CLOSE int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct copy whole = {.to = top};
    /* All files, not one by one; the marker after them. */
    if (top < 0 || fflush(copy->manifest) != 0 || syncfs(top) != 0)
        return fail_errno("write to", folder);
    if (copy_hash(&whole, "manifest", &fact) != 0)
        return cli_fail("cannot read %s/manifest", folder);
    text_hex(fact.sha256, sizeof fact.sha256, hex);
    clock_format(clock_now(), at);
    int len = snprintf(text, sizeof text, "%s\nmade_at %s\nfiles %llu\nmanifest %s\n", what, at,
                       (unsigned long long)copy->files, hex);
    AUTO_CLOSE int fd = openat(top, "backup.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && file_write(fd, (struct span){(uint8_t *)text, (size_t)len}) == 0 &&
                   fsync(fd) == 0 && renameat(top, "backup.new", top, "backup") == 0 &&
                   fsync(top) == 0;
    return written ? 0 : fail_errno("write to", folder);
}

bool copy_read_marker(const char *folder, struct copy_backup *out)
{
    char path[4096], text[COPY_MARKER_CEILING], at[40], hex[80];
    snprintf(path, sizeof path, "%s/backup", folder);
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[len] = '\0';
    return sscanf(text, "%31s\nmade_at %39s\nfiles %*[0-9]\nmanifest %79s", out->what, at, hex) ==
               3 &&
           clock_parse(at, &out->made_at) && strlen(hex) == 64 &&
           text_unhex(hex, out->manifest_sha256, sizeof out->manifest_sha256);
}

/* ---- back ---- */

/* A path that a manifest may name: below the folder, and nowhere else. */
static bool is_path(const char *path)
{
    return *path && *path != '/' && strlen(path) < COPY_PATH_ROOM && !strstr(path, "..") &&
           !strstr(path, "//") &&
           strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") ==
               strlen(path);
}

static int copy_line_back(struct copy *copy, const char *line)
{
    char hex[80], size[24], path[COPY_PATH_ROOM];
    struct copy_fact told = {0}, found = {0};
    struct stat there;
    if (sscanf(line, "%79s %23s %255s", hex, size, path) != 3 || strlen(hex) != 64 ||
        !text_unhex(hex, told.sha256, sizeof told.sha256) ||
        !text_to_u64(size, 0, INT64_MAX, &told.size) || !is_path(path))
        return cli_fail("the backup's manifest has a line that is none");
    if (strncmp(path, JOURNAL_PREFIX, strlen(JOURNAL_PREFIX)) == 0 &&
        fstatat(copy->to, path, &there, 0) == 0 && (uint64_t)there.st_size > told.size)
        return 0;
    int result = copy_file(copy, path, &found);
    if (result != 0)
        return cli_fail("the backup's file %s cannot be copied: %s", path,
                        result > 0 ? "it is not there" : cli_fault_text(result));
    if (found.size != told.size || memcmp(found.sha256, told.sha256, sizeof told.sha256) != 0)
        return cli_fail("the backup's file %s is not as it was written", path);
    return copy_note(copy, path, &found) == 0 ? 0 : CLI_FAILED;
}

static int open_backup(const char *folder, const struct copy_backup *backup, int *top_out)
{
    struct copy_fact fact = {0};
    *top_out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct copy whole = {.to = *top_out};
    if (*top_out < 0)
        return fail_errno("open", folder);
    if (copy_hash(&whole, "manifest", &fact) != 0 ||
        memcmp(fact.sha256, backup->manifest_sha256, sizeof fact.sha256) != 0)
        return cli_fail("the manifest in %s is not as it was written", folder);
    return 0;
}

int copy_back(const char *folder, const struct copy_backup *backup, int to, uint64_t *files_out)
{
    char line[512];
    AUTO_CLOSE int top = -1;
    int result = open_backup(folder, backup, &top);
    if (result != 0)
        return result;
    AUTO_CLOSE int from = openat(top, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = openat(top, "manifest", O_RDONLY | O_CLOEXEC);
    AUTO_FCLOSE FILE *manifest = fd >= 0 ? fdopen(fd, "r") : NULL;
    struct copy copy = {.from = from, .to = to};
    if (from < 0 || !manifest)
        return fail_errno("read", folder);
    while (result == 0 && fgets(line, sizeof line, manifest))
        result = copy_line_back(&copy, line);
    if (result == 0 && (ferror(manifest) || syncfs(to) != 0))
        result = fail_errno("copy from", folder);
    *files_out = copy.files;
    return result;
}
