/* SPDX-License-Identifier: Apache-2.0
 *
 * What people read, in their language. The source is English: a message is its own English text,
 * and the catalogues of po/ are made into tables of the program at build (tables.py). A language is
 * chosen for each request or letter and handed along; nothing is process-wide, as the C library's
 * gettext would have it, so that threads may speak different languages at the same moment.
 *
 * A message is a whole sentence, heading or label, never a piece to be glued to another; what goes
 * into it stands in {braces}. What a language lacks is English. `make lint` holds that no language
 * lacks anything.
 */
#ifndef PORCHLIGHT_LANG_H
#define PORCHLIGHT_LANG_H

#include "base/buf.h"
#include "lang/msg.h"

struct lang {
    const char *code;                         /* BCP 47: "de" */
    const char *name;                         /* its own: "Deutsch" */
    const char *dir;                          /* "ltr" or "rtl" */
    bool pseudo;                              /* made of English for tests */
    int index;                                /* in lang_all */
    unsigned plurals;                         /* how many forms a count has */
    unsigned (*plural)(unsigned long long n); /* which of them */
    const char *const *texts; /* by a message's number; of a plural, the forms one after the other;
                                 NULL: the language is English */
};

/* All languages, English first; ends of the list in lang_all_count. */
extern const struct lang lang_all[];
extern const int lang_all_count;

#define LANG_ENGLISH (&lang_all[0])

/* By exactly this code; NULL when there is none. */
const struct lang *lang_find(const char *code);

/* The language that someone chose, by its code; `otherwise` where they chose none of ours. */
const struct lang *lang_chosen(const char *code, const struct lang *otherwise);

/* The message in this language. */
const char *lang_text(const struct lang *lang, const char *message);

/* The form of a message for the number `n`: lang_count(lang, "{n} day", "{n} days", n). */
const char *lang_count(const struct lang *lang, const char *one, const char *many,
                       unsigned long long n);

/* What stands for {name} in a message. */
struct lang_part {
    const char *name, *text;
};

/* A list of parts, for a call: LANG_PARTS({"when", when}, {"place", place}). */
#define LANG_PARTS(...) ((const struct lang_part[]){__VA_ARGS__, {NULL, NULL}})

/* Adds `text` to `out` with its {names} replaced. A name without a part stays as it is. */
void lang_fill(struct buf *out, const char *text, const struct lang_part *parts);

/* Adds the message in this language; `parts` may be NULL. */
void lang_say(const struct lang *lang, struct buf *out, const char *message,
              const struct lang_part *parts);

/* A number as text, for a part: LANG_NUMBER(7). */
struct lang_digits {
    char text[24];
};
struct lang_digits lang_digits(long long number);
#define LANG_NUMBER(number) (lang_digits(number).text)

#endif
