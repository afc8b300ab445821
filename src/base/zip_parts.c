/* SPDX-License-Identifier: Apache-2.0
 *
 * Little-endian, as everything in an archive.
 */
#include "base/zip_parts.h"

enum {
    VERSION = 10,
    STREAMED_VERSION = 20,
    STREAMED_FLAG = 1 << 3,
    MADE_BY_UNIX = 3 << 8 | VERSION,
    FIRST_DAY = 1 << 5 | 1, /* 1980-01-01, the beginning of time there */
};
static const uint32_t plain_file = 0100644u << 16;

uint32_t zip_crc(uint32_t crc, struct span bytes)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ UINT32_C(0xedb88320) : value >> 1;
        table[i] = value;
    }
    crc = ~crc;
    for (size_t i = 0; i < bytes.len; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes.data[i]) & 255];
    return ~crc;
}

static void add16(struct buf *out, unsigned value)
{
    buf_byte(out, (uint8_t)value);
    buf_byte(out, (uint8_t)(value >> 8));
}

static void add32(struct buf *out, uint32_t value)
{
    add16(out, value & 0xffff);
    add16(out, value >> 16);
}

static void add_sums(struct buf *out, const struct zip_entry *entry)
{
    add32(out, entry->crc);
    add32(out, entry->size);
    add32(out, entry->size);
}

/* What both headers of a file have in common: from "version needed" to the length of the extra
 * field. */
static void add_common(struct buf *out, const struct zip_entry *entry)
{
    add16(out, entry->streamed ? STREAMED_VERSION : VERSION);
    add16(out, entry->streamed ? STREAMED_FLAG : 0);
    add16(out, 0); /* stored */
    add16(out, 0); /* midnight */
    add16(out, FIRST_DAY);
    add_sums(out, entry);
    add16(out, (unsigned)strlen(entry->name));
    add16(out, 0);
}

void zip_put_local(const struct zip_entry *entry, struct buf *out)
{
    buf_text(out, "PK\3\4");
    add_common(out, entry);
    buf_text(out, entry->name);
}

void zip_put_descriptor(const struct zip_entry *entry, struct buf *out)
{
    buf_text(out, "PK\7\b");
    add_sums(out, entry);
}

void zip_put_central(const struct zip_entry *entry, struct buf *out)
{
    buf_text(out, "PK\1\2");
    add16(out, MADE_BY_UNIX);
    add_common(out, entry);
    add16(out, 0); /* comment */
    add16(out, 0); /* disk */
    add16(out, 0); /* internal attributes */
    add32(out, plain_file);
    add32(out, entry->at);
    buf_text(out, entry->name);
}

void zip_put_end(const struct zip_end *end, struct buf *out)
{
    buf_text(out, "PK\5\6");
    add16(out, 0);
    add16(out, 0);
    add16(out, end->count);
    add16(out, end->count);
    add32(out, end->size);
    add32(out, end->at);
    add16(out, 0);
}
