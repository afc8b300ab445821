/* SPDX-License-Identifier: Apache-2.0
 *
 * Problems: errors as RFC 9457 tells them. A problem is a constant: a stable type, a status and a
 * title; each reply adds a detail. The application has its own table; these are the ones that any
 * HTTP server needs, declared once.
 */
#ifndef PORCHLIGHT_HTTP_PROBLEM_H
#define PORCHLIGHT_HTTP_PROBLEM_H

#include "lang/msg.h"

struct http_problem {
    const char *type; /* "/problems/not-found": a relative URI, the machine's name for it */
    int status;
    const char *title; /* the same for every occurrence */
};

/*      constant                        slug                      status  title */
#define HTTP_PROBLEMS(X)                                                                           \
    X(http_bad_request, "bad-request", 400, MSG("The request is not well-formed"))                 \
    X(http_unauthorized, "unauthorized", 401, MSG("Sign in first"))                                \
    X(http_forbidden, "forbidden", 403, MSG("Not allowed"))                                        \
    X(http_not_found, "not-found", 404, MSG("There is nothing here"))                              \
    X(http_method_not_allowed, "method-not-allowed", 405,                                          \
      MSG("This path does not take that method"))                                                  \
    X(http_timeout, "timeout", 408, MSG("The request took too long"))                              \
    X(http_conflict, "conflict", 409, MSG("This does not fit the present state"))                  \
    X(http_gone, "gone", 410, MSG("This is no longer here"))                                       \
    X(http_precondition_failed, "precondition-failed", 412,                                        \
      MSG("A precondition of the request does not hold"))                                          \
    X(http_payload_too_large, "payload-too-large", 413, MSG("The body is too large"))              \
    X(http_uri_too_long, "uri-too-long", 414, MSG("The address is too long"))                      \
    X(http_unsupported_media_type, "unsupported-media-type", 415,                                  \
      MSG("The body is of a type that is not taken here"))                                         \
    X(http_range_not_satisfiable, "range-not-satisfiable", 416,                                    \
      MSG("The range lies outside the content"))                                                   \
    X(http_unprocessable, "unprocessable", 422, MSG("The content is not acceptable"))              \
    X(http_locked, "locked", 423, MSG("Busy; come back later"))                                    \
    X(http_too_many_requests, "too-many-requests", 429, MSG("Too many requests"))                  \
    X(http_headers_too_large, "headers-too-large", 431, MSG("The headers are too large"))          \
    X(http_internal, "internal", 500, MSG("Something went wrong on our side"))                     \
    X(http_unavailable, "unavailable", 503, MSG("Busy or stopping; come back later"))              \
    X(http_insufficient_storage, "insufficient-storage", 507, MSG("There is no room to store this"))

#define HTTP_PROBLEM_DECLARE(name, slug, status, title) extern const struct http_problem name;
HTTP_PROBLEMS(HTTP_PROBLEM_DECLARE)
#undef HTTP_PROBLEM_DECLARE

#endif
