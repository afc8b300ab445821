/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in the HTML a template's tag stands, so that a tag is refused where escaping its value
 * would not keep it inside its place. Fed with a template's literal text in order; it knows as much
 * of HTML's tokenizer as that question needs and complains about the rest.
 *
 * Functions that judge return NULL, or a complaint as a constant sentence.
 */
#ifndef PORCHLIGHT_MARKUP_H
#define PORCHLIGHT_MARKUP_H

#include "base/base.h"

enum markup_place {
    MARKUP_TEXT,
    MARKUP_OPENING,      /* after '<' */
    MARKUP_CLOSING,      /* after '</' */
    MARKUP_TAG_NAME,     /* of a start or end tag */
    MARKUP_IN_TAG,       /* between attributes */
    MARKUP_NAME,         /* of an attribute */
    MARKUP_AFTER_NAME,   /* white space after it */
    MARKUP_BEFORE_VALUE, /* after '=' */
    MARKUP_DOUBLE,       /* in "…" */
    MARKUP_SINGLE,       /* in '…' */
    MARKUP_BARE,         /* in a value without quotes */
    MARKUP_DECLARATION,  /* <!doctype or a comment */
    MARKUP_RAW,          /* inside script or style */
};

/* What a variable's value must be made into. */
enum markup_use {
    MARKUP_USE_TEXT,  /* escaped */
    MARKUP_USE_URL,   /* checked to be a path of our own, then escaped */
    MARKUP_USE_PIECE, /* a part of an address: percent-encoded */
};

enum { MARKUP_WORD_ROOM = 16 };

/* Zeroed, it stands at the start of a text. `element`, `attribute` and `prefix` are cut off when
 * longer than their room; nothing that is compared with them is that long. */
struct markup {
    enum markup_place place;
    bool end_tag;                   /* the tag is </…> */
    bool glued;                     /* a name ended at a template's tag: white space must follow */
    char element[MARKUP_WORD_ROOM]; /* lower case */
    char attribute[MARKUP_WORD_ROOM]; /* lower case */
    char
        prefix[MARKUP_WORD_ROOM]; /* the beginning of the value; of a declaration, its last bytes */
    size_t matched;               /* in MARKUP_RAW: how much of the end tag has been seen */
};

/* Reads literal text. */
const char *markup_feed(struct markup *markup, const char *text, size_t len);

/* A variable stands here; `may_be_url` when its name says that it is a whole address. */
const char *markup_variable(const struct markup *markup, bool may_be_url, enum markup_use *use_out);

/* A section begins here; the caller keeps a copy of *markup for markup_end_section. */
const char *markup_begin_section(struct markup *markup);

/* The section that began at `begin` ends here: the place must be the same, so that it does not
 * matter how often the section is rendered. */
const char *markup_end_section(struct markup *markup, const struct markup *begin);

/* A partial, or the template's end, stands here: only between elements. */
const char *markup_boundary(const struct markup *markup);

#endif
