/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8291 §3.4 in its own order: the agreed secret and the browser's `auth` give the input key,
 * which with the salt gives the record's key and nonce. The pair and the salt are used once, so the
 * nonce need not count.
 */
#include "notify/push_crypt.h"

#include <errno.h>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

enum { RECORD_SIZE = 4096, INPUT_KEY = 32, LAST_RECORD = 2 };

/* The NUL at the end of each of these belongs to it. */
static const char info_of_pair[] = "WebPush: info";
static const char info_of_key[] = "Content-Encoding: aes128gcm";
static const char info_of_nonce[] = "Content-Encoding: nonce";
#define WITH_NUL(text) ((struct span){(const uint8_t *)(text), sizeof(text)})

static int input_key(const struct push_keys *keys, const struct p256_pair *pair,
                     uint8_t out[INPUT_KEY])
{
    uint8_t shared[P256_SHARED], info[sizeof info_of_pair + 2 * P256_POINT];
    int result = p256_agree(pair, keys->point, shared);
    if (result == 0) {
        memcpy(info, info_of_pair, sizeof info_of_pair);
        memcpy(info + sizeof info_of_pair, keys->point, P256_POINT);
        memcpy(info + sizeof info_of_pair + P256_POINT, pair->point, P256_POINT);
        hash_hkdf((struct span){shared, sizeof shared}, (struct span){keys->auth, PUSH_AUTH},
                  (struct span){info, sizeof info}, out, INPUT_KEY);
    }
    crypto_wipe(shared, sizeof shared);
    return result;
}

static void write_head(const struct push_draw *draw, uint8_t *out)
{
    static const uint8_t record_size[] = {0, 0, RECORD_SIZE >> 8, RECORD_SIZE & 0xff};
    memcpy(out, draw->salt, PUSH_SALT);
    memcpy(out + PUSH_SALT, record_size, sizeof record_size);
    out[PUSH_SALT + sizeof record_size] = P256_POINT;
    memcpy(out + PUSH_HEAD - P256_POINT, draw->pair.point, P256_POINT);
}

int push_crypt_drawn(const struct push_keys *keys, struct span text, const struct push_draw *draw,
                     uint8_t *out)
{
    uint8_t input[INPUT_KEY], key[AEAD_KEY_128], nonce[AEAD_NONCE];
    struct span salt = {draw->salt, PUSH_SALT}, secret = {input, sizeof input};
    int result = input_key(keys, &draw->pair, input);
    if (result == 0) {
        hash_hkdf(secret, salt, WITH_NUL(info_of_key), key, sizeof key);
        hash_hkdf(secret, salt, WITH_NUL(info_of_nonce), nonce, sizeof nonce);
        write_head(draw, out);
        uint8_t *record = out + PUSH_HEAD;
        memset(record, 0, draw->padded);
        memcpy(record, text.data, text.len);
        record[text.len] = LAST_RECORD;
        result = aead_seal_128(key, nonce, (struct span){record, draw->padded}, record);
    }
    crypto_wipe(input, sizeof input);
    crypto_wipe(key, sizeof key);
    return result;
}

int push_crypt(const struct push_keys *keys, struct span text, uint8_t out[PUSH_BODY])
{
    if (text.len > PUSH_TEXT)
        return log_fault("push.crypt", -EMSGSIZE, "bytes=%zu", text.len);
    struct push_draw draw = {.padded = PUSH_TEXT + 1};
    crypto_random(draw.salt, sizeof draw.salt);
    int result = p256_new(&draw.pair);
    if (result == 0)
        result = push_crypt_drawn(keys, text, &draw, out);
    crypto_wipe(&draw, sizeof draw);
    return result;
}
