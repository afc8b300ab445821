/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed objects: what a store keeps of a photo. One object has a few sections (the posted photo,
 * its preview), each cut into chunks of 64 KB, each chunk sealed with AES-256-GCM under a key of
 * its section, which is derived from the photo's key and a salt drawn for this object. Any piece
 * can be read without the rest.
 *
 *     header   128 bytes: magic, version, section count, chunk size, salt[32], 4 × {kind, length},
 * tag sections one after the other; every chunk is followed by its 16-byte tag
 *
 * The tags bind the object's name, the section, its length and the chunk's number: a flipped byte,
 * a cut, chunks, sections or objects put in each other's place are all SEALED_DAMAGED, never wrong
 * bytes.
 */
#ifndef PORCHLIGHT_SEAL_H
#define PORCHLIGHT_SEAL_H

#include "blob/blob.h"

enum {
    SEALED_KEY = 32,
    SEALED_CHUNK = 64 * 1024,
    SEALED_SECTIONS_CEILING = 4,
    SEALED_HEADER = 128,
};

enum sealed_kind { SEALED_PREVIEW = 1, SEALED_POSTED = 2 };

/* Outcomes beside those of blob.h. */
enum sealed_outcome {
    SEALED_DAMAGED = 32, /* not what was sealed under this name with this key */
    SEALED_NO_SECTION,
    SEALED_BEYOND, /* the bytes asked for are not all inside the section */
};

struct sealed_section {
    enum sealed_kind kind; /* each kind once */
    struct span bytes;
};

/* Seals the sections, in the order given, and puts them as one object; durable when it returns 0.
 * Put the preview first: it is read most. BLOB_FULL or a fault otherwise. */
int sealed_put(struct blob_store *store, const char *name, const uint8_t key[SEALED_KEY],
               const struct sealed_section *sections, size_t count) MUST_CHECK;

/* A sealed object open for reading, on the caller's stack. Fields are for seal.c only. Belongs to
 * one thread at a time; it may move between threads. */
struct sealed_reader {
    struct blob blob;
    struct {
        uint32_t kind;
        uint64_t length, at; /* `at`: where its first chunk begins in the object */
    } sections[SEALED_SECTIONS_CEILING];
    size_t count;
    char name[BLOB_NAME_CEILING + 1];
    uint8_t extracted[32];   /* the section keys are expanded from this */
    uint8_t section_key[32]; /* of section `keyed`, when that is not SIZE_MAX */
    size_t keyed;
    uint8_t *held; /* NULL, or one chunk in the clear, for reads that do not cover whole chunks */
    size_t held_section;
    uint64_t held_chunk;
};

/* Opens and checks the header. 0, BLOB_ABSENT, SEALED_DAMAGED (a wrong key too), or a fault; on 0
 * it must be closed. */
int sealed_open(struct blob_store *store, const char *name, const uint8_t key[SEALED_KEY],
                struct sealed_reader *reader_out) MUST_CHECK;

/* The length of a section in the clear. 0 or SEALED_NO_SECTION. */
int sealed_length(const struct sealed_reader *reader, enum sealed_kind kind,
                  uint64_t *length_out) MUST_CHECK;

/* Decrypts `n` bytes at `offset` of a section straight into `out`. Whole chunks (offset a multiple
 * of SEALED_CHUNK, n too or up to the section's end) need no allocation and no copy; other reads
 * keep one chunk between calls. 0, SEALED_NO_SECTION, SEALED_BEYOND, SEALED_DAMAGED (then `out`
 * holds zeros), or a fault. */
int sealed_read(struct sealed_reader *reader, enum sealed_kind kind, uint64_t offset, uint8_t *out,
                size_t n) MUST_CHECK;

/* Closes and wipes. Harmless on a zeroed or closed reader. */
void sealed_close(struct sealed_reader *reader);

#endif
