/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver's app as files of the program: web/driver/build.js bundles, names and packs them, and
 * embed.py puts what its manifest lists into the program, so that the server needs neither Node nor
 * a folder when it runs. api/faces_drive.c serves them.
 */
#ifndef PORCHLIGHT_DRIVE_H
#define PORCHLIGHT_DRIVE_H

#include "base/base.h"

enum { DRIVE_ENCODINGS = 3 }; /* br, gzip and as it is */

/* One file as it goes over the wire in one encoding. */
struct drive_version {
    const char *encoding; /* a Content-Encoding, or "identity" */
    const char *etag;     /* with its quotes; of these bytes, so each encoding has its own */
    struct span bytes;
};

struct drive_file {
    const char *path; /* "/drive/main.<hash>.js" */
    const char *type; /* media type */
    bool immutable;   /* the path changes with the bytes */
    /* The smallest first; the last is always "identity". */
    struct drive_version versions[DRIVE_ENCODINGS];
    int version_count; /* 1 to DRIVE_ENCODINGS */
};

/* The file at exactly this path; NULL when there is none. */
const struct drive_file *drive_find(const char *path);

/* Made by embed.py. */
extern const struct drive_file drive_files[];
extern const size_t drive_file_count;

#endif
