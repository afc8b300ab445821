/* SPDX-License-Identifier: Apache-2.0
 *
 * The helpers of all view models. jansson's setters accept NULL, so that running out of memory
 * shows once, as a name that the template misses.
 */
#include "pages/model.h"

#include "lang/dates.h"

enum { SENTENCE_MAX = 1024 };

/* ---- reading ---- */

const char *model_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void miss(struct model *m, const char *key)
{
    if (!m->missing)
        m->missing = key;
}

const char *model_need_text(struct model *m, const json_t *object, const char *key)
{
    const char *text = model_text(object, key);
    if (!text)
        miss(m, key);
    return text ? text : "";
}

int64_t model_time(const json_t *object, const char *key)
{
    const char *text = model_text(object, key);
    int64_t at;
    return text && clock_parse(text, &at) ? at : 0;
}

int model_word(struct model *m, const json_t *object, const char *key, const struct words *list,
               int absent)
{
    const char *text = model_text(object, key);
    if (!text)
        return absent;
    int value = words_find(list, text);
    if (value < 0) {
        miss(m, key);
        return absent;
    }
    return value;
}

int model_need_word(struct model *m, const json_t *object, const char *key,
                    const struct words *list)
{
    if (!model_text(object, key))
        miss(m, key);
    return model_word(m, object, key, list, 0);
}

/* ---- adding ---- */

void model_copy(json_t *view, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (value)
        json_object_set(view, key, value);
}

void model_copy_or_null(json_t *view, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    json_object_set(view, key, value ? value : json_null());
}

void model_put(json_t *view, const char *key, struct buf *text)
{
    json_t *value = text->len ? json_stringn((const char *)text->data, text->len) : json_null();
    json_object_set_new(view, key, value);
    buf_free(text);
}

void model_put_message(const struct model *m, json_t *view, const char *key, const char *message)
{
    json_object_set_new(view, key, json_string(lang_text(m->lang, message)));
}

void model_put_count(const struct model *m, json_t *view, const char *key, json_int_t number)
{
    unsigned form = m->lang->plural(number < 0 ? 0 : (unsigned long long)number);
    json_t *forms = json_object();
    char name[64];
    for (unsigned i = 0; i < m->lang->plurals; i++)
        json_object_set_new(forms, LANG_NUMBER(i), json_boolean(i == form));
    snprintf(name, sizeof name, "%s_form", key);
    json_object_set_new(view, name, forms);
    json_object_set_new(view, key, json_integer(number));
}

void model_copy_count(const struct model *m, json_t *view, const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    if (json_is_integer(number))
        model_put_count(m, view, key, json_integer_value(number));
}

struct say_reader model_reader(const struct model *m, enum say_to to)
{
    return (struct say_reader){.to = to, .lang = m->lang, .now = m->now};
}

void model_put_moment(struct model *m, json_t *view, const char *key, int64_t at, const char *zone)
{
    if (at <= 0) {
        json_object_set_new(view, key, json_null());
        return;
    }
    char iso[CLOCK_TEXT_ROOM];
    clock_format(at, iso);
    json_t *moment = json_object();
    json_object_set_new(moment, "iso", json_string(iso));
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    lang_moment(m->lang, &(struct lang_when){at, zone, m->now}, &text);
    model_put(moment, "text", &text);
    json_object_set_new(view, key, moment);
}

/* ---- forms ---- */

static void add_complaint(json_t *complaints, const char *field, const char *sentence)
{
    bool has_field = strcmp(field, "form") != 0;
    json_array_append_new(complaints, json_pack("{s:o, s:s}", "field",
                                                has_field ? json_string(field) : json_null(),
                                                "text", sentence));
}

void model_form(struct model *m, const char *const *fields)
{
    const json_t *typed = json_object_get(m->data, "values");
    const json_t *wrong = json_object_get(m->data, "errors");
    json_t *values = json_object(), *errors = json_object(), *complaints = json_array();
    for (; *fields; fields++) {
        const char *value = model_text(typed, *fields), *error = model_text(wrong, *fields);
        json_object_set_new(values, *fields, json_string(value ? value : ""));
        json_object_set_new(errors, *fields, error ? json_string(error) : json_null());
        if (error)
            add_complaint(complaints, *fields, error);
    }
    if (model_text(wrong, "form"))
        add_complaint(complaints, "form", model_text(wrong, "form"));
    json_object_set_new(m->view, "values", values);
    json_object_set_new(m->view, "errors", errors);
    json_object_set_new(m->view, "wrong", json_boolean(json_array_size(complaints) > 0));
    json_object_set_new(m->view, "complaints", complaints);
}

void model_put_choices(struct model *m, const char *key, const char *field,
                       const struct words *list,
                       const char *(*say)(const struct lang *lang, int value))
{
    const char *typed = model_text(json_object_get(m->data, "values"), field);
    json_t *choices = json_array();
    for (int i = 0; i < list->count; i++) {
        const char *name = words_name(list, i);
        json_array_append_new(choices,
                              json_pack("{s:s, s:s, s:b}", "value", name, "label", say(m->lang, i),
                                        "checked", typed && strcmp(typed, name) == 0));
    }
    json_object_set_new(m->view, key, choices);
}

/* ---- shared parts ---- */

void model_read_delivery(struct model *m, const json_t *object, struct say_delivery *out)
{
    const json_t *window = json_object_get(object, "window");
    *out = (struct say_delivery){
        .state = (enum delivery_state)model_need_word(m, object, "state", &words_delivery_state),
        .zone = model_need_text(m, object, "time_zone"),
        .created_at = model_time(object, "created_at"),
        .changed_at = model_time(object, "changed_at"),
        .out_at = model_time(object, "out_for_delivery_at"),
        .captured_at = model_time(object, "captured_at"),
        .received_at = model_time(object, "received_at"),
        .window_from = model_time(window, "from"),
        .window_to = model_time(window, "to"),
        .left_at = (enum left_at)model_word(m, object, "left_at", &words_left_at, LEFT_NOWHERE),
        .attempt_reason = (enum attempt_reason)model_word(m, object, "attempt_reason",
                                                          &words_attempt_reason, ATTEMPT_NONE),
    };
    if (out->created_at == 0)
        miss(m, "created_at");
    if (out->changed_at == 0)
        miss(m, "changed_at");
}

static void add_step(struct model *m, json_t *steps, const struct say_delivery *d,
                     enum delivery_state state, int64_t at)
{
    bool is_now = state == d->state;
    bool ahead = state == DELIVERY_DELIVERED || state > d->state;
    json_t *step = json_pack("{s:s, s:b, s:b}", "label", say_step(m->lang, state), "now", is_now,
                             "done", !is_now && !ahead);
    model_put_moment(m, step, "at", at, d->zone);
    json_array_append_new(steps, step);
}

void model_put_steps(struct model *m, json_t *view, const struct say_delivery *d)
{
    json_t *steps = json_array();
    add_step(m, steps, d, DELIVERY_CREATED, d->created_at);
    /* It lies ahead, or it happened: a delivery may end without ever having set out. */
    if (d->state <= DELIVERY_OUT_FOR_DELIVERY || d->out_at > 0)
        add_step(m, steps, d, DELIVERY_OUT_FOR_DELIVERY, d->out_at);
    if (d->state <= DELIVERY_DELIVERED)
        add_step(m, steps, d, DELIVERY_DELIVERED,
                 d->state == DELIVERY_DELIVERED ? say_event_time(d) : 0);
    else
        add_step(m, steps, d, d->state,
                 d->state == DELIVERY_ATTEMPTED ? say_event_time(d) : d->changed_at);
    json_object_set_new(view, "steps", steps);
}

json_t *model_case(struct model *m, const json_t *object, const char *zone)
{
    int kind = model_need_word(m, object, "kind", &words_case_kind);
    int state = model_need_word(m, object, "state", &words_case_state);
    bool by_agent = strcmp(model_need_text(m, object, "opened_by"), "agent") == 0;
    json_t *view =
        json_pack("{s:s, s:b, s:b}", "kind", say_case_kind(m->lang, (enum case_kind)kind), "open",
                  state == CASE_OPEN, "by_agent", by_agent);
    model_copy(view, object, "id");
    model_copy(view, object, "number");
    model_copy_or_null(view, object, "reason");
    model_put_moment(m, view, "opened", model_time(object, "opened_at"), zone);
    model_put_moment(m, view, "resolved", model_time(object, "resolved_at"), zone);
    return view;
}

void model_put_messages(struct model *m, json_t *view, const json_t *object, const char *zone,
                        const char *reader)
{
    json_t *messages = json_array();
    const json_t *list = json_object_get(object, "messages");
    if (!json_is_array(list))
        miss(m, "messages");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *message = json_array_get(list, i);
        const char *from = model_need_text(m, message, "from");
        bool mine = strcmp(from, reader) == 0;
        bool agent = strcmp(from, "agent") == 0;
        json_t *item = json_pack("{s:s, s:b}", "from",
                                 lang_text(m->lang, mine    ? MSG("You")
                                                    : agent ? MSG("Support")
                                                            : MSG("Recipient")),
                                 "mine", mine);
        model_copy(item, message, "text");
        json_object_set_new(item, "asks", json_null());
        model_put_moment(m, item, "at", model_time(message, "at"), zone);
        json_array_append_new(messages, item);
    }
    json_object_set_new(view, "spoken", json_boolean(json_array_size(messages) > 0));
    json_object_set_new(view, "messages", messages);
}

void model_put_looks(struct model *m, json_t *view, const json_t *object, const char *zone)
{
    json_t *looks = json_array();
    const json_t *list = json_object_get(object, "looks");
    if (!json_is_array(list))
        miss(m, "looks");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *look = json_array_get(list, i);
        bool admin = strcmp(model_need_text(m, look, "by"), "administrator") == 0;
        int why = model_need_word(m, look, "reason", &words_look_reason);
        json_t *item =
            json_pack("{s:s, s:s}", "who",
                      lang_text(m->lang, admin ? MSG("An administrator") : MSG("A support agent")),
                      "why", say_look_reason(m->lang, (enum look_reason)why));
        model_copy_or_null(item, look, "note");
        model_put_moment(m, item, "at", model_time(look, "at"), zone);
        json_array_append_new(looks, item);
    }
    json_object_set_new(view, "looked", json_boolean(json_array_size(looks) > 0));
    json_object_set_new(view, "looks", looks);
}

void model_put_live(struct model *m, const json_t *object, enum model_refresh how)
{
    const json_t *live = json_object_get(object, "live");
    if (!json_is_object(live) || json_object_get(m->data, "errors"))
        return;
    json_t *view = json_object(), *refresh = json_null();
    json_int_t seconds = json_integer_value(json_object_get(live, "refresh"));
    if (seconds > 0 && how == MODEL_REFRESHES)
        model_put_count(m, refresh = json_object(), "seconds", seconds);
    model_copy(view, live, "url");
    json_object_set(view, "page_url", json_object_get(live, "page"));
    model_copy(view, live, "seen");
    json_object_set_new(view, "refresh", refresh);
    json_object_set_new(m->view, "live", view);
}
