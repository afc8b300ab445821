/* SPDX-License-Identifier: Apache-2.0
 *
 * The vectors of the GCM specification for 256-bit keys, and every way of being forged.
 */
#include <pthread.h>

#include "base/tap.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"

static const char key_16[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
static const char nonce_16[] = "cafebabefacedbaddecaf888";
static const char plain_16[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                               "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char about_16[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char sealed_16[] = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                "76fc6ece0f4e1768cddf8853bb2d551b";

TEST(nothing_at_all_has_the_published_tag)
{
    uint8_t key[32] = {0}, nonce[12] = {0}, tag[16];
    char text[33];
    CHECK_INT(aead_seal(key, nonce, (struct span){NULL, 0}, (struct span){NULL, 0}, tag), 0);
    text_hex(tag, 16, text);
    CHECK_STR(text, "530f8afbc74536b9a963b4f1c4cb738b");
    CHECK_INT(aead_open(key, nonce, (struct span){NULL, 0}, (struct span){tag, 16}, tag), 0);
}

TEST(test_case_16_seals_and_opens_in_place)
{
    uint8_t key[32], nonce[12], about[20], bytes[60 + 16], plain[60];
    char text[2 * sizeof bytes + 1];
    CHECK(text_unhex(key_16, key, 32) && text_unhex(nonce_16, nonce, 12) &&
          text_unhex(about_16, about, 20) && text_unhex(plain_16, plain, 60));
    memcpy(bytes, plain, sizeof plain);
    CHECK_INT(aead_seal(key, nonce, (struct span){about, 20}, (struct span){bytes, 60}, bytes), 0);
    text_hex(bytes, sizeof bytes, text);
    CHECK_STR(text, sealed_16);
    CHECK_INT(aead_open(key, nonce, (struct span){about, 20}, (struct span){bytes, 76}, bytes), 0);
    CHECK(memcmp(bytes, plain, 60) == 0);
}

/* Seals "parcel" for the forgery tests. */
static void seal_parcel(uint8_t sealed[6 + 16])
{
    static const uint8_t key[32] = {1}, nonce[12] = {2};
    CHECK_INT(aead_seal(key, nonce, (struct span){(const uint8_t *)"door", 4},
                        (struct span){(const uint8_t *)"parcel", 6}, sealed),
              0);
}

TEST(any_flipped_bit_is_forged_and_leaves_zeros)
{
    static const uint8_t key[32] = {1}, nonce[12] = {2}, zeros[6];
    uint8_t sealed[22], out[6];
    seal_parcel(sealed);
    for (size_t i = 0; i < sizeof sealed * 8; i++) {
        sealed[i / 8] ^= (uint8_t)(1u << i % 8);
        memset(out, 'x', sizeof out);
        CHECK_INT(aead_open(key, nonce, (struct span){(const uint8_t *)"door", 4},
                            (struct span){sealed, sizeof sealed}, out),
                  AEAD_FORGED);
        CHECK(memcmp(out, zeros, sizeof out) == 0);
        sealed[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

TEST(other_key_nonce_associated_data_or_length_is_forged)
{
    static const uint8_t key[32] = {1}, other_key[32] = {3}, nonce[12] = {2}, other_nonce[12] = {3};
    struct span door = {(const uint8_t *)"door", 4}, gate = {(const uint8_t *)"gate", 4};
    uint8_t sealed[22], out[22];
    seal_parcel(sealed);
    struct span all = {sealed, sizeof sealed};
    CHECK_INT(aead_open(other_key, nonce, door, all, out), AEAD_FORGED);
    CHECK_INT(aead_open(key, other_nonce, door, all, out), AEAD_FORGED);
    CHECK_INT(aead_open(key, nonce, gate, all, out), AEAD_FORGED);
    CHECK_INT(aead_open(key, nonce, (struct span){NULL, 0}, all, out), AEAD_FORGED);
    for (size_t len = 0; len < sizeof sealed; len++)
        CHECK_INT(aead_open(key, nonce, door, (struct span){sealed, len}, out), AEAD_FORGED);
    CHECK_INT(aead_open(key, nonce, door, all, out), 0);
}

TEST(nonces_count_up)
{
    uint8_t nonce[12];
    char text[25];
    aead_count(0x0102, nonce);
    text_hex(nonce, 12, text);
    CHECK_STR(text, "000000000000000000000102");
    aead_count(UINT64_MAX, nonce);
    text_hex(nonce, 12, text);
    CHECK_STR(text, "00000000ffffffffffffffff");
}

static void *seal_and_open(void *arg)
{
    uint8_t key[32], nonce[12], sealed[100 + 16], plain[100];
    size_t wrong = 0;
    for (uint64_t i = 0; i < 500; i++) {
        crypto_random(key, sizeof key);
        crypto_random(plain, sizeof plain);
        aead_count(i, nonce);
        struct span about = {nonce, sizeof nonce};
        if (aead_seal(key, nonce, about, (struct span){plain, 100}, sealed) != 0 ||
            aead_open(key, nonce, about, (struct span){sealed, 116}, sealed) != 0 ||
            memcmp(sealed, plain, 100) != 0)
            wrong++;
    }
    *(size_t *)arg = wrong;
    return NULL;
}

TEST(threads_do_not_share_contexts)
{
    pthread_t threads[4];
    size_t wrong[4];
    for (int i = 0; i < 4; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, seal_and_open, &wrong[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(wrong[i], 0);
    }
}

TEST(starting_twice_is_harmless)
{
    CHECK_INT(crypto_init(), 0);
    CHECK_INT(crypto_init(), 0);
}

TAP_MAIN(TAP(nothing_at_all_has_the_published_tag), TAP(test_case_16_seals_and_opens_in_place),
         TAP(any_flipped_bit_is_forged_and_leaves_zeros),
         TAP(other_key_nonce_associated_data_or_length_is_forged), TAP(nonces_count_up),
         TAP(threads_do_not_share_contexts), TAP(starting_twice_is_harmless))
