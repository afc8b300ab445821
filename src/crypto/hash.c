/* SPDX-License-Identifier: Apache-2.0
 *
 * The running hashes use OpenSSL's old SHA256_ and SHA1_ calls on purpose. OpenSSL 3 deprecates
 * them for its provider interface, whose contexts are heap objects that can fail to copy; the old
 * ones are plain structs, run the same assembly, and make a Merkle leaf or an upload's running hash
 * a value.
 *
 * HMAC (RFC 2104) is put together here from the running hash, and HKDF from HMAC. Through OpenSSL's
 * provider interface one HMAC of a few bytes costs 14,000 instructions, nearly all of them spent on
 * finding and making contexts; answering one GET of a photo takes seven. libsodium's would not use
 * the processor's SHA instructions.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <assert.h>
#include <openssl/sha.h>

#include "crypto/crypto.h"

static_assert(sizeof(struct hash) >= sizeof(SHA256_CTX), "struct hash holds OpenSSL's");
static_assert(sizeof(struct hash_sha1) >= sizeof(SHA_CTX), "struct hash_sha1 holds OpenSSL's");

void hash_sha256(struct span bytes, uint8_t out[HASH_SHA256_LEN])
{
    struct hash hash;
    hash_start(&hash);
    hash_add(&hash, bytes);
    hash_finish(&hash, out);
}

void hash_start(struct hash *hash)
{
    SHA256_Init((SHA256_CTX *)hash->state);
}

void hash_add(struct hash *hash, struct span bytes)
{
    if (bytes.len > 0)
        SHA256_Update((SHA256_CTX *)hash->state, bytes.data, bytes.len);
}

void hash_finish(struct hash *hash, uint8_t out[HASH_SHA256_LEN])
{
    SHA256_Final(out, (SHA256_CTX *)hash->state);
}

void hash_sha1_start(struct hash_sha1 *hash)
{
    SHA1_Init((SHA_CTX *)hash->state);
}

void hash_sha1_add(struct hash_sha1 *hash, struct span bytes)
{
    if (bytes.len > 0)
        SHA1_Update((SHA_CTX *)hash->state, bytes.data, bytes.len);
}

void hash_sha1_finish(struct hash_sha1 *hash, uint8_t out[HASH_SHA1_LEN])
{
    SHA1_Final(out, (SHA_CTX *)hash->state);
}

enum { SHA256_BLOCK = 64 };

/* HMAC over up to three pieces. */
static void hmac_pieces(struct span key, const struct span *pieces, size_t count, uint8_t *out)
{
    uint8_t block[SHA256_BLOCK] = {0}, digest[HASH_SHA256_LEN];
    struct hash inner, outer;
    if (key.len > sizeof block)
        hash_sha256(key, block);
    else if (key.len > 0)
        memcpy(block, key.data, key.len);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    hash_start(&inner);
    hash_add(&inner, (struct span){block, sizeof block});
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    hash_start(&outer);
    hash_add(&outer, (struct span){block, sizeof block});
    for (size_t i = 0; i < count; i++)
        hash_add(&inner, pieces[i]);
    hash_finish(&inner, digest);
    hash_add(&outer, (struct span){digest, sizeof digest});
    hash_finish(&outer, out);
    crypto_wipe(block, sizeof block);
    crypto_wipe(digest, sizeof digest);
    crypto_wipe(&inner, sizeof inner);
    crypto_wipe(&outer, sizeof outer);
}

void hash_hmac(struct span key, struct span bytes, uint8_t out[HASH_SHA256_LEN])
{
    hmac_pieces(key, &bytes, 1, out);
}

void hash_hkdf_extract(struct span key, struct span salt, uint8_t out[HASH_SHA256_LEN])
{
    hash_hmac(salt, key, out);
}

void hash_hkdf_expand(const uint8_t extracted[HASH_SHA256_LEN], struct span info, uint8_t *out,
                      size_t len)
{
    assert(len <= HASH_HKDF_CEILING);
    uint8_t block[HASH_SHA256_LEN];
    size_t held = 0; /* bytes of the block before, 0 for the first */
    for (uint8_t round = 1; len > 0; round++) {
        struct span pieces[] = {{block, held}, info, {&round, 1}};
        hmac_pieces((struct span){extracted, HASH_SHA256_LEN}, pieces, ARRAY_LEN(pieces), block);
        held = sizeof block;
        size_t take = len < held ? len : held;
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    crypto_wipe(block, sizeof block);
}

void hash_hkdf(struct span key, struct span salt, struct span info, uint8_t *out, size_t len)
{
    uint8_t extracted[HASH_SHA256_LEN];
    hash_hkdf_extract(key, salt, extracted);
    hash_hkdf_expand(extracted, info, out, len);
    crypto_wipe(extracted, sizeof extracted);
}
