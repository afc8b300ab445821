/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML from templates and JSON: Mustache without its two ways to go wrong. There is no unescaped
 * tag, and a name that the data lacks is an error that says the name, so that a page never
 * silently lacks a word.
 *
 * A set of templates is compiled once, at start, into trees that nothing changes afterwards: any
 * number of threads may render from it. Compiling reads the HTML around each tag and refuses a tag
 * where escaping would not be enough: in a tag's or an attribute's name, in an unquoted value, in
 * <script>, <style>, a comment, an on… or style attribute. In href, src, action and formaction the
 * literal text must begin the value, or the tag's name must be `url` or end in `_url`: such a value
 * is checked when it is rendered and must be a path of our own ("/…", not "//…").
 *
 * The language, as in the Mustache specification's core:
 *   {{name}}            the value, with & < > " ' escaped; text, integer, real, true, false; null
 * is ""
 *   {{#name}}…{{/name}} once for each item of a list; once, inside it, for an object or any other
 *                       value but the falsy ones: false, null, "", 0 and the empty list
 *   {{^name}}…{{/name}} once when the value is falsy
 *   {{>name}}           another template of the set, in the present context
 *   {{!…}}              nothing
 *   {{=<% %>=}}         other delimiters, until changed again or the template's end
 * A name is `.` (the present item) or words joined by dots; its first word is looked up from the
 * innermost context outwards, the rest inside what was found. Section, comment, partial and
 * delimiter tags alone on their line take the line with them; a partial alone on its line hands its
 * indentation to every line of its own.
 */
#ifndef PORCHLIGHT_TEMPLATE_H
#define PORCHLIGHT_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"

enum {
    TEMPLATE_NAME_ROOM = 64,       /* a template's or tag's name, with its NUL */
    TEMPLATE_SIZE_MAX = 256 << 10, /* bytes of one template */
    TEMPLATE_SET_MAX = 64,         /* templates in a set */
    TEMPLATE_DEPTH_MAX = 32,       /* sections within sections in one template */
    TEMPLATE_RENDER_DEPTH_MAX = 64 /* sections and partials within each other while rendering */
};

enum template_result {
    TEMPLATE_WRONG = 1, /* the template breaks the language or the rules above */
    TEMPLATE_MISSING,   /* the data lacks a name */
    TEMPLATE_MISFIT,    /* a value of the wrong kind: a list as text, an outside address as url */
    TEMPLATE_TOO_DEEP,  /* TEMPLATE_RENDER_DEPTH_MAX: a partial that includes itself without end */
    TEMPLATE_TOO_LONG,  /* the output's ceiling, or memory, is reached */
};

/* What was wrong and where, in one line without any value of the data: safe to log. */
struct template_error {
    char text[200];
};

/* One template's text as handed in; it must stay as long as the set does. */
struct template_source {
    const char *name; /* shorter than TEMPLATE_NAME_ROOM */
    const char *text; /* `len` bytes, no NUL needed */
    size_t len;
};

struct template_set;

/* Compiles all sources. 0 and a set to be freed with template_set_free; TEMPLATE_WRONG with `error`
 * filled; -ENOMEM, logged. */
int template_set_new(const struct template_source *sources, size_t count,
                     struct template_set **set_out, struct template_error *error) MUST_CHECK;

/* NULL is harmless; *set becomes NULL. */
void template_set_free(struct template_set **set);

/* The template's number in the order of the sources, for template_render; -1 when there is none. */
int template_find(const struct template_set *set, const char *name);

/* Renders template number `which` with `data` (an object; only read) and adds the bytes to `out`.
 * 0, or one of the positive results with `error` filled: `out` then holds a useless beginning. */
int template_render(const struct template_set *set, int which, const json_t *data, struct buf *out,
                    struct template_error *error) MUST_CHECK;

#endif
