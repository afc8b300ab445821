/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7515's and RFC 8291's keys, and what must not pass.
 */
#include "base/tap.h"
#include "base/text.h"
#include "crypto/p256.h"

static void unbase64(const char *text, uint8_t *out, size_t len)
{
    size_t got = 0;
    CHECK(text_unbase64url(text, strlen(text), out, len, &got));
    CHECK_INT(got, len);
}

/* RFC 8291 §5: both sides come to the same secret. */
#define AS_SECRET "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define AS_POINT                                                                                   \
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
#define UA_SECRET "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
#define UA_POINT                                                                                   \
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define SHARED "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"

TEST(rfc_8291_both_sides_agree)
{
    uint8_t secret[P256_SECRET], as_point[P256_POINT], ua_point[P256_POINT];
    uint8_t want[P256_SHARED], got[P256_SHARED];
    struct p256_pair as, ua;
    unbase64(AS_POINT, as_point, sizeof as_point);
    unbase64(UA_POINT, ua_point, sizeof ua_point);
    unbase64(SHARED, want, sizeof want);
    unbase64(AS_SECRET, secret, sizeof secret);
    CHECK_INT(p256_from_secret(secret, &as), 0);
    unbase64(UA_SECRET, secret, sizeof secret);
    CHECK_INT(p256_from_secret(secret, &ua), 0);
    CHECK(memcmp(as.point, as_point, P256_POINT) == 0);
    CHECK(memcmp(ua.point, ua_point, P256_POINT) == 0);
    CHECK_INT(p256_agree(&as, ua_point, got), 0);
    CHECK(memcmp(got, want, P256_SHARED) == 0);
    CHECK_INT(p256_agree(&ua, as_point, got), 0);
    CHECK(memcmp(got, want, P256_SHARED) == 0);
}

TEST(a_point_that_is_not_on_the_curve_is_refused)
{
    struct p256_pair pair;
    uint8_t point[P256_POINT], out[P256_SHARED];
    static const uint8_t nowhere[P256_POINT], at_zero[P256_POINT] = {4};
    CHECK_INT(p256_new(&pair), 0);
    CHECK(p256_is_point(pair.point));
    for (int i = 0; i < P256_POINT; i++) {
        memcpy(point, pair.point, sizeof point);
        point[i] ^= 1;
        CHECK(!p256_is_point(point));
        CHECK_INT(p256_agree(&pair, point, out), P256_UNFIT);
    }
    memcpy(point, pair.point, sizeof point);
    point[0] = 6; /* the hybrid form of the same point */
    CHECK(!p256_is_point(point));
    CHECK(!p256_is_point(nowhere));
    CHECK(!p256_is_point(at_zero));
    memset(point + 1, 0xff, P256_POINT - 1);
    point[0] = 4;
    CHECK(!p256_is_point(point));
}

TEST(a_secret_is_a_number_below_the_order)
{
    struct p256_pair pair;
    uint8_t secret[P256_SECRET] = {0};
    CHECK_INT(p256_from_secret(secret, &pair), P256_UNFIT);
    secret[P256_SECRET - 1] = 1;
    CHECK_INT(p256_from_secret(secret, &pair), 0);
    CHECK(text_unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", secret,
                     P256_SECRET));
    CHECK_INT(p256_from_secret(secret, &pair), P256_UNFIT); /* the order itself */
    secret[P256_SECRET - 1]--;
    CHECK_INT(p256_from_secret(secret, &pair), 0);
    memset(secret, 0xff, sizeof secret);
    CHECK_INT(p256_from_secret(secret, &pair), P256_UNFIT);
}

/* RFC 7515 appendix A.3. */
TEST(rfc_7515_signature_passes)
{
    static const char text[] =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
        "mNvbS9pc19yb290Ijp0cnVlfQ";
    struct span bytes = {(const uint8_t *)text, sizeof text - 1};
    uint8_t point[P256_POINT] = {4}, signature[P256_SIGNATURE];
    unbase64("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", point + 1, 32);
    unbase64("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", point + 33, 32);
    unbase64(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        signature, sizeof signature);
    CHECK(p256_check(point, bytes, signature));
}

TEST(a_signature_is_of_one_text_and_one_key)
{
    struct p256_pair own, other;
    uint8_t signature[P256_SIGNATURE];
    struct span text = {(const uint8_t *)"left at the door", 16};
    CHECK_INT(p256_new(&own), 0);
    CHECK_INT(p256_new(&other), 0);
    for (int i = 0; i < 300; i++) { /* one number in 256 is a byte shorter in DER */
        CHECK_INT(p256_sign(&own, text, signature), 0);
        CHECK(p256_check(own.point, text, signature));
    }
    CHECK(!p256_check(other.point, text, signature));
    CHECK(!p256_check(own.point, (struct span){text.data, 15}, signature));
    for (int i = 0; i < P256_SIGNATURE; i++) {
        signature[i] ^= 1;
        CHECK(!p256_check(own.point, text, signature));
        signature[i] ^= 1;
    }
    memset(signature, 0, sizeof signature);
    CHECK(!p256_check(own.point, text, signature));
}

TAP_MAIN(TAP(rfc_8291_both_sides_agree), TAP(a_point_that_is_not_on_the_curve_is_refused),
         TAP(a_secret_is_a_number_below_the_order), TAP(rfc_7515_signature_passes),
         TAP(a_signature_is_of_one_text_and_one_key))
