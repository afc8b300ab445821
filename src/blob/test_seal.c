/* SPDX-License-Identifier: Apache-2.0
 *
 * R8: what lies in the store is sealed, and whatever is done to it is noticed: a flipped byte, a
 * cut, pieces put in each other's place, another photo's object or key.
 */
#include "base/tap.h"
#include "base/tap_folder.h"
#include "blob/blob_fault.h"
#include "blob/blob_files.h"
#include "blob/seal.h"
#include "crypto/crypto.h"

#include <errno.h>

enum { BIG = 3 * SEALED_CHUNK + 1234, SMALL = 700 };

static char folder[TAP_FOLDER_ROOM];
static struct blob_store *store;
static uint8_t key[SEALED_KEY], posted[BIG], preview[SMALL], out[BIG];

static void begin(void)
{
    tap_folder_new(folder);
    if (blob_files_open(folder, &store) != 0)
        abort();
    crypto_random(key, sizeof key);
    crypto_random(posted, sizeof posted);
    crypto_random(preview, sizeof preview);
}

static void end(void)
{
    blob_store_free(&store);
    tap_folder_remove(folder);
}

static int put(const char *name, size_t posted_len, size_t preview_len)
{
    struct sealed_section sections[] = {{SEALED_PREVIEW, {preview, preview_len}},
                                        {SEALED_POSTED, {posted, posted_len}}};
    return sealed_put(store, name, key, sections, ARRAY_LEN(sections));
}

/* Opens and reads both sections whole; the first result that is not 0. */
static int read_all(const char *name)
{
    static const enum sealed_kind kinds[] = {SEALED_PREVIEW, SEALED_POSTED};
    struct sealed_reader reader;
    int result = sealed_open(store, name, key, &reader);
    for (size_t i = 0; i < ARRAY_LEN(kinds) && result == 0; i++) {
        uint64_t length = 0;
        result = sealed_length(&reader, kinds[i], &length);
        if (result == 0)
            result = length > BIG ? 99 : sealed_read(&reader, kinds[i], 0, out, (size_t)length);
        if (result == 0 &&
            memcmp(out, kinds[i] == SEALED_POSTED ? posted : preview, (size_t)length) != 0)
            result = 98; /* wrong bytes: the one thing that must never be */
    }
    sealed_close(&reader);
    return result;
}

/* The object's raw bytes, and putting others in their place. */
static size_t raw_get(const char *name, uint8_t *bytes)
{
    struct blob blob;
    CHECK_INT(blob_open(store, name, &blob), 0);
    size_t size = (size_t)blob.size;
    CHECK_INT(blob_read(&blob, 0, &(struct iovec){bytes, size}, 1), 0);
    blob_close(&blob);
    return size;
}

static void raw_put(const char *name, const uint8_t *bytes, size_t len)
{
    CHECK_INT(blob_put_bytes(store, name, (struct span){bytes, len}), 0);
}

TEST(sections_of_every_awkward_length_come_back)
{
    static const size_t lengths[] = {
        0, 1, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1, 2 * SEALED_CHUNK, BIG};
    begin();
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        CHECK_INT(put("pho_a1", lengths[i], i % 2 ? SMALL : 0), 0);
        CHECK_INT(read_all("pho_a1"), 0);
    }
    end();
}

TEST(nothing_in_the_clear_reaches_the_store)
{
    static uint8_t raw[2 * BIG];
    begin();
    CHECK_INT(put("pho_a1", BIG, SMALL), 0);
    size_t len = raw_get("pho_a1", raw);
    CHECK_INT(len, SEALED_HEADER + BIG + 4 * 16 + SMALL + 16);
    for (size_t at = 0; at + 32 < BIG; at += 4096)
        CHECK(!memmem(raw, len, posted + at, 32));
    CHECK(!memmem(raw, len, preview, 32));
    end();
}

TEST(the_same_photo_sealed_twice_has_nothing_in_common)
{
    static uint8_t one[2 * BIG], other[2 * BIG];
    begin();
    CHECK_INT(put("pho_a1", SMALL, SMALL), 0);
    size_t len = raw_get("pho_a1", one);
    CHECK_INT(put("pho_a1", SMALL, SMALL), 0);
    CHECK_INT(raw_get("pho_a1", other), len);
    for (size_t at = SEALED_HEADER; at + 16 < len; at += 16)
        CHECK(memcmp(one + at, other + at, 16) != 0);
    end();
}

TEST(any_part_can_be_read)
{
    static const struct {
        size_t at, n;
    } reads[] = {{0, 1},
                 {0, SEALED_CHUNK},
                 {1, SEALED_CHUNK},
                 {SEALED_CHUNK - 1, 2},
                 {SEALED_CHUNK, SEALED_CHUNK},
                 {10, BIG - 20},
                 {BIG - 1, 1},
                 {BIG, 0},
                 {2 * SEALED_CHUNK + 100, 100},
                 {2 * SEALED_CHUNK + 200, 100},
                 {3 * SEALED_CHUNK, BIG - 3 * SEALED_CHUNK}};
    struct sealed_reader reader;
    uint64_t length = 0;
    begin();
    CHECK_INT(put("pho_a1", BIG, SMALL), 0);
    CHECK_INT(sealed_open(store, "pho_a1", key, &reader), 0);
    CHECK_INT(sealed_length(&reader, SEALED_POSTED, &length), 0);
    CHECK_INT(length, BIG);
    for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
        CHECK_INT(sealed_read(&reader, SEALED_POSTED, reads[i].at, out, reads[i].n), 0);
        CHECK(memcmp(out, posted + reads[i].at, reads[i].n) == 0);
        CHECK_INT(sealed_read(&reader, SEALED_PREVIEW, 5, out, 50), 0); /* and back and forth */
        CHECK(memcmp(out, preview + 5, 50) == 0);
    }
    CHECK_INT(sealed_read(&reader, SEALED_POSTED, BIG, out, 1), SEALED_BEYOND);
    CHECK_INT(sealed_read(&reader, SEALED_POSTED, 1, out, BIG), SEALED_BEYOND);
    CHECK_INT(sealed_read(&reader, SEALED_POSTED, UINT64_MAX, out, 2), SEALED_BEYOND);
    CHECK_INT(sealed_read(&reader, (enum sealed_kind)7, 0, out, 1), SEALED_NO_SECTION);
    CHECK_INT(sealed_length(&reader, (enum sealed_kind)7, &length), SEALED_NO_SECTION);
    sealed_close(&reader);
    sealed_close(&reader);
    end();
}

TEST(any_flipped_byte_is_noticed)
{
    uint8_t raw[4096];
    begin();
    CHECK_INT(put("pho_a1", SMALL, 40), 0);
    size_t len = raw_get("pho_a1", raw);
    CHECK(len < sizeof raw);
    for (size_t i = 0; i < len; i++) {
        raw[i] ^= (uint8_t)(1u << i % 8);
        raw_put("pho_a1", raw, len);
        CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);
        raw[i] ^= (uint8_t)(1u << i % 8);
    }
    raw_put("pho_a1", raw, len);
    CHECK_INT(read_all("pho_a1"), 0);
    end();
}

TEST(any_cut_or_addition_is_noticed)
{
    uint8_t raw[4096] = {0};
    begin();
    CHECK_INT(put("pho_a1", SMALL, 40), 0);
    size_t len = raw_get("pho_a1", raw);
    for (size_t cut = 0; cut < len; cut++) {
        raw_put("pho_a1", raw, cut);
        CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);
    }
    raw_put("pho_a1", raw, len + 1);
    CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);
    end();
}

TEST(damage_leaves_zeros_in_the_callers_buffer)
{
    static uint8_t raw[2 * BIG];
    struct sealed_reader reader;
    begin();
    CHECK_INT(put("pho_a1", BIG, 0), 0);
    size_t len = raw_get("pho_a1", raw);
    raw[len - 20] ^= 1; /* in the last chunk */
    raw_put("pho_a1", raw, len);
    CHECK_INT(sealed_open(store, "pho_a1", key, &reader), 0);
    CHECK_INT(sealed_read(&reader, SEALED_POSTED, 0, out, SEALED_CHUNK), 0);
    CHECK_INT(sealed_read(&reader, SEALED_POSTED, 0, out, BIG), SEALED_DAMAGED);
    for (size_t i = 0; i < BIG; i += 97)
        CHECK(out[i] == 0);
    sealed_close(&reader);
    end();
}

TEST(chunks_and_sections_in_each_others_place_are_noticed)
{
    enum { STEP = SEALED_CHUNK + 16 };
    static uint8_t raw[2 * BIG], swapped[2 * BIG];
    begin();
    CHECK_INT(put("pho_a1", BIG, 0), 0);
    size_t len = raw_get("pho_a1", raw);
    memcpy(swapped, raw, len);
    memcpy(swapped + SEALED_HEADER, raw + SEALED_HEADER + STEP, STEP);
    memcpy(swapped + SEALED_HEADER + STEP, raw + SEALED_HEADER, STEP);
    raw_put("pho_a1", swapped, len);
    CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);

    CHECK_INT(put("pho_a1", SMALL, SMALL), 0); /* two sections of one length */
    len = raw_get("pho_a1", raw);
    memcpy(swapped, raw, len);
    memcpy(swapped + SEALED_HEADER, raw + SEALED_HEADER + SMALL + 16, SMALL + 16);
    memcpy(swapped + SEALED_HEADER + SMALL + 16, raw + SEALED_HEADER, SMALL + 16);
    raw_put("pho_a1", swapped, len);
    CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);
    end();
}

TEST(another_object_name_version_or_key_does_not_open)
{
    static uint8_t raw[2 * BIG], older[2 * BIG];
    begin();
    CHECK_INT(put("pho_a1", SMALL, SMALL), 0);
    size_t len = raw_get("pho_a1", raw);
    raw_put("pho_b1", raw, len); /* the same key, another photo's name */
    CHECK_INT(read_all("pho_b1"), SEALED_DAMAGED);
    /* The header of one object with the chunks of an older one of the same name. */
    CHECK_INT(put("pho_a1", SMALL, SMALL), 0);
    CHECK_INT(raw_get("pho_a1", older), len);
    memcpy(raw, older, SEALED_HEADER);
    raw_put("pho_a1", raw, len);
    CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);
    raw_put("pho_a1", older, len);
    CHECK_INT(read_all("pho_a1"), 0);
    key[0] ^= 1;
    CHECK_INT(read_all("pho_a1"), SEALED_DAMAGED);
    CHECK_INT(read_all("pho_c1"), BLOB_ABSENT);
    end();
}

TEST(every_fault_of_the_store_comes_through)
{
    begin();
    struct blob_store *inner = store;
    store = blob_fault_new(inner);
    int result = -1;
    for (unsigned n = 1; result != 0 && n < 30; n++) {
        blob_fault_at(store, n, BLOB_FULL);
        result = put("pho_a1", BIG, SMALL);
        CHECK(result == 0 || result == BLOB_FULL);
        blob_fault_at(store, 0, 0);
        CHECK_INT(read_all("pho_a1"), result == 0 ? 0 : BLOB_ABSENT);
    }
    CHECK_INT(result, 0);
    result = -1;
    for (unsigned n = 1; result != 0 && n < 30; n++) {
        blob_fault_at(store, n, -EIO);
        result = read_all("pho_a1");
        CHECK(result == 0 || result == -EIO);
    }
    CHECK_INT(result, 0);
    blob_store_free(&store);
    store = inner;
    end();
}

TAP_MAIN(TAP(sections_of_every_awkward_length_come_back),
         TAP(nothing_in_the_clear_reaches_the_store),
         TAP(the_same_photo_sealed_twice_has_nothing_in_common), TAP(any_part_can_be_read),
         TAP(any_flipped_byte_is_noticed), TAP(any_cut_or_addition_is_noticed),
         TAP(damage_leaves_zeros_in_the_callers_buffer),
         TAP(chunks_and_sections_in_each_others_place_are_noticed),
         TAP(another_object_name_version_or_key_does_not_open),
         TAP(every_fault_of_the_store_comes_through))
