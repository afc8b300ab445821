/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8032 §7.1, tests 1 and 2, and what must not pass.
 */
#include "base/tap.h"
#include "base/text.h"
#include "crypto/sign.h"

static const struct {
    const char *seed, *public, *signature;
    struct span text;
} vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b",
     {(const uint8_t *)"", 0}},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00",
     {(const uint8_t *)"r", 1}},
};

TEST(rfc_8032_vectors)
{
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sign_key key;
        uint8_t seed[SIGN_SEED], signature[SIGN_LEN];
        char text[2 * SIGN_LEN + 1];
        CHECK(text_unhex(vectors[i].seed, seed, sizeof seed));
        sign_from_seed(seed, &key);
        text_hex(key.public, SIGN_PUBLIC, text);
        CHECK_STR(text, vectors[i].public);
        sign_make(&key, vectors[i].text, signature);
        text_hex(signature, SIGN_LEN, text);
        CHECK_STR(text, vectors[i].signature);
        CHECK(sign_check(key.public, vectors[i].text, signature));
    }
}

TEST(a_changed_text_signature_or_key_does_not_pass)
{
    struct sign_key key, other;
    uint8_t seed[SIGN_SEED] = {7}, other_seed[SIGN_SEED] = {8}, signature[SIGN_LEN];
    struct span text = {(const uint8_t *)"left at the door", 16};
    sign_from_seed(seed, &key);
    sign_from_seed(other_seed, &other);
    sign_make(&key, text, signature);
    CHECK(sign_check(key.public, text, signature));
    CHECK(!sign_check(other.public, text, signature));
    CHECK(!sign_check(key.public, (struct span){text.data, 15}, signature));
    for (size_t i = 0; i < SIGN_LEN; i++) {
        signature[i] ^= 1;
        CHECK(!sign_check(key.public, text, signature));
        signature[i] ^= 1;
    }
}

TEST(the_all_zero_key_signs_nothing)
{
    static const uint8_t nobody[SIGN_PUBLIC], nothing[SIGN_LEN];
    CHECK(!sign_check(nobody, (struct span){NULL, 0}, nothing));
}

TAP_MAIN(TAP(rfc_8032_vectors), TAP(a_changed_text_signature_or_key_does_not_pass),
         TAP(the_all_zero_key_signs_nothing))
