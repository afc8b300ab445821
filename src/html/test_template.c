/* SPDX-License-Identifier: Apache-2.0
 *
 * The language case by case, along the chapters of the Mustache specification's core, then what
 * differs from it: missing names, unescaped tags, addresses, ceilings.
 */
#include "base/tap.h"
#include "html/template.h"

/* A case: template, data as JSON, expected output; NULL data means {}. `partial` is template "p".
 */
struct sample {
    const char *text, *data, *want, *partial;
};

static struct template_error error;
static char rendered[4096];

/* Renders to `rendered`; the result of compiling or rendering. */
static int try(const char *text, const char *data_text, const char *partial)
{
    struct template_source sources[] = {
        {"t", text, strlen(text)},
        {"p", partial ? partial : "", partial ? strlen(partial) : 0},
    };
    struct template_set *set;
    memset(&error, 0, sizeof error);
    int result = template_set_new(sources, ARRAY_LEN(sources), &set, &error);
    if (result != 0)
        return result;
    json_t *data = json_loads(data_text ? data_text : "{}", JSON_DECODE_ANY, NULL);
    CHECK(data != NULL);
    struct buf out;
    buf_init(&out, sizeof rendered - 1);
    result = template_render(set, template_find(set, "t"), data, &out, &error);
    memcpy(rendered, out.len ? (char *)out.data : "", out.len);
    rendered[out.len] = '\0';
    buf_free(&out);
    json_decref(data);
    template_set_free(&set);
    return result;
}

static void check_all(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int result = try(samples[i].text, samples[i].data, samples[i].partial);
        if (result != 0)
            printf("# %s: %s\n", samples[i].text, error.text);
        CHECK_INT(result, 0);
        CHECK_STR(rendered, samples[i].want);
    }
}

#define CHECK_ALL(...)                                                                             \
    do {                                                                                           \
        static const struct sample samples[] = {__VA_ARGS__};                                      \
        check_all(samples, ARRAY_LEN(samples));                                                    \
    } while (0)

TEST(interpolation)
{
    CHECK_ALL({"Hello from {plain} text.\n", NULL, "Hello from {plain} text.\n", NULL},
              {"Hello, {{who}}!", "{\"who\": \"porch\"}", "Hello, porch!", NULL},
              {"{{ a }}{{\ta\n}}", "{\"a\": \"x\"}", "xx", NULL},
              {"{{a}}", "{\"a\": \"& < > \\\" '\"}", "&amp; &lt; &gt; &quot; &#39;", NULL},
              {"{{i}} {{r}} {{t}} {{f}}|{{n}}|",
               "{\"i\":85,\"r\":1.21,\"t\":true,\"f\":false,\"n\":null}", "85 1.21 true false||",
               NULL},
              {"{{p.name}} {{a.b.c.d}}", "{\"p\":{\"name\":\"J\"},\"a\":{\"b\":{\"c\":{\"d\":1}}}}",
               "J 1", NULL},
              {"  {{a}}\n", "{\"a\": \"x\"}", "  x\n", NULL}, {"{{.}}", "\"self\"", "self", NULL});
}

TEST(sections)
{
    CHECK_ALL(
        {"{{#a}}yes{{/a}}", "{\"a\": true}", "yes", NULL},
        {"{{#a}}no{{/a}}", "{\"a\": false}", "", NULL},
        {"{{#a}}no{{/a}}", "{\"a\": null}", "", NULL}, {"{{#a}}no{{/a}}", "{\"a\": []}", "", NULL},
        {"{{#a}}no{{/a}}", "{\"a\": \"\"}", "", NULL}, {"{{#a}}no{{/a}}", "{\"a\": 0}", "", NULL},
        {"{{#a}}{{.}}{{/a}}", "{\"a\": 7}", "7", NULL},
        {"{{#a}}yes{{/a}}", "{\"a\": {}}", "yes", NULL},
        {"{{#p}}{{name}} of {{town}}{{/p}}", "{\"town\":\"T\",\"p\":{\"name\":\"N\"}}", "N of T",
         NULL},
        {"{{#l}}{{n}},{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2}]}", "1,2,", NULL},
        {"{{#l}}({{.}}){{/l}}", "{\"l\":[\"a\",2,3.5]}", "(a)(2)(3.5)", NULL},
        {"{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "{\"l\":[[1,2],[3]]}", "(12)(3)", NULL},
        {"{{#a.b}}{{c}}{{/a.b}}", "{\"a\":{\"b\":{\"c\":1}}}", "1", NULL},
        {"{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}", "{\"a\":{\"x\":1,\"y\":1},\"b\":{\"y\":2}}", "12",
         NULL});
}

TEST(inverted_sections)
{
    CHECK_ALL({"{{^a}}none{{/a}}", "{\"a\": []}", "none", NULL},
              {"{{^a}}none{{/a}}", "{\"a\": false}", "none", NULL},
              {"{{^a}}none{{/a}}", "{\"a\": null}", "none", NULL},
              {"{{^a}}none{{/a}}", "{\"a\": {\"b\":1}}", "", NULL},
              {"{{^a.b}}none{{/a.b}}", "{\"a\": {\"b\": false}}", "none", NULL},
              {"{{^a}}{{b}}{{/a}}", "{\"a\": false, \"b\": 1}", "1", NULL});
}

TEST(standalone_tags_take_their_line)
{
    CHECK_ALL({"a\n{{#b}}\nc\n{{/b}}\nd\n", "{\"b\": true}", "a\nc\nd\n", NULL},
              {"a\n  {{#b}}\t\n c\n  {{/b}}\nd", "{\"b\": true}", "a\n c\nd", NULL},
              {"a\r\n{{#b}}\r\n{{/b}}\r\nd", "{\"b\": true}", "a\r\nd", NULL},
              {"  {{^b}}\nx\n  {{/b}}", "{\"b\": false}", "x\n", NULL},
              {" {{#b}}x{{/b}}\n", "{\"b\": true}", " x\n", NULL},
              {"a {{#b}}\n{{/b}}\n", "{\"b\": true}", "a \n", NULL},
              {"a\n  {{! a\n remark }}\nb", NULL, "a\nb", NULL},
              {"a {{! x }} b", NULL, "a  b", NULL},
              {"{{#l}}\n- {{.}}\n{{/l}}\n", "{\"l\":[1,2]}", "- 1\n- 2\n", NULL},
              {"  {{a}}  \n", "{\"a\": 1}", "  1  \n", NULL});
}

TEST(partials)
{
    CHECK_ALL({"\"{{>p}}\"", "{\"a\":1}", "\"*1*\"", "*{{a}}*"},
              {"{{#l}}{{> p }}{{/l}}", "{\"l\":[{\"a\":1},{\"a\":2}]}", "[1][2]", "[{{a}}]"},
              {"  {{x}}  {{>p}}\n", "{\"x\":\"|\"}", "  |  >\n>\n", ">\n>"},
              {"|\r\n{{>p}}\r\n|", NULL, "|\r\n>|", ">"},
              {"  {{>p}}\n>", NULL, "  >\n  >>", ">\n>"},
              {">\n  {{>p}}", NULL, ">\n  >\n  >", ">\n>"},
              {"\\\n {{>p}}\n/\n", "{\"c\":\"x\\ny\"}", "\\\n |\n x\ny\n |\n/\n", "|\n{{c}}\n|\n"});
}

TEST(partials_include_themselves)
{
    CHECK_ALL({"{{>p}}", "{\"v\":1,\"l\":[{\"v\":2,\"l\":[]},{\"v\":3,\"l\":[]}]}", "1(2()3())",
               "{{v}}({{#l}}{{>p}}{{/l}})"});
    CHECK_INT(try("{{>p}}", NULL, "{{>p}}"), TEMPLATE_TOO_DEEP);
}

TEST(delimiters_can_be_set)
{
    CHECK_ALL(
        {"{{=<% %>=}}(<%a%>)", "{\"a\":1}", "(1)", NULL},
        {"{{=| |=}}[|#a|x|/a|{{a}}|={{ }}=|{{^b}}y{{/b}}]", "{\"a\":1,\"b\":0}", "[x{{a}}y]", NULL},
        {"{{= @ @ =}}\n@a@ @>p@", "{\"a\":1}", "1 (1)", "({{a}})"});
    CHECK_INT(try("{{=<%=}}", NULL, NULL), TEMPLATE_WRONG);
    CHECK_INT(try("{{=<% %>}}", NULL, NULL), TEMPLATE_WRONG);
    CHECK_INT(try("{{=a b c=}}", NULL, NULL), TEMPLATE_WRONG);
    CHECK_INT(try("{{=123456789 %>=}}", NULL, NULL), TEMPLATE_WRONG);
}

TEST(a_missing_name_is_an_error_that_says_it)
{
    CHECK_INT(try("{{a}}", NULL, NULL), TEMPLATE_MISSING);
    CHECK_STR(error.text, "a: missing");
    CHECK_INT(try("{{#order.photo}}{{/order.photo}}", "{\"order\":{}}", NULL), TEMPLATE_MISSING);
    CHECK_STR(error.text, "order.photo: missing");
    CHECK_INT(try("{{^a}}{{/a}}", NULL, NULL), TEMPLATE_MISSING);
    CHECK_INT(try("{{a.b}}", "{\"a\":\"text\"}", NULL), TEMPLATE_MISSING);
    CHECK_INT(try("{{#a}}{{b.c}}{{/a}}", "{\"a\":{\"b\":{}},\"b\":{\"c\":1}}", NULL),
              TEMPLATE_MISSING);
}

TEST(a_list_is_no_text)
{
    CHECK_INT(try("{{a}}", "{\"a\":[1]}", NULL), TEMPLATE_MISFIT);
    CHECK_INT(try("{{a}}", "{\"a\":{}}", NULL), TEMPLATE_MISFIT);
}

TEST(wrong_templates_are_refused)
{
    static const char *const wrong[] = {
        "{{{a}}}",
        "{{& a}}",
        "{{",
        "{{a",
        "{{}}",
        "{{#a}}",
        "{{/a}}",
        "{{#a}}{{/b}}",
        "{{#a}}{{#b}}{{/a}}{{/b}}",
        "{{a b}}",
        "{{a..b}}",
        "{{.a}}",
        "{{a.}}",
        "{{>nowhere}}",
        "{{>../p}}",
        "<{{a}}>",
        "<p {{a}}>",
        "<p class={{a}}>",
        "<a href=\"{{a}}\">",
        "<script>{{a}}</script>",
        "<p onclick=\"{{a}}\">",
        "<p title=\"{{>p}}\">",
        "<p title=\"a",
        "{{#a}}<b {{/a}}>",
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        int result = try(wrong[i], NULL, NULL);
        if (result != TEMPLATE_WRONG)
            printf("# %s\n", wrong[i]);
        CHECK_INT(result, TEMPLATE_WRONG);
    }
    CHECK_INT(try("a\nb\n{{{c}}}", NULL, NULL), TEMPLATE_WRONG);
    CHECK_STR(error.text, "t:3: an unescaped tag");
}

TEST(addresses_are_our_own)
{
    CHECK_ALL(
        {"<a href=\"/o/{{id}}?a={{b}}\">", "{\"id\":\"dlv_1\",\"b\":\"a/b&c d\\\"\"}",
         "<a href=\"/o/dlv_1?a=a%2Fb%26c%20d%22\">", NULL},
        {"<img src=\"{{url}}\">", "{\"url\":\"/p?a=1&b=2\"}", "<img src=\"/p?a=1&amp;b=2\">", NULL},
        {"<img src=\"{{x.photo_url}}\">", "{\"x\":{\"photo_url\":\"/\"}}", "<img src=\"/\">",
         NULL});
    static const char *const outside[] = {"",       "x",          "//x",    "javascript:alert(1)",
                                          "/\\\\x", "https://x/", "/a\\tb", " /x"};
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        char data[64];
        snprintf(data, sizeof data, "{\"url\":\"%s\"}", outside[i]);
        CHECK_INT(try("<a href=\"{{url}}\">", data, NULL), TEMPLATE_MISFIT);
    }
    CHECK_INT(try("<a href=\"/o/{{id}}\">", "{\"id\":\"..\"}", NULL), TEMPLATE_MISFIT);
}

TEST(output_and_work_have_ceilings)
{
    char data[3000] = "{\"l\":[";
    for (int i = 0; i < 1000; i++)
        strncat(data, i ? ",1" : "1", sizeof data - strlen(data) - 1);
    strncat(data, "]}", sizeof data - strlen(data) - 1);
    CHECK_INT(try("{{#l}}12345{{/l}}", data, NULL), TEMPLATE_TOO_LONG);
    CHECK_INT(try("{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}", data, NULL), TEMPLATE_TOO_LONG);
}

TEST(nesting_has_a_ceiling)
{
    char text[1024] = "";
    for (int i = 0; i <= TEMPLATE_DEPTH_MAX; i++)
        strncat(text, "{{#a}}", sizeof text - strlen(text) - 1);
    for (int i = 0; i <= TEMPLATE_DEPTH_MAX; i++)
        strncat(text, "{{/a}}", sizeof text - strlen(text) - 1);
    CHECK_INT(try(text, NULL, NULL), TEMPLATE_WRONG);
}

TAP_MAIN(TAP(interpolation), TAP(sections), TAP(inverted_sections),
         TAP(standalone_tags_take_their_line), TAP(partials), TAP(partials_include_themselves),
         TAP(delimiters_can_be_set), TAP(a_missing_name_is_an_error_that_says_it),
         TAP(a_list_is_no_text), TAP(wrong_templates_are_refused), TAP(addresses_are_our_own),
         TAP(output_and_work_have_ceilings), TAP(nesting_has_a_ceiling))
