/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed notes (C2SP signed-note): text that ends in a line break, an empty line, and signature
 * lines `— name base64(key id, signature)`. Keys are told as text: `name+hex(key id)+base64(type,
 * public key)`. Two types are known: the log's own Ed25519 (1), and a witness's Ed25519 cosignature
 * with its time (4, C2SP tlog-cosignature); lines of others are passed over, as the format wants.
 * Pure; fuzzed in fuzz_note.c.
 */
#ifndef PORCHLIGHT_NOTE_H
#define PORCHLIGHT_NOTE_H

#include "base/buf.h"
#include "crypto/sign.h"

enum {
    NOTE_NAME_ROOM = 256,    /* a key's name with its NUL */
    NOTE_KEY_ROOM = 384,     /* a key as text with its NUL */
    NOTE_CEILING = 64 << 10, /* bytes of a note */
    NOTE_SIGNATURES = 64,    /* lines in a note */
    NOTE_KEY_ID = 4,
    NOTE_SIGNATURE_CEILING = 72, /* of the types that are known, after the key id */
};

enum note_type { NOTE_LOG = 1, NOTE_WITNESS = 4 };

/* Someone who signs, as others know them. */
struct note_key {
    char name[NOTE_NAME_ROOM];
    enum note_type type;
    uint8_t id[NOTE_KEY_ID];
    uint8_t public[SIGN_PUBLIC];
};

/* Names a public key; false for a name that is none: empty, with white space or a plus sign. */
bool note_key_make(const char *name, enum note_type type, const uint8_t public[SIGN_PUBLIC],
                   struct note_key *key_out) MUST_CHECK;

/* To text (NOTE_KEY_ROOM bytes) and back. False: malformed, an unknown type, or an id that is not
 * this key's. */
void note_key_format(const struct note_key *key, char *out);
bool note_key_parse(const char *text, struct note_key *key_out) MUST_CHECK;

/* One signature line of a type that is known by its length. */
struct note_line {
    struct span name;
    uint8_t id[NOTE_KEY_ID];
    uint8_t signature[NOTE_SIGNATURE_CEILING];
    size_t len;
};

/* A note taken apart; all spans point into what was parsed. */
struct note {
    struct span text; /* with its last line break */
    int count;
    struct note_line lines[NOTE_SIGNATURES];
};

/* False: not a note. */
bool note_parse(struct span bytes, struct note *note_out) MUST_CHECK;

/* True when one of the note's lines was signed by this key, and none under its name and id was not.
 * `time_out`: seconds since 1970, what a witness says; NULL: not asked. */
bool note_is_signed(const struct note *note, const struct note_key *key,
                    int64_t *time_out) MUST_CHECK;

/* Adds a signature line to `out`. */
void note_add_line(struct buf *out, const struct note_key *key, struct span signature);

/* Adds text, the empty line and the log's signature. */
void note_sign(struct buf *out, struct span text, const struct note_key *key,
               const struct sign_key *secret);

#endif
