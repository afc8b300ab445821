/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of routes: all paths a stranger can name. It is constant data of the application; the
 * server builds a tree from it at start, and refuses to start when two routes could answer the same
 * request.
 *
 * A path is segments, each plain text or one {parameter}; the last may be {name*}, which takes the
 * rest of the path, slashes included. Where plain text and a parameter both fit, the plain text
 * wins, for every method of that path. A trailing slash is part of the path.
 */
#ifndef PORCHLIGHT_HTTP_ROUTE_H
#define PORCHLIGHT_HTTP_ROUTE_H

#include "base/base.h"

struct http_request;

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS
};
enum { HTTP_METHODS = HTTP_OPTIONS + 1, HTTP_PARAMS = 4, HTTP_SEGMENTS = 16 };

typedef void http_handler(struct http_request *req);

enum http_body {
    HTTP_BODY_NONE,     /* a body is refused */
    HTTP_BODY_BUFFERED, /* read into memory, up to the limit; see http_body() */
    HTTP_BODY_STREAMED, /* given to the sink as it arrives */
};

/* Where a streamed body goes. All three run on the network thread and must not block (memory and
 * page cache are fine). After an open() that returned 0, exactly one of the route's handler and
 * abandon() is called, once. */
struct http_sink {
    /* After the headers and admit(). 0 to go on; anything else says that it has replied: the body
     * is not read. */
    int (*open)(struct http_request *req);
    /* The next bytes. 0 to go on; anything else says that it has replied; abandon() follows at
     * once. */
    int (*write)(struct http_request *req, struct span data);
    /* The body will not become whole: connection lost, timed out, too long, or no handler free
     * (then 503 is replied). */
    void (*abandon)(struct http_request *req);
};

enum http_route_flags {
    HTTP_OVERRIDE = 1,    /* may be reached by POST with X-HTTP-Method-Override */
    HTTP_ON_POOL = 2,     /* GET, HEAD: runs on the handler pool, since it blocks */
    HTTP_LOCKED_HEAD = 4, /* HEAD: passing trouble of the server's own answers 423 instead of 503 */
    HTTP_QUIET = 8,       /* no access log line (health checks) */
};

struct http_route {
    enum http_method method;
    const char *path; /* "/v1/deliveries/{id}" */
    unsigned who;     /* the application's own; opaque here */
    http_handler *handle;
    enum http_body body;
    const struct http_sink *sink; /* of HTTP_BODY_STREAMED */
    unsigned flags;
    uint64_t body_limit; /* bytes; 0: the server's body_limit */
};

/* ---- Used by the server and its tests ---- */

struct http_table;

/* What matched. `allowed` is a set of bits 1 << method; HEAD is in it wherever GET is, OPTIONS
 * always. */
struct http_match {
    const struct http_route *route; /* NULL: no such path (allowed == 0), or no such method */
    unsigned allowed;
    const char *allow;               /* the Allow header's value; lives as long as the table */
    const char *params[HTTP_PARAMS]; /* in the order of the path; point into `path` */
    bool unclean; /* the path, or a parameter, is not clean text; route is NULL */
};

/* Builds the tree. Positive HTTP_TABLE_BAD: a path is ill-formed or two routes collide (logged).
 * The routes are kept. */
enum { HTTP_TABLE_BAD = 1 };
int http_table_new(const struct http_route *routes, size_t count, struct http_table **out);
void http_table_free(struct http_table **table);

/* Matches a path (as sent, no query, any bytes), which is cut up and decoded in place. */
void http_table_match(const struct http_table *table, enum http_method method, char *path,
                      struct http_match *out);

/* The position of a parameter in the route's path, or -1. */
int http_route_param(const struct http_route *route, const char *name);

#endif
