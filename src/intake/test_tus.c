/* SPDX-License-Identifier: Apache-2.0
 *
 * The header values of tus 1.0.0: what clients send is taken, and each way of being wrong is named.
 */
#include "base/clock.h"
#include "base/tap.h"
#include "base/text.h"
#include "intake/tus.h"

#define DELIVERY "dlv_01jd3yx9rkq8w2h5t7m4n6p0ab"
#define SHA      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* A header under construction. */
struct header {
    char text[3 * TUS_METADATA_CEILING];
};

/* Adds "key base64(value)"; value NULL adds the key alone. */
static void add(struct header *header, const char *key, const char *value)
{
    char encoded[BASE64_ROOM(2 * TUS_METADATA_CEILING)] = "";
    if (value)
        text_base64((const uint8_t *)value, strlen(value), encoded);
    size_t len = strlen(header->text);
    snprintf(header->text + len, sizeof header->text - len, "%s%s%s%s", len ? "," : "", key,
             value ? " " : "", encoded);
}

/* A header in which all that is required is right but for `but`, which has `value` (NULL: is left
 * out). */
static struct header *header_but(const char *but, const char *value)
{
    static const char *const right[][2] = {{"delivery_id", DELIVERY},
                                           {"captured_at", "2026-11-23T20:26:10.344Z"},
                                           {"challenge", "c2FsdA_-"},
                                           {"sha256", SHA}};
    static struct header header;
    bool added = false;
    header.text[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        bool is_it = strcmp(right[i][0], but) == 0;
        added |= is_it;
        if (!is_it)
            add(&header, right[i][0], right[i][1]);
        else if (value)
            add(&header, but, value);
    }
    if (!added && value)
        add(&header, but, value);
    return &header;
}

static void refused(const char *text, int want, const char *want_key)
{
    struct tus_metadata metadata = {.accuracy = 12345};
    const char *key = NULL;
    int got = tus_parse_metadata(text, &metadata, &key);
    CHECK_INT(got, want);
    CHECK_STR(key, want_key);
    CHECK(metadata.accuracy == 12345); /* untouched */
}

TEST(versions_and_types)
{
    CHECK_INT(tus_check_version("1.0.0"), 0);
    static const char *const versions[] = {"",       "1.0",   "1.0.1",      " 1.0.0",
                                           "1.0.0 ", "0.2.2", "1.0.0,1.0.0"};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        CHECK_INT(tus_check_version(versions[i]), TUS_OTHER_VERSION);
    CHECK_INT(tus_check_version(NULL), TUS_OTHER_VERSION);
    CHECK_INT(tus_check_type("application/offset+octet-stream"), 0);
    CHECK_INT(tus_check_type("Application/Offset+Octet-Stream"), 0);
    CHECK_INT(tus_check_type("application/offset+octet-stream; charset=utf-8"), 0);
    static const char *const types[] = {"",
                                        "application/octet-stream",
                                        "application/offset+octet-streams",
                                        "application/offset+octet-stream x",
                                        " application/offset+octet-stream",
                                        "application/offset"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        CHECK_INT(tus_check_type(types[i]), TUS_OTHER_TYPE);
    CHECK_INT(tus_check_type(NULL), TUS_OTHER_TYPE);
}

TEST(offsets)
{
    uint64_t offset = 7;
    CHECK_INT(tus_parse_offset("0", &offset), 0);
    CHECK_INT(offset, 0);
    CHECK_INT(tus_parse_offset("9223372036854775807", &offset), 0);
    CHECK_INT(offset, INT64_MAX);
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        "1.0",
                                        " 1",
                                        "1 ",
                                        "0x10",
                                        "1e3",
                                        "ten",
                                        "9223372036854775808",
                                        "18446744073709551616",
                                        "1,1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK_INT(tus_parse_offset(wrong[i], &offset), TUS_MALFORMED);
    CHECK_INT(tus_parse_offset(NULL, &offset), TUS_MISSING);
    CHECK_INT(offset, INT64_MAX);
}

TEST(lengths)
{
    uint64_t length = 7;
    CHECK_INT(tus_parse_length("300000", NULL, 300000, &length), 0);
    CHECK_INT(length, 300000);
    CHECK_INT(tus_parse_length("0", NULL, 300000, &length), 0);
    CHECK_INT(length, 0);
    CHECK_INT(tus_parse_length(NULL, "1", 300000, &length), 0);
    CHECK(length == TUS_DEFERRED);
    length = 7;
    CHECK_INT(tus_parse_length("300001", NULL, 300000, &length), TUS_TOO_LARGE);
    CHECK_INT(tus_parse_length(NULL, NULL, 300000, &length), TUS_CONFLICT);
    CHECK_INT(tus_parse_length("1", "1", 300000, &length), TUS_CONFLICT);
    CHECK_INT(tus_parse_length(NULL, "0", 300000, &length), TUS_MALFORMED);
    CHECK_INT(tus_parse_length(NULL, "", 300000, &length), TUS_MALFORMED);
    CHECK_INT(tus_parse_length(NULL, "true", 300000, &length), TUS_MALFORMED);
    CHECK_INT(tus_parse_length("", NULL, 300000, &length), TUS_MALFORMED);
    CHECK_INT(tus_parse_length("-5", NULL, 300000, &length), TUS_MALFORMED);
    CHECK_INT(tus_parse_length("99999999999999999999", NULL, UINT64_MAX, &length), TUS_MALFORMED);
    CHECK_INT(length, 7);
}

TEST(metadata_with_all_we_know)
{
    struct tus_metadata got;
    const char *key = NULL;
    struct header header = {""};
    add(&header, "sha256", SHA);
    add(&header, "lat", "52.520008000000001234");
    add(&header, "lon", "-13.404954");
    add(&header, "accuracy", "4.5");
    add(&header, "anyway", "Es ist dunkel, das Licht im Flur ist aus – schöner geht es nicht");
    add(&header, "delivery_id", DELIVERY);
    add(&header, "captured_at", "2026-11-23T21:26:10.344+01:00");
    add(&header, "challenge", "c2FsdA_-");
    CHECK_INT(tus_parse_metadata(header.text, &got, &key), 0);
    CHECK_STR(key, "");
    CHECK_STR(got.delivery_id, DELIVERY);
    CHECK_STR(got.challenge, "c2FsdA_-");
    char at[CLOCK_TEXT_ROOM], sha[65];
    clock_format(got.captured_at, at);
    CHECK_STR(at, "2026-11-23T20:26:10.344Z");
    text_hex(got.sha256, 32, sha);
    CHECK_STR(sha, SHA);
    CHECK(got.has_place);
    CHECK(got.lat > 52.520007 && got.lat < 52.520009);
    CHECK(got.lon < -13.404953 && got.lon > -13.404955);
    CHECK(got.accuracy == 4.5);
    CHECK(strncmp(got.anyway, "Es ist dunkel", 13) == 0);
}

TEST(metadata_with_the_least_and_with_strangers)
{
    struct tus_metadata got;
    const char *key;
    CHECK_INT(tus_parse_metadata(header_but("none", NULL)->text, &got, &key), 0);
    CHECK(!got.has_place);
    CHECK(got.accuracy < 0);
    CHECK_STR(got.anyway, "");
    struct header header = *header_but("filename", "d\xc3\xb6.jpg");
    add(&header, "is_confidential", NULL);
    add(&header, "relativePath", "null");
    add(&header, "binary", "\x01\xff");
    size_t len = strlen(header.text);
    snprintf(header.text + len, sizeof header.text - len, ",empty ,  spaced YQ== ");
    CHECK_INT(tus_parse_metadata(header.text, &got, &key), 0);
    /* A place that was left empty was not sent. */
    CHECK_INT(tus_parse_metadata(header_but("lat", "")->text, &got, &key), 0);
    CHECK(!got.has_place);
}

TEST(metadata_that_lacks_something_says_what)
{
    static const char *const required[] = {"delivery_id", "captured_at", "challenge", "sha256"};
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        refused(header_but(required[i], NULL)->text, TUS_MISSING, required[i]);
    refused(NULL, TUS_MISSING, "");
    refused("", TUS_MISSING, "");
    refused("filename", TUS_MISSING, "delivery_id");
    refused(header_but("lat", "1")->text, TUS_MISSING, "lon");
    refused(header_but("lon", "1")->text, TUS_MISSING, "lat");
}

TEST(metadata_with_a_wrong_value_says_which)
{
    static const char *const wrong[][2] = {
        {"delivery_id", ""},
        {"delivery_id", "pho_01jd3yx9rkq8w2h5t7m4n6p0ab"},
        {"delivery_id", "dlv_01jd3yx9rkq8w2h5t7m4n6p0a"},
        {"delivery_id", DELIVERY "x"},
        {"captured_at", ""},
        {"captured_at", "yesterday"},
        {"captured_at", "2026-11-23"},
        {"captured_at", "2026-13-23T20:26:10Z"},
        {"captured_at", "2026-11-23T20:26:10"},
        {"captured_at", "1700000000"},
        {"challenge", ""},
        {"challenge", "a b"},
        {"challenge", "a+b="},
        {"challenge", "a\nb"},
        {"sha256", ""},
        {"sha256", "ba7816bf"},
        {"sha256", SHA "00"},
        {"sha256", "zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"lat", "90.1"},
        {"lat", "-91"},
        {"lat", "NaN"},
        {"lat", "1e1"},
        {"lat", "1.5e1"},
        {"lat", "1.2345678901e1"},
        {"lat", "1,5"},
        {"lat", "."},
        {"lat", "5."},
        {"lat", "0x10"},
        {"lat", "11111111111111111111111111111111111111111"},
        {"lon", "180.5"},
        {"lon", "inf"},
        {"accuracy", "-1"},
        {"accuracy", "100001"},
        {"accuracy", "ten"},
        {"anyway", "a\nb"},
        {"anyway", "\xff"},
        {"anyway", "\x01"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        refused(header_but(wrong[i][0], wrong[i][1])->text, TUS_MALFORMED, wrong[i][0]);
}

TEST(metadata_over_a_ceiling)
{
    char long_text[TUS_METADATA_CEILING + 1];
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[TUS_CHALLENGE_CEILING] = '\0';
    struct tus_metadata got;
    const char *key;
    CHECK_INT(tus_parse_metadata(header_but("challenge", long_text)->text, &got, &key), 0);
    long_text[TUS_CHALLENGE_CEILING] = 'a';
    long_text[TUS_CHALLENGE_CEILING + 1] = '\0';
    refused(header_but("challenge", long_text)->text, TUS_TOO_LONG, "challenge");
    long_text[TUS_CHALLENGE_CEILING + 1] = 'a';
    long_text[TUS_REASON_CEILING] = '\0';
    CHECK_INT(tus_parse_metadata(header_but("anyway", long_text)->text, &got, &key), 0);
    long_text[TUS_REASON_CEILING] = 'a';
    long_text[TUS_REASON_CEILING + 1] = '\0';
    refused(header_but("anyway", long_text)->text, TUS_TOO_LONG, "anyway");
    long_text[TUS_REASON_CEILING + 1] = 'a';
    long_text[TUS_METADATA_CEILING] = '\0';
    refused(header_but("filename", long_text)->text, TUS_TOO_LONG, "");
    long_text[TUS_KEY_CEILING + 1] = '\0';
    refused(header_but(long_text, "x")->text, TUS_TOO_LONG, "");
    long_text[TUS_KEY_CEILING] = '\0';
    CHECK_INT(tus_parse_metadata(header_but(long_text, "x")->text, &got, &key), 0);
}

TEST(metadata_with_too_many_pairs)
{
    struct tus_metadata got;
    const char *key;
    struct header header = *header_but("none", NULL);
    for (int i = 4; i < TUS_KEYS_CEILING; i++) {
        char name[8];
        snprintf(name, sizeof name, "k%d", i);
        add(&header, name, "v");
    }
    CHECK_INT(tus_parse_metadata(header.text, &got, &key), 0);
    add(&header, "one_more", "v");
    refused(header.text, TUS_TOO_LONG, "");
}

TEST(metadata_keys_come_once)
{
    struct header header = *header_but("none", NULL);
    add(&header, "sha256", SHA);
    refused(header.text, TUS_REPEATED, "sha256");
    header = *header_but("filename", "a");
    add(&header, "filename", "b");
    refused(header.text, TUS_REPEATED, "");
}

TEST(metadata_of_another_form)
{
    static const char *const endings[] = {
        ",",         ",,",     ", ",         ",k  YQ==",      ",k YQ== x",
        ",k YQ",     ",k YQ=", ",k YR==",    ",k Y*==",       ",k\tYQ==",
        ",k YQ==\t", ",k=v",   ",\x80 YQ==", ",k YQ\r\nX: y", ",k YQ-_"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct header header = *header_but("none", NULL);
        size_t len = strlen(header.text);
        snprintf(header.text + len, sizeof header.text - len, "%s", endings[i]);
        if (strcmp(endings[i], ",k=v") == 0) { /* an odd key, and no value */
            struct tus_metadata got;
            const char *key;
            CHECK_INT(tus_parse_metadata(header.text, &got, &key), 0);
        } else {
            refused(header.text, TUS_MALFORMED, "");
        }
    }
    refused(",", TUS_MALFORMED, "");
    refused(" ", TUS_MALFORMED, "");
    refused("lat MQ==\n", TUS_MALFORMED, "lat");
    refused("lat AA==", TUS_MALFORMED, "lat"); /* a NUL */
}

TEST(checksums_that_match_and_do_not)
{
    static const struct {
        const char *header, *body;
        int result;
    } cases[] = {
        {"sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "abc", 0},
        {"sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "abd", TUS_MISMATCH},
        {"sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "ab", TUS_MISMATCH},
        {"sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "abc", 0},
        {"sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "", TUS_MISMATCH},
        {NULL, "anything", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tus_checksum checksum;
        CHECK_INT(tus_checksum_start(cases[i].header, &checksum), 0);
        for (const char *c = cases[i].body; *c; c++)
            tus_checksum_add(&checksum, (struct span){(const uint8_t *)c, 1});
        CHECK_INT(tus_checksum_compare(&checksum), cases[i].result);
    }
}

TEST(checksums_of_another_form)
{
    struct tus_checksum checksum;
    static const char *const unknown[] = {"",
                                          "sha1",
                                          "md5 XrY7u+Ae7tCTyyK7j1rNww==",
                                          "SHA1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                                          "sha512 x",
                                          " sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                                          "sha1\tx"};
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        CHECK_INT(tus_checksum_start(unknown[i], &checksum), TUS_UNKNOWN_ALGORITHM);
    static const char *const malformed[] = {"sha1 ",
                                            "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0",
                                            "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0= ",
                                            "sha1  qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                                            "sha1 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
                                            "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                                            "sha1 a9993e364706816aba3e25717850c26c9cd0d89d",
                                            "sha256 !"};
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
        CHECK_INT(tus_checksum_start(malformed[i], &checksum), TUS_MALFORMED);
}

TEST(dates_are_imf_fixdates)
{
    static const struct {
        int64_t at;
        const char *text;
    } dates[] = {{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
                 {INT64_C(784111777999), "Sun, 06 Nov 1994 08:49:37 GMT"},
                 {INT64_C(1709251199000), "Thu, 29 Feb 2024 23:59:59 GMT"},
                 {-5, "Thu, 01 Jan 1970 00:00:00 GMT"},
                 {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"}};
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        char text[TUS_DATE_ROOM];
        tus_format_date(dates[i].at, text);
        CHECK_STR(text, dates[i].text);
    }
}

TAP_MAIN(TAP(versions_and_types), TAP(offsets), TAP(lengths), TAP(metadata_with_all_we_know),
         TAP(metadata_with_the_least_and_with_strangers),
         TAP(metadata_that_lacks_something_says_what), TAP(metadata_with_a_wrong_value_says_which),
         TAP(metadata_over_a_ceiling), TAP(metadata_with_too_many_pairs),
         TAP(metadata_keys_come_once), TAP(metadata_of_another_form),
         TAP(checksums_that_match_and_do_not), TAP(checksums_of_another_form),
         TAP(dates_are_imf_fixdates))
