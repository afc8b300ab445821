/* SPDX-License-Identifier: Apache-2.0
 *
 * What administrators read of looks without a case: those that were, and the one under way. Times
 * are read in the delivery's zone, as its recipient reads them.
 */
#include "lang/lang.h"
#include "pages/model.h"

enum { SENTENCE_MAX = 1024 };

static const char *say_look(const struct lang *lang, int reason)
{
    return say_look_reason(lang, (enum look_reason)reason);
}

/* Who, when and why, into `view`. */
static void put_look(struct model *m, json_t *view, const json_t *look)
{
    char number[24];
    struct buf who;
    const json_t *delivery = json_object_get(look, "delivery");
    int why = model_need_word(m, look, "reason", &words_look_reason);
    buf_init(&who, SENTENCE_MAX);
    snprintf(number, sizeof number, "%lld",
             (long long)json_integer_value(json_object_get(look, "agent_number")));
    lang_say(m->lang, &who, MSG("Agent {number}"), LANG_PARTS({"number", number}));
    model_put(view, "who", &who);
    json_object_set_new(view, "why", json_string(say_look(m->lang, why)));
    json_object_set(view, "words", json_object_get(look, "text"));
    model_copy(view, look, "delivery");
    model_put_moment(m, view, "at", model_time(look, "at"),
                     model_need_text(m, delivery, "time_zone"));
}

/* The form stands under each delivery found; what was typed belongs to one. */
static void put_form(struct model *m, json_t *item, const char *delivery_id)
{
    const json_t *values = json_object_get(m->data, "values");
    const json_t *errors = json_object_get(m->data, "errors");
    const char *meant = model_text(values, "delivery_id"), *typed = model_text(values, "text");
    bool mine = meant && strcmp(meant, delivery_id) == 0;
    const char *of_reason = mine ? model_text(errors, "reason") : NULL;
    const char *of_text = mine ? model_text(errors, "text") : NULL;
    json_object_set_new(item, "typed", json_string(mine && typed ? typed : ""));
    json_object_set_new(item, "reason_error", of_reason ? json_string(of_reason) : json_null());
    json_object_set_new(item, "text_error", of_text ? json_string(of_text) : json_null());
    json_object_set_new(item, "reason_field",
                        mine ? json_string("reason") : json_sprintf("reason-%s", delivery_id));
    json_object_set_new(item, "text_field",
                        mine ? json_string("text") : json_sprintf("text-%s", delivery_id));
}

static void put_found(struct model *m)
{
    const char *find = model_text(m->data, "find");
    const json_t *list = json_object_get(m->data, "found");
    json_t *found = json_array();
    json_object_set_new(m->view, "find", json_string(find ? find : ""));
    json_object_set_new(m->view, "asked", json_boolean(find != NULL));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        struct say_delivery d;
        struct say_reader reader = model_reader(m, SAY_TO_AGENT);
        struct buf text;
        json_t *item = json_object();
        buf_init(&text, SENTENCE_MAX);
        model_read_delivery(m, object, &d);
        say_state(&d, &reader, &text);
        model_put(item, "heading", &text);
        model_copy(item, object, "id");
        model_copy(item, object, "reference");
        model_copy_or_null(item, object, "case_id");
        put_form(m, item, model_need_text(m, object, "id"));
        json_array_append_new(found, item);
    }
    json_object_set_new(m->view, "found", found);
}

void model_desk_break_glass(struct model *m)
{
    static const char *const fields[] = {"delivery_id", "reason", "text", NULL};
    const json_t *list = json_object_get(m->data, "items");
    json_t *items = json_array();
    if (!json_is_array(list))
        m->missing = "items";
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_object();
        put_look(m, item, json_array_get(list, i));
        json_array_append_new(items, item);
    }
    json_object_set_new(m->view, "items", items);
    model_copy_or_null(m->view, m->data, "next");
    model_copy(m->view, m->data, "least");
    put_found(m);
    model_form(m, fields);
    model_put_choices(m, "reasons", "reason", &words_look_reason, say_look);
}

void model_desk_glass_look(struct model *m)
{
    const json_t *glass = json_object_get(m->data, "glass");
    const json_t *look = json_object_get(glass, "look");
    const char *zone = model_need_text(m, json_object_get(glass, "delivery"), "time_zone");
    int64_t until = model_time(look, "expires_at");
    json_t *out = json_null();
    if (until > m->now) {
        out = json_object();
        model_copy(out, look, "photo_url");
        model_put_moment(m, out, "until", until, zone);
    }
    put_look(m, m->view, glass);
    json_object_set_new(m->view, "look", out);
}
