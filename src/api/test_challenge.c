/* SPDX-License-Identifier: Apache-2.0
 *
 * A challenge is good for its ceremony and its owner, until it ends, and as it was given.
 */
#include "api/challenge.h"
#include "base/tap.h"
#include "crypto/crypto.h"

static const uint8_t secret[32] = {1, 2, 3}, other_secret[32] = {3, 2, 1};
static const struct span nobody = {NULL, 0};

static struct webauthn_challenge make(const struct challenge_scope *scope, int64_t expires_at)
{
    struct webauthn_challenge challenge = {0};
    char text[CHALLENGE_ROOM];
    challenge_new(scope, expires_at, text);
    CHECK(text_unbase64url(text, strlen(text), challenge.bytes, sizeof challenge.bytes,
                           &challenge.len));
    return challenge;
}

TEST(it_holds_until_it_ends)
{
    const struct challenge_scope scope = {secret, CEREMONY_SIGN_IN, nobody};
    struct webauthn_challenge challenge = make(&scope, 1000);
    CHECK(challenge_holds(&scope, &challenge, 999));
    CHECK(!challenge_holds(&scope, &challenge, 1000));
}

TEST(it_is_for_one_ceremony_and_one_owner)
{
    const struct span robin = {(const uint8_t *)"robin", 5}, kim = {(const uint8_t *)"kim", 3};
    const struct challenge_scope scope = {secret, CEREMONY_REGISTER, robin};
    const struct challenge_scope others[] = {{secret, CEREMONY_REGISTER, kim},
                                             {secret, CEREMONY_REGISTER, nobody},
                                             {secret, CEREMONY_INVITATION, robin},
                                             {secret, CEREMONY_DESK, robin},
                                             {other_secret, CEREMONY_REGISTER, robin}};
    struct webauthn_challenge challenge = make(&scope, 1000);
    CHECK(challenge_holds(&scope, &challenge, 1));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        CHECK(!challenge_holds(&others[i], &challenge, 1));
}

TEST(no_changed_bit_and_no_cut_holds)
{
    const struct challenge_scope scope = {secret, CEREMONY_DESK, nobody};
    struct webauthn_challenge challenge = make(&scope, 1000);
    for (size_t bit = 0; bit < 8 * challenge.len; bit++) {
        challenge.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!challenge_holds(&scope, &challenge, 1));
        challenge.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < WEBAUTHN_CHALLENGE; len++) {
        challenge.len = len;
        CHECK(!challenge_holds(&scope, &challenge, 1));
    }
}

TEST(no_two_are_the_same)
{
    const struct challenge_scope scope = {secret, CEREMONY_DESK, nobody};
    struct webauthn_challenge first = make(&scope, 1000), second = make(&scope, 1000);
    CHECK(memcmp(first.bytes, second.bytes, first.len) != 0);
}

int main(void)
{
    static const struct tap_test tests[] = {
        TAP(it_holds_until_it_ends), TAP(it_is_for_one_ceremony_and_one_owner),
        TAP(no_changed_bit_and_no_cut_holds), TAP(no_two_are_the_same)};
    return crypto_init() != 0 || tap_run(tests, ARRAY_LEN(tests));
}
