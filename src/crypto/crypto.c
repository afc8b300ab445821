/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting up means: let libsodium choose its code for this processor, and make OpenSSL load and
 * fetch what aead.c and hash.c use, so that a machine that lacks something is told at start and not
 * at the first photo. Random bytes come from libsodium, which asks the kernel each time.
 */
#include "crypto/crypto.h"

#include <errno.h>
#include <sodium.h>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

/* Seals a word and hashes it, which fetches every algorithm. */
static int try_algorithms(void)
{
    static const uint8_t key[AEAD_KEY], nonce[AEAD_NONCE];
    uint8_t sealed[4 + AEAD_TAG], digest[HASH_SHA256_LEN];
    int result = aead_seal(key, nonce, (struct span){NULL, 0}, HASH_TEXT("word"), sealed);
    if (result == 0)
        hash_hmac(HASH_TEXT("key"), HASH_TEXT("word"), digest);
    return result;
}

int crypto_init(void)
{
    if (sodium_init() < 0)
        return log_fault("crypto.start", -ENOSYS, "library=libsodium");
    return try_algorithms();
}

void crypto_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}

void crypto_wipe(void *secret, size_t len)
{
    sodium_memzero(secret, len);
}

void *crypto_secret_new(size_t size)
{
    /* libsodium must know the page size; starting it again does nothing. */
    return sodium_init() < 0 ? NULL : sodium_malloc(size);
}

void crypto_secret_free(void *secret)
{
    sodium_free(secret);
}
