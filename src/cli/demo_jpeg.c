/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk from marker to marker. It decodes nothing; that the picture decodes is the server's word.
 */
#include "cli/demo_jpeg.h"

enum {
    SOF0 = 0xc0,
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    APP0 = 0xe0,
    APP1 = 0xe1,
    APP2 = 0xe2,
    APP14 = 0xee,
    APP15 = 0xef,
    COM = 0xfe,
};

static bool begins(struct span body, const char *with)
{
    size_t len = strlen(with) + 1;
    return body.len >= len && memcmp(body.data, with, len) == 0;
}

static void note_segment(uint8_t marker, struct span body, struct demo_jpeg *out)
{
    bool is_size =
        marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
    if (is_size && body.len >= 5) {
        out->height = body.data[1] << 8 | body.data[2];
        out->width = body.data[3] << 8 | body.data[4];
    }
    if (marker == APP1)
        out->has_exif = true;
    bool is_ours = (marker == APP0 && begins(body, "JFIF")) ||
                   (marker == APP2 && begins(body, "ICC_PROFILE")) || marker == APP14;
    if (marker == COM)
        out->foreign = "a comment";
    else if (marker >= APP0 && marker <= APP15 && !is_ours)
        out->foreign = marker == APP1 ? "EXIF or XMP" : "an application's segment";
}

/* The first byte after coded data that begins at `at`: the 0xff of a marker, or the end. */
static size_t skip_coded(struct span jpeg, size_t at)
{
    for (; at + 1 < jpeg.len; at++)
        if (jpeg.data[at] == 0xff && jpeg.data[at + 1] != 0 &&
            !(jpeg.data[at + 1] >= RST0 && jpeg.data[at + 1] <= RST7))
            return at;
    return jpeg.len;
}

bool demo_jpeg_read(struct span jpeg, struct demo_jpeg *out)
{
    size_t at = 2;
    *out = (struct demo_jpeg){0};
    if (jpeg.len < 4 || jpeg.data[0] != 0xff || jpeg.data[1] != SOI)
        return false;
    while (at + 4 <= jpeg.len && jpeg.data[at] == 0xff) {
        uint8_t marker = jpeg.data[at + 1];
        if (marker == EOI)
            break;
        size_t len = (size_t)(jpeg.data[at + 2] << 8 | jpeg.data[at + 3]);
        if (len < 2 || at + 2 + len > jpeg.len)
            return false;
        note_segment(marker, (struct span){jpeg.data + at + 4, len - 2}, out);
        at += 2 + len;
        if (marker == SOS)
            at = skip_coded(jpeg, at);
    }
    if (at + 2 > jpeg.len || jpeg.data[at] != 0xff || jpeg.data[at + 1] != EOI)
        return false;
    if (at + 2 != jpeg.len)
        out->foreign = "bytes after the end";
    return out->width > 0 && out->height > 0;
}
