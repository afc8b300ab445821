/* SPDX-License-Identifier: Apache-2.0
 *
 * Every letter, as text and as HTML, and what no letter may hold.
 */
#include "notify/letter.h"

#include "base/log.h"
#include "base/tap.h"
#include "notify/plain.h"

static const char base_url[] = "https://porch.example";

struct desk {
    struct letters *letters;
    struct arena *arena;
};

static void begin(struct desk *desk)
{
    log_set_level(LOG_ERROR);
    desk->arena = arena_new(1 << 20);
    CHECK_INT(letters_new(base_url, &desk->letters), 0);
}

static void end(struct desk *desk)
{
    letters_free(&desk->letters);
    arena_free(&desk->arena);
}

static struct letter_words written_in(struct desk *desk, const struct lang *lang,
                                      enum letter letter, json_t *data)
{
    struct letter_words words = {0};
    struct letter_wanted wanted = {letter, lang, data};
    CHECK_INT(letters_write(desk->letters, &wanted, desk->arena, &words), 0);
    return words;
}

static struct letter_words written(struct desk *desk, enum letter letter, json_t *data)
{
    return written_in(desk, LANG_ENGLISH, letter, data);
}

static json_t *all_data(void)
{
    return json_pack("{s:s, s:i, s:s, s:i, s:s, s:s, s:b, s:b, s:s, s:i, s:s}", "code", "12345678",
                     "minutes", 15, "photo", "asked", "days", 30, "order_url", "/orders/dlv_1",
                     "refuse_url", "/r/token", "picture", 1, "expected", 0, "unsubscribe_url",
                     "/u/token", "number", 17, "delivery", "dlv_1");
}

static void check_letters_in(const struct lang *lang)
{
    struct desk desk;
    char opening[60];
    begin(&desk);
    snprintf(opening, sizeof opening, "<html lang=\"%s\" dir=\"%s\">", lang->code, lang->dir);
    for (int i = 0; i < LETTER_COUNT; i++) {
        struct letter_words words = written_in(&desk, lang, (enum letter)i, all_data());
        CHECK(strstr(words.html, opening) != NULL);
        CHECK(words.subject && strlen(words.subject) > 5 && strlen(words.subject) < 60);
        CHECK(!strpbrk(words.subject, "\r\n<>{}0123456789"));
        CHECK(strstr(words.text, base_url) != NULL);
        CHECK(strstr(words.text, "https://porch.example/u/token") != NULL);
        CHECK(!strpbrk(words.text, "<>{}\r\t"));
        CHECK(strstr(words.html, "<h1>") || i == LETTER_CODE);
        CHECK(strstr(words.html, "href=\"/") == NULL);
        CHECK(strstr(words.html, "href=\"https://porch.example/u/token\"") != NULL);
        CHECK(!strstr(words.html, "<img") && !strstr(words.html, "<script"));
        for (const char *line = words.text; *line;) { /* none too long to read */
            size_t len = strcspn(line, "\n");
            CHECK(len <= 80);
            line += len + (line[len] == '\n');
        }
    }
    end(&desk);
}

TEST(every_letter_has_a_subject_a_text_and_the_same_as_html_in_every_language)
{
    for (int l = 0; l < lang_all_count; l++)
        if (!lang_all[l].pseudo) /* whose subjects are long */
            check_letters_in(&lang_all[l]);
}

TEST(no_letter_says_the_same_in_two_languages)
{
    struct desk desk;
    begin(&desk);
    for (int i = 0; i < LETTER_COUNT; i++) {
        struct letter_words english = written(&desk, (enum letter)i, all_data());
        for (int l = 1; l < lang_all_count; l++) {
            struct letter_words other = written_in(&desk, &lang_all[l], (enum letter)i, all_data());
            CHECK(strcmp(english.subject, other.subject) != 0);
            CHECK(strcmp(english.text, other.text) != 0);
        }
    }
    end(&desk);
}

TEST(numbers_are_in_the_languages_forms)
{
    struct desk desk;
    begin(&desk);
    const struct lang *german = lang_find("de");
    struct letter_words words =
        written_in(&desk, german, LETTER_CODE, json_pack("{s:s, s:i}", "code", "1", "minutes", 1));
    CHECK_STR(words.subject, "Ihr Code zum Anmelden");
    CHECK(strstr(words.text, "1 Minute lang") && !strstr(words.text, "Minuten"));
    words = written_in(&desk, german, LETTER_FIRST, all_data());
    CHECK(strstr(words.text, "Nach 30 Tagen wird") && !strstr(words.text, "30 Tag "));
    end(&desk);
}

TEST(a_code_stands_alone_on_its_line_and_not_in_the_subject)
{
    struct desk desk;
    begin(&desk);
    struct letter_words words =
        written(&desk, LETTER_CODE, json_pack("{s:s, s:i}", "code", "12345678", "minutes", 1));
    CHECK_STR(words.subject, "Your code to sign in");
    CHECK(strstr(words.text, "\n\n12345678\n\n") != NULL);
    CHECK(strstr(words.text, "good for 1 minute, once") != NULL);
    CHECK(strstr(words.text, "/u/") == NULL && strstr(words.html, "/u/") == NULL);
    end(&desk);
}

TEST(the_first_message_fits_what_will_be_done_with_a_photo)
{
    static const struct {
        const char *photo, *says;
        bool link;
    } cases[] = {{"asked", "take a photo of it there. The photo belongs to you", true},
                 {"withheld", "It is shown to nobody", true},
                 {"declined", "You said that you want no photos", false},
                 {"none", "No photo will be taken", false}};
    struct desk desk;
    begin(&desk);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *data = all_data();
        json_object_set_new(data, "photo", json_string(cases[i].photo));
        struct letter_words words = written(&desk, LETTER_FIRST, data);
        char *flat = words.text;
        for (char *at = flat; *at; at++)
            if (*at == '\n')
                *at = ' ';
        CHECK(strstr(flat, cases[i].says) != NULL);
        CHECK_INT(strstr(flat, "https://porch.example/r/token") != NULL, cases[i].link);
    }
    end(&desk);
}

TEST(what_comes_from_outside_stays_text)
{
    struct desk desk;
    begin(&desk);
    struct letter_words words =
        written(&desk, LETTER_CODE, json_pack("{s:s, s:i}", "code", "<b>&\"", "minutes", 2));
    CHECK(strstr(words.html, "&lt;b&gt;&amp;&quot;") != NULL);
    CHECK(strstr(words.text, "\n<b>&\"\n") != NULL);
    struct letter_wanted outside = {LETTER_OUT, LANG_ENGLISH,
                                    json_pack("{s:s}", "order_url", "https://evil.example/")};
    log_set_level((enum log_level) - 1);
    CHECK(letters_write(desk.letters, &outside, desk.arena, &words) < 0);
    struct letter_wanted nothing = {LETTER_OUT, LANG_ENGLISH, NULL};
    CHECK(letters_write(desk.letters, &nothing, desk.arena, &words) < 0);
    end(&desk);
}

static const char *text_of(const char *html)
{
    static struct buf out;
    buf_free(&out);
    buf_init(&out, 10000);
    plain_text((struct span){(const uint8_t *)html, strlen(html)}, "https://a.b", &out);
    return out.data ? (const char *)out.data : "";
}

TEST(html_becomes_text)
{
    CHECK_STR(text_of("<html><p>no body</p>"), "");
    CHECK_STR(text_of("<body><h1>One</h1>\n<p> two\n  <strong>three</strong>&nbsp;4 </p>\n"),
              "One\n\ntwo three\xc2\xa0"
              "4\n");
    CHECK_STR(text_of("<body><p>See <a href=\"/x?a=1&amp;b=2\">here</a>.</p>"),
              "See here (https://a.b/x?a=1&b=2).\n");
    CHECK_STR(text_of("<body><p class=\"do\"><a href=\"/x\">Go</a></p>"), "Go:\nhttps://a.b/x\n");
    CHECK_STR(text_of("<body><p>a<br>b</p>"), "a\nb\n");
    CHECK_STR(text_of("<body><p>a <b"), "a\n");
    CHECK_STR(text_of("<body><p>a <a href=\"/x"), "a\n");
}

TAP_MAIN(TAP(every_letter_has_a_subject_a_text_and_the_same_as_html_in_every_language),
         TAP(no_letter_says_the_same_in_two_languages), TAP(numbers_are_in_the_languages_forms),
         TAP(a_code_stands_alone_on_its_line_and_not_in_the_subject),
         TAP(the_first_message_fits_what_will_be_done_with_a_photo),
         TAP(what_comes_from_outside_stays_text), TAP(html_becomes_text))
