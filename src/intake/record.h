/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a staging file: its header, the heads of segments, and sealed records. Pure;
 * staging.c writes them and scan.c reads them.
 *
 *     header   0 "PLstage1"   8 upload id[16]   24 salt[16]   40 zeros[8]   48 tag[16]
 *     segment  0 kind   1 zeros[7]   8 offset   16 salt[32]
 *     record   0 kind   1 zero   2 length   4 ciphertext   tag[16]
 *
 * Each segment has a key of its own, from the upload's key and the segment's salt; the nonce is the
 * record's number in it. A record's tag binds the segment's kind, the record's kind and length, its
 * absolute offset, and the upload.
 */
#ifndef PORCHLIGHT_RECORD_H
#define PORCHLIGHT_RECORD_H

#include "base/base.h"
#include "crypto/aead.h"

enum {
    RECORD_FILE_HEADER = 64,
    RECORD_SEGMENT_HEAD = 48,
    RECORD_HEAD = 4,
    RECORD_PLAIN = 4096, /* at most, in one record */
    RECORD_OVERHEAD = RECORD_HEAD + AEAD_TAG,
    RECORD_ID = 16,
};

/* The first byte of whatever comes next in a file. */
enum record_kind {
    RECORD_DATA = 0x01,
    RECORD_CLOSE = 0x02,           /* the checked segment came whole, and its checksum was right */
    RECORD_SEGMENT_PLAIN = 0xa1,   /* each of its records counts */
    RECORD_SEGMENT_CHECKED = 0xa2, /* they count when it is closed */
};

/* Writes the header of an upload's file under a fresh salt. 0 or a fault. */
int record_file_make(const uint8_t id[RECORD_ID], const uint8_t key[AEAD_KEY],
                     uint8_t out[RECORD_FILE_HEADER]) MUST_CHECK;

/* Is it the header of this upload's file, under this key? 0, AEAD_FORGED, or a fault. */
int record_file_check(const uint8_t id[RECORD_ID], const uint8_t key[AEAD_KEY],
                      const uint8_t header[RECORD_FILE_HEADER]) MUST_CHECK;

/* A segment being written or read. Wipe it after use. */
struct record_segment {
    uint8_t kind;
    uint8_t id[RECORD_ID];
    uint8_t key[AEAD_KEY];
    uint64_t number; /* of the next record */
};

/* Begins a segment under a fresh salt and writes its head; segment->kind and id are set by the
 * caller. */
void record_segment_make(struct record_segment *segment, const uint8_t key[AEAD_KEY],
                         uint64_t offset, uint8_t head_out[RECORD_SEGMENT_HEAD]);

/* Takes a segment from its head; segment->id is set by the caller. False when it is none, or begins
 * elsewhere. Whether it is genuine shows with its first record. */
bool record_segment_take(struct record_segment *segment, const uint8_t key[AEAD_KEY],
                         uint64_t offset, const uint8_t head[RECORD_SEGMENT_HEAD]);

/* Seals the next record, plain.len + RECORD_OVERHEAD bytes, into `out`. 0 or a fault. */
struct record_about {
    uint8_t kind;
    uint64_t offset; /* of its first byte in the upload */
};
int record_seal(struct record_segment *segment, const struct record_about *about, struct span plain,
                uint8_t *out) MUST_CHECK;

/* The whole length of the record that begins with this head; 0 when it cannot be one. */
size_t record_len(const uint8_t head[RECORD_HEAD]);

/* Opens the next record, whole, into `out` (its length less RECORD_OVERHEAD). 0, AEAD_FORGED, or a
 * fault. */
int record_open(struct record_segment *segment, uint64_t offset, struct span record,
                uint8_t *out) MUST_CHECK;

#endif
