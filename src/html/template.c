/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of templates and rendering. The walk over the nodes is bounded three ways: by depth, by the
 * number of nodes visited (nested lists multiply) and by the output's ceiling.
 */
#include "html/template.h"

#include <errno.h>

#include "base/log.h"
#include "html/template_tree.h"

enum { STEPS_MAX = 1 << 20 };

/* The indentation of the partials around, innermost first. */
struct indent {
    struct span text;
    const struct indent *outer;
};

struct renderer {
    const struct template_set *set;
    struct buf *out;
    struct template_error *error;
    const json_t *contexts[TEMPLATE_RENDER_DEPTH_MAX + 1]; /* outermost first */
    int context_count;
    int depth;
    unsigned steps;
};

int template_set_new(const struct template_source *sources, size_t count,
                     struct template_set **set_out, struct template_error *error)
{
    if (count > TEMPLATE_SET_MAX) {
        snprintf(error->text, sizeof error->text, "%zu templates are too many", count);
        return TEMPLATE_WRONG;
    }
    struct template_set *set = calloc(1, sizeof *set + count * sizeof set->templates[0]);
    if (!set)
        return log_fault("template.compile", -ENOMEM, "templates=%zu", count);
    set->count = count;
    for (size_t i = 0; i < count; i++)
        set->templates[i].name = sources[i].name;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (sources[i].len > TEMPLATE_SIZE_MAX) {
            snprintf(error->text, sizeof error->text, "%s: too long", sources[i].name);
            result = TEMPLATE_WRONG;
        } else {
            result = template_compile(set, &sources[i], &set->templates[i], error);
        }
    }
    if (result != 0)
        template_set_free(&set);
    *set_out = set;
    return result;
}

void template_set_free(struct template_set **set)
{
    if (!*set)
        return;
    for (size_t i = 0; i < (*set)->count; i++)
        free((*set)->templates[i].nodes);
    free(*set);
    *set = NULL;
}

int template_find(const struct template_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->templates[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* ---- names and values ---- */

static int complain(struct renderer *r, int result, const struct node *node, const char *complaint)
{
    snprintf(r->error->text, sizeof r->error->text, "%.*s: %s", (int)node->name.len,
             (const char *)node->name.data, complaint);
    return result;
}

static const json_t *look_up(const struct renderer *r, struct span name)
{
    const char *at = (const char *)name.data, *end = at + name.len;
    if (name.len == 1 && *at == '.')
        return r->contexts[r->context_count - 1];
    const char *dot = memchr(at, '.', name.len);
    const char *word_end = dot ? dot : end;
    const json_t *found = NULL;
    for (int i = r->context_count - 1; i >= 0 && !found; i--)
        found = json_object_getn(r->contexts[i], at, (size_t)(word_end - at));
    while (found && word_end < end) {
        at = word_end + 1;
        dot = memchr(at, '.', (size_t)(end - at));
        word_end = dot ? dot : end;
        found = json_object_getn(found, at, (size_t)(word_end - at));
    }
    return found;
}

static bool is_falsy(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_FALSE:
    case JSON_NULL:
        return true;
    case JSON_STRING:
        return json_string_length(value) == 0;
    case JSON_ARRAY:
        return json_array_size(value) == 0;
    case JSON_INTEGER:
        return json_integer_value(value) == 0;
    case JSON_REAL:
        return json_real_value(value) == 0.0;
    default:
        return false;
    }
}

static void put_escaped(struct buf *out, const char *text, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        const char *escape = text[i] == '&'    ? "&amp;"
                             : text[i] == '<'  ? "&lt;"
                             : text[i] == '>'  ? "&gt;"
                             : text[i] == '"'  ? "&quot;"
                             : text[i] == '\'' ? "&#39;"
                                               : NULL;
        if (!escape)
            continue;
        buf_add(out, text + from, i - from);
        buf_text(out, escape);
        from = i + 1;
    }
    buf_add(out, text + from, len - from);
}

static void put_percent_encoded(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t b = (uint8_t)text[i];
        if ((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
            (b && strchr("-._~@", b)))
            buf_byte(out, b);
        else
            buf_printf(out, "%%%02X", b);
    }
}

/* A path of our own: no scheme, no host, nothing that browsers read as a slash. */
static bool is_own_path(const char *text, size_t len)
{
    if (len == 0 || text[0] != '/' || (len > 1 && text[1] == '/'))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] <= ' ' || text[i] == '\\' || text[i] == 0x7f)
            return false;
    return true;
}

static int put_text(struct renderer *r, const struct node *node, const char *text, size_t len)
{
    switch (node->kind) {
    case NODE_URL:
        if (!is_own_path(text, len))
            return complain(r, TEMPLATE_MISFIT, node, "not a path of our own");
        break;
    case NODE_PIECE:
        if ((len == 1 && text[0] == '.') || (len == 2 && memcmp(text, "..", 2) == 0))
            return complain(r, TEMPLATE_MISFIT, node, "dots would lead to another path");
        put_percent_encoded(r->out, text, len);
        return 0;
    default:
        break;
    }
    put_escaped(r->out, text, len);
    return 0;
}

static int put_variable(struct renderer *r, const struct node *node)
{
    const json_t *value = look_up(r, node->name);
    if (!value)
        return complain(r, TEMPLATE_MISSING, node, "missing");
    char number[32];
    switch (json_typeof(value)) {
    case JSON_STRING:
        return put_text(r, node, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        return put_text(r, node, number, strlen(number));
    case JSON_REAL:
        snprintf(number, sizeof number, "%.15g", json_real_value(value));
        return put_text(r, node, number, strlen(number));
    case JSON_TRUE:
        return put_text(r, node, "true", 4);
    case JSON_FALSE:
        return put_text(r, node, "false", 5);
    case JSON_NULL:
        return put_text(r, node, "", 0);
    default:
        return complain(r, TEMPLATE_MISFIT, node, "a list or an object is no text");
    }
}

/* ---- the walk ---- */

static int walk(struct renderer *r, const struct template *t, size_t from, size_t to,
                const struct indent *indent);

static void put_indent(struct buf *out, const struct indent *indent)
{
    if (!indent)
        return;
    put_indent(out, indent->outer);
    buf_add(out, indent->text.data, indent->text.len);
}

static void put_literal(struct buf *out, const struct node *node, const struct indent *indent)
{
    if (node->at_line_start)
        put_indent(out, indent);
    const uint8_t *at = node->text.data, *end = at + node->text.len;
    const uint8_t *line_end;
    while (indent && at < end && (line_end = memchr(at, '\n', (size_t)(end - at))) != NULL &&
           line_end + 1 < end) {
        buf_add(out, at, (size_t)(line_end + 1 - at));
        put_indent(out, indent);
        at = line_end + 1;
    }
    buf_add(out, at, (size_t)(end - at));
}

static int go_deeper(struct renderer *r, const struct node *node)
{
    if (r->depth == TEMPLATE_RENDER_DEPTH_MAX)
        return complain(r, TEMPLATE_TOO_DEEP, node, "sections and partials are nested too deeply");
    r->depth++;
    return 0;
}

static int walk_inside(struct renderer *r, const struct template *t, size_t at,
                       const struct indent *indent, const json_t *context)
{
    if (++r->steps > STEPS_MAX)
        return TEMPLATE_TOO_LONG;
    r->contexts[r->context_count++] = context;
    int result = walk(r, t, at + 1, t->nodes[at].end, indent);
    r->context_count--;
    return result;
}

static int put_section(struct renderer *r, const struct template *t, size_t at,
                       const struct indent *indent)
{
    const struct node *node = &t->nodes[at];
    const json_t *value = look_up(r, node->name);
    if (!value)
        return complain(r, TEMPLATE_MISSING, node, "missing");
    bool falsy = is_falsy(value);
    if (falsy != (node->kind == NODE_INVERTED))
        return 0;
    int result = go_deeper(r, node);
    if (result != 0)
        return result;
    if (falsy) {
        result = walk(r, t, at + 1, node->end, indent);
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value) && result == 0; i++)
            result = walk_inside(r, t, at, indent, json_array_get(value, i));
    } else {
        result = walk_inside(r, t, at, indent, value);
    }
    r->depth--;
    return result;
}

static int put_partial(struct renderer *r, const struct node *node, const struct indent *indent)
{
    int result = go_deeper(r, node);
    if (result != 0)
        return result;
    const struct template *partial = &r->set->templates[node->which];
    struct indent inner = {.text = node->text, .outer = indent};
    result = walk(r, partial, 0, partial->count, node->text.len > 0 ? &inner : indent);
    r->depth--;
    return result;
}

static int walk(struct renderer *r, const struct template *t, size_t from, size_t to,
                const struct indent *indent)
{
    int result = 0;
    for (size_t at = from; at < to && result == 0; at++) {
        const struct node *node = &t->nodes[at];
        if (r->out->failed || ++r->steps > STEPS_MAX)
            return TEMPLATE_TOO_LONG;
        switch (node->kind) {
        case NODE_TEXT:
            put_literal(r->out, node, indent);
            break;
        case NODE_SECTION:
        case NODE_INVERTED:
            result = put_section(r, t, at, indent);
            at = node->end - 1;
            break;
        case NODE_PARTIAL:
            result = put_partial(r, node, indent);
            break;
        default:
            result = put_variable(r, node);
        }
    }
    return result;
}

int template_render(const struct template_set *set, int which, const json_t *data, struct buf *out,
                    struct template_error *error)
{
    struct renderer r = {
        .set = set, .out = out, .error = error, .contexts = {data}, .context_count = 1};
    const struct template *t = &set->templates[which];
    error->text[0] = '\0';
    int result = walk(&r, t, 0, t->count, NULL);
    if (result == 0 && out->failed)
        result = TEMPLATE_TOO_LONG;
    if (result == TEMPLATE_TOO_LONG)
        snprintf(error->text, sizeof error->text, "the output is too long");
    return result;
}
