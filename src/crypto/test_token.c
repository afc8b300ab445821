/* SPDX-License-Identifier: Apache-2.0 */

#include "base/tap.h"
#include "base/text.h"
#include "crypto/token.h"

TEST(tokens_have_their_form_and_differ)
{
    char one[TOKEN_ROOM], other[TOKEN_ROOM];
    token_new("plk_", one);
    token_new("plk_", other);
    CHECK_INT(strlen(one), 47);
    CHECK(token_is("plk_", one));
    CHECK(strcmp(one, other) != 0);
}

TEST(what_is_not_a_token_is_told)
{
    char token[TOKEN_ROOM];
    token_new("pld_", token);
    CHECK(!token_is("plk_", token));
    CHECK(!token_is("pld_", ""));
    CHECK(!token_is("pld_", "pld_"));
    token[20] = '+';
    CHECK(!token_is("pld_", token));
    token_new("pld_", token);
    token[46] = '\0';
    CHECK(!token_is("pld_", token));
}

TEST(the_hash_is_sha256_of_the_whole_text)
{
    uint8_t hash[TOKEN_HASH];
    char text[65];
    token_hash("abc", hash);
    text_hex(hash, 32, text);
    CHECK_STR(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(digits_are_digits_and_all_of_them_come)
{
    char code[9];
    int seen[10] = {0};
    for (int i = 0; i < 200; i++) {
        token_digits(8, code);
        CHECK_INT(strlen(code), 8);
        for (int d = 0; d < 8; d++) {
            CHECK(code[d] >= '0' && code[d] <= '9');
            seen[(code[d] - '0') % 10]++;
        }
    }
    for (int d = 0; d < 10; d++)
        CHECK(seen[d] > 80 && seen[d] < 260);
}

TAP_MAIN(TAP(tokens_have_their_form_and_differ), TAP(what_is_not_a_token_is_told),
         TAP(the_hash_is_sha256_of_the_whole_text), TAP(digits_are_digits_and_all_of_them_come))
