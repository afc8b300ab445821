/* SPDX-License-Identifier: Apache-2.0
 *
 * Words that a delivery is found by, written down by hand.
 */
#include "base/tap.h"
#include "domain/search_words.h"

static bool has(const struct search_words *words, const char *word)
{
    for (int i = 0; i < words->count; i++)
        if (strcmp(words->words[i], word) == 0)
            return true;
    return false;
}

static struct delivery lena(void)
{
    struct delivery delivery = {.reference = "ORD-2024/0012",
                                .recipient_name = "Léna Müller-O’Brien",
                                .recipient_email = "lena.m@shop.example",
                                .recipient_phone = "+4917012345678",
                                .parcels = {{"JD 00 14", NULL}},
                                .parcel_count = 1};
    delivery.address.lines[0] = "12 Long Lane 4711";
    delivery.address.lines[1] = "1017 AB Amsterdam";
    delivery.address.line_count = 2;
    return delivery;
}

static void a_delivery_is_found_by_its_words(void)
{
    static const char *const wanted[] = {
        "ord20240012",      "lena",           "muller", "o",    "brien", "1017",
        "lenamshopexample", "#8765432107194", "1017ab", "4711", "jd0014"};
    struct delivery delivery = lena();
    struct search_words words;
    CHECK_INT(search_words_of(&delivery, &words), 0);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (strlen(wanted[i]) > 1)
            CHECK(has(&words, wanted[i]));
    CHECK(!has(&words, "long") && !has(&words, "amsterdam") && !has(&words, "o"));
    CHECK_INT(words.count, 10);
}

/* Would the search find it? As the store does, without its table. */
static bool finds(const char *text)
{
    struct delivery delivery = lena();
    struct search_words words;
    struct search_asked asked;
    if (search_words_of(&delivery, &words) != 0 || search_words_asked(text, &asked) != 0)
        return false;
    for (int i = 0; i < asked.wholes.count; i++) {
        struct search_words one = {.count = 1};
        memcpy(one.words[0], asked.wholes.words[i], SEARCH_WORD_ROOM);
        if (search_words_meet(&one, &words))
            return true;
    }
    return asked.words.count > 0 && search_words_meet(&asked.words, &words);
}

static void it_is_found_however_it_is_written(void)
{
    static const char *const right[] = {
        "ord-2024-0012",
        "ORD 2024 0012",
        "ord2024",
        "LENA",
        "mueller",
        "Müller",
        "lena mue",
        "brien, léna",
        "1017ab",
        "1017 AB",
        "1017",
        "lena 1017",
        "lena.m@shop.example",
        "Lena.M@",
        "+49 170 1234 5678",
        "0170 / 1234-5678",
        "0049 (170) 12345678",
        "5678",
        "345678",
        "jd0014",
    };
    static const char *const wrong[] = {
        "lena 1018", "anna", "ord2025", "obrien lena smith", "9999", "  ", "--", "%", "\xff\xfe",
    };
    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        if (!finds(right[i]))
            printf("# not found: %s\n", right[i]);
        CHECK(finds(right[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        if (finds(wrong[i]))
            printf("# found: %s\n", wrong[i]);
        CHECK(!finds(wrong[i]));
    }
}

static void postcodes_of_many_countries(void)
{
    static const char *const lines[][2] = {
        {"London SW1A 1AA", "sw1a1aa"}, {"123 45 Stockholm", "12345"},
        {"1000-001 Lisboa", "1000001"}, {"Ottawa K1A 0B1", "k1a0b1"},
        {"10115 Berlin", "10115"},      {"Tokyo 150-0001", "1500001"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct delivery delivery = {.reference = "x1"};
        struct search_words words;
        delivery.address.lines[0] = lines[i][0];
        delivery.address.line_count = 1;
        CHECK_INT(search_words_of(&delivery, &words), 0);
        if (!has(&words, lines[i][1]))
            printf("# no %s\n", lines[i][1]);
        CHECK(has(&words, lines[i][1]));
    }
}

static void long_texts_fill_what_there_is(void)
{
    char text[4000];
    struct delivery delivery = {.reference = "y2", .recipient_name = text};
    struct search_words words;
    struct search_asked asked;
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = (char)(i % 7 == 0 ? ' ' : 'a' + (char)(i * i % 23));
    text[sizeof text - 1] = 0;
    CHECK_INT(search_words_of(&delivery, &words), 0);
    CHECK(words.count <= SEARCH_WORDS);
    memset(text, '7', sizeof text - 1);
    CHECK_INT(search_words_of(&delivery, &words), 0);
    CHECK_INT(search_words_asked(text, &asked), 0);
    CHECK(asked.wholes.count >= 1);
}

TAP_MAIN(TAP(a_delivery_is_found_by_its_words), TAP(it_is_found_however_it_is_written),
         TAP(postcodes_of_many_countries), TAP(long_texts_fill_what_there_is))
