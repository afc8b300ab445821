/* SPDX-License-Identifier: Apache-2.0
 *
 * Published vectors: FIPS 180-4 for SHA-256 and SHA-1, RFC 4231 for HMAC, RFC 5869 for HKDF.
 */
#include "base/tap.h"
#include "base/text.h"
#include "crypto/hash.h"

static const char *hex(const uint8_t *bytes, size_t len)
{
    static char text[2 * 128 + 1];
    text_hex(bytes, len, text);
    return text;
}

/* `count` bytes counting up from `first`, or all alike. */
static struct span counting(uint8_t first, size_t count)
{
    static uint8_t room[2][256];
    static int turn;
    uint8_t *bytes = room[turn ^= 1];
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(first + i);
    return (struct span){bytes, count};
}

static struct span alike(uint8_t byte, size_t count)
{
    static uint8_t room[2][256];
    static int turn;
    turn ^= 1;
    memset(room[turn], byte, count);
    return (struct span){room[turn], count};
}

TEST(sha256_of_abc_and_of_nothing)
{
    uint8_t out[32];
    hash_sha256(HASH_TEXT("abc"), out);
    CHECK_STR(hex(out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256((struct span){NULL, 0}, out);
    CHECK_STR(hex(out, 32), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sha256_of_a_million_letters_in_uneven_pieces)
{
    struct hash hash;
    uint8_t out[32];
    hash_start(&hash);
    for (size_t left = 1000000, piece = 1; left > 0; piece = piece % 200 + 7) {
        size_t take = piece < left ? piece : left;
        hash_add(&hash, alike('a', take));
        left -= take;
    }
    hash_finish(&hash, out);
    CHECK_STR(hex(out, 32), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(a_copy_of_a_running_hash_goes_its_own_way)
{
    struct hash one, other;
    uint8_t a[32], b[32], want[32];
    hash_start(&one);
    hash_add(&one, HASH_TEXT("the door is "));
    other = one;
    hash_add(&one, HASH_TEXT("red"));
    hash_add(&other, HASH_TEXT("blue"));
    hash_finish(&one, a);
    hash_finish(&other, b);
    hash_sha256(HASH_TEXT("the door is red"), want);
    CHECK(memcmp(a, want, 32) == 0);
    hash_sha256(HASH_TEXT("the door is blue"), want);
    CHECK(memcmp(b, want, 32) == 0);
}

TEST(sha1_of_abc)
{
    struct hash_sha1 hash;
    uint8_t out[20];
    hash_sha1_start(&hash);
    hash_sha1_add(&hash, HASH_TEXT("a"));
    hash_sha1_add(&hash, (struct span){NULL, 0});
    hash_sha1_add(&hash, HASH_TEXT("bc"));
    hash_sha1_finish(&hash, out);
    CHECK_STR(hex(out, 20), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(hmac_rfc_4231)
{
    static const struct {
        uint8_t key, key_len;
        const char *text;
        const char *want;
    } cases[] = {
        {0x0b, 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    uint8_t out[32];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        hash_hmac(alike(cases[i].key, cases[i].key_len), HASH_TEXT(cases[i].text), out);
        CHECK_STR(hex(out, 32), cases[i].want);
    }
    hash_hmac(HASH_TEXT("Jefe"), HASH_TEXT("what do ya want for nothing?"), out);
    CHECK_STR(hex(out, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hash_hmac(alike(0xaa, 20), alike(0xdd, 50), out);
    CHECK_STR(hex(out, 32), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

TEST(hmac_takes_an_empty_key_and_an_empty_text)
{
    uint8_t out[32];
    hash_hmac((struct span){NULL, 0}, (struct span){NULL, 0}, out);
    CHECK_STR(hex(out, 32), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(hkdf_rfc_5869)
{
    uint8_t out[82];
    hash_hkdf(alike(0x0b, 22), counting(0, 13), counting(0xf0, 10), out, 42);
    CHECK_STR(hex(out, 42), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                            "34007208d5b887185865");
    hash_hkdf(alike(0x0b, 22), (struct span){NULL, 0}, (struct span){NULL, 0}, out, 42);
    CHECK_STR(hex(out, 42), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                            "9d201395faa4b61a96c8");
    uint8_t info[80];
    memcpy(info, counting(0xb0, 80).data, 80);
    hash_hkdf(counting(0, 80), counting(0x60, 80), (struct span){info, 80}, out, 82);
    CHECK_STR(hex(out, 82), "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                            "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                            "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TAP_MAIN(TAP(sha256_of_abc_and_of_nothing), TAP(sha256_of_a_million_letters_in_uneven_pieces),
         TAP(a_copy_of_a_running_hash_goes_its_own_way), TAP(sha1_of_abc), TAP(hmac_rfc_4231),
         TAP(hmac_takes_an_empty_key_and_an_empty_text), TAP(hkdf_rfc_5869))
