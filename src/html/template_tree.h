/* SPDX-License-Identifier: Apache-2.0
 *
 * A compiled template: its nodes in the order of the text, a section directly before what it
 * encloses. Nothing is changed once template_set_new has returned. Texts and names point into the
 * sources.
 */
#ifndef PORCHLIGHT_TEMPLATE_TREE_H
#define PORCHLIGHT_TEMPLATE_TREE_H

#include "html/template.h"

enum node_kind {
    NODE_TEXT,
    NODE_VARIABLE, /* escaped */
    NODE_URL,      /* checked to be a path of our own, escaped */
    NODE_PIECE,    /* percent-encoded part of an address */
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
};

/* Invariants:
 * 1. Of a section, `end` is the index after the last node inside it; sections nest.
 * 2. `which` of a partial is an index into the set.
 * 3. `name` is `.` or non-empty words joined by dots.
 */
struct node {
    enum node_kind kind;
    bool at_line_start; /* a text that begins a line: a partial's indentation goes before it */
    struct span text;   /* literal text; of a partial, its indentation */
    struct span name;
    size_t end;
    int which;
};

struct template
{
    const char *name;
    struct node *nodes; /* owned */
    size_t count;
    size_t room;
};

struct template_set {
    size_t count;
    struct template templates[];
};

/* Compiles `source` into `template`, a zeroed element of `set`; the names of all templates of the
 * set are known already. 0, TEMPLATE_WRONG or -ENOMEM. */
int template_compile(const struct template_set *set, const struct template_source *source,
                     struct template *template, struct template_error *error) MUST_CHECK;

#endif
