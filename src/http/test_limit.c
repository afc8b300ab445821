/* SPDX-License-Identifier: Apache-2.0
 *
 * Token buckets, and the hash under them.
 */
#include "base/tap.h"
#include "http/hash.h"
#include "http/limit.h"

static struct span key(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

TEST(a_burst_then_one_a_refill)
{
    struct http_limit *limit =
        http_limit_new(&(struct http_limit_config){.room = 64, .burst = 3, .refill_ms = 100});
    int64_t now = 1000000;
    for (int i = 0; i < 3; i++)
        CHECK_INT(http_limit_take(limit, key("a"), now), 0);
    CHECK_INT(http_limit_take(limit, key("a"), now), 100);
    CHECK_INT(http_limit_take(limit, key("a"), now + 40), 60);
    CHECK_INT(http_limit_take(limit, key("b"), now), 0);
    CHECK_INT(http_limit_take(limit, key("a"), now + 100), 0);
    CHECK_INT(http_limit_take(limit, key("a"), now + 100), 100);
    CHECK_INT(http_limit_take(limit, key("a"), now + 100000), 0);
    CHECK_INT(http_limit_take(limit, key("a"), now + 100000), 0);
    CHECK_INT(http_limit_take(limit, key("a"), now + 100000), 0);
    CHECK_INT(http_limit_take(limit, key("a"), now + 100000), 100);
    http_limit_free(&limit);
}

TEST(a_flood_of_keys_does_not_free_a_busy_one)
{
    struct http_limit *limit =
        http_limit_new(&(struct http_limit_config){.room = 256, .burst = 100, .refill_ms = 1000});
    for (int i = 0; i < 100; i++)
        CHECK_INT(http_limit_take(limit, key("busy"), 1000), 0);
    char name[32];
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "stranger %d", i);
        http_limit_take(limit, key(name), 1000);
    }
    CHECK(http_limit_take(limit, key("busy"), 1000) > 0);
    http_limit_free(&limit);
}

/* The reference vectors: key 00..0f, message 00..len-1. */
TEST(siphash_is_siphash)
{
    uint8_t bytes[64];
    for (int i = 0; i < 64; i++)
        bytes[i] = (uint8_t)i;
    const struct http_hash_key k = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    CHECK(http_hash(&k, (struct span){bytes, 0}) == 0x726fdb47dd0e0e31u);
    CHECK(http_hash(&k, (struct span){bytes, 1}) == 0x74f839c593dc67fdu);
    CHECK(http_hash(&k, (struct span){bytes, 8}) == 0x93f5f5799a932462u);
    CHECK(http_hash(&k, (struct span){bytes, 15}) == 0xa129ca6149be45e5u);
    CHECK(http_hash(&k, (struct span){bytes, 63}) == 0x958a324ceb064572u);
}

TAP_MAIN(TAP(a_burst_then_one_a_refill), TAP(a_flood_of_keys_does_not_free_a_busy_one),
         TAP(siphash_is_siphash))
