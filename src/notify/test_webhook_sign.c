/* SPDX-License-Identifier: Apache-2.0
 *
 * Standard Webhooks' own example, and keys that nobody can make from a database.
 */
#include "base/tap.h"
#include "crypto/hash.h"
#include "notify/webhook_sign.h"

static const struct webhook_message example = {"msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                               "{\"test\": 2432232314}"};
static const uint8_t installation[32] = {1, 2, 3};
#define ENDPOINT "whk_00000000000000000000000001"

TEST(the_example_of_standard_webhooks)
{
    struct arena *arena = arena_new(16 << 10);
    uint8_t secret[64];
    size_t len = 0;
    const char *text = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    CHECK(text_unbase64(text, strlen(text), secret, sizeof secret, &len));
    CHECK_STR(webhook_sign_v1((struct span){secret, len}, &example, arena),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    arena_free(&arena);
}

/* Whether one of the signatures is right under these keys: 1 for v1, 2 for v1a. */
static int found_in(const char *signatures, const struct webhook_keys *keys)
{
    struct arena *arena = arena_new(16 << 10);
    const char *v1 = webhook_sign_v1((struct span){keys->secret, WEBHOOK_KEY}, &example, arena);
    const char *content =
        arena_printf(arena, "%s.%lld.%s", example.id, (long long)example.timestamp, example.body);
    int found = v1 && strstr(signatures, v1) ? 1 : 0;
    for (const char *at = signatures; (at = strstr(at, "v1a,")); at += 4) {
        uint8_t signature[SIGN_LEN];
        size_t len;
        if (text_unbase64(at + 4, strcspn(at + 4, " "), signature, sizeof signature, &len) &&
            len == SIGN_LEN && sign_check(keys->pair.public, HASH_TEXT(content), signature))
            found |= 2;
    }
    arena_free(&arena);
    return found;
}

TEST(old_and_new_keys_sign_both_ways)
{
    struct arena *arena = arena_new(16 << 10);
    struct webhook_keys keys[2], other;
    webhook_keys_derive(installation, ENDPOINT, 2, &keys[0]);
    webhook_keys_derive(installation, ENDPOINT, 1, &keys[1]);
    webhook_keys_derive(installation, ENDPOINT, 3, &other);
    const char *both = webhook_signatures(keys, 2, &example, arena);
    CHECK(both && found_in(both, &keys[0]) == 3 && found_in(both, &keys[1]) == 3);
    CHECK(both && found_in(both, &other) == 0);
    const char *one = webhook_signatures(keys, 1, &example, arena);
    CHECK(one && found_in(one, &keys[0]) == 3 && found_in(one, &keys[1]) == 0);
    CHECK(one && strncmp(one, "v1,", 3) == 0 && strstr(one, " v1a,"));
    arena_free(&arena);
}

TEST(keys_differ_by_installation_endpoint_and_version)
{
    static const uint8_t elsewhere[32] = {9};
    struct webhook_keys keys[5];
    webhook_keys_derive(installation, ENDPOINT, 1, &keys[0]);
    webhook_keys_derive(installation, ENDPOINT, 2, &keys[1]);
    webhook_keys_derive(installation, ENDPOINT, 12, &keys[2]);
    webhook_keys_derive(installation, "whk_00000000000000000000000002", 1, &keys[3]);
    webhook_keys_derive(elsewhere, ENDPOINT, 1, &keys[4]);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        CHECK(memcmp(keys[i].secret, keys[i].pair.secret, WEBHOOK_KEY) != 0);
        for (size_t j = 0; j < i; j++) {
            CHECK(memcmp(keys[i].secret, keys[j].secret, WEBHOOK_KEY) != 0);
            CHECK(memcmp(keys[i].pair.public, keys[j].pair.public, SIGN_PUBLIC) != 0);
        }
    }
}

/* These stand for what shippers have noted down: another derivation would void it all. */
TEST(the_texts_of_keys_stay_what_they_are)
{
    struct webhook_keys keys;
    char secret[WEBHOOK_SECRET_ROOM], public[WEBHOOK_PUBLIC_ROOM];
    webhook_keys_derive(installation, ENDPOINT, 1, &keys);
    webhook_secret_text(&keys, secret);
    webhook_public_text(&keys, public);
    CHECK_STR(secret, "whsec_aDADRMacvVqDSgMHeYEFBa6P4Ily9a+tJbBZcZKFYUY=");
    CHECK_STR(public, "whpk_MUGiWfSu7DbPRBLfm+Y2o3J244HGBWSMkhx9mNsiz9k=");
}

TEST(short_memory_signs_nothing)
{
    struct webhook_keys keys;
    webhook_keys_derive(installation, ENDPOINT, 1, &keys);
    for (size_t ceiling = 0; ceiling < 4096; ceiling += 32) {
        struct arena *arena = arena_new(ceiling);
        const char *all = arena ? webhook_signatures(&keys, 1, &example, arena) : NULL;
        CHECK(!all || found_in(all, &keys) == 3);
        arena_free(&arena);
    }
}

TAP_MAIN(TAP(the_example_of_standard_webhooks), TAP(old_and_new_keys_sign_both_ways),
         TAP(keys_differ_by_installation_endpoint_and_version),
         TAP(the_texts_of_keys_stay_what_they_are), TAP(short_memory_signs_nothing))
