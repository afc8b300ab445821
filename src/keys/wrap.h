/* SPDX-License-Identifier: Apache-2.0
 *
 * What lies in the keys folder, byte by byte, and how it is sealed under a master key. Pure: no
 * files.
 *
 * A master key is known by its mark, eight bytes derived from it, which stands in everything sealed
 * under it: so two masters can be told apart while one takes over from the other, and a wrong one
 * is told as such.
 */
#ifndef PORCHLIGHT_WRAP_H
#define PORCHLIGHT_WRAP_H

#include "base/base.h"

enum {
    WRAP_KEY = 32,
    WRAP_ID = 16,
    WRAP_MARK = 8,
    WRAP_SLOT = 128,
    WRAP_PAYLOAD_CEILING = 64,
    WRAP_BOX_CEILING = 8 + WRAP_MARK + 12 + WRAP_PAYLOAD_CEILING + 16,
};

struct wrap_master {
    uint8_t key[WRAP_KEY];
    uint8_t mark[WRAP_MARK];
};

/* Computes the mark. */
void wrap_master_from(const uint8_t key[WRAP_KEY], struct wrap_master *master_out);

/* ---- slots ---- */

/* A slot without a key is all zeros. */
bool wrap_slot_is_free(const uint8_t slot[WRAP_SLOT]);
/* Is it as it was written? Tells wear and torn writes from a wrong master. */
bool wrap_slot_is_sound(const uint8_t slot[WRAP_SLOT]);
/* Whose key it holds, and the mark of the master it is under. Of sound slots only. */
const uint8_t *wrap_slot_id(const uint8_t slot[WRAP_SLOT]);
const uint8_t *wrap_slot_mark(const uint8_t slot[WRAP_SLOT]);

/* Wraps the key of `id` for slot `number`, under a random nonce. 0 or a fault. */
struct wrap_owner {
    uint32_t number;
    const uint8_t *id; /* WRAP_ID bytes */
};
int wrap_slot_make(const struct wrap_master *master, const struct wrap_owner *owner,
                   const uint8_t key[WRAP_KEY], uint8_t slot_out[WRAP_SLOT]) MUST_CHECK;

/* Takes the key out again. 0, AEAD_FORGED, or a fault. */
int wrap_slot_open(const struct wrap_master *master, uint32_t number, const uint8_t slot[WRAP_SLOT],
                   uint8_t key_out[WRAP_KEY]) MUST_CHECK;

/* ---- boxes: up to 64 bytes for one purpose, sealed under a master ---- */

/* `purpose` is 8 characters and begins the box: {purpose, mark, nonce, sealed}. Writes
 * WRAP_BOX_LEN(payload.len) bytes. 0 or a fault. */
#define WRAP_BOX_LEN(payload_len) (8 + WRAP_MARK + 12 + (payload_len) + 16)
int wrap_box_make(const struct wrap_master *master, const char *purpose, struct span payload,
                  uint8_t *box_out) MUST_CHECK;

/* Is it a box of this purpose and of this payload length? */
bool wrap_box_is(struct span box, const char *purpose, size_t payload_len);
/* The mark in it. */
const uint8_t *wrap_box_mark(struct span box);
/* 0, AEAD_FORGED, or a fault. */
int wrap_box_open(const struct wrap_master *master, struct span box,
                  uint8_t *payload_out) MUST_CHECK;

#endif
