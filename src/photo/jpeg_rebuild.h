/* SPDX-License-Identifier: Apache-2.0
 *
 * The quick way to a clean photo: the entropy data as it came, in a structure that is all ours. Of
 * the file's own bytes only the tables in use and the entropy data are taken over; every header is
 * written afresh. The pixels are the same to the last bit.
 */
#ifndef PORCHLIGHT_JPEG_REBUILD_H
#define PORCHLIGHT_JPEG_REBUILD_H

#include "base/base.h"
#include "photo/jpeg_io.h"
#include "photo/jpeg_scan.h"

/* Rebuilds a `simple` file. `cut`: decoded bytes to leave off at the end of the entropy data (what
 * jpeg_decode counts as left over). 0, or PHOTO_TOO_LARGE when `room` does not suffice. */
int jpeg_rebuild(const struct jpeg_scan *scan, size_t cut, bool wide_gamut, struct jpeg_room room,
                 size_t *len_out) MUST_CHECK;

#endif
