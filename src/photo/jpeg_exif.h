/* SPDX-License-Identifier: Apache-2.0
 *
 * The three things we want from EXIF before it is dropped: which way is up, whether it names a
 * place, and whether it hides a small picture. EXIF is a TIFF file inside a segment: offsets that
 * may point anywhere, in either byte order.
 */
#ifndef PORCHLIGHT_JPEG_EXIF_H
#define PORCHLIGHT_JPEG_EXIF_H

#include "base/base.h"

struct jpeg_exif {
    uint8_t orientation; /* 1 to 8; 1 when absent or nonsense */
    bool place;          /* has a GPS directory */
    bool thumbnail;      /* has a second directory */
};

/* Reads the TIFF part (after "Exif\0\0"). Whatever is damaged counts as absent. */
void jpeg_exif_read(struct span tiff, struct jpeg_exif *exif_out);

#endif
