/* SPDX-License-Identifier: Apache-2.0
 *
 * Archives that are written while they are sent. What other programs make of them is asked in
 * tests/e2e/mydata.test.js.
 */
#include "base/zip_stream.h"

#include "base/tap.h"
#include "base/zip_parts.h"

static struct span text(const char *bytes)
{
    return (struct span){(const uint8_t *)bytes, strlen(bytes)};
}

static uint32_t read32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void the_sum_is_that_of_the_standard_in_pieces_too(void)
{
    CHECK_INT(zip_crc(0, text("123456789")), 0xcbf43926u);
    CHECK_INT(zip_crc(zip_crc(0, text("1234")), text("56789")), 0xcbf43926u);
}

static void the_directory_says_where_each_file_begins_and_what_it_adds_up_to(void)
{
    struct buf out AUTO_BUF;
    struct zip_stream *stream = zip_stream_new();
    buf_init(&out, 4096);
    CHECK(zip_stream_begin(stream, "a.json", &out));
    CHECK(zip_stream_add(stream, text("1234"), &out));
    CHECK(zip_stream_add(stream, text("56789"), &out));
    CHECK(zip_stream_end(stream, &out));
    size_t second = out.len;
    CHECK(zip_stream_begin(stream, "photos/b.jpg", &out));
    CHECK(zip_stream_end(stream, &out));
    size_t directory = out.len;
    CHECK(zip_stream_close(stream, 1, &out)); /* one more to come */
    CHECK(!zip_stream_close(stream, 1, &out));
    const uint8_t *first = out.data + directory, *end = out.data + out.len - 22;
    CHECK_INT(memcmp(first, "PK\1\2", 4), 0);
    CHECK_INT(read32(first + 16), 0xcbf43926u);
    CHECK_INT(read32(first + 20), 9);
    CHECK_INT(read32(first + 42), 0);
    CHECK_INT(read32(first + 46 + strlen("a.json") + 42), (int64_t)second);
    CHECK_INT(memcmp(end, "PK\5\6", 4), 0);
    CHECK_INT(read32(end + 16), (int64_t)directory);
    CHECK_INT(read32(end + 12), (int64_t)(out.len - 22 - directory));
    zip_stream_free(&stream);
    CHECK(stream == NULL);
}

static void what_is_no_name_and_what_has_no_room_is_refused(void)
{
    static const char *const wrong[] = {"", "/etc/passwd", "a/../../b", "a\\b", "new\nline"};
    struct buf out AUTO_BUF;
    struct zip_stream *stream = zip_stream_new();
    buf_init(&out, 4096);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK(!zip_stream_begin(stream, wrong[i], &out));
    CHECK(!zip_stream_add(stream, text("x"), &out)); /* no file is open */
    CHECK(!zip_stream_end(stream, &out));
    CHECK(zip_stream_has_room(stream, UINT64_C(3) << 30));
    CHECK(!zip_stream_has_room(stream, UINT64_C(4) << 30));
    CHECK(!zip_stream_has_room(stream, UINT64_MAX));
    zip_stream_free(&stream);
}

TAP_MAIN(TAP(the_sum_is_that_of_the_standard_in_pieces_too),
         TAP(the_directory_says_where_each_file_begins_and_what_it_adds_up_to),
         TAP(what_is_no_name_and_what_has_no_room_is_refused))
