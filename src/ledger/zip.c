/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading takes names and contents from the local headers, writes the archive anew, and compares:
 * so every field is checked, in one place.
 */
#include "ledger/zip.h"

#include "base/text.h"

enum {
    LOCAL = 30,   /* bytes of a local header without the name */
    CENTRAL = 46, /* of an entry of the directory */
    END = 22,
    VERSION = 10,
    MADE_BY_UNIX = 3 << 8 | VERSION,
    FIRST_DAY = 1 << 5 | 1, /* 1980-01-01, the beginning of time there */
};
static const uint32_t plain_file = 0100644u << 16;

static uint32_t crc_of(struct span bytes)
{
    uint32_t table[256], crc = ~UINT32_C(0);
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ UINT32_C(0xedb88320) : value >> 1;
        table[i] = value;
    }
    for (size_t i = 0; i < bytes.len; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes.data[i]) & 255];
    return ~crc;
}

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < ZIP_NAME_ROOM && text_is_clean(name, len, false) &&
           !strpbrk(name, "/\\");
}

bool zip_add(struct zip *zip, const char *name, struct span bytes)
{
    if (zip->count == ZIP_FILES || bytes.len > INT32_MAX || !is_name(name))
        return false;
    struct zip_file *file = &zip->files[zip->count++];
    memcpy(file->name, name, strlen(name) + 1);
    file->bytes = bytes;
    return true;
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

/* What both headers of a file have in common: from "version needed" to the length of the extra
 * field. */
static void add_common(struct buf *out, const struct zip_file *file, uint32_t crc)
{
    add16(out, VERSION);
    add16(out, 0); /* flags */
    add16(out, 0); /* stored */
    add16(out, 0); /* midnight */
    add16(out, FIRST_DAY);
    add32(out, crc);
    add32(out, (uint32_t)file->bytes.len);
    add32(out, (uint32_t)file->bytes.len);
    add16(out, (unsigned)strlen(file->name));
    add16(out, 0);
}

void zip_write(const struct zip *zip, struct buf *out)
{
    uint32_t at[ZIP_FILES], crc[ZIP_FILES];
    size_t begin = out->len;
    for (int i = 0; i < zip->count; i++) {
        const struct zip_file *file = &zip->files[i];
        at[i] = (uint32_t)(out->len - begin);
        crc[i] = crc_of(file->bytes);
        buf_text(out, "PK\3\4");
        add_common(out, file, crc[i]);
        buf_text(out, file->name);
        buf_add(out, file->bytes.data, file->bytes.len);
    }
    size_t directory = out->len;
    for (int i = 0; i < zip->count; i++) {
        buf_text(out, "PK\1\2");
        add16(out, MADE_BY_UNIX);
        add_common(out, &zip->files[i], crc[i]);
        add16(out, 0); /* comment */
        add16(out, 0); /* disk */
        add16(out, 0); /* internal attributes */
        add32(out, plain_file);
        add32(out, at[i]);
        buf_text(out, zip->files[i].name);
    }
    size_t end = out->len;
    buf_text(out, "PK\5\6");
    add16(out, 0);
    add16(out, 0);
    add16(out, (unsigned)zip->count);
    add16(out, (unsigned)zip->count);
    add32(out, (uint32_t)(end - directory));
    add32(out, (uint32_t)(directory - begin));
    add16(out, 0);
}

static uint32_t read32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* One file at *at. False: there is none. */
static bool read_file(struct span bytes, size_t *at, struct zip *zip)
{
    char name[ZIP_NAME_ROOM];
    const uint8_t *header = bytes.data + *at;
    size_t left = bytes.len - *at;
    if (left < LOCAL || memcmp(header, "PK\3\4", 4) != 0)
        return false;
    size_t size = read32(header + 22), name_len = read32(header + 26) & 0xffff;
    if (name_len >= sizeof name || left - LOCAL < name_len || left - LOCAL - name_len < size)
        return false;
    memcpy(name, header + LOCAL, name_len);
    name[name_len] = '\0';
    *at += LOCAL + name_len + size;
    return strlen(name) == name_len && !zip_find(zip, name) &&
           zip_add(zip, name, (struct span){header + LOCAL + name_len, size});
}

bool zip_read(struct span bytes, struct zip *zip_out)
{
    size_t at = 0;
    struct buf again AUTO_BUF;
    buf_init(&again, bytes.len);
    zip_out->count = 0;
    while (read_file(bytes, &at, zip_out))
        ;
    if (zip_out->count == 0)
        return false;
    zip_write(zip_out, &again);
    return !again.failed && again.len == bytes.len &&
           memcmp(again.data, bytes.data, bytes.len) == 0;
}

const struct zip_file *zip_find(const struct zip *zip, const char *name)
{
    for (int i = 0; i < zip->count; i++)
        if (strcmp(zip->files[i].name, name) == 0)
            return &zip->files[i];
    return NULL;
}
