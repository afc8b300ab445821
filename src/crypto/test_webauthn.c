/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys of each algorithm, as an authenticator in software made them, and what becomes of them
 * when one byte of them is another; CBOR that says more than there is.
 */
#include "base/tap.h"
#include "base/text.h"
#include "crypto/cbor.h"
#include "crypto/webauthn.h"

static const struct webauthn_site site = {"https://photos.example.org", "photos.example.org"};

static const char es256_object[] =
    "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikZvvLtCFUCawP_4I6NcQHLfqjwSXs8IgwQAcT"
    "VnOTyKldAAAABwAAAAAAAAAAAAAAAAAAAAAAIM8gy07uRRXqDlT7lm8RDegznwjB5wIwYYqvvaiK"
    "qVdUpQECAyYgASFYIIle3QSYhJMe51wmp9PfGMLZnTvCds3GpOCd8C95JBkeIlggG_NVLlcZ9NhW"
    "9o_QktzH4jDjUM2b2U2x7n8MXgVLl8k";
static const char es256_data[] = "ZvvLtCFUCawP_4I6NcQHLfqjwSXs8IgwQAcTVnOTyKkdAAAABw";
static const char es256_signature[] =
    "MEQCID3jvHzh7ijwXMXMrNX6wMh97_jcmUKBQqxeAlFD5hEFAiAp6wJDdMzVzn2lBuJDHw2SiO-n"
    "nTWyrVdtMXjiHQ0paw";
static const char create_client[] =
    "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiWTJoaGJHeGxibWRsTFc5bUxY"
    "Um9hWEowZVMxMGQyOHRZbmwwWlhNdGIycyIsIm9yaWdpbiI6Imh0dHBzOi8vcGhvdG9zLmV4YW1w"
    "bGUub3JnIiwiY3Jvc3NPcmlnaW4iOmZhbHNlfQ";
static const char get_client[] =
    "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiWTJoaGJHeGxibWRsTFc5bUxYUm9h"
    "WEowZVMxMGQyOHRZbmwwWlhNdGIycyIsIm9yaWdpbiI6Imh0dHBzOi8vcGhvdG9zLmV4YW1wbGUu"
    "b3JnIiwiY3Jvc3NPcmlnaW4iOmZhbHNlfQ";
static const char packed_object[] =
    "o2NmbXRmcGFja2VkZ2F0dFN0bXSiY2FsZyZjc2lnWEcwRQIgOfeTh5jSp1Os7uaQggYxLE02VymE"
    "tmrhodMukM8f-KACIQCcIDODO6Q0WxNS1UuOXJy80p3kGp2ZkEiBt-LQ-fNrK2hhdXRoRGF0YVik"
    "ZvvLtCFUCawP_4I6NcQHLfqjwSXs8IgwQAcTVnOTyKldAAAABwAAAAAAAAAAAAAAAAAAAAAAIM8g"
    "y07uRRXqDlT7lm8RDegznwjB5wIwYYqvvaiKqVdUpQECAyYgASFYIIle3QSYhJMe51wmp9PfGMLZ"
    "nTvCds3GpOCd8C95JBkeIlggG_NVLlcZ9NhW9o_QktzH4jDjUM2b2U2x7n8MXgVLl8k";
static const char eddsa_object[] =
    "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViBZvvLtCFUCawP_4I6NcQHLfqjwSXs8IgwQAcT"
    "VnOTyKldAAAABwAAAAAAAAAAAAAAAAAAAAAAIDlA1NF5yHB1maHQ-mjcNFsIeU5AU3MvG_PhflSv"
    "GcJnpAEBAycgBiFYIAt6q0eZv9QrHWFs_Y_gZ4KiR5Cy_0PkuH4dMd4_7lPa";
static const char eddsa_data[] = "ZvvLtCFUCawP_4I6NcQHLfqjwSXs8IgwQAcTVnOTyKkdAAAABw";
static const char eddsa_signature[] =
    "yzAZbePWElaSIepdYcKELdo7RNZGtaNIsx9aDKu-DB-OOHKO7TEEnUEal808Z0eFh3AKmx82I-TF"
    "nvwy32yiDQ";
static const char rs256_object[] =
    "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVkBZ2b7y7QhVAmsD_-COjXEBy36o8El7PCIMEAH"
    "E1Zzk8ipXQAAAAcAAAAAAAAAAAAAAAAAAAAAACCVGrqTI-9HJ41YfHqM02dyW2C0Sbq9gdKLZVld"
    "omSReKQBAwM5AQAgWQEAsLNNCr65W89gWKapWeWohcJtSU14dWman8PBYkm-NTDDo4WStG8MuS2M"
    "tWE2VYA8OkzTnEa4o5fTCL5POPRmNjV8A-7nkA8hF53aPWTNZj1MmIiOVkxiTZWnHhpwi73P_Av-"
    "HQP8O2_FJnho4wOvAkcIj8EZ92RyozQR9WDvebYLxxFvTBwDMxVK4MnjosSwHMqxBf1kofKOv026"
    "SH4IwnkOmPGGzh4p_scSdMRuTetMDBBxIuUSqkzqislobR7mRjEcA2uJE79YebPbq9FFeZPkBJvm"
    "tIyFZCAIXqSZ4kuUak1QsB_UUJi4bWFm6jt6Ba3UMv3YDYHVl42mDV0I7yFDAQAB";
static const char rs256_data[] = "ZvvLtCFUCawP_4I6NcQHLfqjwSXs8IgwQAcTVnOTyKkdAAAABw";
static const char rs256_signature[] =
    "QAaQPvYg5toreiDU5jvnGceG6M9MInYuaV0MtCr69oePjcCyACQoVpMhUSP1Z_ijTx8yLuHN4eMN"
    "haml7aP5XgTx06XI3ejwHDnmQt3Qv-fV5LDiLh0Pu4-CNALVqfxA3EedsMums6mDb7IF9zV9CGHr"
    "8cg_ymmYqvGGjOCl2Y13m2ZseaQ79e_OjoUIGBuXAdQt1GJ6KU4UtmKlO4k21odPtFLTOR7jX_Pt"
    "8Z3dHl-wyeepPqTTGV0W-N4JxenFp99vh9ttDphnxAijqazqT-LwqF4g1VMT8Zl-vHXASAAEvcsJ"
    "HxxWgMPWIY_eid30ICUSa_GqgzSQqQMtk3MZSw";

static const struct {
    int algorithm;
    const char *object, *data, *signature;
} kinds[] = {{WEBAUTHN_ES256, es256_object, es256_data, es256_signature},
             {WEBAUTHN_EDDSA, eddsa_object, eddsa_data, eddsa_signature},
             {WEBAUTHN_RS256, rs256_object, rs256_data, rs256_signature}};

enum { ROOM = 2048 };

static struct span bytes_of(const char *text, uint8_t room[ROOM])
{
    size_t len = 0;
    CHECK(text_unbase64url(text, strlen(text), room, ROOM, &len));
    return (struct span){room, len};
}

/* What reading this clientDataJSON comes to, for a sign-in. */
static int client(const char *json)
{
    struct webauthn_challenge challenge;
    return webauthn_read_client((struct span){(const uint8_t *)json, strlen(json)}, WEBAUTHN_GET,
                                &site, &challenge);
}

TEST(passkeys_of_each_algorithm_are_made_and_sign_in)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint8_t room[4][ROOM];
        struct webauthn_credential made;
        struct webauthn_state state;
        struct span create = bytes_of(create_client, room[0]);
        CHECK_INT(webauthn_make(&site, create, bytes_of(kinds[i].object, room[1]), &made), 0);
        CHECK_INT(made.key.algorithm, kinds[i].algorithm);
        CHECK_INT(made.id_len, 32);
        CHECK_INT(made.state.counter, 7);
        CHECK(made.state.backup_eligible && made.state.backed_up);
        struct webauthn_assertion from = {.client = bytes_of(get_client, room[0]),
                                          .authenticator = bytes_of(kinds[i].data, room[2]),
                                          .signature = bytes_of(kinds[i].signature, room[3])};
        CHECK_INT(webauthn_check(&site, &made.key, &from, &state), 0);
        CHECK_INT(state.counter, 7);
        room[3][from.signature.len - 1] ^= 1;
        CHECK(webauthn_check(&site, &made.key, &from, &state) > 0);
        room[3][from.signature.len - 1] ^= 1;
        room[0][2] ^= 1; /* other client data */
        CHECK_INT(webauthn_check(&site, &made.key, &from, &state), WEBAUTHN_FORGED);
    }
}

TEST(no_cut_or_changed_passkey_is_made)
{
    uint8_t room[2][ROOM];
    struct webauthn_credential made;
    struct span create = bytes_of(create_client, room[0]);
    struct span object = bytes_of(es256_object, room[1]);
    for (size_t len = 0; len < object.len; len++)
        CHECK(webauthn_make(&site, create, (struct span){object.data, len}, &made) > 0);
    room[1][object.len] = 0;
    CHECK_INT(webauthn_make(&site, create, (struct span){object.data, object.len + 1}, &made),
              WEBAUTHN_MALFORMED);
    struct span packed = bytes_of(packed_object, room[1]);
    CHECK_INT(webauthn_make(&site, create, packed, &made), 0);
    room[0][2] ^= 1;
    CHECK_INT(webauthn_make(&site, create, packed, &made), WEBAUTHN_FORGED);
}

TEST(the_authenticator_must_have_seen_the_person_on_our_site)
{
    enum { FLAGS = 32 };
    uint8_t room[4][ROOM];
    struct webauthn_credential made;
    struct webauthn_state state;
    CHECK_INT(webauthn_make(&site, bytes_of(create_client, room[0]),
                            bytes_of(es256_object, room[1]), &made),
              0);
    struct webauthn_assertion from = {.client = bytes_of(get_client, room[0]),
                                      .authenticator = bytes_of(es256_data, room[2]),
                                      .signature = bytes_of(es256_signature, room[3])};
    const struct webauthn_site other = {site.origin, "example.org"};
    CHECK_INT(webauthn_check(&other, &made.key, &from, &state), WEBAUTHN_OTHER_SITE);
    const uint8_t flags = room[2][FLAGS];
    room[2][FLAGS] = flags & ~0x01;
    CHECK_INT(webauthn_check(&site, &made.key, &from, &state), WEBAUTHN_NOT_PRESENT);
    room[2][FLAGS] = flags & ~0x04;
    CHECK_INT(webauthn_check(&site, &made.key, &from, &state), WEBAUTHN_NOT_VERIFIED);
    room[2][FLAGS] = flags & ~0x08;
    CHECK_INT(webauthn_check(&site, &made.key, &from, &state), WEBAUTHN_MALFORMED);
    room[2][FLAGS] = flags & ~0x10; /* not backed up: right in form, but not what was signed */
    CHECK_INT(webauthn_check(&site, &made.key, &from, &state), WEBAUTHN_FORGED);
}

TEST(client_data_is_of_this_act_and_this_site)
{
    static const char good[] = "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"origin\":"
                               "\"https://photos.example.org\",\"later\":[1]}";
    CHECK_INT(client(good), 0);
    CHECK_INT(client("{\"type\":\"webauthn.create\",\"challenge\":\"AAAA\",\"origin\":"
                     "\"https://photos.example.org\"}"),
              WEBAUTHN_OTHER_ACT);
    CHECK_INT(client("{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"origin\":"
                     "\"https://photos.example.org.evil.example\"}"),
              WEBAUTHN_OTHER_SITE);
    CHECK_INT(client("{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"crossOrigin\":true,"
                     "\"origin\":\"https://photos.example.org\"}"),
              WEBAUTHN_OTHER_SITE);
    CHECK_INT(client("{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"topOrigin\":"
                     "\"https://evil.example\",\"origin\":\"https://photos.example.org\"}"),
              WEBAUTHN_OTHER_SITE);
    CHECK_INT(client("{\"type\":\"webauthn.get\",\"challenge\":\"AA=\",\"origin\":"
                     "\"https://photos.example.org\"}"),
              WEBAUTHN_MALFORMED);
    CHECK_INT(client("{\"type\":\"webauthn.get\",\"type\":\"webauthn.get\",\"challenge\":\"AAAA\","
                     "\"origin\":\"https://photos.example.org\"}"),
              WEBAUTHN_MALFORMED);
    CHECK_INT(client("[]"), WEBAUTHN_MALFORMED);
    CHECK_INT(client(""), WEBAUTHN_MALFORMED);
}

TEST(a_counter_goes_on_or_there_is_none)
{
    CHECK(webauthn_counts_on(0, 0));
    CHECK(webauthn_counts_on(0, 1));
    CHECK(webauthn_counts_on(1, UINT32_MAX));
    CHECK(!webauthn_counts_on(1, 1));
    CHECK(!webauthn_counts_on(2, 1));
    CHECK(!webauthn_counts_on(1, 0));
}

TEST(the_rp_id_is_a_name)
{
    char id[WEBAUTHN_RP_ROOM];
    CHECK(webauthn_rp_id("https://photos.example.org", id));
    CHECK_STR(id, "photos.example.org");
    CHECK(webauthn_rp_id("http://localhost:8080", id));
    CHECK_STR(id, "localhost");
    CHECK(!webauthn_rp_id("http://127.0.0.1:8080", id));
    CHECK(!webauthn_rp_id("http://[::1]:8080", id));
}

TEST(cbor_claims_no_more_than_there_is)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } items[] = {
        {"\x80", 1, true},
        {"\xa1\x01\x02", 3, true},
        {"\x81\x81\x81\x81\x00", 5, true},
        {"\x81\x81\x81\x81\x81\x00", 6, false},             /* too deep */
        {"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9, false}, /* an array of all there could be */
        {"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff", 9, false}, /* a map, whose pairs overflow */
        {"\x5a\xff\xff\xff\xff\x00", 6, false},             /* bytes */
        {"\x58\x01\x00", 3, false},                         /* a length longer than need be */
        {"\x9f\xff", 2, false},                             /* without an end */
        {"\xc0\x00", 2, false},                             /* a tag */
        {"\xf9\x00\x00", 3, false},                         /* a broken number */
        {"", 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        struct cbor in = {(const uint8_t *)items[i].bytes,
                          (const uint8_t *)items[i].bytes + items[i].len};
        struct span all;
        bool good = cbor_skip(&in, &all);
        CHECK_INT(good, items[i].good);
        if (good)
            CHECK_INT(all.len, items[i].len);
    }
}

TAP_MAIN(TAP(passkeys_of_each_algorithm_are_made_and_sign_in),
         TAP(no_cut_or_changed_passkey_is_made),
         TAP(the_authenticator_must_have_seen_the_person_on_our_site),
         TAP(client_data_is_of_this_act_and_this_site), TAP(a_counter_goes_on_or_there_is_none),
         TAP(the_rp_id_is_a_name), TAP(cbor_claims_no_more_than_there_is))
