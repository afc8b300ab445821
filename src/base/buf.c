/* SPDX-License-Identifier: Apache-2.0
 *
 * Doubling growth under the ceiling; one byte more than `len` is always kept for the final NUL.
 */
#include "base/buf.h"

#include <stdarg.h>

enum { FIRST_ROOM = 256 };

void buf_init(struct buf *buf, size_t ceiling)
{
    *buf = (struct buf){.ceiling = ceiling};
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->ceiling);
}

/* Room for `more` bytes and the NUL, or a failed buffer. */
static bool reserve(struct buf *buf, size_t more)
{
    if (buf->failed || more > buf->ceiling - buf->len) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->room)
        return true;
    size_t room = buf->room ? buf->room : FIRST_ROOM;
    while (room < need)
        room = room > SIZE_MAX / 2 ? need : room * 2;
    uint8_t *data = realloc(buf->data, room);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->room = room;
    return true;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (!reserve(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = 0;
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_byte(struct buf *buf, uint8_t byte)
{
    buf_add(buf, &byte, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !reserve(buf, (size_t)len)) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

uint8_t *buf_take(struct buf *buf, size_t *len_out)
{
    if (buf->failed || !reserve(buf, 0)) {
        buf_free(buf);
        return NULL;
    }
    uint8_t *data = buf->data;
    data[buf->len] = 0;
    *len_out = buf->len;
    buf_init(buf, buf->ceiling);
    return data;
}
