/* SPDX-License-Identifier: Apache-2.0
 *
 * Problems as replies: JSON for programs, and where the application has one, a page for people.
 */
#include <errno.h>
#include <stdarg.h>

#include "base/log.h"
#include "http/exchange.h"

enum { DETAIL_ROOM = 512 };

static void set_text(json_t *json, const char *name, const char *text)
{
    if (text && json_object_set_new(json, name, json_string(text)) != 0)
        log_event(LOG_WARN, "http.problem_text", "member=%s", name); /* not UTF-8: left away */
}

/* `members` (borrowed) may be NULL. */
static void give_problem(struct http_request *req, const struct http_problem *problem,
                         const char *field, const char *detail, json_t *members)
{
    const struct http_config *config = &req->server->config;
    if (config->problem_page && !req->in_problem_page && http_wants_html(req)) {
        req->in_problem_page = true;
        if (config->problem_page(req, problem, detail))
            return;
    }
    json_t *json = json_object();
    set_text(json, "type", problem->type);
    set_text(json, "title", problem->title);
    json_object_set_new(json, "status", json_integer(problem->status));
    set_text(json, "detail", detail);
    set_text(json, "field", field);
    set_text(json, "instance", req->id);
    if (members && json_object_update_missing(json, members) != 0)
        log_event(LOG_WARN, "http.problem_members", "request=%s", req->id);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    http_reply_owned(req, problem->status, "application/problem+json", text,
                     text ? strlen(text) : 1);
}

/* The detail of one of the three below; NULL for none. */
__attribute__((format(printf, 2, 0))) static const char *
make_detail(char room[DETAIL_ROOM], const char *format, va_list args)
{
    if (!format)
        return NULL;
    vsnprintf(room, DETAIL_ROOM, format, args);
    return room;
}

void http_problem(struct http_request *req, const struct http_problem *problem, const char *format,
                  ...)
{
    char room[DETAIL_ROOM];
    va_list args;
    va_start(args, format);
    const char *detail = make_detail(room, format, args);
    va_end(args);
    give_problem(req, problem, NULL, detail, NULL);
}

void http_problem_field(struct http_request *req, const struct http_problem *problem,
                        const char *field, const char *format, ...)
{
    char room[DETAIL_ROOM];
    va_list args;
    va_start(args, format);
    const char *detail = make_detail(room, format, args);
    va_end(args);
    give_problem(req, problem, field, detail, NULL);
}

void http_problem_members(struct http_request *req, const struct http_problem *problem,
                          const char *field, const char *detail, json_t *members)
{
    give_problem(req, problem, field, detail, members);
    json_decref(members);
}

void http_problem_later(struct http_request *req, const struct http_problem *problem,
                        unsigned seconds, const char *format, ...)
{
    char room[DETAIL_ROOM], text[16];
    va_list args;
    va_start(args, format);
    const char *detail = make_detail(room, format, args);
    va_end(args);
    snprintf(text, sizeof text, "%u", seconds);
    http_set_header(req, "Retry-After", text);
    give_problem(req, problem, NULL, detail, NULL);
}

void http_fault(struct http_request *req, int fault)
{
    if (fault == -ENOSPC || fault == -EDQUOT)
        http_problem(req, &http_insufficient_storage, NULL);
    else if (fault == -EBUSY)
        http_reply_busy(req, NULL);
    else
        http_problem(req, &http_internal, NULL);
}

void http_reply_busy(struct http_request *req, const char *why)
{
    bool locked = req->method == HTTP_HEAD && req->route && req->route->flags & HTTP_LOCKED_HEAD;
    http_problem_later(req, locked ? &http_locked : &http_unavailable, 1, why ? "%s" : NULL, why);
}
