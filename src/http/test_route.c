/* SPDX-License-Identifier: Apache-2.0
 *
 * Matching paths, and refusing tables that contradict themselves.
 */
#include "base/log.h"
#include "base/tap.h"
#include "http/route.h"

static void nothing(struct http_request *req)
{
    (void)req;
}

static int sink_call(struct http_request *req)
{
    (void)req;
    return 0;
}
static int sink_write(struct http_request *req, struct span data)
{
    (void)req, (void)data;
    return 0;
}
static const struct http_sink sink = {sink_call, sink_write, nothing};

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/", .handle = nothing},
    {.method = HTTP_GET, .path = "/v1/deliveries", .handle = nothing},
    {.method = HTTP_POST, .path = "/v1/deliveries", .handle = nothing},
    {.method = HTTP_GET, .path = "/v1/deliveries/{id}", .handle = nothing},
    {.method = HTTP_PATCH, .path = "/v1/deliveries/{delivery}", .handle = nothing},
    {.method = HTTP_POST, .path = "/v1/deliveries/{id}/cancel", .handle = nothing},
    {.method = HTTP_POST, .path = "/v1/deliveries/search", .handle = nothing},
    {.method = HTTP_GET, .path = "/a/b/c", .handle = nothing},
    {.method = HTTP_GET, .path = "/a/{x}/d", .handle = nothing},
    {.method = HTTP_GET, .path = "/drive/", .handle = nothing},
    {.method = HTTP_GET, .path = "/drive/{file*}", .handle = nothing},
    {.method = HTTP_GET, .path = "/two/{one}/{two}", .handle = nothing},
    {.method = HTTP_POST,
     .path = "/up",
     .handle = nothing,
     .body = HTTP_BODY_STREAMED,
     .sink = &sink},
};

static char path_room[4096];
static struct http_match got;
static struct http_table *table;

/* The index of the route that a path finds, or -1. */
static int find(enum http_method method, const char *path)
{
    snprintf(path_room, sizeof path_room, "%s", path);
    http_table_match(table, method, path_room, &got);
    return got.route ? (int)(got.route - routes) : -1;
}

TEST(the_table_is_built)
{
    CHECK_INT(http_table_new(routes, ARRAY_LEN(routes), &table), 0);
}

TEST(paths_find_their_routes)
{
    CHECK_INT(find(HTTP_GET, "/"), 0);
    CHECK_INT(find(HTTP_GET, "/v1/deliveries"), 1);
    CHECK_INT(find(HTTP_HEAD, "/v1/deliveries"), 1);
    CHECK_INT(find(HTTP_POST, "/v1/deliveries"), 2);
    CHECK_INT(find(HTTP_GET, "/v1/deliveries/dlv_1"), 3);
    CHECK_STR(got.params[http_route_param(got.route, "id")], "dlv_1");
    CHECK_INT(find(HTTP_PATCH, "/v1/deliveries/dlv_1"), 4);
    CHECK_INT(http_route_param(got.route, "id"), -1);
    CHECK_INT(http_route_param(got.route, "delivery"), 0);
    CHECK_INT(find(HTTP_POST, "/v1/deliveries/dlv_1/cancel"), 5);
    CHECK_INT(find(HTTP_POST, "/v1/deliveries/search"), 6);
    CHECK_INT(find(HTTP_GET, "/two/x/y"), 11);
    CHECK_STR(got.params[http_route_param(got.route, "two")], "y");
    CHECK_INT(http_route_param(got.route, "on"), -1);
}

TEST(escapes_are_decoded_by_segment)
{
    CHECK_INT(find(HTTP_GET, "/v1/%64eliveries/caf%C3%A9"), 3);
    CHECK_STR(got.params[0], "café");
    CHECK_INT(find(HTTP_GET, "/two/%41%42/%43d"), 11);
    CHECK_STR(got.params[0], "AB");
    CHECK_STR(got.params[1], "Cd");
    CHECK_INT(find(HTTP_GET, "/v1/deliveries/a+b"), 3);
    CHECK_STR(got.params[0], "a+b");
}

TEST(unclean_paths_are_named_so)
{
    static const char *const bad[] = {"/v1/deliveries/%",
                                      "/v1/deliveries/%00",
                                      "/v1/deliveries/%2f",
                                      "/v1/deliveries/a%2Fb",
                                      "/v1/deliveries/%ff",
                                      "/v1/deliveries/%0a",
                                      "/drive/../x",
                                      "/drive/%2e%2e/x",
                                      "/./",
                                      "/drive/.",
                                      "x",
                                      "",
                                      "*"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK_INT(find(HTTP_GET, bad[i]), -1);
        CHECK(got.unclean);
    }
}

TEST(plain_text_wins_over_a_parameter)
{
    CHECK_INT(find(HTTP_GET, "/v1/deliveries/search"), -1);
    CHECK_STR(got.allow, "POST, OPTIONS");
    CHECK_INT(find(HTTP_GET, "/a/b/c"), 7);
    CHECK_INT(find(HTTP_GET, "/a/b/d"), 8);
    CHECK_STR(got.params[0], "b");
    CHECK_INT(find(HTTP_GET, "/a/b/e"), -1);
    CHECK_INT(got.allowed, 0);
}

TEST(the_rest_is_one_text)
{
    CHECK_INT(find(HTTP_GET, "/drive/"), 9);
    CHECK_INT(find(HTTP_GET, "/drive/app.js"), 10);
    CHECK_STR(got.params[0], "app.js");
    CHECK_INT(find(HTTP_GET, "/drive/a/b%20c/d.js"), 10);
    CHECK_STR(got.params[0], "a/b c/d.js");
    CHECK_INT(find(HTTP_GET, "/drive"), -1);
}

TEST(what_is_not_there_is_not_found)
{
    static const char *const absent[] = {"/v1",
                                         "/v1/",
                                         "/v1/deliveries/",
                                         "//",
                                         "/v1//deliveries",
                                         "/V1/deliveries",
                                         "/two/x",
                                         "/two//y",
                                         "/two/x/y/z",
                                         "/v1/deliveries/x/cancel/"};
    for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
        CHECK_INT(find(HTTP_GET, absent[i]), -1);
        CHECK_INT(got.allowed, 0);
        CHECK(!got.unclean);
    }
    char deep[4096] = "";
    for (int i = 0; i < 2000; i++)
        deep[i] = '/';
    CHECK_INT(find(HTTP_GET, deep), -1);
}

TEST(a_path_says_what_it_takes)
{
    CHECK_INT(find(HTTP_DELETE, "/v1/deliveries"), -1);
    CHECK_STR(got.allow, "GET, HEAD, POST, OPTIONS");
    CHECK_INT(find(HTTP_PUT, "/v1/deliveries/x"), -1);
    CHECK_STR(got.allow, "GET, HEAD, PATCH, OPTIONS");
    CHECK(got.allowed & 1u << HTTP_HEAD);
}

static int build(const struct http_route *list, size_t count)
{
    struct http_table *made = NULL;
    int result = http_table_new(list, count, &made);
    http_table_free(&made);
    return result;
}

TEST(contradictory_tables_are_refused)
{
    http_table_free(&table);
    log_set_level((enum log_level) - 1); /* they are logged as errors, as they should be */
    const struct http_route twice[] = {{.method = HTTP_GET, .path = "/x/{a}", .handle = nothing},
                                       {.method = HTTP_GET, .path = "/x/{b}", .handle = nothing}};
    CHECK_INT(build(twice, 2), HTTP_TABLE_BAD);
    static const char *const bad[] = {"x",
                                      "/a//b",
                                      "/{}",
                                      "/{a",
                                      "/a}",
                                      "/x{a}",
                                      "/{a*}/b",
                                      "/%41",
                                      "/{A}",
                                      "/{a}{b}",
                                      "/{*}",
                                      "/\x01",
                                      "/{a}/{b}/{c}/{d}/{e}",
                                      "/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct http_route one = {.method = HTTP_GET, .path = bad[i], .handle = nothing};
        CHECK_INT(build(&one, 1), HTTP_TABLE_BAD);
    }
    const struct http_route no_handler = {.method = HTTP_GET, .path = "/x"};
    const struct http_route no_sink = {
        .method = HTTP_POST, .path = "/x", .handle = nothing, .body = HTTP_BODY_STREAMED};
    const struct http_route odd_sink = {
        .method = HTTP_POST, .path = "/x", .handle = nothing, .sink = &sink};
    CHECK_INT(build(&no_handler, 1), HTTP_TABLE_BAD);
    CHECK_INT(build(&no_sink, 1), HTTP_TABLE_BAD);
    CHECK_INT(build(&odd_sink, 1), HTTP_TABLE_BAD);
}

TAP_MAIN(TAP(the_table_is_built), TAP(paths_find_their_routes), TAP(escapes_are_decoded_by_segment),
         TAP(unclean_paths_are_named_so), TAP(plain_text_wins_over_a_parameter),
         TAP(the_rest_is_one_text), TAP(what_is_not_there_is_not_found),
         TAP(a_path_says_what_it_takes), TAP(contradictory_tables_are_refused))
