/* SPDX-License-Identifier: Apache-2.0
 *
 * No line holds a line break, so the text comes apart as it was put together.
 */
#include "store/address.h"

#include <errno.h>

void address_join(const struct address *address, struct buf *out)
{
    size_t room = 0;
    for (int i = 0; i < address->line_count; i++)
        room += strlen(address->lines[i]) + 1;
    buf_init(out, room);
    buf_text(out, "");
    for (int i = 0; i < address->line_count; i++) {
        if (i > 0)
            buf_byte(out, '\n');
        buf_text(out, address->lines[i]);
        if (strchr(address->lines[i], '\n'))
            out->failed = true;
    }
}

void address_split(struct db_stmt *stmt, int column, struct arena *arena, struct address *address)
{
    char *text = (char *)db_text(stmt, column, arena); /* our own copy, cut up in place */
    address->line_count = 0;
    while (text && *text) {
        if (address->line_count == DELIVERY_LINES) {
            db_fail(stmt, -EBADMSG);
            return;
        }
        address->lines[address->line_count++] = text;
        text = strchr(text, '\n');
        if (text)
            *text++ = 0;
    }
}
