/* SPDX-License-Identifier: Apache-2.0
 *
 * One walk over the first directory, entry by entry, with no recursion and no following of offsets
 * but the first directory's own and the next one's. A directory with more than ENTRIES_MAX entries
 * is nonsense.
 */
#include "photo/jpeg_exif.h"

enum {
    TIFF_HEADER = 8,
    ENTRY_LEN = 12,
    ENTRIES_MAX = 1000,
    TAG_ORIENTATION = 0x0112,
    TAG_GPS = 0x8825,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
};

struct tiff {
    struct span bytes;
    bool little;
};

static uint32_t read_16(const struct tiff *tiff, size_t at)
{
    const uint8_t *p = tiff->bytes.data + at;
    return tiff->little ? (uint32_t)p[1] << 8 | p[0] : (uint32_t)p[0] << 8 | p[1];
}

static uint32_t read_32(const struct tiff *tiff, size_t at)
{
    uint32_t first = read_16(tiff, at);
    uint32_t second = read_16(tiff, at + 2);
    return tiff->little ? second << 16 | first : first << 16 | second;
}

static void read_entry(const struct tiff *tiff, size_t at, struct jpeg_exif *exif)
{
    uint32_t tag = read_16(tiff, at);
    uint32_t type = read_16(tiff, at + 2);
    if (tag == TAG_GPS)
        exif->place = true;
    if (tag != TAG_ORIENTATION || read_32(tiff, at + 4) != 1)
        return;
    uint32_t value = 0;
    if (type == TYPE_SHORT)
        value = read_16(tiff, at + 8);
    else if (type == TYPE_LONG)
        value = read_32(tiff, at + 8);
    if (value >= 1 && value <= 8)
        exif->orientation = (uint8_t)value;
}

void jpeg_exif_read(struct span bytes, struct jpeg_exif *exif_out)
{
    *exif_out = (struct jpeg_exif){.orientation = 1};
    struct tiff tiff = {.bytes = bytes};
    if (bytes.len < TIFF_HEADER)
        return;
    if (memcmp(bytes.data, "II*\0", 4) == 0)
        tiff.little = true;
    else if (memcmp(bytes.data, "MM\0*", 4) != 0)
        return;

    size_t at = read_32(&tiff, 4);
    if (at > bytes.len - 2)
        return;
    size_t entries = read_16(&tiff, at);
    at += 2;
    if (entries > ENTRIES_MAX)
        return;
    for (size_t i = 0; i < entries && bytes.len - at >= ENTRY_LEN; i++, at += ENTRY_LEN)
        read_entry(&tiff, at, exif_out);
    if (bytes.len - at >= 4 && read_32(&tiff, at) != 0)
        exif_out->thumbnail = true;
}
