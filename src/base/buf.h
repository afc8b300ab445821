/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte string with a ceiling. Failure is sticky: after the ceiling or memory is reached
 * nothing is added and `failed` is set, so a caller adds many pieces and checks once. `data` is
 * NUL-terminated whenever it is not NULL.
 */
#ifndef PORCHLIGHT_BUF_H
#define PORCHLIGHT_BUF_H

#include "base/base.h"

struct buf {
    uint8_t *data; /* owned; NULL while empty and never grown */
    size_t len;
    size_t room;
    size_t ceiling; /* len never exceeds it */
    bool failed;
};

/* An empty buffer that may grow to `ceiling` bytes. */
void buf_init(struct buf *buf, size_t ceiling);

/* Frees the bytes and leaves an empty buffer with the same ceiling. */
void buf_free(struct buf *buf);

/* Adds bytes, a string, one byte, or formatted text. */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_text(struct buf *buf, const char *text);
void buf_byte(struct buf *buf, uint8_t byte);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* What was added, as a string; "" while it is empty. Good until something is added. */
static inline const char *buf_string(const struct buf *buf)
{
    return buf->data ? (const char *)buf->data : "";
}

/* Hands the bytes over to the caller, who frees them; NULL when the buffer failed. The buffer is
 * empty afterwards. */
uint8_t *buf_take(struct buf *buf, size_t *len_out) MUST_CHECK;

#define AUTO_BUF __attribute__((cleanup(buf_free)))

#endif
