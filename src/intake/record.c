/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers are big-endian.
 */
#include "intake/record.h"

#include <assert.h>

#include "crypto/crypto.h"
#include "crypto/hash.h"

enum {
    AT_ID = 8,
    AT_SALT = 24,
    SALT = 16,
    AT_TAG = 48,
    AT_OFFSET = 8,
    AT_SEGMENT_SALT = 16,
    SEGMENT_SALT = 32
};
static_assert(AT_TAG + AEAD_TAG == RECORD_FILE_HEADER, "the header's layout");
static_assert(AT_SEGMENT_SALT + SEGMENT_SALT == RECORD_SEGMENT_HEAD, "the segment's layout");

static const char magic[8] = {'P', 'L', 's', 't', 'a', 'g', 'e', '1'};

static void put_u64(uint8_t out[8], uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

static uint64_t get_u64(const uint8_t in[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}

/* ---- the file's header ---- */

static void header_key(const uint8_t key[AEAD_KEY], const uint8_t *header, uint8_t out[AEAD_KEY])
{
    hash_hkdf((struct span){key, AEAD_KEY}, (struct span){header + AT_SALT, SALT},
              HASH_TEXT("porchlight staging file"), out, AEAD_KEY);
}

int record_file_make(const uint8_t id[RECORD_ID], const uint8_t key[AEAD_KEY],
                     uint8_t out[RECORD_FILE_HEADER])
{
    uint8_t under[AEAD_KEY], nonce[AEAD_NONCE];
    memset(out, 0, RECORD_FILE_HEADER);
    memcpy(out, magic, sizeof magic);
    memcpy(out + AT_ID, id, RECORD_ID);
    crypto_random(out + AT_SALT, SALT);
    header_key(key, out, under);
    aead_count(0, nonce);
    int result =
        aead_seal(under, nonce, (struct span){out, AT_TAG}, (struct span){NULL, 0}, out + AT_TAG);
    crypto_wipe(under, sizeof under);
    return result;
}

int record_file_check(const uint8_t id[RECORD_ID], const uint8_t key[AEAD_KEY],
                      const uint8_t header[RECORD_FILE_HEADER])
{
    uint8_t under[AEAD_KEY], nonce[AEAD_NONCE], nothing[1];
    if (memcmp(header, magic, sizeof magic) != 0 || memcmp(header + AT_ID, id, RECORD_ID) != 0)
        return AEAD_FORGED;
    header_key(key, header, under);
    aead_count(0, nonce);
    int result = aead_open(under, nonce, (struct span){header, AT_TAG},
                           (struct span){header + AT_TAG, AEAD_TAG}, nothing);
    crypto_wipe(under, sizeof under);
    return result;
}

/* ---- segments ---- */

static void segment_start(struct record_segment *segment, const uint8_t key[AEAD_KEY],
                          const uint8_t *head)
{
    hash_hkdf((struct span){key, AEAD_KEY}, (struct span){head + AT_SEGMENT_SALT, SEGMENT_SALT},
              HASH_TEXT("porchlight staging segment"), segment->key, AEAD_KEY);
    segment->number = 0;
}

void record_segment_make(struct record_segment *segment, const uint8_t key[AEAD_KEY],
                         uint64_t offset, uint8_t head_out[RECORD_SEGMENT_HEAD])
{
    memset(head_out, 0, RECORD_SEGMENT_HEAD);
    head_out[0] = segment->kind;
    put_u64(head_out + AT_OFFSET, offset);
    crypto_random(head_out + AT_SEGMENT_SALT, SEGMENT_SALT);
    segment_start(segment, key, head_out);
}

bool record_segment_take(struct record_segment *segment, const uint8_t key[AEAD_KEY],
                         uint64_t offset, const uint8_t head[RECORD_SEGMENT_HEAD])
{
    static const uint8_t zeros[AT_OFFSET - 1];
    if ((head[0] != RECORD_SEGMENT_PLAIN && head[0] != RECORD_SEGMENT_CHECKED) ||
        memcmp(head + 1, zeros, sizeof zeros) != 0 || get_u64(head + AT_OFFSET) != offset)
        return false;
    segment->kind = head[0];
    segment_start(segment, key, head);
    return true;
}

/* ---- records ---- */

/* What a record's tag binds. */
struct bound {
    uint8_t bytes[1 + RECORD_HEAD + 8 + RECORD_ID];
};

static struct bound bind(const struct record_segment *segment, const uint8_t *head, uint64_t offset)
{
    struct bound bound;
    bound.bytes[0] = segment->kind;
    memcpy(bound.bytes + 1, head, RECORD_HEAD);
    put_u64(bound.bytes + 1 + RECORD_HEAD, offset);
    memcpy(bound.bytes + 1 + RECORD_HEAD + 8, segment->id, RECORD_ID);
    return bound;
}

int record_seal(struct record_segment *segment, const struct record_about *about, struct span plain,
                uint8_t *out)
{
    uint8_t nonce[AEAD_NONCE];
    assert(plain.len <= RECORD_PLAIN);
    out[0] = about->kind;
    out[1] = 0;
    out[2] = (uint8_t)(plain.len >> 8);
    out[3] = (uint8_t)plain.len;
    struct bound bound = bind(segment, out, about->offset);
    aead_count(segment->number++, nonce);
    return aead_seal(segment->key, nonce, (struct span){bound.bytes, sizeof bound.bytes}, plain,
                     out + RECORD_HEAD);
}

size_t record_len(const uint8_t head[RECORD_HEAD])
{
    size_t len = (size_t)head[2] << 8 | head[3];
    bool is_data = head[0] == RECORD_DATA && len > 0 && len <= RECORD_PLAIN;
    bool is_close = head[0] == RECORD_CLOSE && len == 0;
    return (is_data || is_close) && head[1] == 0 ? len + RECORD_OVERHEAD : 0;
}

int record_open(struct record_segment *segment, uint64_t offset, struct span record, uint8_t *out)
{
    uint8_t nonce[AEAD_NONCE];
    struct bound bound = bind(segment, record.data, offset);
    aead_count(segment->number++, nonce);
    return aead_open(segment->key, nonce, (struct span){bound.bytes, sizeof bound.bytes},
                     (struct span){record.data + RECORD_HEAD, record.len - RECORD_HEAD}, out);
}
