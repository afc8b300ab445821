/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a body, read one by one together with their ranges. Failure is sticky: the first
 * field that is not right is remembered with a sentence, every later read gives an empty value, and
 * the caller asks once at the end. A field that nobody asked for is refused too (fields_end), so
 * that a misspelt one is not silently ignored.
 *
 * A form is read by the same code: fields_of_form makes an object of its pairs, in which every
 * value is a text.
 */
#ifndef PORCHLIGHT_FIELDS_H
#define PORCHLIGHT_FIELDS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/base.h"
#include "domain/words.h"
#include "http/parse.h"

enum { FIELDS_NAMES = 24, FIELDS_PATH_ROOM = 80, FIELDS_DETAIL_ROOM = 160 };

enum fields_need { FIELDS_REQUIRED, FIELDS_OPTIONAL };

/* What went wrong first; shared by an object and the objects in it. */
struct fields_failure {
    bool failed;
    char field[FIELDS_PATH_ROOM]; /* "recipient.email" */
    char detail[FIELDS_DETAIL_ROOM];
    const char *message; /* the detail as a message of lang.h with {least} and {most}; or NULL */
    size_t least, most;
};

struct fields {
    json_t *object;     /* borrowed; NULL reads as an object without members */
    const char *prefix; /* "recipient." or "" */
    const char *asked[FIELDS_NAMES];
    int asked_count;
    struct fields_failure *failure;
};

/* Begins reading `object`. */
void fields_begin(struct fields *fields, json_t *object, struct fields_failure *failure);

/* True when the member is there and not null. */
bool fields_has(struct fields *fields, const char *name);
/* True when the member is there, null included: for PATCH, where null clears. */
bool fields_names(struct fields *fields, const char *name);

/* A text of min to max characters, at least 1, in which there is something to see: fields_text
 * takes a text_is_line, fields_lines one of many lines. NULL where absent or failed; borrowed from
 * the object. */
struct fields_length {
    size_t min, max;
};
const char *fields_text(struct fields *fields, const char *name, enum fields_need need,
                        struct fields_length length);
const char *fields_lines(struct fields *fields, const char *name, enum fields_need need,
                         struct fields_length length);
/* An e-mail address in lower case, in the arena; NULL where absent or failed. */
const char *fields_email(struct fields *fields, const char *name, enum fields_need need,
                         struct arena *arena);
/* A word of a list: its value, or `fallback` where absent. The empty word is not accepted; null is
 * absent. */
int fields_word(struct fields *fields, const char *name, enum fields_need need,
                const struct words *list, int fallback);
/* RFC 3339: milliseconds, or 0 where absent. */
int64_t fields_time(struct fields *fields, const char *name, enum fields_need need);
int64_t fields_integer(struct fields *fields, const char *name, int64_t min, int64_t max,
                       int64_t fallback);
double fields_number(struct fields *fields, const char *name, enum fields_need need, double min,
                     double max);
bool fields_flag(struct fields *fields, const char *name, bool fallback);
/* An id of a kind ("drv"), or NULL where absent. */
const char *fields_id(struct fields *fields, const char *name, enum fields_need need,
                      const char *prefix);
/* An array of texts, 1 to `room` of them; their number, 0 where absent. */
int fields_texts(struct fields *fields, const char *name, struct fields_length length,
                 const char **out, int room);
/* An array of ids of a kind, 0 to `room` of them, which must be there; their number. A failure is
 * named as "delivery_ids[2]". */
int fields_ids(struct fields *fields, const char *name, const char *prefix, const char **out,
               int room);
/* An array of `min` to `max` objects; their number, 0 where absent or failed. fields_item begins
 * reading one of them; its failures are named as "parcels[2].code". */
int fields_list(struct fields *fields, const char *name, int min, int max);
void fields_item(struct fields *fields, const char *name, int index, struct arena *arena,
                 struct fields *inner_out);
/* An object within: reads as one without members where absent. `prefix` is "name." and must be a
 * constant. */
void fields_object(struct fields *fields, const char *name, const char *prefix,
                   struct fields *inner_out);

/* Refuses members that were not asked for. */
void fields_end(struct fields *fields);

/* Remembers a failure that the caller found. `detail` is a sentence about the field. */
void fields_fail(struct fields *fields, const char *name, const char *detail);

/* An object of a form's pairs; the caller owns it. Empty values are left out. NULL when memory is
 * short. */
json_t *fields_of_form(const struct http_pairs *pairs);

#endif
