/* SPDX-License-Identifier: Apache-2.0
 * Buffers: growth, the ceiling and sticky failure. */
#include "base/buf.h"
#include "base/tap.h"

TEST(pieces_add_up)
{
    AUTO_BUF struct buf buf;
    buf_init(&buf, 100000);
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%03d ", i);
    CHECK_INT(buf.len, 4000);
    CHECK(memcmp(buf.data + 3996, "999 ", 5) == 0);
}

TEST(failure_is_sticky)
{
    AUTO_BUF struct buf buf;
    buf_init(&buf, 4);
    buf_text(&buf, "abcd");
    CHECK(!buf.failed);
    buf_byte(&buf, 'e');
    CHECK(buf.failed);
    CHECK_INT(buf.len, 4);
    size_t len = 77;
    CHECK(buf_take(&buf, &len) == NULL);
    CHECK_INT(len, 77);
}

TEST(printf_over_the_ceiling_adds_nothing)
{
    AUTO_BUF struct buf buf;
    buf_init(&buf, 3);
    buf_printf(&buf, "%d", 1234);
    CHECK(buf.failed && buf.len == 0);
}

TEST(taken_bytes_belong_to_the_taker)
{
    struct buf buf;
    buf_init(&buf, 10);
    size_t len = 77;
    AUTO_FREE uint8_t *empty = buf_take(&buf, &len);
    CHECK(empty && len == 0 && empty[0] == 0);
    buf_text(&buf, "x");
    AUTO_FREE uint8_t *data = buf_take(&buf, &len);
    CHECK(data && len == 1);
    CHECK(buf.data == NULL && buf.len == 0);
}

TAP_MAIN(TAP(pieces_add_up), TAP(failure_is_sticky), TAP(printf_over_the_ceiling_adds_nothing),
         TAP(taken_bytes_belong_to_the_taker))
