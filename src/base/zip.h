/* SPDX-License-Identifier: Apache-2.0
 *
 * Zip archives with stored files, as evidence is handed over in. The form is fixed to the last bit:
 * the same files are the same archive, and an archive in which any byte is another is none. A
 * library's reader passes over much of an archive (dates, attributes, one of two headers), and
 * whoever keeps evidence should hear of every byte that changed; so writer and reader are ours, and
 * small. Pure; fuzzed in fuzz_zip.c.
 */
#ifndef PORCHLIGHT_ZIP_H
#define PORCHLIGHT_ZIP_H

#include "base/buf.h"

enum { ZIP_FILES = 16, ZIP_NAME_ROOM = 64 };

struct zip_file {
    char name[ZIP_NAME_ROOM];
    struct span bytes;
};

struct zip {
    int count;
    struct zip_file files[ZIP_FILES];
};

/* Adds a file; the bytes are borrowed. False: no room. */
bool zip_add(struct zip *zip, const char *name, struct span bytes) MUST_CHECK;

/* Writes the archive. */
void zip_write(const struct zip *zip, struct buf *out);

/* Takes an archive of zip_write apart; the files point into it. False: it is none. */
bool zip_read(struct span bytes, struct zip *zip_out) MUST_CHECK;

/* A file by its name, or NULL. */
const struct zip_file *zip_find(const struct zip *zip, const char *name);

#endif
