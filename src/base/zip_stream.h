/* SPDX-License-Identifier: Apache-2.0
 *
 * A zip archive that is written while it is sent: nothing of it is kept but a line for each file,
 * for the directory at the end. Files are stored; what a file's bytes add up to follows them (a
 * data descriptor). Without the 64-bit forms of the format, which not every reader knows, an
 * archive ends below 4 GiB: ask for room before a file is begun. Pure.
 */
#ifndef PORCHLIGHT_ZIP_STREAM_H
#define PORCHLIGHT_ZIP_STREAM_H

#include "base/buf.h"

enum { ZIP_STREAM_FILES = 60000, ZIP_STREAM_NAME = 56 };

struct zip_stream;

/* NULL when memory is short. */
struct zip_stream *zip_stream_new(void);
void zip_stream_free(struct zip_stream **stream);

/* Is there room for a file of so many bytes, and for what must follow it? */
bool zip_stream_has_room(const struct zip_stream *stream, uint64_t bytes);

/* Begins a file: names are plain, with '/' between folders, and shorter than ZIP_STREAM_NAME. All
 * add what is to be sent to `out`. False: no room, no memory, no name, or no file is open. */
bool zip_stream_begin(struct zip_stream *stream, const char *name, struct buf *out) MUST_CHECK;
bool zip_stream_add(struct zip_stream *stream, struct span bytes, struct buf *out) MUST_CHECK;
bool zip_stream_end(struct zip_stream *stream, struct buf *out) MUST_CHECK;

/* The directory, so many files of it at a time, and the end. True: there is more to come. */
bool zip_stream_close(struct zip_stream *stream, int files, struct buf *out) MUST_CHECK;

#endif
