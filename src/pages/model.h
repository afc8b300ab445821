/* SPDX-License-Identifier: Apache-2.0
 *
 * View models: from the API's JSON to the words that a template needs, one builder a page. A
 * builder only adds to `view`; what a template then lacks is an error when it is rendered, so
 * builders copy what is there and check only what they must understand themselves (words, times,
 * zones).
 */
#ifndef PORCHLIGHT_MODEL_H
#define PORCHLIGHT_MODEL_H

#include <jansson.h>

#include "base/clock.h"
#include "pages/pages.h"
#include "pages/say.h"

/* One page under way. */
struct model {
    const json_t *data; /* as handed in */
    json_t *view;       /* what the template reads; owned by pages_render */
    const struct lang *lang;
    int64_t now;
    const char *missing; /* the first field that is absent or not understood, or NULL */
};

typedef void model_builder(struct model *m);

model_builder model_sign_in, model_sign_in_code, model_account, model_privacy, model_problem;
model_builder model_stop, model_refuse, model_export, model_leave, model_goodbye;
model_builder model_complaint, model_desk_complaints, model_desk_complaint;
model_builder model_orders, model_order, model_status;
model_builder model_desk_sign_in, model_desk, model_desk_case;
model_builder model_desk_break_glass, model_desk_glass_look;
model_builder model_desk_drivers, model_desk_pairing, model_desk_search, model_desk_board,
    model_desk_round, model_desk_import;
model_builder model_desk_account, model_desk_welcome, model_desk_agents, model_desk_invited;

/* ---- reading the data ---- */

/* A text, or NULL when it is absent, null or no text. */
const char *model_text(const json_t *object, const char *key);
/* The same for what must be there: "" and m->missing set when it is not. */
const char *model_need_text(struct model *m, const json_t *object, const char *key);
/* A time in milliseconds; 0 when it is absent or not a time. */
int64_t model_time(const json_t *object, const char *key);
/* A word's number in its list; `absent` when it is absent or null; `absent` and m->missing set when
 * it is not in the list. */
int model_word(struct model *m, const json_t *object, const char *key, const struct words *list,
               int absent);
/* The same for what must be there: 0 and m->missing set when it is not. */
int model_need_word(struct model *m, const json_t *object, const char *key,
                    const struct words *list);

/* ---- adding to the view ---- */

/* Copies a field; one that is absent is left out, or becomes null. */
void model_copy(json_t *view, const json_t *object, const char *key);
void model_copy_or_null(json_t *view, const json_t *object, const char *key);
/* The text of `text`, which is freed; null when it is empty. */
void model_put(json_t *view, const char *key, struct buf *text);
/* A constant message in the reader's language. */
void model_put_message(const struct model *m, json_t *view, const char *key, const char *message);
/* A number that a template tells with {{#key_one}}…{{/key_one}}{{^key_one}}…{{/key_one}}: `key`
 * itself, and key_form, an object in which the language's form for the number is true. */
void model_put_count(const struct model *m, json_t *view, const char *key, json_int_t number);
/* The same of a number of `object`; left out when it has none. */
void model_copy_count(const struct model *m, json_t *view, const json_t *object, const char *key);
/* {iso, text}: for <time>, with text "today at 14:32"; null when `at` is 0. */
void model_put_moment(struct model *m, json_t *view, const char *key, int64_t at, const char *zone);

/* A form's fields: view.values.X is a text ("" unless it was typed), view.errors.X a sentence or
 * null. `fields` ends with NULL; "form" is always among the errors. view.complaints lists the
 * sentences with the ids of their fields. */
void model_form(struct model *m, const char *const *fields);

/* [{value, label, checked}] of a closed list, the one named by values.<field> checked. */
void model_put_choices(struct model *m, const char *key, const char *field,
                       const struct words *list,
                       const char *(*say)(const struct lang *lang, int value));

/* [{value, label, checked}] of what somebody without an account may complain of. */
void model_put_complaint_kinds(struct model *m);

/* How say.h is told who reads. */
struct say_reader model_reader(const struct model *m, enum say_to to);

/* view.live of the LIVE in `object`: {url, page_url, seen, refresh {seconds}}; refresh null where
 * the page stays as it is without JavaScript: nothing is to come, or its reader may be typing. A
 * page that shows a form again has none. */
enum model_refresh { MODEL_STAYS, MODEL_REFRESHES };
void model_put_live(struct model *m, const json_t *object, enum model_refresh how);

/* ---- parts that several pages show ---- */

/* Who reads the terms, and in which zone. */
struct model_terms_reader {
    enum say_to to;
    const char *zone;
};

/* The parts passkeys and passkey-sign-in: the first reads what GET …/passkeys answers. */
enum model_whose { MODEL_RECIPIENT, MODEL_STAFF };
void model_put_passkeys(struct model *m, const json_t *passkeys, enum model_whose whose);
void model_put_passkey_sign_in(struct model *m, enum model_whose whose);

/* Reads an order or a delivery. */
void model_read_delivery(struct model *m, const json_t *object, struct say_delivery *out);
/* [{label, done, now, at}]: the way of a delivery. */
void model_put_steps(struct model *m, json_t *view, const struct say_delivery *delivery);
/* A CASE: {id, number, kind, open, by_agent, reason, opened, resolved}. */
json_t *model_case(struct model *m, const json_t *object, const char *zone);
/* Its messages: view.messages = [{from, mine, at, text}], `reader` being who reads. */
void model_put_messages(struct model *m, json_t *view, const json_t *object, const char *zone,
                        const char *reader);
/* The terms of a photo as view.terms = {own, gone…}, for its recipient, a buyer or an agent; null
 * without any. */
void model_put_terms(struct model *m, json_t *view, const json_t *photo,
                     const struct model_terms_reader *reader);
/* What its recipient can do about a posted or withheld photo: view.share, view.sooner. */
void model_put_choices_of_photo(struct model *m, json_t *view, const json_t *photo,
                                const json_t *order);
/* The photo that is shared with the buyer who reads, as view.shown, or null. */
void model_put_shown(struct model *m, json_t *view, const json_t *order, const char *zone);
/* Who looked, for the recipient: to each of view.looks the number of its case and what is needed to
 * ask about it, and view.fetched = [{who, at, last, times}]. */
void model_put_own_looks(struct model *m, json_t *view, const json_t *order, const char *zone);
/* To each of view.messages the look that it asks about: `looks` holds them. */
void model_put_asked(struct model *m, json_t *view, const json_t *object, const json_t *looks,
                     const char *zone);
/* view.looks = [{at, who, why, note}]. */
void model_put_looks(struct model *m, json_t *view, const json_t *object, const char *zone);

#endif
