/* SPDX-License-Identifier: Apache-2.0
 *
 * What the demo's recipient looks at in a photo: how large it is, and whether anything but the
 * picture is in the file.
 */
#ifndef PORCHLIGHT_DEMO_JPEG_H
#define PORCHLIGHT_DEMO_JPEG_H

#include "base/base.h"

struct demo_jpeg {
    int width, height;
    bool has_exif;       /* an APP1 segment: EXIF or XMP */
    const char *foreign; /* what else is in it that is no picture; NULL: nothing */
};

/* False when it is not a JPEG from its first byte to its last. */
bool demo_jpeg_read(struct span jpeg, struct demo_jpeg *out);

#endif
