/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: HKDF extracts one secret from the photo's key and the object's random salt, and expands it
 * once for the header and once for each section. A key therefore never seals the same chunk number
 * twice, whatever is put again under a name, and the nonce is simply the chunk's number.
 *
 * The section table says how long each section is and is authenticated before any of it is
 * believed; the lengths then say where every chunk lies, so that reading needs one pread for the
 * header and one for each chunk, which goes straight into the caller's buffer and is decrypted
 * there.
 */
#include "blob/seal.h"

#include <assert.h>
#include <errno.h>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

enum {
    AT_VERSION = 8,
    AT_COUNT = 10,
    AT_CHUNK = 12,
    AT_SALT = 16,
    SALT = 32,
    AT_TABLE = AT_SALT + SALT,
    ENTRY = 16, /* kind, 4 zeros, length */
    AT_TAG = AT_TABLE + SEALED_SECTIONS_CEILING * ENTRY,
    VERSION = 1,
    HEADER_KEY = 0, /* among the kinds: which key */
    SEALED_CHUNK_LEN = SEALED_CHUNK + AEAD_TAG,
};
static_assert(AT_TAG + AEAD_TAG == SEALED_HEADER, "the header's layout is for ever");

/* Lengths above this are damage; it keeps every sum in range. */
#define LENGTH_CEILING (UINT64_C(1) << 40)

static const char magic[8] = {'P', 'L', 's', 'e', 'a', 'l', 'e', 'd'};

static void put_number(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

static uint64_t get_number(const uint8_t *in, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | in[i];
    return value;
}

static uint64_t chunks_of(uint64_t length)
{
    return (length + SEALED_CHUNK - 1) / SEALED_CHUNK;
}

static uint64_t sealed_size(uint64_t length)
{
    return length + chunks_of(length) * AEAD_TAG;
}

/* The key of the header or of a section. */
static void expand(const uint8_t extracted[32], uint32_t kind, uint8_t key_out[AEAD_KEY])
{
    char info[] = "porchlight sealed 0";
    info[sizeof info - 2] = (char)('0' + kind);
    hash_hkdf_expand(extracted, HASH_TEXT(info), key_out, AEAD_KEY);
}

/* What a chunk's tag binds beside its bytes. */
struct bound {
    uint8_t bytes[4 + 8 + 8 + BLOB_NAME_CEILING];
    size_t len;
};

static struct bound bind(const char *name, uint32_t kind, uint64_t length, uint64_t chunk)
{
    struct bound bound;
    size_t name_len = strlen(name);
    put_number(bound.bytes, kind, 4);
    put_number(bound.bytes + 4, length, 8);
    put_number(bound.bytes + 12, chunk, 8);
    memcpy(bound.bytes + 20, name, name_len);
    bound.len = 20 + name_len;
    return bound;
}

/* What the header's tag binds: the header before it, and the object's name. */
struct bound_header {
    uint8_t bytes[AT_TAG + BLOB_NAME_CEILING];
    size_t len;
};

static struct bound_header bind_header(const uint8_t *header, const char *name)
{
    struct bound_header bound;
    size_t name_len = strlen(name);
    memcpy(bound.bytes, header, AT_TAG);
    memcpy(bound.bytes + AT_TAG, name, name_len);
    bound.len = AT_TAG + name_len;
    return bound;
}

/* ---- writing ---- */

struct writer {
    const char *name;
    const struct sealed_section *sections;
    size_t count, section;
    uint64_t chunk; /* of the section, the next one */
    bool header_given;
    uint8_t extracted[32], key[AEAD_KEY];
    uint8_t header[SEALED_HEADER];
    uint8_t *room; /* one sealed chunk */
};

static int make_header(struct writer *writer, const uint8_t key[SEALED_KEY])
{
    uint8_t *header = writer->header, header_key[AEAD_KEY], nonce[AEAD_NONCE];
    memset(header, 0, SEALED_HEADER);
    memcpy(header, magic, sizeof magic);
    put_number(header + AT_VERSION, VERSION, 2);
    put_number(header + AT_COUNT, writer->count, 2);
    put_number(header + AT_CHUNK, SEALED_CHUNK, 4);
    crypto_random(header + AT_SALT, SALT);
    for (size_t i = 0; i < writer->count; i++) {
        put_number(header + AT_TABLE + i * ENTRY, writer->sections[i].kind, 4);
        put_number(header + AT_TABLE + i * ENTRY + 8, writer->sections[i].bytes.len, 8);
    }
    hash_hkdf_extract((struct span){key, SEALED_KEY}, (struct span){header + AT_SALT, SALT},
                      writer->extracted);
    expand(writer->extracted, HEADER_KEY, header_key);
    aead_count(0, nonce);
    struct bound_header bound = bind_header(header, writer->name);
    int result = aead_seal(header_key, nonce, (struct span){bound.bytes, bound.len},
                           (struct span){NULL, 0}, header + AT_TAG);
    crypto_wipe(header_key, sizeof header_key);
    return result;
}

/* A blob_source: the header, then chunk after chunk. */
static int next_piece(void *context, struct span *piece_out)
{
    struct writer *writer = context;
    if (!writer->header_given) {
        writer->header_given = true;
        *piece_out = (struct span){writer->header, SEALED_HEADER};
        return 0;
    }
    while (writer->section < writer->count &&
           writer->chunk == chunks_of(writer->sections[writer->section].bytes.len)) {
        writer->section++;
        writer->chunk = 0;
    }
    if (writer->section == writer->count) {
        *piece_out = (struct span){NULL, 0};
        return 0;
    }
    const struct sealed_section *section = &writer->sections[writer->section];
    if (writer->chunk == 0)
        expand(writer->extracted, section->kind, writer->key);
    size_t at = (size_t)writer->chunk * SEALED_CHUNK;
    size_t len = section->bytes.len - at < SEALED_CHUNK ? section->bytes.len - at : SEALED_CHUNK;
    struct bound bound = bind(writer->name, section->kind, section->bytes.len, writer->chunk);
    uint8_t nonce[AEAD_NONCE];
    aead_count(writer->chunk++, nonce);
    *piece_out = (struct span){writer->room, len + AEAD_TAG};
    return aead_seal(writer->key, nonce, (struct span){bound.bytes, bound.len},
                     (struct span){section->bytes.data + at, len}, writer->room);
}

int sealed_put(struct blob_store *store, const char *name, const uint8_t key[SEALED_KEY],
               const struct sealed_section *sections, size_t count)
{
    assert(count <= SEALED_SECTIONS_CEILING);
    if (strlen(name) > BLOB_NAME_CEILING)
        return BLOB_BAD_NAME;
    struct writer writer = {.name = name, .sections = sections, .count = count};
    AUTO_FREE uint8_t *room = malloc(SEALED_CHUNK_LEN);
    if (!room)
        return log_fault("blob.seal", -ENOMEM, "bytes=%d", (int)SEALED_CHUNK_LEN);
    writer.room = room;
    struct blob_source source = {SEALED_HEADER, next_piece, &writer};
    for (size_t i = 0; i < count; i++)
        source.size += sealed_size(sections[i].bytes.len);
    int result = make_header(&writer, key);
    if (result == 0)
        result = blob_put(store, name, &source);
    crypto_wipe(writer.extracted, sizeof writer.extracted);
    crypto_wipe(writer.key, sizeof writer.key);
    return result;
}

/* ---- reading ---- */

/* Takes the section table out of a header that is authentic, and checks it all the same. */
static bool read_table(const uint8_t *header, struct sealed_reader *reader)
{
    uint64_t at = SEALED_HEADER;
    reader->count = (size_t)get_number(header + AT_COUNT, 2);
    if (reader->count > SEALED_SECTIONS_CEILING)
        return false;
    for (size_t i = 0; i < reader->count; i++) {
        const uint8_t *entry = header + AT_TABLE + i * ENTRY;
        reader->sections[i].kind = (uint32_t)get_number(entry, 4);
        reader->sections[i].length = get_number(entry + 8, 8);
        reader->sections[i].at = at;
        if (reader->sections[i].length > LENGTH_CEILING)
            return false;
        at += sealed_size(reader->sections[i].length);
    }
    return at == reader->blob.size;
}

static int open_header(struct sealed_reader *reader, const uint8_t key[SEALED_KEY])
{
    uint8_t header[SEALED_HEADER], header_key[AEAD_KEY], nonce[AEAD_NONCE];
    int result = blob_read(&reader->blob, 0, &(struct iovec){header, sizeof header}, 1);
    if (result != 0)
        return result == BLOB_SHORT ? SEALED_DAMAGED : result;
    if (memcmp(header, magic, sizeof magic) != 0 || get_number(header + AT_VERSION, 2) != VERSION ||
        get_number(header + AT_CHUNK, 4) != SEALED_CHUNK)
        return SEALED_DAMAGED;
    hash_hkdf_extract((struct span){key, SEALED_KEY}, (struct span){header + AT_SALT, SALT},
                      reader->extracted);
    expand(reader->extracted, HEADER_KEY, header_key);
    aead_count(0, nonce);
    uint8_t nothing[1];
    struct bound_header bound = bind_header(header, reader->name);
    result = aead_open(header_key, nonce, (struct span){bound.bytes, bound.len},
                       (struct span){header + AT_TAG, AEAD_TAG}, nothing);
    crypto_wipe(header_key, sizeof header_key);
    if (result != 0)
        return result == AEAD_FORGED ? SEALED_DAMAGED : result;
    return read_table(header, reader) ? 0 : SEALED_DAMAGED;
}

int sealed_open(struct blob_store *store, const char *name, const uint8_t key[SEALED_KEY],
                struct sealed_reader *reader_out)
{
    *reader_out = (struct sealed_reader){.keyed = SIZE_MAX};
    int result = blob_open(store, name, &reader_out->blob);
    if (result != 0)
        return result;
    snprintf(reader_out->name, sizeof reader_out->name, "%s", name);
    result = open_header(reader_out, key);
    if (result == SEALED_DAMAGED)
        log_event(LOG_ERROR, "blob.damaged", "object=%s part=header", name);
    if (result != 0)
        sealed_close(reader_out);
    return result;
}

/* The section's place in the table; SIZE_MAX when there is none. */
static size_t find(const struct sealed_reader *reader, enum sealed_kind kind)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->sections[i].kind == (uint32_t)kind)
            return i;
    return SIZE_MAX;
}

int sealed_length(const struct sealed_reader *reader, enum sealed_kind kind, uint64_t *length_out)
{
    size_t section = find(reader, kind);
    if (section == SIZE_MAX)
        return SEALED_NO_SECTION;
    *length_out = reader->sections[section].length;
    return 0;
}

/* Reads and opens one chunk into `out`, which has room for its plain bytes. */
static int read_chunk(struct sealed_reader *reader, size_t section, uint64_t chunk,
                      struct iovec out)
{
    uint8_t nonce[AEAD_NONCE], tag[AEAD_TAG];
    uint32_t kind = reader->sections[section].kind;
    uint64_t length = reader->sections[section].length;
    uint64_t at = reader->sections[section].at + chunk * SEALED_CHUNK_LEN;
    int result = blob_read(&reader->blob, at, (struct iovec[]){out, {tag, sizeof tag}}, 2);
    if (result != 0)
        return result == BLOB_SHORT ? SEALED_DAMAGED : result;
    if (reader->keyed != section) {
        expand(reader->extracted, kind, reader->section_key);
        reader->keyed = section;
    }
    struct bound bound = bind(reader->name, kind, length, chunk);
    aead_count(chunk, nonce);
    struct aead_apart parts = {{out.iov_base, out.iov_len}, tag, out.iov_base};
    result =
        aead_open_apart(reader->section_key, nonce, (struct span){bound.bytes, bound.len}, &parts);
    return result == AEAD_FORGED ? SEALED_DAMAGED : result;
}

static size_t chunk_len(const struct sealed_reader *reader, size_t section, uint64_t chunk)
{
    uint64_t left = reader->sections[section].length - chunk * SEALED_CHUNK;
    return left < SEALED_CHUNK ? (size_t)left : SEALED_CHUNK;
}

/* Sees to it that the held chunk is this one. */
static int hold(struct sealed_reader *reader, size_t section, uint64_t chunk)
{
    if (reader->held && reader->held_section == section && reader->held_chunk == chunk)
        return 0;
    if (!reader->held)
        reader->held = malloc(SEALED_CHUNK);
    if (!reader->held)
        return log_fault("blob.read", -ENOMEM, "bytes=%d", (int)SEALED_CHUNK);
    reader->held_section = SIZE_MAX;
    int result = read_chunk(reader, section, chunk,
                            (struct iovec){reader->held, chunk_len(reader, section, chunk)});
    if (result == 0) {
        reader->held_section = section;
        reader->held_chunk = chunk;
    }
    return result;
}

/* A read that stays within one chunk. */
static int read_within(struct sealed_reader *reader, size_t section, uint64_t offset,
                       struct iovec out)
{
    uint64_t chunk = offset / SEALED_CHUNK;
    size_t from = (size_t)(offset % SEALED_CHUNK);
    if (from == 0 && out.iov_len == chunk_len(reader, section, chunk))
        return read_chunk(reader, section, chunk, out);
    int result = hold(reader, section, chunk);
    if (result == 0)
        memcpy(out.iov_base, reader->held + from, out.iov_len);
    return result;
}

int sealed_read(struct sealed_reader *reader, enum sealed_kind kind, uint64_t offset, uint8_t *out,
                size_t n)
{
    size_t section = find(reader, kind);
    if (section == SIZE_MAX)
        return SEALED_NO_SECTION;
    uint64_t length = reader->sections[section].length;
    if (offset > length || n > length - offset)
        return SEALED_BEYOND;
    for (size_t done = 0; done < n;) {
        uint64_t at = offset + done;
        size_t in_chunk = SEALED_CHUNK - (size_t)(at % SEALED_CHUNK);
        size_t take = n - done < in_chunk ? n - done : in_chunk;
        int result = read_within(reader, section, at, (struct iovec){out + done, take});
        if (result == SEALED_DAMAGED)
            log_event(LOG_ERROR, "blob.damaged", "object=%s part=section", reader->name);
        if (result != 0) {
            memset(out, 0, n);
            return result;
        }
        done += take;
    }
    return 0;
}

void sealed_close(struct sealed_reader *reader)
{
    blob_close(&reader->blob);
    if (reader->held)
        crypto_wipe(reader->held, SEALED_CHUNK);
    free(reader->held);
    crypto_wipe(reader, sizeof *reader);
}
