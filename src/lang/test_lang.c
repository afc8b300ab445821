/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding, counting and filling messages, dates in three languages, and what a browser asks for.
 */
#include "base/clock.h"
#include "base/tap.h"
#include "lang/accept.h"
#include "lang/dates.h"
#include "lang/tables.h"

/* The buffer's text, good until the next call. */
static const char *taken(struct buf *buf)
{
    static char text[1024];
    snprintf(text, sizeof text, "%s", buf_string(buf));
    buf_free(buf);
    return text;
}

static const struct lang *the(const char *code)
{
    const struct lang *lang = lang_find(code);
    if (!lang)
        abort();
    return lang;
}

static const char *moment(const char *code, const char *at, const char *now)
{
    struct lang_when when = {.zone = "Europe/Berlin"};
    struct buf out;
    CHECK(clock_parse(at, &when.at) && clock_parse(now, &when.now));
    buf_init(&out, 1000);
    lang_moment(the(code), &when, &out);
    return taken(&out);
}

TEST(english_comes_first_and_every_language_is_found)
{
    CHECK_STR(LANG_ENGLISH->code, "en");
    for (int i = 0; i < lang_all_count; i++) {
        CHECK(lang_find(lang_all[i].code) == &lang_all[i]);
        CHECK_INT(lang_all[i].index, i);
        CHECK(*lang_all[i].name != '\0');
    }
    CHECK(lang_find("xx") == NULL && lang_find("") == NULL);
    CHECK_STR(the("ar-XB")->dir, "rtl");
    CHECK_STR(the("de")->dir, "ltr");
}

TEST(the_table_is_sorted_as_it_is_searched)
{
    CHECK(lang_message_count > 100);
    for (size_t i = 1; i < lang_message_count; i++)
        CHECK(strcmp(lang_messages[i - 1], lang_messages[i]) < 0);
    for (size_t i = 0; i < lang_message_count; i++)
        for (int l = 1; l < lang_all_count; l++)
            CHECK(lang_text(&lang_all[l], lang_messages[i]) == lang_all[l].texts[i]);
}

TEST(a_message_is_found_and_one_that_is_none_stays_english)
{
    CHECK_STR(lang_text(LANG_ENGLISH, "Your orders"), "Your orders");
    CHECK_STR(lang_text(the("de"), "Your orders"), "Ihre Bestellungen");
    CHECK_STR(lang_text(the("es"), "Your orders"), "Sus pedidos");
    CHECK_STR(lang_text(the("de"), "nobody says this"), "nobody says this");
    CHECK_STR(lang_text(the("de"), ""), "");
}

TEST(a_context_is_never_shown)
{
    CHECK_STR(lang_text(LANG_ENGLISH, MSG_IN("month of a date", "May")), "May");
    CHECK_STR(lang_text(the("de"), MSG_IN("month of a date", "May")), "Mai");
    CHECK_STR(lang_text(the("es"), MSG_IN("month of a date", "May")), "mayo");
    CHECK_STR(lang_text(the("es"), MSG_IN("no such context", "May")), "May");
}

static const char *counted(const char *code, unsigned long long n)
{
    struct buf out;
    buf_init(&out, 1000);
    lang_fill(&out,
              lang_count(the(code), "Try again in {n} second.", "Try again in {n} seconds.", n),
              LANG_PARTS({"n", LANG_NUMBER((long long)n)}));
    return taken(&out);
}

TEST(numbers_are_told_in_the_languages_forms)
{
    CHECK_STR(counted("en", 1), "Try again in 1 second.");
    CHECK_STR(counted("en", 0), "Try again in 0 seconds.");
    CHECK_STR(counted("de", 1), "Versuchen Sie es in 1 Sekunde noch einmal.");
    CHECK_STR(counted("de", 40), "Versuchen Sie es in 40 Sekunden noch einmal.");
    CHECK_STR(counted("es", 1), "Vuelva a intentarlo dentro de 1 segundo.");
    CHECK_STR(counted("es", 40), "Vuelva a intentarlo dentro de 40 segundos.");
    CHECK_STR(lang_count(the("de"), "{n} of it", "{n} of them", 2), "{n} of them");
}

TEST(parts_are_filled_in_by_name)
{
    struct buf out;
    buf_init(&out, 1000);
    lang_fill(&out, "{a} {b} {a} {c} { {} {", LANG_PARTS({"a", "1{b}"}, {"b", "2"}));
    CHECK_STR(taken(&out), "1{b} 2 1{b} {c} { {} {");
    lang_fill(&out, "", LANG_PARTS({"a", "1"}));
    CHECK_STR(taken(&out), "");
}

#define NOW "2026-11-23T15:00:00Z" /* a Monday, 16:00 in Berlin */

TEST(moments_are_said_in_the_language)
{
    CHECK_STR(moment("en", "2026-11-23T13:32:00Z", NOW), "today at 14:32");
    CHECK_STR(moment("de", "2026-11-23T13:32:00Z", NOW), "heute um 14:32\u00a0Uhr");
    CHECK_STR(moment("es", "2026-11-23T13:32:00Z", NOW), "hoy a las\u00a014:32");
    CHECK_STR(moment("de", "2026-11-22T13:32:00Z", NOW), "gestern um 14:32\u00a0Uhr");
    CHECK_STR(moment("es", "2026-11-24T11:00:00Z", NOW), "mañana a las\u00a012:00");
    CHECK_STR(moment("de", "2026-11-17T11:00:00Z", NOW), "am Dienstag um 12:00\u00a0Uhr");
    CHECK_STR(moment("es", "2026-11-17T11:00:00Z", NOW), "el martes a las\u00a012:00");
    CHECK_STR(moment("de", "2026-11-03T11:00:00Z", NOW), "am 3.\u00a0November um 12:00\u00a0Uhr");
    CHECK_STR(moment("es", "2026-11-03T11:00:00Z", NOW), "el 3 de noviembre a las\u00a012:00");
    CHECK_STR(moment("de", "2026-12-31T23:30:00Z", NOW),
              "am 1.\u00a0Januar 2027 um 00:30\u00a0Uhr");
    CHECK_STR(moment("es", "2026-12-31T23:30:00Z", NOW), "el 1 de enero de 2027 a las\u00a000:30");
}

/* One o'clock is of another number than the rest. */
TEST(spanish_has_one_hour_in_the_singular)
{
    CHECK_STR(moment("es", "2026-11-23T00:05:00Z", NOW), "hoy a la\u00a001:05");
    CHECK_STR(moment("es", "2026-11-23T12:05:00Z", NOW), "hoy a las\u00a013:05");
}

static const char *accepted(const char *header, bool pseudo)
{
    return lang_accept(header, pseudo, LANG_ENGLISH)->code;
}

TEST(the_browsers_first_language_that_we_have_is_taken)
{
    CHECK_STR(accepted("de", false), "de");
    CHECK_STR(accepted("DE-ch", false), "de");
    CHECK_STR(accepted("es-419,es;q=0.9,en;q=0.8", false), "es");
    CHECK_STR(accepted("fr, de;q=0.5, es;q=0.7", false), "es");
    CHECK_STR(accepted("de;q=0.5,es;q=0.5", false), "de");
    CHECK_STR(accepted("en-GB, de", false), "en");
    CHECK_STR(accepted("de;q=0, es;q=0.001", false), "es");
    CHECK_STR(accepted(" de ; q=0.4 ,\tes ; q=0.3", false), "de");
    CHECK_STR(accepted("*, de;q=0.5", false), "en");
    CHECK(lang_accept("fr", false, the("es")) == the("es"));
    CHECK(lang_accept("*", false, the("es")) == the("es"));
}

TEST(a_header_that_names_none_or_makes_no_sense_is_the_setting)
{
    static const char *const headers[] = {
        "",  "fr",   "de;q=2", "de;q=x", "de;q",     ";q=1",       ",,,,",    "d€",     "de;v=1",
        "-", "--de", "dede",   "de q=1", "de;q=1.1", "de;q=0.000", "de;q=0;", "de;q=-1"};
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        CHECK_STR(accepted(headers[i], true), "en");
    CHECK_STR(accepted(NULL, true), "en");
    CHECK_STR(accepted("de;q=x, es", true), "es");
}

TEST(a_header_is_read_to_a_limit)
{
    struct buf header;
    buf_init(&header, 1000);
    for (int i = 0; i < LANG_ACCEPT_MOST; i++)
        buf_text(&header, "fr,");
    buf_text(&header, "de");
    CHECK_STR(accepted(buf_string(&header), false), "en");
    CHECK_STR(accepted(buf_string(&header) + strlen("fr,"), false), "de");
    buf_free(&header);
}

TEST(pseudo_languages_are_spoken_where_they_are_allowed)
{
    CHECK_STR(accepted("en-XA", false), "en");
    CHECK_STR(accepted("en-xa", true), "en-XA");
    CHECK_STR(accepted("ar-XB, de;q=0.1", false), "de");
    CHECK_STR(accepted("ar-XB", true), "ar-XB");
    CHECK_STR(lang_text(the("en-XA"), "Your orders"), "[Yöûŕ öŕðéŕš ~~~~]");
}

TAP_MAIN(TAP(english_comes_first_and_every_language_is_found),
         TAP(the_table_is_sorted_as_it_is_searched),
         TAP(a_message_is_found_and_one_that_is_none_stays_english), TAP(a_context_is_never_shown),
         TAP(numbers_are_told_in_the_languages_forms), TAP(parts_are_filled_in_by_name),
         TAP(moments_are_said_in_the_language), TAP(spanish_has_one_hour_in_the_singular),
         TAP(the_browsers_first_language_that_we_have_is_taken),
         TAP(a_header_that_names_none_or_makes_no_sense_is_the_setting),
         TAP(a_header_is_read_to_a_limit), TAP(pseudo_languages_are_spoken_where_they_are_allowed))
