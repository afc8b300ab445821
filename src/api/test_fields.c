/* SPDX-License-Identifier: Apache-2.0
 * Fields of a body: each kind of value, each way to be wrong, and that the first wrong one is
 * named. */
#include "api/fields.h"
#include "base/tap.h"

static struct fields_failure failure;
static json_t *object;

/* Reads with `read` from this JSON text; the failure is left for the test to look at. */
static void read_from(const char *json, void (*read)(struct fields *))
{
    struct fields fields;
    failure = (struct fields_failure){0};
    object = json_loads(json, JSON_ALLOW_NUL, NULL);
    CHECK(object != NULL);
    fields_begin(&fields, object, &failure);
    read(&fields);
    fields_end(&fields);
    json_decref(object);
}

static const struct fields_length ten = {1, 10};

static void read_name(struct fields *fields)
{
    (void)fields_text(fields, "name", FIELDS_REQUIRED, ten);
}

TEST(a_text_has_its_length_and_form)
{
    static const char *const good[] = {
        "{\"name\":\"x\"}",
        "{\"name\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"}"};
    static const char *const bad[] = {"{}",
                                      "{\"name\":null}",
                                      "{\"name\":\"\"}",
                                      "{\"name\":\"12345678901\"}",
                                      "{\"name\":7}",
                                      "{\"name\":[\"x\"]}",
                                      "{\"name\":\" x\"}",
                                      "{\"name\":\"x \"}",
                                      "{\"name\":\"a\\nb\"}",
                                      "{\"name\":\"a\\u0007\"}",
                                      "{\"name\":\"\\u00a0\"}",
                                      "{\"name\":\"\\u200b\"}",
                                      "{\"name\":\"x\\u00a0\"}",
                                      "{\"name\":\"a\\u202eb\"}"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        read_from(good[i], read_name);
        CHECK(!failure.failed);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        read_from(bad[i], read_name);
        CHECK(failure.failed);
        CHECK_STR(failure.field, "name");
    }
}

static void read_reason(struct fields *fields)
{
    (void)fields_lines(fields, "reason", FIELDS_REQUIRED, ten);
}

TEST(a_text_of_many_lines_has_something_to_read)
{
    static const char *const good[] = {"{\"reason\":\"a\\nb\"}", "{\"reason\":\" a \"}"};
    static const char *const bad[] = {
        "{\"reason\":\"   \"}",       "{\"reason\":\"\\n\\t\\n\"}",
        "{\"reason\":\"\\u200b\"}",   "{\"reason\":\"\\u00a0\\u3000\"}",
        "{\"reason\":\"\\u202e\"}",   "{\"reason\":\"\\ufeff\"}",
        "{\"reason\":\"a\\u0000b\"}", "{\"reason\":\"\"}"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        read_from(good[i], read_reason);
        CHECK(!failure.failed);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        read_from(bad[i], read_reason);
        CHECK(failure.failed);
        CHECK_STR(failure.field, "reason");
    }
}

TEST(a_field_that_nobody_asked_for_is_refused)
{
    read_from("{\"name\":\"x\",\"nmae\":\"y\"}", read_name);
    CHECK(failure.failed);
    CHECK_STR(failure.field, "nmae");
    read_from("{\"name\":\"x\",\"<script>\":1}", read_name);
    CHECK(failure.failed);
    CHECK_STR(failure.field, ""); /* a stranger's text is not given back */
}

static void read_inner(struct fields *fields)
{
    struct fields inner;
    fields_object(fields, "inner", "inner.", &inner);
    (void)fields_number(&inner, "lat", FIELDS_REQUIRED, -90, 90);
    fields_end(&inner);
    (void)fields_text(fields, "later", FIELDS_REQUIRED, ten);
}

TEST(the_first_failure_is_named_with_its_path)
{
    read_from("{\"inner\":{\"lat\":90.5}}", read_inner);
    CHECK_STR(failure.field, "inner.lat");
    read_from("{\"inner\":{\"lat\":1,\"lon\":2}}", read_inner);
    CHECK_STR(failure.field, "inner.lon");
    read_from("{\"inner\":[]}", read_inner);
    CHECK_STR(failure.field, "inner");
    read_from("{\"inner\":{\"lat\":-90}}", read_inner);
    CHECK_STR(failure.field, "later");
}

static int word_read;

static void read_word(struct fields *fields)
{
    word_read = fields_word(fields, "place", FIELDS_OPTIONAL, &words_confidentiality, -7);
}

TEST(a_word_is_one_of_its_list)
{
    read_from("{\"place\":\"wish_list\"}", read_word);
    CHECK(!failure.failed && word_read == CONFIDENTIAL_WISH_LIST);
    read_from("{}", read_word);
    CHECK(!failure.failed && word_read == -7);
    static const char *const bad[] = {"{\"place\":\"\"}", "{\"place\":\"Registry\"}",
                                      "{\"place\":1}", "{\"place\":\"x\"}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        read_from(bad[i], read_word);
        CHECK(failure.failed);
    }
    CHECK_STR(failure.detail, "This must be one of: registry wish_list protected");
}

static void read_numbers(struct fields *fields)
{
    (void)fields_integer(fields, "days", 1, 365, 30);
    (void)fields_flag(fields, "flag", false);
    (void)fields_time(fields, "at", FIELDS_OPTIONAL);
    (void)fields_id(fields, "driver", FIELDS_OPTIONAL, "drv");
}

TEST(numbers_flags_times_and_ids_have_their_kinds)
{
    read_from("{\"days\":365,\"flag\":true,\"at\":\"2026-11-23T20:26:10Z\",\"driver\":\"drv_"
              "00000000000000000000000000\"}",
              read_numbers);
    CHECK(!failure.failed);
    read_from("{\"days\":\"7\"}", read_numbers); /* a form's number */
    CHECK(!failure.failed);
    static const struct {
        const char *json, *field;
    } bad[] = {{"{\"days\":0}", "days"},
               {"{\"days\":366}", "days"},
               {"{\"days\":1.5}", "days"},
               {"{\"days\":\"x\"}", "days"},
               {"{\"flag\":1}", "flag"},
               {"{\"flag\":\"true\"}", "flag"},
               {"{\"at\":\"today\"}", "at"},
               {"{\"at\":0}", "at"},
               {"{\"driver\":\"dlv_00000000000000000000000000\"}", "driver"},
               {"{\"driver\":\"\"}", "driver"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        read_from(bad[i].json, read_numbers);
        CHECK(failure.failed);
        CHECK_STR(failure.field, bad[i].field);
    }
}

static int lines_read;

static void read_lines(struct fields *fields)
{
    const char *lines[2];
    lines_read = fields_texts(fields, "lines", ten, lines, 2);
}

TEST(a_list_has_its_bounds)
{
    read_from("{\"lines\":[\"a\",\"b\"]}", read_lines);
    CHECK(!failure.failed && lines_read == 2);
    static const char *const bad[] = {"{\"lines\":[]}",      "{\"lines\":[\"a\",\"b\",\"c\"]}",
                                      "{\"lines\":\"a\"}",   "{\"lines\":[1]}",
                                      "{\"lines\":[\"\"]}",  "{\"lines\":[\"a\\nb\"]}",
                                      "{\"lines\":[\" \"]}", "{\"lines\":[\"a\", \"\\u200b\"]}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        read_from(bad[i], read_lines);
        CHECK(failure.failed);
        CHECK_STR(failure.field, "lines");
    }
}

TEST(a_form_reads_like_a_body)
{
    struct http_pairs pairs = {.count = 2, .pair = {{"name", "x"}, {"empty", ""}}};
    struct fields fields;
    failure = (struct fields_failure){0};
    object = fields_of_form(&pairs);
    fields_begin(&fields, object, &failure);
    CHECK_STR(fields_text(&fields, "name", FIELDS_REQUIRED, ten), "x");
    fields_end(&fields);
    CHECK(!failure.failed); /* an empty value is an absent one */
    json_decref(object);
}

TAP_MAIN(TAP(a_text_has_its_length_and_form), TAP(a_text_of_many_lines_has_something_to_read),
         TAP(a_field_that_nobody_asked_for_is_refused),
         TAP(the_first_failure_is_named_with_its_path), TAP(a_word_is_one_of_its_list),
         TAP(numbers_flags_times_and_ids_have_their_kinds), TAP(a_list_has_its_bounds),
         TAP(a_form_reads_like_a_body))
