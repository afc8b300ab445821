/* SPDX-License-Identifier: Apache-2.0
 *
 * Making replies. A reply is made on the thread that gives it and handed to the network thread
 * whole.
 *
 * All our headers go to the library as one. It keeps each header in three allocations and looks at
 * each byte four times, which for seven headers costs a tenth of a small GET. So we give it the
 * first, X-Request-Id, with the others behind it in the value, a marker where each line ends, and
 * turn the markers into CR LF in the library's own copy. Every name and value in that text is a
 * constant of ours or has passed http_header_name_ok and http_header_value_ok, so no stranger can
 * add a line; a marker byte cannot occur in either.
 */
#include <errno.h>
#include <strings.h>

#include "base/log.h"
#include "http/exchange.h"
#include "http/json.h"

#define LINE_END "\1\1"

struct default_header {
    const char *name, *value;
    enum { EVERY, PAGES, OTHERS } on;
};

static const struct default_header defaults[] = {
    {"Cache-Control", "no-store", EVERY},
    {"X-Content-Type-Options", "nosniff", EVERY},
    {"X-Frame-Options", "DENY", EVERY},
    {"Referrer-Policy", "same-origin", EVERY},
    {"Cross-Origin-Resource-Policy", "same-origin", EVERY},
    {"Cross-Origin-Opener-Policy", "same-origin", PAGES},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()", PAGES},
    {"Content-Security-Policy", NULL, PAGES}, /* the configuration's */
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", OTHERS},
};

/* The status line, Date, Connection, Content-Length, and the name of X-Request-Id. */
enum { LIBRARY_HEADERS = 256, HEADER_ROOM = 8 * 1024 };

/* ---- Headers ---- */

static bool is_set(const struct http_request *req, const char *name)
{
    for (const struct http_set *set = req->set; set; set = set->next)
        if (strcasecmp(set->name, name) == 0)
            return true;
    return false;
}

static void add_line(struct buf *text, const char *name, const char *value)
{
    if (!*value)
        return;
    buf_text(text, LINE_END);
    buf_text(text, name);
    buf_text(text, ": ");
    buf_text(text, value);
}

/* The default headers of pages or of other replies, but for those that `req` (NULL: none) sets
 * itself. */
static void add_defaults(struct buf *text, const struct http_config *config, bool page,
                         const struct http_request *req)
{
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
        const struct default_header *header = &defaults[i];
        if (header->on != EVERY && (header->on == PAGES) != page)
            continue;
        if (!req || !is_set(req, header->name))
            add_line(text, header->name, header->value ? header->value : config->html_policy);
    }
}

static char *default_text(const struct http_config *config, bool page)
{
    struct buf text;
    buf_init(&text, HEADER_ROOM);
    add_defaults(&text, config, page, NULL);
    size_t len;
    return (char *)buf_take(&text, &len);
}

bool http_reply_prepare(struct http_server *server)
{
    server->page_headers = default_text(&server->config, true);
    server->plain_headers = default_text(&server->config, false);
    return server->page_headers && server->plain_headers;
}

/* Turns the markers into line ends, in the library's copy of the text. */
static void end_lines(struct MHD_Response *response)
{
    char *at = (char *)(uintptr_t)MHD_get_response_header(response, "X-Request-Id");
    while (at && (at = strchr(at, LINE_END[0])) != NULL) {
        *at++ = '\r';
        *at++ = '\n';
    }
}

/* All lines that are not the library's, from the value of X-Request-Id on, with markers at their
 * ends. */
static bool add_lines(struct http_request *req, const char *type, struct buf *text)
{
    struct http_server *server = req->server;
    bool page = type && strncmp(type, "text/html", 9) == 0;
    buf_text(text, req->id);
    if (type)
        add_line(text, "Content-Type", type);
    if (req->set)
        add_defaults(text, &server->config, page, req);
    else if (!req->headers_large) /* else there is hardly room for what was added already */
        buf_text(text, page ? server->page_headers : server->plain_headers);
    for (const struct http_set *set = req->set; set; set = set->next)
        add_line(text, set->name, set->value);
    return !text->failed && (!type || http_header_value_ok(type));
}

static bool add_headers(struct http_request *req, struct MHD_Response *response, const char *type)
{
    AUTO_BUF struct buf text;
    buf_init(&text, http_request_reply_room(&req->server->config) - LIBRARY_HEADERS);
    if (!add_lines(req, type, &text) ||
        MHD_add_response_header(response, "X-Request-Id", (const char *)text.data) != MHD_YES)
        return false;
    end_lines(response);
    return true;
}

bool http_reply_lines(struct http_request *req, const char *type, struct buf *out)
{
    buf_text(out, "X-Request-Id: ");
    size_t from = out->len;
    if (!add_lines(req, type, out))
        return false;
    for (size_t i = from; i + 1 < out->len; i++)
        if (out->data[i] == LINE_END[0]) {
            out->data[i++] = '\r';
            out->data[i] = '\n';
        }
    return true;
}

/* Headers that the server makes itself. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {"Content-Length", "Transfer-Encoding", "Connection",
                                       "Date",           "X-Request-Id",      "Content-Type"};
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (strcasecmp(name, ours[i]) == 0)
            return true;
    return false;
}

static bool add_set(struct http_request *req, const char *name, const char *value)
{
    struct arena *arena = http_arena(req);
    struct http_set *set = arena ? arena_alloc(arena, sizeof *set) : NULL;
    if (!set)
        return false;
    set->name = arena_strdup(arena, name);
    set->value = arena_strdup(arena, value);
    if (!set->name || !set->value)
        return false;
    struct http_set **last = &req->set;
    while (*last)
        last = &(*last)->next;
    *last = set;
    return true;
}

bool http_set_header(struct http_request *req, const char *name, const char *value)
{
    if (!http_header_name_ok(name) || !http_header_value_ok(value) || is_ours(name))
        return false;
    for (struct http_set **at = &req->set; *at; at = &(*at)->next)
        if (strcasecmp((*at)->name, name) == 0) {
            *at = (*at)->next;
            break;
        }
    return add_set(req, name, value);
}

bool http_set_cookie(struct http_request *req, const char *name, const char *value,
                     unsigned max_age)
{
    struct arena *arena = http_arena(req);
    if (!arena || strncmp(name, "__Host-", 7) != 0 || !http_cookie_name_ok(name) ||
        !http_cookie_value_ok(value))
        return false;
    const char *age = max_age ? arena_printf(arena, "; Max-Age=%u", max_age) : "";
    const char *text = age ? arena_printf(arena, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax%s",
                                          name, value, age)
                           : NULL;
    return text && add_set(req, "Set-Cookie", text);
}

bool http_clear_cookie(struct http_request *req, const char *name)
{
    struct arena *arena = http_arena(req);
    if (!arena || strncmp(name, "__Host-", 7) != 0 || !http_cookie_name_ok(name))
        return false;
    const char *text =
        arena_printf(arena, "%s=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0", name);
    return text && add_set(req, "Set-Cookie", text);
}

/* ---- Replies ---- */

void http_reply_give(struct http_request *req, int status, const char *type,
                     struct MHD_Response *response, uint64_t size)
{
    if (!response || !add_headers(req, response, type)) {
        if (response)
            MHD_destroy_response(response);
        log_fault("http.reply", -ENOMEM, "request=%s", req->id);
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        status = 500;
        size = 0;
    }
    req->response = response; /* NULL still: the connection will be closed */
    req->status = status;
    req->reply_size = size;
}

bool http_reply_may(struct http_request *req, int status)
{
    if (req->status != 0 || status < 200 || status > 599) {
        log_fault("http.reply", -EINVAL, "request=%s status=%d already=%d", req->id, status,
                  req->status);
        return false;
    }
    return true;
}

bool http_reply_is_bodiless(const struct http_request *req, int status)
{
    return status == 204 || status == 304 || (req->method == HTTP_HEAD && !req->wire_head);
}

void http_reply_empty(struct http_request *req, int status)
{
    if (http_reply_may(req, status))
        http_reply_give(req, status, NULL,
                        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), 0);
}

void http_reply_owned(struct http_request *req, int status, const char *type, void *data,
                      size_t len)
{
    if (!http_reply_may(req, status)) {
        free(data);
        return;
    }
    if (http_reply_is_bodiless(req, status)) {
        free(data);
        http_reply_empty(req, status);
        return;
    }
    struct MHD_Response *response = NULL;
    if (data)
        response = MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
    else if (len == 0)
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response)
        free(data);
    http_reply_give(req, status, type, response, len);
}

static void give_bytes(struct http_request *req, int status, const char *type, struct span bytes,
                       enum MHD_ResponseMemoryMode mode)
{
    if (!http_reply_may(req, status))
        return;
    if (http_reply_is_bodiless(req, status)) {
        http_reply_empty(req, status);
        return;
    }
    /* The library only reads what it is to copy, or to send as it stands. */
    void *data = (void *)(uintptr_t)bytes.data;
    http_reply_give(req, status, type, MHD_create_response_from_buffer(bytes.len, data, mode),
                    bytes.len);
}

void http_reply_bytes(struct http_request *req, int status, const char *type, struct span bytes)
{
    give_bytes(req, status, type, bytes, MHD_RESPMEM_MUST_COPY);
}

void http_reply_constant(struct http_request *req, int status, const char *type, struct span bytes)
{
    give_bytes(req, status, type, bytes, MHD_RESPMEM_PERSISTENT);
}

void http_reply_json(struct http_request *req, int status, json_t *json)
{
    size_t len = 1; /* of what is not there: a fault */
    char *text = http_json_text(json, &len);
    json_decref(json);
    http_reply_owned(req, status, "application/json", text, len);
}

void http_redirect(struct http_request *req, int status, const char *location)
{
    if (!*location || strchr(location, ' ') || !http_set_header(req, "Location", location))
        http_fault(req, log_fault("http.redirect", -EINVAL, "request=%s", req->id));
    else
        http_reply_empty(req, status);
}

void http_reply_ensure(struct http_request *req)
{
    if (!http_replied(req))
        http_fault(req, log_fault("http.no_reply", -EPROTO, "request=%s", req->id));
}
