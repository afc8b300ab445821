/* SPDX-License-Identifier: Apache-2.0
 *
 * Where libjpeg reads from and writes to: a span and a buffer of fixed size. Also what its failures
 * mean to us.
 */
#ifndef PORCHLIGHT_JPEG_IO_H
#define PORCHLIGHT_JPEG_IO_H

#include "base/base.h"

#include <jpeglib.h>

/* Reads from memory; behind the last byte stands an endless EOI, so that a picture without one
 * still ends. */
void jpeg_io_from(struct jpeg_decompress_struct *d, struct jpeg_source_mgr *source,
                  struct span bytes);

/* A buffer of fixed size to write to. */
struct jpeg_room {
    uint8_t *data;
    size_t len;
};

/* Writes into `room`; more than it holds ends the work with JERR_FILE_WRITE. */
void jpeg_io_into(struct jpeg_compress_struct *c, struct jpeg_destination_mgr *destination,
                  struct jpeg_room room);

/* The verdict behind a message code of jpeg_guard_run: 0 for 0, -ENOMEM when memory was short. */
int jpeg_io_verdict(int code);

#endif
