/* SPDX-License-Identifier: Apache-2.0
 *
 * Where tags may stand, judged on literal text alone.
 */
#include "base/tap.h"
#include "html/markup.h"

/* Feeds all of `text`; the complaint or NULL, and where it ended. */
static const char *feed(const char *text, struct markup *markup_out)
{
    memset(markup_out, 0, sizeof *markup_out);
    return markup_feed(markup_out, text, strlen(text));
}

static enum markup_place place_after(const char *text)
{
    struct markup markup;
    CHECK_STR(feed(text, &markup), NULL);
    return markup.place;
}

static bool variable_fits(const char *before, bool may_be_url, enum markup_use use)
{
    struct markup markup;
    enum markup_use got;
    return !feed(before, &markup) && !markup_variable(&markup, may_be_url, &got) && got == use;
}

static bool variable_refused(const char *before)
{
    struct markup markup;
    enum markup_use use;
    return feed(before, &markup) || markup_variable(&markup, false, &use);
}

TEST(places_are_followed)
{
    CHECK_INT(place_after("a < b, 1 <2 <"), MARKUP_OPENING);
    CHECK_INT(place_after("<!doctype html><p>"), MARKUP_TEXT);
    CHECK_INT(place_after("<!-- > -- -> <b "), MARKUP_DECLARATION);
    CHECK_INT(place_after("<!-- > --><b "), MARKUP_IN_TAG);
    CHECK_INT(place_after("<a href = \"x"), MARKUP_DOUBLE);
    CHECK_INT(place_after("<a href='x\">"), MARKUP_SINGLE);
    CHECK_INT(place_after("<a href=x"), MARKUP_BARE);
    CHECK_INT(place_after("<input checked "), MARKUP_AFTER_NAME);
    CHECK_INT(place_after("<br/>"), MARKUP_TEXT);
    CHECK_INT(place_after("</p"), MARKUP_TAG_NAME);
    CHECK_INT(place_after("<script>a < b </scrip> </ script"), MARKUP_RAW);
    CHECK_INT(place_after("<SCRIPT>a <</Script>"), MARKUP_TEXT);
    CHECK_INT(place_after("<style>p{}</style><p>"), MARKUP_TEXT);
}

TEST(variables_stand_in_text_and_quoted_values_only)
{
    CHECK(variable_fits("<p>", false, MARKUP_USE_TEXT));
    CHECK(variable_fits("<p title=\"", false, MARKUP_USE_TEXT));
    CHECK(variable_fits("<p title='a ", false, MARKUP_USE_TEXT));
    CHECK(variable_fits("<textarea>", false, MARKUP_USE_TEXT));
    CHECK(variable_refused("<"));
    CHECK(variable_refused("</"));
    CHECK(variable_refused("<p"));
    CHECK(variable_refused("<p "));
    CHECK(variable_refused("<p cla"));
    CHECK(variable_refused("<p class="));
    CHECK(variable_refused("<p class=a"));
    CHECK(variable_refused("<!-- "));
    CHECK(variable_refused("<script>"));
    CHECK(variable_refused("<style>p{color:"));
    CHECK(variable_refused("<img srcset=\"/a"));
}

TEST(script_in_attributes_is_refused)
{
    CHECK(variable_refused("<p onclick=\""));
    CHECK(variable_refused("<p ONclick=\""));
    CHECK(variable_refused("<p style=\""));
    CHECK(variable_refused("<p style='a'>"));
}

TEST(addresses_begin_with_a_path_of_our_own)
{
    CHECK(variable_fits("<a href=\"/orders/", false, MARKUP_USE_PIECE));
    CHECK(variable_fits("<a href=\"?after=", false, MARKUP_USE_PIECE));
    CHECK(variable_fits("<a href=\"#", false, MARKUP_USE_PIECE));
    CHECK(variable_fits("<a href='mailto:", false, MARKUP_USE_PIECE));
    CHECK(variable_fits("<img src=\"photos/", false, MARKUP_USE_PIECE));
    CHECK(variable_fits("<img src=\"", true, MARKUP_USE_URL));
    CHECK(variable_refused("<a href=\""));
    CHECK(variable_refused("<a href=\"/"));
    CHECK(variable_refused("<a href=\"//"));
    CHECK(variable_refused("<a href=\"/\\"));
    CHECK(variable_refused("<a href=\"https://"));
    CHECK(variable_refused("<a HREF=\"javascript:"));
    CHECK(variable_refused("<form action=\" /x"));
}

TEST(a_section_ends_where_it_began)
{
    static const struct {
        const char *before, *inside;
        bool fits;
    } cases[] = {
        {"<ul>", "<li>a</li>", true},
        {"<input ", "checked", true},
        {"<input", " checked", true},
        {"<li", " class=\"a\"", true},
        {"<p class=\"a", " b", true},
        {"<p class=\"a", "\" title=\"b", false},
        {"<p ", "class=\"", false},
        {"<p>", "<b ", false},
        {"<", "b", false},
        {"<p class=", "\"a\"", false},
        {"<p on", "click", false},
        {"<!-- ", "a", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct markup markup, begin;
        const char *complaint = feed(cases[i].before, &markup);
        if (!complaint)
            complaint = markup_begin_section(&markup);
        begin = markup;
        if (!complaint)
            complaint = markup_feed(&markup, cases[i].inside, strlen(cases[i].inside));
        if (!complaint)
            complaint = markup_end_section(&markup, &begin);
        if (!complaint != cases[i].fits)
            printf("# %s | %s\n", cases[i].before, cases[i].inside);
        CHECK(!complaint == cases[i].fits);
    }
}

TEST(a_name_does_not_go_on_after_a_section)
{
    struct markup markup, begin;
    CHECK_STR(feed("<input ", &markup), NULL);
    CHECK_STR(markup_begin_section(&markup), NULL);
    begin = markup;
    CHECK_STR(markup_feed(&markup, "form", 4), NULL);
    CHECK_STR(markup_end_section(&markup, &begin), NULL);
    CHECK(markup_feed(&markup, "action=\"", 8) != NULL);
}

TEST(what_a_section_adds_does_not_vouch_for_an_address)
{
    struct markup markup, begin;
    enum markup_use use;
    CHECK_STR(feed("<a href=\"", &markup), NULL);
    CHECK_STR(markup_begin_section(&markup), NULL);
    begin = markup;
    CHECK_STR(markup_feed(&markup, "/orders/", 8), NULL);
    CHECK_STR(markup_variable(&markup, false, &use), NULL);
    CHECK_STR(markup_end_section(&markup, &begin), NULL);
    CHECK(markup_variable(&markup, false, &use) != NULL);
}

TAP_MAIN(TAP(places_are_followed), TAP(variables_stand_in_text_and_quoted_values_only),
         TAP(script_in_attributes_is_refused), TAP(addresses_begin_with_a_path_of_our_own),
         TAP(a_section_ends_where_it_began), TAP(a_name_does_not_go_on_after_a_section),
         TAP(what_a_section_adds_does_not_vouch_for_an_address))
