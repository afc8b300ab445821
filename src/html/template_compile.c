/* SPDX-License-Identifier: Apache-2.0
 *
 * From a template's text to its nodes, in one pass: the text is cut at tags, each tag is judged by
 * the HTML around it, lines that hold nothing but a tag are taken out. Templates are the project's
 * own, but the fuzzer treats them as a stranger's.
 */
#include <errno.h>

#include "base/log.h"
#include "html/markup.h"
#include "html/template_tree.h"

enum { DELIMITER_MAX = 8 };

struct delimiter {
    char text[DELIMITER_MAX + 1];
    size_t len;
};

struct compiler {
    const struct template_set *set;
    struct template *template;
    const char *text;
    size_t len;
    size_t at;       /* everything before is compiled */
    bool line_start; /* the output stands at a line's beginning */
    struct delimiter open, close;
    struct markup markup;
    struct {
        size_t node;          /* the section's node */
        struct markup markup; /* at its beginning */
    } sections[TEMPLATE_DEPTH_MAX];
    int depth;
    struct template_error *error;
};

/* A tag as found in the text: [from, to) with its delimiters, its sigil (0 for a variable) and what
 * is inside, trimmed. */
struct tag {
    size_t from, to;
    char sigil;
    struct span inside;
    bool standalone;
    size_t line_from, line_to; /* when standalone: the line with its end */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static int complain(struct compiler *c, size_t at, const char *complaint)
{
    size_t line = 1;
    for (size_t i = 0; i < at && i < c->len; i++)
        line += c->text[i] == '\n';
    snprintf(c->error->text, sizeof c->error->text, "%s:%zu: %s", c->template->name, line,
             complaint);
    return TEMPLATE_WRONG;
}

static int add_node(struct compiler *c, struct node node)
{
    struct template *t = c->template;
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 16;
        struct node *nodes = realloc(t->nodes, room * sizeof *nodes);
        if (!nodes)
            return log_fault("template.compile", -ENOMEM, "nodes=%zu", room);
        t->nodes = nodes;
        t->room = room;
    }
    t->nodes[t->count++] = node;
    return 0;
}

/* Literal text [from, to). */
static int add_text(struct compiler *c, size_t from, size_t to)
{
    if (from >= to)
        return 0;
    const char *complaint = markup_feed(&c->markup, c->text + from, to - from);
    if (complaint)
        return complain(c, from, complaint);
    struct node node = {.kind = NODE_TEXT,
                        .at_line_start = c->line_start,
                        .text = {(const uint8_t *)c->text + from, to - from}};
    c->line_start = c->text[to - 1] == '\n';
    return add_node(c, node);
}

/* ---- finding tags ---- */

static const char *find(const struct compiler *c, size_t from, const struct delimiter *what)
{
    if (from >= c->len)
        return NULL;
    return memmem(c->text + from, c->len - from, what->text, what->len);
}

/* A tag that puts nothing out and has its line for itself takes the line away. */
static void look_for_standalone(const struct compiler *c, struct tag *tag)
{
    size_t from = tag->from, to = tag->to;
    while (from > 0 && is_blank(c->text[from - 1]))
        from--;
    while (to < c->len && is_blank(c->text[to]))
        to++;
    if (from > 0 && c->text[from - 1] != '\n')
        return;
    if (to < c->len && c->text[to] == '\r')
        to++;
    if (to < c->len && c->text[to] != '\n')
        return;
    tag->standalone = true;
    tag->line_from = from;
    tag->line_to = to < c->len ? to + 1 : to;
}

/* 0 with *tag_out, or TEMPLATE_WRONG. `from` is where the open delimiter stands. */
static int read_tag(struct compiler *c, size_t from, struct tag *tag_out)
{
    size_t inside = from + c->open.len;
    const char *end = find(c, inside, &c->close);
    if (!end)
        return complain(c, from, "a tag without its end");
    struct tag tag = {.from = from, .to = (size_t)(end - c->text) + c->close.len};
    size_t to = (size_t)(end - c->text);
    while (inside < to && is_space(c->text[inside]))
        inside++;
    if (inside < to && strchr("#^/>!={&", c->text[inside]))
        tag.sigil = c->text[inside++];
    while (inside < to && is_space(c->text[inside]))
        inside++;
    while (to > inside && is_space(c->text[to - 1]))
        to--;
    tag.inside = (struct span){(const uint8_t *)c->text + inside, to - inside};
    if (tag.sigil && tag.sigil != '{' && tag.sigil != '&')
        look_for_standalone(c, &tag);
    *tag_out = tag;
    return 0;
}

static bool is_name(struct span name, bool dotted)
{
    if (name.len == 0 || name.len >= TEMPLATE_NAME_ROOM)
        return false;
    if (dotted && name.len == 1 && name.data[0] == '.')
        return true;
    uint8_t before = '.';
    for (size_t i = 0; i < name.len; before = name.data[i++]) {
        uint8_t b = name.data[i];
        bool letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
                      b == '_' || b == '-';
        if (!letter && !(dotted && b == '.' && before != '.'))
            return false;
    }
    return before != '.';
}

/* ---- the tags one by one ---- */

/* What a tag puts out in the middle of a line must come after the partial's indentation. */
static int begin_line(struct compiler *c)
{
    if (!c->line_start)
        return 0;
    c->line_start = false;
    return add_node(c, (struct node){.kind = NODE_TEXT,
                                     .at_line_start = true,
                                     .text = {(const uint8_t *)c->text, 0}});
}

static bool ends_with_url(struct span name)
{
    const char *text = (const char *)name.data;
    if (name.len < 3 || memcmp(text + name.len - 3, "url", 3) != 0)
        return false;
    return name.len == 3 || text[name.len - 4] == '_' || text[name.len - 4] == '.';
}

static int compile_variable(struct compiler *c, const struct tag *tag)
{
    enum markup_use use;
    const char *complaint = markup_variable(&c->markup, ends_with_url(tag->inside), &use);
    if (complaint)
        return complain(c, tag->from, complaint);
    struct node node = {.kind = use == MARKUP_USE_URL     ? NODE_URL
                                : use == MARKUP_USE_PIECE ? NODE_PIECE
                                                          : NODE_VARIABLE,
                        .name = tag->inside};
    return add_node(c, node);
}

static int compile_section(struct compiler *c, const struct tag *tag)
{
    if (c->depth == TEMPLATE_DEPTH_MAX)
        return complain(c, tag->from, "sections are nested too deeply");
    const char *complaint = markup_begin_section(&c->markup);
    if (complaint)
        return complain(c, tag->from, complaint);
    c->sections[c->depth].node = c->template->count;
    c->sections[c->depth].markup = c->markup;
    c->depth++;
    return add_node(c, (struct node){.kind = tag->sigil == '#' ? NODE_SECTION : NODE_INVERTED,
                                     .name = tag->inside});
}

static int compile_end(struct compiler *c, const struct tag *tag)
{
    if (c->depth == 0)
        return complain(c, tag->from, "the end of a section that did not begin");
    c->depth--;
    struct node *section = &c->template->nodes[c->sections[c->depth].node];
    if (section->name.len != tag->inside.len ||
        memcmp(section->name.data, tag->inside.data, tag->inside.len) != 0)
        return complain(c, tag->from, "the end of another section than the innermost");
    section->end = c->template->count;
    const char *complaint = markup_end_section(&c->markup, &c->sections[c->depth].markup);
    return complaint ? complain(c, tag->from, complaint) : 0;
}

static int compile_partial(struct compiler *c, const struct tag *tag)
{
    const char *complaint = markup_boundary(&c->markup);
    if (complaint)
        return complain(c, tag->from, complaint);
    char name[TEMPLATE_NAME_ROOM];
    memcpy(name, tag->inside.data, tag->inside.len);
    name[tag->inside.len] = '\0';
    int which = template_find(c->set, name);
    if (which < 0)
        return complain(c, tag->from, "a partial that is not in the set");
    struct node node = {.kind = NODE_PARTIAL, .which = which};
    if (tag->standalone)
        node.text =
            (struct span){(const uint8_t *)c->text + tag->line_from, tag->from - tag->line_from};
    return add_node(c, node);
}

/* The inside of {{=open close=}} without its first '='. */
static int compile_delimiters(struct compiler *c, const struct tag *tag)
{
    const char *inside = (const char *)tag->inside.data;
    size_t len = tag->inside.len;
    if (len == 0 || inside[len - 1] != '=')
        return complain(c, tag->from, "delimiters are set as {{=open close=}}");
    len--;
    while (len > 0 && is_space(inside[len - 1]))
        len--;
    size_t first = 0, second = len;
    while (first < len && !is_space(inside[first]))
        first++;
    while (second > first && !is_space(inside[second - 1]))
        second--;
    for (size_t i = first; i < second; i++)
        if (!is_space(inside[i]))
            return complain(c, tag->from, "more than two delimiters");
    if (first == 0 || first > DELIMITER_MAX || second == len || len - second > DELIMITER_MAX ||
        memchr(inside, '=', len))
        return complain(c, tag->from, "delimiters are 1 to 8 bytes without =");
    c->open = (struct delimiter){.len = first};
    memcpy(c->open.text, inside, first);
    c->close = (struct delimiter){.len = len - second};
    memcpy(c->close.text, inside + second, len - second);
    return 0;
}

static int compile_tag(struct compiler *c, const struct tag *tag)
{
    int result = 0;
    if (strchr("{&", tag->sigil) && tag->sigil)
        return complain(c, tag->from, "an unescaped tag");
    if (tag->sigil != '!' && tag->sigil != '=' && !is_name(tag->inside, tag->sigil != '>'))
        return complain(c, tag->from, "a tag's name is wrong");
    if (!tag->standalone && tag->sigil != '!' && tag->sigil != '=')
        result = begin_line(c);
    if (result != 0)
        return result;
    switch (tag->sigil) {
    case '#':
    case '^':
        return compile_section(c, tag);
    case '/':
        return compile_end(c, tag);
    case '>':
        return compile_partial(c, tag);
    case '=':
        return compile_delimiters(c, tag);
    case '!':
        return 0;
    default:
        return compile_variable(c, tag);
    }
}

int template_compile(const struct template_set *set, const struct template_source *source,
                     struct template *template, struct template_error *error)
{
    struct compiler c = {.set = set,
                         .template = template,
                         .text = source->text,
                         .len = source->len,
                         .line_start = true,
                         .open = {"{{", 2},
                         .close = {"}}", 2},
                         .error = error};
    const char *open;
    while ((open = find(&c, c.at, &c.open)) != NULL) {
        struct tag tag = {0};
        int result = read_tag(&c, (size_t)(open - c.text), &tag);
        if (result == 0)
            result = add_text(&c, c.at, tag.standalone ? tag.line_from : tag.from);
        if (result == 0)
            result = compile_tag(&c, &tag);
        if (result != 0)
            return result;
        c.at = tag.standalone ? tag.line_to : tag.to;
        if (tag.standalone)
            c.line_start = true;
    }
    int result = add_text(&c, c.at, c.len);
    if (result != 0)
        return result;
    if (c.depth > 0)
        return complain(&c, c.len, "a section without its end");
    const char *complaint = markup_boundary(&c.markup);
    return complaint ? complain(&c, c.len, complaint) : 0;
}
