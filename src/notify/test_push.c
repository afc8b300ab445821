/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8291's example byte by byte, the one size of every message, and the word to push services as
 * its reader checks it.
 */
#include <jansson.h>

#include "base/clock.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "keys/keys.h"
#include "notify/push_crypt.h"
#include "notify/push_vapid.h"

static void unbase64(const char *text, uint8_t *out, size_t len)
{
    size_t got = 0;
    CHECK(text_unbase64url(text, strlen(text), out, len, &got));
    CHECK_INT(got, len);
}

static struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

#define UA_POINT                                                                                   \
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"

TEST(rfc_8291_section_5)
{
    struct push_keys keys;
    struct push_draw draw;
    uint8_t secret[P256_SECRET], body[PUSH_BODY];
    char text[BASE64_ROOM(PUSH_BODY)];
    struct span plain = span_of("When I grow up, I want to be a watermelon");
    unbase64(UA_POINT, keys.point, sizeof keys.point);
    unbase64("BTBZMqHH6r4Tts7J_aSIgg", keys.auth, sizeof keys.auth);
    unbase64("DGv6ra1nlYgDCS1FRnbzlw", draw.salt, sizeof draw.salt);
    unbase64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", secret, sizeof secret);
    CHECK_INT(p256_from_secret(secret, &draw.pair), 0);
    draw.padded = plain.len + 1;
    CHECK_INT(push_crypt_drawn(&keys, plain, &draw, body), 0);
    text_base64url(body, PUSH_HEAD + draw.padded + PUSH_TAG, text);
    CHECK_STR(text,
              "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3v"
              "CYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuw"
              "XPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(messages_are_of_one_size_and_no_two_alike)
{
    struct push_keys keys;
    uint8_t one[PUSH_BODY], two[PUSH_BODY];
    static const uint8_t text[PUSH_TEXT + 1] = "x";
    unbase64(UA_POINT, keys.point, sizeof keys.point);
    memset(keys.auth, 7, sizeof keys.auth);
    CHECK_INT(push_crypt(&keys, (struct span){text, 1}, one), 0);
    CHECK_INT(push_crypt(&keys, (struct span){text, 1}, two), 0);
    CHECK(memcmp(one, two, PUSH_SALT) != 0);
    CHECK(memcmp(one + PUSH_HEAD, two + PUSH_HEAD, PUSH_TEXT) != 0);
    CHECK_INT(push_crypt(&keys, (struct span){text, 0}, one), 0);
    CHECK_INT(push_crypt(&keys, (struct span){text, PUSH_TEXT}, one), 0);
    CHECK(push_crypt(&keys, (struct span){text, PUSH_TEXT + 1}, one) < 0);
    keys.point[20] ^= 1;
    CHECK_INT(push_crypt(&keys, (struct span){text, 1}, one), P256_UNFIT);
}

/* ---- VAPID ---- */

struct vapid_stage {
    char top[TAP_FOLDER_ROOM];
    struct keys *keys;
    struct push_vapid *vapid;
};

static void stage_open(struct vapid_stage *stage)
{
    char folder[TAP_FOLDER_ROOM + 16];
    if (!stage->top[0])
        tap_folder_new(stage->top);
    snprintf(folder, sizeof folder, "%s/keys", stage->top);
    struct keys_config config = {.folder = folder, .make = KEYS_MAKE_MISSING};
    CHECK_INT(keys_open(&config, &stage->keys), 0);
    CHECK_INT(push_vapid_new(stage->keys, "mailto:post@example.org", &stage->vapid), 0);
}

static void stage_shut(struct vapid_stage *stage)
{
    push_vapid_free(&stage->vapid);
    keys_close(&stage->keys);
}

/* The token's part `n`, decoded and NUL-terminated. */
static size_t part_of(const char *token, int n, uint8_t *out, size_t room)
{
    size_t len = 0;
    while (n-- > 0)
        token = strchr(token, '.') + 1;
    CHECK(text_unbase64url(token, strcspn(token, ".,"), out, room - 1, &len));
    out[len] = 0;
    return len;
}

TEST(the_word_to_a_service_is_signed_and_short_lived)
{
    struct vapid_stage stage = {0};
    char header[PUSH_VAPID_ROOM];
    uint8_t part[400], point[P256_POINT], signature[P256_SIGNATURE + 1];
    int64_t now = 1700000000000;
    stage_open(&stage);
    CHECK_INT(push_vapid_header(stage.vapid, "https://push.example:8443", now, header), 0);
    CHECK(strncmp(header, "vapid t=", 8) == 0);
    const char *token = header + 8, *key = strstr(header, ", k=");
    CHECK(key != NULL);
    CHECK_STR(key + 4, push_vapid_key(stage.vapid));
    part_of(token, 0, part, sizeof part);
    CHECK_STR((char *)part, "{\"typ\":\"JWT\",\"alg\":\"ES256\"}");
    part_of(token, 1, part, sizeof part);
    json_t *claims = json_loads((char *)part, 0, NULL);
    CHECK_STR(json_string_value(json_object_get(claims, "aud")), "https://push.example:8443");
    CHECK_STR(json_string_value(json_object_get(claims, "sub")), "mailto:post@example.org");
    int64_t exp = json_integer_value(json_object_get(claims, "exp"));
    CHECK(exp > now / 1000 && exp <= (now + CLOCK_DAY) / 1000);
    json_decref(claims);
    unbase64(push_vapid_key(stage.vapid), point, sizeof point);
    CHECK_INT(part_of(token, 2, signature, sizeof signature), P256_SIGNATURE);
    const char *end = strrchr(token, '.');
    CHECK(
        p256_check(point, (struct span){(const uint8_t *)token, (size_t)(end - token)}, signature));
    stage_shut(&stage);
    tap_folder_remove(stage.top);
}

TEST(a_word_is_used_again_until_it_runs_out_and_no_longer)
{
    struct vapid_stage stage = {0};
    char first[PUSH_VAPID_ROOM], again[PUSH_VAPID_ROOM], origin[40];
    int64_t now = 1700000000000;
    stage_open(&stage);
    CHECK_INT(push_vapid_header(stage.vapid, "https://a.example", now, first), 0);
    CHECK_INT(push_vapid_header(stage.vapid, "https://a.example", now + CLOCK_HOUR, again), 0);
    CHECK_STR(again, first);
    CHECK_INT(push_vapid_header(stage.vapid, "https://a.example", now + 11 * CLOCK_HOUR, again), 0);
    CHECK(strcmp(again, first) != 0);
    CHECK_INT(push_vapid_header(stage.vapid, "https://a.example", now - CLOCK_DAY, first), 0);
    CHECK(strcmp(again, first) != 0); /* the clock was set back */
    for (int i = 0; i < 20; i++) {
        snprintf(origin, sizeof origin, "https://%d.example", i);
        CHECK_INT(push_vapid_header(stage.vapid, origin, now, first), 0);
        CHECK_INT(push_vapid_header(stage.vapid, origin, now, again), 0);
        CHECK_STR(again, first);
    }
    stage_shut(&stage);
    tap_folder_remove(stage.top);
}

TEST(the_key_is_made_once_and_comes_back)
{
    struct vapid_stage stage = {0}, other = {0};
    char key[PUSH_VAPID_KEY_ROOM];
    stage_open(&stage);
    snprintf(key, sizeof key, "%s", push_vapid_key(stage.vapid));
    stage_shut(&stage);
    stage_open(&stage);
    CHECK_STR(push_vapid_key(stage.vapid), key);
    CHECK_INT(keys_rotate(stage.keys, NULL), 0);
    stage_shut(&stage);
    stage_open(&stage);
    CHECK_STR(push_vapid_key(stage.vapid), key);
    stage_shut(&stage);
    stage_open(&other);
    CHECK(strcmp(push_vapid_key(other.vapid), key) != 0);
    stage_shut(&other);
    tap_folder_remove(stage.top);
    tap_folder_remove(other.top);
}

TAP_MAIN(TAP(rfc_8291_section_5), TAP(messages_are_of_one_size_and_no_two_alike),
         TAP(the_word_to_a_service_is_signed_and_short_lived),
         TAP(a_word_is_used_again_until_it_runs_out_and_no_longer),
         TAP(the_key_is_made_once_and_comes_back))
