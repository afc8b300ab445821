/* SPDX-License-Identifier: Apache-2.0
 * Addresses as people write them: what is one address, and what are two. */
#include "base/tap.h"
#include "domain/address_key.h"

enum { MOST = 4 };

static void key_of(const char *const *lines, char out[256])
{
    struct address address = {.line_count = 0};
    AUTO_BUF struct buf key;
    buf_init(&key, 255);
    while (address.line_count < MOST && lines[address.line_count]) {
        address.lines[address.line_count] = lines[address.line_count];
        address.line_count++;
    }
    CHECK_INT(address_key(&address, &key), 0);
    snprintf(out, 256, "%s", buf_string(&key));
}

TEST(one_address_in_several_spellings_has_one_key)
{
    static const char *const same[][2][MOST + 1] = {
        {{"12 Lantern Lane", "Flat 3", "10115 Berlin"},
         {"12 LANTERN lane, Flat 3", "10115  berlin"}},
        {{"Müllerstraße 5", "10115 Berlin"}, {"Muellerstr. 5", "10115 Berlin"}},
        {{"Müllerstraße 5"}, {"MÜLLERSTRASSE 5"}},
        {{"Mu\xcc\x88llerstr. 5"},
         {"M\xc3\xbcllerstra\xc3\x9f"
          "e 5"}}, /* taken apart, whole */
        {{"Haupt-Straße 7a"}, {"haupt strasse 7 A"}},
        {{"Am Marienplatz 1"}, {"Am Marienpl. 1"}},
        {{"Calle Peñón, 3º B", "28013 Málaga"}, {"C/ Penon 3o-B", "28013 MALAGA"}},
        {{"Avda. de la Güell 4"}, {"Avenida de la Guell 4"}},
        {{"ул. Ленина 5"}, {"УЛ ЛЕНИНА, 5"}},
        {{"Οδός Ερμού 5"}, {"ΟΔΟΣ ΕΡΜΟΥ 5"}},
        {{"１２ Lantern Lane"}, {"12 Lantern Ln"}}, /* full-width digits */
        {{"5 High St"}, {"5, High Street."}},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        char one[256], other[256];
        key_of(same[i][0], one);
        key_of(same[i][1], other);
        CHECK_STR(one, other);
        CHECK(*one != '\0');
    }
}

TEST(two_addresses_have_two_keys)
{
    static const char *const apart[][2][MOST + 1] = {
        {{"12 Lantern Lane"}, {"13 Lantern Lane"}},
        {{"Flat 1", "23 Lantern Lane"}, {"Flat 12", "3 Lantern Lane"}},
        {{"12 Lantern Lane", "Flat 3"}, {"12 Lantern Lane"}},
        {{"12 Lantern Lane"}, {"12 Lantern Road"}},
        {{"Müllerstr. 5"}, {"Möllerstr. 5"}},
        {{"Calle Mayor 5"}, {"Plaza Mayor 5"}},
        {{"東京都千代田区1"}, {"東京都中央区1"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(apart); i++) {
        char one[256], other[256];
        key_of(apart[i][0], one);
        key_of(apart[i][1], other);
        CHECK(strcmp(one, other) != 0);
    }
}

TEST(what_holds_nothing_to_compare_has_no_key)
{
    char key[256];
    key_of((const char *const[]){"–", "...", NULL}, key);
    CHECK_STR(key, "");
    key_of((const char *const[]){"\xff\xfe", NULL}, key);
    CHECK_STR(key, "");
    key_of((const char *const[]){NULL}, key);
    CHECK_STR(key, "");
}

TEST(a_word_of_any_length_is_taken)
{
    char line[1001], key[256];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = 0;
    struct address address = {.lines = {line}, .line_count = 1};
    AUTO_BUF struct buf whole;
    buf_init(&whole, 4000);
    CHECK_INT(address_key(&address, &whole), 0);
    CHECK_INT(whole.len, 1000);
    AUTO_BUF struct buf tight;
    buf_init(&tight, 10);
    CHECK(address_key(&address, &tight) < 0);
    key_of((const char *const[]){"x", NULL}, key);
    CHECK_STR(key, "x");
}

TAP_MAIN(TAP(one_address_in_several_spellings_has_one_key), TAP(two_addresses_have_two_keys),
         TAP(what_holds_nothing_to_compare_has_no_key), TAP(a_word_of_any_length_is_taken))
