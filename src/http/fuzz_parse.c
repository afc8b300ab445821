/* SPDX-License-Identifier: Apache-2.0
 *
 * All the small grammars and the route matcher over the same bytes. The first byte chooses one, the
 * rest is its text.
 */
#include "base/tap.h"
#include "http/body.h"
#include "http/parse.h"
#include "http/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void nothing(struct http_request *req)
{
    (void)req;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/a/b/c", .handle = nothing},
    {.method = HTTP_GET, .path = "/a/{x}/d", .handle = nothing},
    {.method = HTTP_GET, .path = "/{y}/b/{z}", .handle = nothing},
    {.method = HTTP_POST, .path = "/f/{rest*}", .handle = nothing},
};

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void try_pairs(char *text, enum http_lines lines)
{
    struct http_pairs pairs;
    if (http_pairs_parse(text, lines, &pairs) != HTTP_PARSE_OK)
        return;
    must(pairs.count <= HTTP_PAIRS);
    for (size_t i = 0; i < pairs.count; i++)
        must(*pairs.pair[i].name &&
             http_pairs_get(&pairs, pairs.pair[i].name) == pairs.pair[i].value);
}

static void try_cookie(const char *text)
{
    struct span value;
    if (http_cookie_find(text, "a", &value))
        must(value.len <= strlen(text));
}

static void try_range(const char *text)
{
    uint64_t offset = 0, length = 0;
    const uint64_t total = 1000;
    if (http_range_parse(text, total, &offset, &length) == HTTP_RANGE_PART)
        must(length >= 1 && offset < total && length <= total - offset);
    (void)http_etag_listed(text, "\"tag\"");
    (void)http_coding_taken(text, "gzip");
    (void)http_type_is(text, "application/json");
}

static void try_forwarded(const char *text)
{
    static const struct http_networks trusted = {.count = 1,
                                                 .net = {{.base = {{[15] = 1}}, .bits = 128}}};
    const struct http_address peer = {{[15] = 1}};
    struct http_address client;
    char room[HTTP_ADDRESS_ROOM];
    struct http_networks networks;
    http_forwarded_client(text, &trusted, &peer, &client);
    http_address_text(&client, room);
    must(room[0] != 0);
    (void)http_networks_parse(text, &networks);
}

static void try_path(char *text)
{
    static struct http_table *table;
    if (!table)
        must(http_table_new(routes, ARRAY_LEN(routes), &table) == 0);
    struct http_match match;
    size_t len = strlen(text);
    http_table_match(table, HTTP_GET, text, &match);
    for (int i = 0; match.route && i < HTTP_PARAMS && match.params[i]; i++)
        must(match.params[i] > text && match.params[i] <= text + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    AUTO_FREE char *text = malloc(size);
    char why[128];
    must(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    switch (data[0] % 7) {
    case 0:
        try_pairs(text, HTTP_ONE_LINE);
        break;
    case 1:
        try_pairs(text, HTTP_MANY_LINES);
        break;
    case 2:
        try_cookie(text);
        break;
    case 3:
        try_range(text);
        break;
    case 4:
        try_forwarded(text);
        break;
    case 5:
        try_path(text);
        break;
    default:
        json_decref(http_json_parse((struct span){data + 1, size - 1}, why));
    }
    return 0;
}
