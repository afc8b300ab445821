/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading takes names and contents from the local headers, writes the archive anew, and compares:
 * so every field is checked, in one place.
 */
#include "base/zip.h"

#include "base/text.h"
#include "base/zip_parts.h"

enum { LOCAL = 30 }; /* bytes of a local header without the name */

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

void zip_write(const struct zip *zip, struct buf *out)
{
    struct zip_entry entries[ZIP_FILES];
    size_t begin = out->len;
    for (int i = 0; i < zip->count; i++) {
        const struct zip_file *file = &zip->files[i];
        entries[i] = (struct zip_entry){.name = file->name,
                                        .crc = zip_crc(0, file->bytes),
                                        .size = (uint32_t)file->bytes.len,
                                        .at = (uint32_t)(out->len - begin)};
        zip_put_local(&entries[i], out);
        buf_add(out, file->bytes.data, file->bytes.len);
    }
    struct zip_end end = {(unsigned)zip->count, (uint32_t)(out->len - begin), 0};
    size_t directory = out->len;
    for (int i = 0; i < zip->count; i++)
        zip_put_central(&entries[i], out);
    end.size = (uint32_t)(out->len - directory);
    zip_put_end(&end, out);
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
