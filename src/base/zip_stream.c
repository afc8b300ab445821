/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines grow by doubling, up to the ceiling: at most about five megabytes.
 */
#include "base/zip_stream.h"

#include "base/text.h"
#include "base/zip_parts.h"

enum { FIRST_ROOM = 64, PER_FILE = 2 * ZIP_STREAM_NAME + 128 };
#define ARCHIVE_CEILING                                                                            \
    (UINT64_C(0xffffffff) - (UINT64_C(64) << 20)) /* the rest: the directory                       \
                                                   */

struct line {
    char name[ZIP_STREAM_NAME];
    uint32_t crc, size, at;
};

struct zip_stream {
    struct line *lines;
    int count, room;
    int told;    /* of the directory */
    uint64_t at; /* bytes given out */
    uint32_t directory;
    bool open;
};

struct zip_stream *zip_stream_new(void)
{
    return calloc(1, sizeof(struct zip_stream));
}

void zip_stream_free(struct zip_stream **stream)
{
    if (*stream)
        free((*stream)->lines);
    free(*stream);
    *stream = NULL;
}

bool zip_stream_has_room(const struct zip_stream *stream, uint64_t bytes)
{
    return stream->count < ZIP_STREAM_FILES && bytes <= ARCHIVE_CEILING &&
           stream->at + bytes + PER_FILE <= ARCHIVE_CEILING;
}

static struct line *add_line(struct zip_stream *stream)
{
    if (stream->count == stream->room) {
        int room = stream->room ? 2 * stream->room : FIRST_ROOM;
        struct line *lines = realloc(stream->lines, (size_t)room * sizeof *lines);
        if (!lines)
            return NULL;
        stream->lines = lines;
        stream->room = room;
    }
    return &stream->lines[stream->count++];
}

static struct zip_entry entry_of(const struct line *line)
{
    return (struct zip_entry){line->name, line->crc, line->size, line->at, true};
}

/* Counts what was added from `from` on. */
static bool count(struct zip_stream *stream, const struct buf *out, size_t from)
{
    stream->at += out->len - from;
    return !out->failed;
}

bool zip_stream_begin(struct zip_stream *stream, const char *name, struct buf *out)
{
    size_t len = strlen(name), from = out->len;
    bool good = len > 0 && len < ZIP_STREAM_NAME && text_is_clean(name, len, false) &&
                name[0] != '/' && !strstr(name, "..") && !strchr(name, '\\');
    struct line *line =
        good && !stream->open && zip_stream_has_room(stream, 0) ? add_line(stream) : NULL;
    if (!line)
        return false;
    *line = (struct line){.at = (uint32_t)stream->at};
    memcpy(line->name, name, len + 1);
    stream->open = true;
    struct zip_entry entry = entry_of(line);
    zip_put_local(&entry, out);
    return count(stream, out, from);
}

bool zip_stream_add(struct zip_stream *stream, struct span bytes, struct buf *out)
{
    size_t from = out->len;
    if (!stream->open || stream->at + bytes.len + PER_FILE > ARCHIVE_CEILING)
        return false;
    struct line *line = &stream->lines[stream->count - 1];
    line->crc = zip_crc(line->crc, bytes);
    line->size += (uint32_t)bytes.len;
    buf_add(out, bytes.data, bytes.len);
    return count(stream, out, from);
}

bool zip_stream_end(struct zip_stream *stream, struct buf *out)
{
    size_t from = out->len;
    if (!stream->open)
        return false;
    struct zip_entry entry = entry_of(&stream->lines[stream->count - 1]);
    stream->open = false;
    zip_put_descriptor(&entry, out);
    return count(stream, out, from);
}

bool zip_stream_close(struct zip_stream *stream, int files, struct buf *out)
{
    size_t from = out->len;
    if (stream->told == 0)
        stream->directory = (uint32_t)stream->at;
    for (int i = 0; i < files && stream->told < stream->count; i++) {
        struct zip_entry entry = entry_of(&stream->lines[stream->told++]);
        zip_put_central(&entry, out);
    }
    stream->at += out->len - from;
    if (stream->told < stream->count)
        return true;
    struct zip_end end = {(unsigned)stream->count, stream->directory,
                          (uint32_t)(stream->at - stream->directory)};
    zip_put_end(&end, out);
    return false;
}
