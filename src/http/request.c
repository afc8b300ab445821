/* SPDX-License-Identifier: Apache-2.0
 *
 * Making a request, and all that can be asked of it.
 */
#include "http/request.h"

#include <errno.h>
#include <stdarg.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/exchange.h"

enum { NOTE_ROOM = 200 };

int64_t http_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* "http://host/path" is what a proxy may send; only the path counts. */
static const char *origin_form(const char *target)
{
    if (target[0] == '/' ||
        (strncasecmp(target, "http://", 7) != 0 && strncasecmp(target, "https://", 8) != 0))
        return target;
    const char *path = strchr(strchr(target, ':') + 3, '/');
    return path ? path : "/";
}

/* The time, what is random for this thread, and a count: unique, in order, and without a system
 * call. It is a name, not a secret. */
static void name_request(char out[ID_ROOM])
{
    static _Thread_local uint8_t bytes[16];
    static _Thread_local uint32_t count;
    if (count++ == 0) {
        char fresh[ID_ROOM];
        id_new(ID_REQUEST, fresh);
        id_to_bytes(fresh, bytes);
    }
    uint64_t now = (uint64_t)clock_now();
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(now >> (40 - 8 * i));
    for (int i = 0; i < 4; i++)
        bytes[12 + i] = (uint8_t)(count >> (24 - 8 * i));
    id_from_bytes(ID_REQUEST, bytes, out);
}

struct http_request *http_request_new(struct http_server *server, const char *target)
{
    target = origin_form(target);
    size_t len = strlen(target);
    bool target_long = len > server->config.target_limit;
    if (target_long)
        len = 0;
    struct http_request *req = calloc(1, sizeof *req + 2 * (len + 1));
    if (!req)
        return NULL;
    req->server = server;
    req->target_long = target_long;
    req->path = (char *)(req + 1);
    memcpy(req->path, target, len);
    char *query = strchr(req->path, '?');
    if (query) {
        *query++ = 0;
        req->query_text = query;
    }
    req->cut_path = req->path + len + 1;
    memcpy(req->cut_path, req->path, strlen(req->path));
    req->allow = "";
    name_request(req->id);
    return req;
}

void http_request_free(struct http_request *req)
{
    if (req->response)
        MHD_destroy_response(req->response);
    buf_free(&req->body);
    arena_free(&req->arena);
    free(req);
}

/* ---- Headers ---- */

/* Headers that mean something only once; the first two say where the body ends. */
static const struct {
    const char *name;
    size_t len;
} once[] = {{"Content-Length", 14},
            {"Transfer-Encoding", 17},
            {"Host", 4},
            {"Authorization", 13},
            {"Cookie", 6},
            {"Content-Type", 12},
            {"Origin", 6},
            {"Idempotency-Key", 15},
            {"Range", 5}};
enum { SEEN_LENGTH = 1, SEEN_ENCODING = 2 };

/* What the library spends on each header, query pair and cookie beside its text. */
enum { ENTRY_SIZE = 64 };

struct scan {
    struct http_request *req;
    unsigned seen; /* bits by position in `once` */
    bool bad;
    size_t memory; /* of the connection's, spent */
};

size_t http_request_reply_room(const struct http_config *config)
{
    return config->header_memory / 4;
}

static void scan_length(struct scan *scan, const char *value)
{
    uint64_t length;
    if (scan->seen & SEEN_ENCODING || !text_to_u64(value, 0, INT64_MAX, &length))
        scan->bad = true;
    else
        scan->req->body_expected = (int64_t)length;
}

static void scan_encoding(struct scan *scan, const char *value)
{
    if (scan->seen & SEEN_LENGTH || strcasecmp(value, "chunked") != 0)
        scan->bad = true;
    scan->req->body_expected = -1;
}

static size_t count_of(const char *text, char c)
{
    size_t count = 1;
    for (; (text = strchr(text, c)) != NULL; text++)
        count++;
    return count;
}

static enum MHD_Result scan_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct scan *scan = cls;
    (void)kind;
    if (!value)
        value = "";
    scan->memory += ENTRY_SIZE;
    if (name_len == 6 && strcasecmp(name, "cookie") == 0)
        scan->memory +=
            value_len + count_of(value, ';') * ENTRY_SIZE; /* it makes a copy to cut up */
    if (!http_header_name_ok(name) || !http_header_value_ok(value) || strlen(value) != value_len) {
        scan->bad = true;
        return MHD_NO;
    }
    if (name_len == 6 && strcasecmp(name, "expect") == 0)
        scan->req->expects_continue = strcasecmp(value, "100-continue") == 0;
    for (unsigned i = 0; i < ARRAY_LEN(once); i++) {
        if (name_len != once[i].len || strcasecmp(name, once[i].name) != 0)
            continue;
        scan->bad |= (scan->seen >> i & 1) != 0;
        if (i == 0)
            scan_length(scan, value);
        else if (i == 1)
            scan_encoding(scan, value);
        scan->seen |= 1u << i;
        break;
    }
    return MHD_YES;
}

void http_request_scan(struct http_request *req)
{
    struct scan scan = {.req = req};
    const struct http_config *config = &req->server->config;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(req->link, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    scan.memory = info ? info->header_size : 0;
    if (req->query_text)
        scan.memory += count_of(req->query_text, '&') * ENTRY_SIZE;
    MHD_get_connection_values_n(req->link, MHD_HEADER_KIND, scan_header, &scan);
    req->bad_headers = scan.bad;
    req->headers_large = scan.memory > config->header_memory - http_request_reply_room(config);
}

const char *http_header(struct http_request *req, const char *name)
{
    const char *value = MHD_lookup_connection_value(req->link, MHD_HEADER_KIND, name);
    if (!value)
        return NULL;
    size_t len = strlen(value), kept = len;
    while (kept > 0 && (value[kept - 1] == ' ' || value[kept - 1] == '\t'))
        kept--;
    if (kept == len)
        return value;
    struct arena *arena = http_arena(req);
    return arena ? arena_strndup(arena, value, kept) : NULL;
}

const char *http_cookie(struct http_request *req, const char *name)
{
    const char *header = http_header(req, "Cookie");
    struct span value;
    if (!header || !http_cookie_find(header, name, &value))
        return NULL;
    struct arena *arena = http_arena(req);
    return arena ? arena_strndup(arena, (const char *)value.data, value.len) : NULL;
}

bool http_wants_html(struct http_request *req)
{
    const char *accept = http_header(req, "Accept");
    return accept && strcasestr(accept, "text/html");
}

/* ---- Who ---- */

enum { FORWARDED_ROOM = 1024 };

/* All X-Forwarded-For headers as one, the last part of them when they are long: only the end can be
 * believed. */
static enum MHD_Result join_forwarded(void *cls, enum MHD_ValueKind kind, const char *name,
                                      size_t name_len, const char *value, size_t value_len)
{
    struct buf *joined = cls;
    (void)kind;
    if (name_len != 15 || strcasecmp(name, "x-forwarded-for") != 0 || !value)
        return MHD_YES;
    if (joined->len > 0)
        buf_byte(joined, ',');
    buf_add(joined, value, value_len);
    return MHD_YES;
}

static void find_client(struct http_request *req, struct http_address *out)
{
    *out = req->conn->peer;
    if (!http_networks_have(&req->server->trusted, out))
        return;
    AUTO_BUF struct buf joined;
    buf_init(&joined, FORWARDED_ROOM * 8);
    MHD_get_connection_values_n(req->link, MHD_HEADER_KIND, join_forwarded, &joined);
    if (!joined.failed)
        http_forwarded_client((const char *)joined.data, &req->server->trusted, &req->conn->peer,
                              out);
}

const char *http_client(struct http_request *req)
{
    struct http_address client;
    find_client(req, &client);
    struct arena *arena = http_arena(req);
    char *text = arena ? arena_alloc(arena, HTTP_ADDRESS_ROOM) : NULL;
    if (!text)
        return "";
    http_address_text(&client, text);
    return text;
}

void http_client_key(struct http_request *req, uint8_t key_out[16])
{
    struct http_address client;
    find_client(req, &client);
    http_address_key(&client, key_out);
}

/* ---- The rest ---- */

void *http_context(const struct http_request *req)
{
    return req->server->config.context;
}

const char *http_id(const struct http_request *req)
{
    return req->id;
}

enum http_method http_method(const struct http_request *req)
{
    return req->method;
}

const char *http_method_name(enum http_method method)
{
    static const char *const names[HTTP_METHODS] = {"GET",   "HEAD",   "POST",   "PUT",
                                                    "PATCH", "DELETE", "OPTIONS"};
    return (unsigned)method < HTTP_METHODS ? names[method] : "-";
}

const struct http_route *http_route(const struct http_request *req)
{
    return req->route;
}

const char *http_path(const struct http_request *req)
{
    return req->path;
}

const char *http_param(const struct http_request *req, const char *name)
{
    int position = req->route ? http_route_param(req->route, name) : -1;
    return position >= 0 ? req->params[position] : NULL;
}

const char *http_query(const struct http_request *req, const char *name)
{
    return req->query ? http_pairs_get(req->query, name) : NULL;
}

struct span http_body(const struct http_request *req)
{
    return (struct span){req->body.data, req->body.len};
}

int64_t http_body_expected(const struct http_request *req)
{
    return req->body_expected;
}

struct arena *http_arena(struct http_request *req)
{
    if (!req->arena)
        req->arena = arena_new(req->server->config.arena_limit);
    return req->arena;
}

void http_attach(struct http_request *req, void *attached)
{
    req->attached = attached;
}

void *http_attached(const struct http_request *req)
{
    return req->attached;
}

bool http_replied(const struct http_request *req)
{
    return req->status != 0;
}

int http_status(const struct http_request *req)
{
    return req->status;
}

void http_note(struct http_request *req, const char *format, ...)
{
    struct arena *arena = http_arena(req);
    if (!req->note && arena)
        req->note = arena_alloc(arena, NOTE_ROOM);
    if (!req->note)
        return;
    size_t len = strlen(req->note);
    if (len > 0 && len < NOTE_ROOM - 1)
        req->note[len++] = ' ';
    va_list args;
    va_start(args, format);
    vsnprintf(req->note + len, NOTE_ROOM - len, format, args);
    va_end(args);
    for (char *c = req->note + len; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}
