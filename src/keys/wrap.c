/* SPDX-License-Identifier: Apache-2.0
 *
 * A slot, 128 bytes:
 *
 *     0 magic "PLK1"   4 master's mark   12 id   28 nonce   40 wrapped key   72 tag   88 zeros 120
 * checksum
 *
 * The wrapping key is derived from the master for each id, so that random nonces under one key stay
 * few however many photos a server sees in its life. The tag binds all before it and the slot's
 * number: a slot copied elsewhere does not open. The checksum (SHA-256, cut) needs no key; it tells
 * a torn slot from one of another master.
 */
#include "keys/wrap.h"

#include <assert.h>

#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

enum {
    AT_MARK = 4,
    AT_ID = AT_MARK + WRAP_MARK,
    AT_NONCE = AT_ID + WRAP_ID,
    AT_KEY = AT_NONCE + AEAD_NONCE,
    AT_END = AT_KEY + WRAP_KEY + AEAD_TAG,
    AT_CHECKSUM = WRAP_SLOT - 8,
};
static_assert(AT_END == 88, "the slot's layout is for ever");

static const uint8_t magic[4] = {'P', 'L', 'K', '1'};

void wrap_master_from(const uint8_t key[WRAP_KEY], struct wrap_master *master_out)
{
    memcpy(master_out->key, key, WRAP_KEY);
    hash_hkdf((struct span){key, WRAP_KEY}, (struct span){NULL, 0},
              HASH_TEXT("porchlight master mark"), master_out->mark, WRAP_MARK);
}

static void checksum(const uint8_t slot[WRAP_SLOT], uint8_t out[8])
{
    uint8_t digest[HASH_SHA256_LEN];
    hash_sha256((struct span){slot, AT_CHECKSUM}, digest);
    memcpy(out, digest, 8);
}

bool wrap_slot_is_free(const uint8_t slot[WRAP_SLOT])
{
    static const uint8_t zeros[WRAP_SLOT];
    return memcmp(slot, zeros, WRAP_SLOT) == 0;
}

bool wrap_slot_is_sound(const uint8_t slot[WRAP_SLOT])
{
    uint8_t want[8];
    checksum(slot, want);
    return memcmp(slot, magic, sizeof magic) == 0 &&
           memcmp(slot + AT_CHECKSUM, want, sizeof want) == 0;
}

const uint8_t *wrap_slot_id(const uint8_t slot[WRAP_SLOT])
{
    return slot + AT_ID;
}

const uint8_t *wrap_slot_mark(const uint8_t slot[WRAP_SLOT])
{
    return slot + AT_MARK;
}

static void wrapping_key(const struct wrap_master *master, const uint8_t *id, uint8_t out[AEAD_KEY])
{
    hash_hkdf((struct span){master->key, WRAP_KEY}, (struct span){id, WRAP_ID},
              HASH_TEXT("porchlight slot"), out, AEAD_KEY);
}

/* What a slot's tag binds: all before the wrapped key, and the slot's number. */
struct bound {
    uint8_t bytes[AT_KEY + 4];
};

static struct bound bind(const uint8_t slot[WRAP_SLOT], uint32_t number)
{
    struct bound bound;
    memcpy(bound.bytes, slot, AT_KEY);
    for (int i = 0; i < 4; i++)
        bound.bytes[AT_KEY + i] = (uint8_t)(number >> (24 - 8 * i));
    return bound;
}

int wrap_slot_make(const struct wrap_master *master, const struct wrap_owner *owner,
                   const uint8_t key[WRAP_KEY], uint8_t slot_out[WRAP_SLOT])
{
    uint8_t wrapping[AEAD_KEY];
    memset(slot_out, 0, WRAP_SLOT);
    memcpy(slot_out, magic, sizeof magic);
    memcpy(slot_out + AT_MARK, master->mark, WRAP_MARK);
    memcpy(slot_out + AT_ID, owner->id, WRAP_ID);
    crypto_random(slot_out + AT_NONCE, AEAD_NONCE);
    struct bound bound = bind(slot_out, owner->number);
    wrapping_key(master, owner->id, wrapping);
    int result =
        aead_seal(wrapping, slot_out + AT_NONCE, (struct span){bound.bytes, sizeof bound.bytes},
                  (struct span){key, WRAP_KEY}, slot_out + AT_KEY);
    crypto_wipe(wrapping, sizeof wrapping);
    checksum(slot_out, slot_out + AT_CHECKSUM);
    return result;
}

int wrap_slot_open(const struct wrap_master *master, uint32_t number, const uint8_t slot[WRAP_SLOT],
                   uint8_t key_out[WRAP_KEY])
{
    uint8_t wrapping[AEAD_KEY];
    struct bound bound = bind(slot, number);
    wrapping_key(master, slot + AT_ID, wrapping);
    int result =
        aead_open(wrapping, slot + AT_NONCE, (struct span){bound.bytes, sizeof bound.bytes},
                  (struct span){slot + AT_KEY, WRAP_KEY + AEAD_TAG}, key_out);
    crypto_wipe(wrapping, sizeof wrapping);
    return result;
}

/* ---- boxes ---- */

enum { BOX_MARK = 8, BOX_NONCE = BOX_MARK + WRAP_MARK, BOX_SEALED = BOX_NONCE + AEAD_NONCE };

/* The key for one box: derived with its random nonce, and so used once. */
static void box_key(const struct wrap_master *master, const uint8_t *box, uint8_t out[AEAD_KEY])
{
    hash_hkdf((struct span){master->key, WRAP_KEY}, (struct span){box + BOX_NONCE, AEAD_NONCE},
              HASH_TEXT("porchlight box"), out, AEAD_KEY);
}

int wrap_box_make(const struct wrap_master *master, const char *purpose, struct span payload,
                  uint8_t *box_out)
{
    assert(strlen(purpose) == BOX_MARK && payload.len <= WRAP_PAYLOAD_CEILING);
    uint8_t key[AEAD_KEY];
    memcpy(box_out, purpose, BOX_MARK);
    memcpy(box_out + BOX_MARK, master->mark, WRAP_MARK);
    crypto_random(box_out + BOX_NONCE, AEAD_NONCE);
    box_key(master, box_out, key);
    int result = aead_seal(key, box_out + BOX_NONCE, (struct span){box_out, BOX_SEALED}, payload,
                           box_out + BOX_SEALED);
    crypto_wipe(key, sizeof key);
    return result;
}

bool wrap_box_is(struct span box, const char *purpose, size_t payload_len)
{
    return box.len == WRAP_BOX_LEN(payload_len) && memcmp(box.data, purpose, BOX_MARK) == 0;
}

const uint8_t *wrap_box_mark(struct span box)
{
    return box.data + BOX_MARK;
}

int wrap_box_open(const struct wrap_master *master, struct span box, uint8_t *payload_out)
{
    uint8_t key[AEAD_KEY];
    box_key(master, box.data, key);
    int result = aead_open(key, box.data + BOX_NONCE, (struct span){box.data, BOX_SEALED},
                           (struct span){box.data + BOX_SEALED, box.len - BOX_SEALED}, payload_out);
    crypto_wipe(key, sizeof key);
    return result;
}
