/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of routes. A node is the path so far; its children are the plain segments that can
 * follow, one parameter, and one {rest*}. Matching walks down segment by segment and turns back
 * only where a plain segment led nowhere, so its cost is that of the path's length. The tree is
 * built once and never changes, so any thread may read it.
 */
#include "http/route.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"

struct node {
    const char
        *text; /* a plain segment, NUL- or '/'-terminated; NULL for a parameter and the root */
    size_t len;
    struct node *next, *children; /* sorted by nothing: a few each */
    struct node *parameter, *rest;
    const struct http_route *route[HTTP_METHODS];
    unsigned allowed;
    char allow[64]; /* room for all seven methods */
};

struct http_table {
    struct node root;
};

static const char *const method_names[HTTP_METHODS] = {"GET",   "HEAD",   "POST",   "PUT",
                                                       "PATCH", "DELETE", "OPTIONS"};

/* ---- Building ---- */

static void free_node(struct node *node)
{
    if (!node)
        return;
    for (struct node *child = node->children; child;) {
        struct node *next = child->next;
        free_node(child);
        free(child);
        child = next;
    }
    free_node(node->parameter);
    free(node->parameter);
    free_node(node->rest);
    free(node->rest);
}

void http_table_free(struct http_table **table)
{
    if (!*table)
        return;
    free_node(&(*table)->root);
    free(*table);
    *table = NULL;
}

static struct node *plain_child(const struct node *node, const char *text, size_t len)
{
    for (struct node *child = node->children; child; child = child->next)
        if (child->len == len && memcmp(child->text, text, len) == 0)
            return child;
    return NULL;
}

enum kind { KIND_PLAIN, KIND_PARAMETER, KIND_REST, KIND_BAD };

static enum kind segment_kind(const char *text, size_t len)
{
    if (!memchr(text, '{', len) && !memchr(text, '}', len) && !memchr(text, '%', len))
        return text_is_clean(text, len, false) ? KIND_PLAIN : KIND_BAD;
    if (len < 3 || text[0] != '{' || text[len - 1] != '}')
        return KIND_BAD;
    bool rest = text[len - 2] == '*';
    size_t name_len = len - (rest ? 3 : 2);
    if (name_len == 0)
        return KIND_BAD;
    for (size_t i = 1; i <= name_len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || text[i] == '_'))
            return KIND_BAD;
    return rest ? KIND_REST : KIND_PARAMETER;
}

/* The child for one segment of a route's path, made when it is new; NULL without memory. */
static struct node *child_for(struct node *node, enum kind kind, const char *text, size_t len)
{
    struct node **place = kind == KIND_PARAMETER ? &node->parameter : &node->rest;
    struct node *found = kind == KIND_PLAIN ? plain_child(node, text, len) : *place;
    if (found)
        return found;
    struct node *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    if (kind == KIND_PLAIN) {
        made->text = text;
        made->len = len;
        made->next = node->children;
        node->children = made;
    } else {
        *place = made;
    }
    return made;
}

static int bad_route(const struct http_route *route, const char *why)
{
    log_event(LOG_ERROR, "http.bad_route", "route=%s why=%s", route->path ? route->path : "", why);
    return HTTP_TABLE_BAD;
}

static int check_route(const struct http_route *route)
{
    if (!route->path || route->path[0] != '/')
        return bad_route(route, "path");
    if ((unsigned)route->method >= HTTP_METHODS || !route->handle)
        return bad_route(route, "method_or_handler");
    bool streamed = route->body == HTTP_BODY_STREAMED;
    if (streamed != (route->sink != NULL))
        return bad_route(route, "sink");
    if (streamed && !(route->sink->open && route->sink->write && route->sink->abandon))
        return bad_route(route, "sink");
    return 0;
}

static int add_route(struct http_table *table, const struct http_route *route)
{
    int bad = check_route(route);
    if (bad)
        return bad;
    struct node *node = &table->root;
    int params = 0, segments = 0;
    enum kind kind = KIND_PLAIN;
    for (const char *at = route->path; *at == '/';) {
        size_t len = strcspn(++at, "/");
        if (kind == KIND_REST || ++segments > HTTP_SEGMENTS)
            return bad_route(route, "segments");
        kind = segment_kind(at, len);
        params += kind != KIND_PLAIN;
        if (kind == KIND_BAD || params > HTTP_PARAMS || (len == 0 && at[0]))
            return bad_route(route, "segment");
        node = child_for(node, kind, at, len);
        if (!node)
            return log_fault("http.table", -ENOMEM, "route=%s", route->path);
        at += len;
    }
    if (node->route[route->method])
        return bad_route(route, "declared_twice");
    node->route[route->method] = route;
    return 0;
}

/* Fills `allowed` and `allow` of a node and all below it. */
static void finish_node(struct node *node)
{
    for (int m = 0; m < HTTP_METHODS; m++)
        if (node->route[m])
            node->allowed |= 1u << m;
    if (node->allowed) {
        if (node->allowed & 1u << HTTP_GET)
            node->allowed |= 1u << HTTP_HEAD;
        node->allowed |= 1u << HTTP_OPTIONS;
    }
    size_t len = 0;
    for (int m = 0; m < HTTP_METHODS; m++)
        if (node->allowed & 1u << m)
            len += (size_t)snprintf(node->allow + len, sizeof node->allow - len, "%s%s",
                                    len ? ", " : "", method_names[m]);
    for (struct node *child = node->children; child; child = child->next)
        finish_node(child);
    if (node->parameter)
        finish_node(node->parameter);
    if (node->rest)
        finish_node(node->rest);
}

int http_table_new(const struct http_route *routes, size_t count, struct http_table **out)
{
    struct http_table *table = calloc(1, sizeof *table);
    if (!table)
        return log_fault("http.table", -ENOMEM, "routes=%zu", count);
    for (size_t i = 0; i < count; i++) {
        int result = add_route(table, &routes[i]);
        if (result) {
            http_table_free(&table);
            return result;
        }
    }
    finish_node(&table->root);
    *out = table;
    return 0;
}

/* ---- Matching ---- */

struct walk {
    char *segment[HTTP_SEGMENTS + 1];
    size_t len[HTTP_SEGMENTS + 1];
    int count;
    char *end; /* of the path */
    const char *params[HTTP_PARAMS];
};

static const struct node *walk_down(const struct node *node, struct walk *walk, int at, int params)
{
    if (at == walk->count)
        return node->allowed ? node : NULL;
    const struct node *found = NULL;
    const struct node *child = plain_child(node, walk->segment[at], walk->len[at]);
    if (child)
        found = walk_down(child, walk, at + 1, params);
    if (!found && node->parameter && walk->len[at] > 0) {
        walk->params[params] = walk->segment[at];
        found = walk_down(node->parameter, walk, at + 1, params + 1);
    }
    if (!found && node->rest && walk->segment[at] < walk->end) {
        walk->params[params] = walk->segment[at];
        /* The cuts between its segments become slashes again. */
        for (int i = at + 1; i < walk->count; i++)
            *(walk->segment[i] - 1) = '/';
        found = node->rest;
    }
    return found;
}

/* Cuts the path at its slashes and decodes each segment. The pieces stay side by side, one NUL
 * between them, so that a {rest*} can be made one text again. False when the path is not clean. */
static bool cut(char *path, struct walk *walk)
{
    char *from = path, *to = path; /* `to` never overtakes `from` */
    for (bool more = *from == '/'; more;) {
        if (walk->count > HTTP_SEGMENTS)
            return true; /* deeper than any route: it matches none */
        size_t len = strcspn(++from, "/");
        more = from[len] == '/';
        from[len] = 0;
        if (memchr(from, '%', len) && (!text_unpercent(from, false) || strchr(from, '/')))
            return false;
        size_t decoded = strlen(from);
        if (!text_is_clean(from, decoded, false) || strcmp(from, ".") == 0 ||
            strcmp(from, "..") == 0)
            return false;
        *to++ = 0;
        memmove(to, from, decoded + 1);
        walk->segment[walk->count] = to;
        walk->len[walk->count++] = decoded;
        to += decoded;
        from += len;
    }
    walk->end = to;
    return walk->count > 0;
}

void http_table_match(const struct http_table *table, enum http_method method, char *path,
                      struct http_match *out)
{
    struct walk walk = {0};
    *out = (struct http_match){.allow = ""};
    if (!cut(path, &walk)) {
        out->unclean = true;
        return;
    }
    const struct node *node =
        walk.count <= HTTP_SEGMENTS ? walk_down(&table->root, &walk, 0, 0) : NULL;
    if (!node)
        return;
    out->allowed = node->allowed;
    out->allow = node->allow;
    out->route = node->route[method];
    if (!out->route && method == HTTP_HEAD)
        out->route = node->route[HTTP_GET];
    memcpy(out->params, walk.params, sizeof walk.params);
}

int http_route_param(const struct http_route *route, const char *name)
{
    size_t len = strlen(name);
    int position = 0;
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at, '{'), position++) {
        at++;
        if (strncmp(at, name, len) == 0 && (at[len] == '}' || at[len] == '*'))
            return position;
    }
    return -1;
}
