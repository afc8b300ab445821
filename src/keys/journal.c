/* SPDX-License-Identifier: Apache-2.0
 *
 * The day's file stays open between two calls. What a failed write left behind is cut off again;
 * where that fails, or a sync does, nothing more is taken: what the file holds is then not known.
 */
#include "keys/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "keys/keys_parts.h"

enum {
    DAY = 10,
    NAME_ROOM = sizeof JOURNAL_PREFIX + DAY,
    BATCH_CEILING = 4096,
    FILES_CEILING = 4096
};

/* ---- lines ---- */

void journal_format(const struct journal_line *line, char *out)
{
    char at[CLOCK_TEXT_ROOM];
    clock_format(line->at, at);
    snprintf(out, JOURNAL_LINE_ROOM, "%s %s %s", line->photo_id, at, line->reason);
}

bool journal_parse(const char *text, struct journal_line *line_out)
{
    char again[JOURNAL_LINE_ROOM], at[CLOCK_TEXT_ROOM];
    if (strlen(text) < ID_TEXT_LEN + 1 + CLOCK_TEXT_ROOM)
        return false;
    memcpy(line_out->photo_id, text, ID_TEXT_LEN);
    line_out->photo_id[ID_TEXT_LEN] = '\0';
    memcpy(at, text + ID_TEXT_LEN + 1, CLOCK_TEXT_ROOM - 1);
    at[CLOCK_TEXT_ROOM - 1] = '\0';
    const char *reason = text + ID_TEXT_LEN + 1 + CLOCK_TEXT_ROOM;
    size_t len = strlen(reason);
    if (!id_is(ID_PHOTO, line_out->photo_id) || !clock_parse(at, &line_out->at) || len == 0 ||
        len >= JOURNAL_REASON_ROOM || strspn(reason, "abcdefghijklmnopqrstuvwxyz_") != len)
        return false;
    memcpy(line_out->reason, reason, len + 1);
    journal_format(line_out, again);
    return strcmp(again, text) == 0;
}

/* ---- appending ---- */

static void name_of(int64_t at, char out[NAME_ROOM])
{
    char text[CLOCK_TEXT_ROOM];
    clock_format(at, text);
    snprintf(out, NAME_ROOM, JOURNAL_PREFIX "%.10s", text);
}

/* Where the last whole line ends; what stands behind it is cut off. That may be more than a line: a
 * batch whose bytes never came to the disk while the file's length did. */
static int whole_end(int fd, off_t *end_out)
{
    struct stat st;
    char piece[JOURNAL_LINE_ROOM];
    if (fstat(fd, &st) != 0)
        return -errno;
    off_t end = st.st_size;
    for (bool found = false; end > 0 && !found;) {
        off_t from = end > (off_t)sizeof piece ? end - (off_t)sizeof piece : 0;
        ssize_t n = pread(fd, piece, (size_t)(end - from), from);
        if (n != (ssize_t)(end - from))
            return n < 0 ? -errno : -EIO;
        while (n > 0 && piece[n - 1] != '\n')
            n--;
        found = n > 0;
        end = from + n;
    }
    *end_out = end;
    return end == st.st_size || ftruncate(fd, end) == 0 ? 0 : -errno;
}

/* Makes today's file the open one, durably there. */
static int open_day(struct keys *keys, int64_t now)
{
    struct keys_journal *journal = &keys->journal;
    char name[NAME_ROOM];
    name_of(now, name);
    if (journal->fd >= 0 && strcmp(journal->name, name) == 0)
        return 0;
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = openat(keys->folder, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int result = journal->fd >= 0 ? whole_end(journal->fd, &journal->end) : -errno;
    if (result == 0 && fsync(keys->folder) != 0)
        result = -errno;
    if (result == 0)
        memcpy(journal->name, name, sizeof name);
    else
        journal->name[0] = '\0';
    return result;
}

static int append(struct keys_journal *journal, const struct buf *text)
{
    int result =
        file_write_at(journal->fd, (struct span){text->data, text->len}, (uint64_t)journal->end);
    if (result == 0 && fdatasync(journal->fd) != 0) {
        journal->fault = -errno;
        return journal->fault;
    }
    if (result == 0)
        journal->end += (off_t)text->len;
    else if (ftruncate(journal->fd, journal->end) != 0)
        journal->fault = -errno;
    return result;
}

int journal_add(struct keys *keys, const struct journal_line *lines, size_t count, char *mark_out)
{
    struct keys_journal *journal = &keys->journal;
    struct buf text AUTO_BUF;
    buf_init(&text, (size_t)BATCH_CEILING * JOURNAL_LINE_ROOM);
    for (size_t i = 0; i < count; i++) {
        char line[JOURNAL_LINE_ROOM];
        journal_format(&lines[i], line);
        buf_printf(&text, "%s\n", line);
    }
    if (text.failed)
        return log_fault("journal.add", -ENOMEM, "lines=%zu", count);
    pthread_mutex_lock(&journal->lock);
    int result = journal->fault;
    if (result == 0)
        result = open_day(keys, clock_now());
    if (result == 0 && text.len > 0)
        result = append(journal, &text);
    if (result == 0)
        snprintf(mark_out, JOURNAL_MARK_ROOM, "%s %lld", journal->name + strlen(JOURNAL_PREFIX),
                 (long long)journal->end);
    pthread_mutex_unlock(&journal->lock);
    if (result == -ENOSPC || result == -EDQUOT)
        return KEYS_FULL;
    return result == 0 ? 0 : log_fault("journal.add", result, "lines=%zu", count);
}

/* ---- reading ---- */

/* The files' names, sorted: by their days. */
struct files {
    char (*names)[NAME_ROOM];
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool is_day(const char *name)
{
    int64_t at;
    char text[CLOCK_TEXT_ROOM + 8];
    if (strncmp(name, JOURNAL_PREFIX, strlen(JOURNAL_PREFIX)) != 0 || strlen(name) != NAME_ROOM - 1)
        return false;
    snprintf(text, sizeof text, "%sT00:00:00Z", name + strlen(JOURNAL_PREFIX));
    return clock_parse(text, &at);
}

static int list(struct keys *keys, struct files *files)
{
    int fd = openat(keys->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    *files = (struct files){.names = calloc(FILES_CEILING, NAME_ROOM)};
    if (!folder || !files->names) {
        int fault = folder ? -ENOMEM : -errno;
        if (folder)
            closedir(folder);
        else if (fd >= 0)
            close(fd);
        return log_fault("journal.list", fault, "what=folder");
    }
    for (struct dirent *entry; files->count < FILES_CEILING && (entry = readdir(folder)) != NULL;)
        if (is_day(entry->d_name))
            memcpy(files->names[files->count++], entry->d_name, NAME_ROOM);
    closedir(folder);
    if (files->count > 1)
        qsort(files->names, files->count, NAME_ROOM, by_name);
    return 0;
}

struct reading {
    journal_visit *visit;
    void *context;
};

/* The next line, without its line break; one that is too long for a line, or has a NUL in it, comes
 * as "", which is none. The bytes that it took; 0 where no whole line is left. */
static int64_t next_line(FILE *file, char text[JOURNAL_LINE_ROOM])
{
    size_t len = 0;
    int64_t taken = 0;
    bool good = true;
    for (int c; (c = getc_unlocked(file)) != EOF;) {
        taken++;
        if (c == '\n') {
            text[good ? len : 0] = '\0';
            return taken;
        }
        good = good && c != '\0' && len + 1 < JOURNAL_LINE_ROOM;
        if (good)
            text[len++] = (char)c;
    }
    return 0; /* cut short by a crash, or still being written */
}

static int read_file(struct keys *keys, const char *name, int64_t from,
                     const struct reading *reading)
{
    char text[JOURNAL_LINE_ROOM], mark[JOURNAL_MARK_ROOM];
    struct journal_line line;
    int fd = openat(keys->folder, name, O_RDONLY | O_CLOEXEC);
    AUTO_FCLOSE FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file || fseeko(file, (off_t)from, SEEK_SET) != 0) {
        int fault = -errno;
        if (!file && fd >= 0)
            close(fd);
        return log_fault("journal.read", fault, "file=%s", name);
    }
    int result = 0;
    for (int64_t taken; result == 0 && (taken = next_line(file, text)) > 0;) {
        from += taken;
        snprintf(mark, sizeof mark, "%s %lld", name + strlen(JOURNAL_PREFIX), (long long)from);
        if (journal_parse(text, &line))
            result = reading->visit(reading->context, &line, mark);
        else
            log_event(LOG_WARN, "journal.line", "file=%s at=%lld", name, (long long)from);
    }
    return result == 0 && ferror(file) ? log_fault("journal.read", -EIO, "file=%s", name) : result;
}

/* The file and the place in it that a mark names. */
static int64_t place_of(const char *mark, char name[NAME_ROOM])
{
    int64_t at = 0;
    name[0] = '\0';
    if (!mark || strlen(mark) < DAY + 2 || mark[DAY] != ' ' ||
        !text_to_i64(mark + DAY + 1, 0, INT64_MAX, &at))
        return 0;
    snprintf(name, NAME_ROOM, JOURNAL_PREFIX "%.10s", mark);
    return at;
}

int journal_each(struct keys *keys, const char *mark, journal_visit *visit, void *context)
{
    struct files files;
    struct reading reading = {visit, context};
    char marked[NAME_ROOM];
    int64_t place = place_of(mark, marked);
    int result = list(keys, &files);
    for (size_t i = 0; result == 0 && i < files.count; i++) {
        int later = strcmp(files.names[i], marked);
        if (later >= 0)
            result = read_file(keys, files.names[i], later == 0 ? place : 0, &reading);
    }
    free(files.names);
    return result;
}

int journal_sweep(struct keys *keys, int64_t before)
{
    struct files files;
    char first[NAME_ROOM];
    name_of(before, first);
    int result = list(keys, &files);
    for (size_t i = 0; result == 0 && i < files.count; i++)
        if (strcmp(files.names[i], first) < 0 && unlinkat(keys->folder, files.names[i], 0) != 0)
            result = log_fault("journal.sweep", -errno, "file=%s", files.names[i]);
    free(files.names);
    return result;
}
