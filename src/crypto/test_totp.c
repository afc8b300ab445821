/* SPDX-License-Identifier: Apache-2.0
 *
 * The SHA-1 vectors of RFC 6238 appendix B (their last six digits), RFC 4648 §10 for base32, and
 * replays.
 */
#include "base/tap.h"
#include "crypto/totp.h"

static const struct span secret = {(const uint8_t *)"12345678901234567890", 20};

TEST(rfc_6238_vectors)
{
    static const struct {
        int64_t seconds;
        const char *code;
    } vectors[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                   {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        char code[TOTP_DIGITS + 1];
        uint64_t step = 0;
        totp_code(secret, (uint64_t)vectors[i].seconds / 30, code);
        CHECK_STR(code, vectors[i].code);
        CHECK_INT(totp_check(secret, code, vectors[i].seconds * 1000, 0, &step), 0);
        CHECK_INT(step, vectors[i].seconds / 30);
    }
}

TEST(a_code_counts_one_step_early_or_late_and_no_more)
{
    uint64_t step = 0;
    const int64_t at = INT64_C(1111111109) * 1000;
    CHECK_INT(totp_check(secret, "081804", at - 30000, 0, &step), 0);
    CHECK_INT(totp_check(secret, "081804", at + 30000, 0, &step), 0);
    CHECK_INT(totp_check(secret, "081804", at - 60000, 0, &step), TOTP_WRONG);
    CHECK_INT(totp_check(secret, "081804", at + 60000, 0, &step), TOTP_WRONG);
}

TEST(a_code_counts_once)
{
    uint64_t step = 0, later = 0;
    const int64_t at = INT64_C(1234567890) * 1000;
    CHECK_INT(totp_check(secret, "005924", at, 0, &step), 0);
    CHECK_INT(totp_check(secret, "005924", at, step, &later), TOTP_SPENT);
    CHECK_INT(totp_check(secret, "005924", at, step + 1, &later), TOTP_SPENT);
    CHECK_INT(totp_check(secret, "005924", at, step - 1, &later), 0);
}

TEST(what_is_not_a_code_is_wrong)
{
    static const char *const codes[] = {"",        "28708",  "2870822", "287 82",
                                        "28708\n", "-87082", "2870o2",  "000000"};
    uint64_t step = 99;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        CHECK_INT(totp_check(secret, codes[i], 59000, 0, &step), TOTP_WRONG);
    CHECK_INT(totp_check(secret, "287082", -1, 0, &step), TOTP_WRONG);
    CHECK_INT(totp_check((struct span){NULL, 0}, "287082", 59000, 0, &step), TOTP_WRONG);
    CHECK_INT(step, 99);
}

TEST(base32_rfc_4648)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "MY"},
                                           {"fo", "MZXQ"},
                                           {"foo", "MZXW6"},
                                           {"foob", "MZXW6YQ"},
                                           {"fooba", "MZXW6YTB"},
                                           {"foobar", "MZXW6YTBOI"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        char text[TOTP_BASE32_ROOM(6)];
        uint8_t bytes[6];
        size_t len = 99;
        totp_base32((const uint8_t *)pairs[i][0], strlen(pairs[i][0]), text);
        CHECK_STR(text, pairs[i][1]);
        CHECK(totp_unbase32(pairs[i][1], bytes, sizeof bytes, &len));
        CHECK_INT(len, strlen(pairs[i][0]));
        CHECK(memcmp(bytes, pairs[i][0], len) == 0);
    }
    char text[TOTP_SECRET_ROOM];
    totp_base32(secret.data, secret.len, text);
    CHECK_STR(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST(base32_as_people_type_it)
{
    uint8_t bytes[6];
    size_t len = 0;
    CHECK(totp_unbase32("mzxw 6ytb-oi======", bytes, sizeof bytes, &len));
    CHECK_INT(len, 6);
    CHECK(memcmp(bytes, "foobar", 6) == 0);
}

TEST(base32_that_is_none_is_refused)
{
    static const char *const texts[] = {"M",    "MZX",  "MZXW6Y",
                                        "M1",   "MZ0Q", "MZ",
                                        "MY=x", "=MY",  "MZXW6YTBOIMZXW6YTBOI" /* no room */};
    uint8_t bytes[6];
    size_t len = 99;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        CHECK(!totp_unbase32(texts[i], bytes, sizeof bytes, &len));
    CHECK_INT(len, 99);
}

TAP_MAIN(TAP(rfc_6238_vectors), TAP(a_code_counts_one_step_early_or_late_and_no_more),
         TAP(a_code_counts_once), TAP(what_is_not_a_code_is_wrong), TAP(base32_rfc_4648),
         TAP(base32_as_people_type_it), TAP(base32_that_is_none_is_refused))
