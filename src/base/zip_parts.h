/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of an archive, as APPNOTE.TXT 4.3 has them, for the two writers of this folder: stored
 * files, without a date, readable by everyone.
 */
#ifndef PORCHLIGHT_ZIP_PARTS_H
#define PORCHLIGHT_ZIP_PARTS_H

#include "base/buf.h"

/* A file. `streamed`: its local header came before its bytes, so that sum and size follow them. */
struct zip_entry {
    const char *name;
    uint32_t crc, size, at; /* `at`: of the local header, from the beginning */
    bool streamed;
};

/* Where the directory stands. */
struct zip_end {
    unsigned count;
    uint32_t at, size;
};

/* The CRC-32 of bytes that come after others, whose sum is `crc`; 0 at the beginning. */
uint32_t zip_crc(uint32_t crc, struct span bytes);

void zip_put_local(const struct zip_entry *entry, struct buf *out);
void zip_put_descriptor(const struct zip_entry *entry, struct buf *out);
void zip_put_central(const struct zip_entry *entry, struct buf *out);
void zip_put_end(const struct zip_end *end, struct buf *out);

#endif
