/* SPDX-License-Identifier: Apache-2.0
 *
 * What everybody at the desk reads of the day, in columns of deliveries; and the round of one
 * driver. Times are read in each delivery's zone.
 */
#include "pages/model.h"

enum { SENTENCE_MAX = 1024, REST_MS = 5000 };

static const char *column_title(const struct lang *lang, const char *name)
{
    int state = words_find(&words_delivery_state, name);
    return state >= 0 ? say_step(lang, (enum delivery_state)state) : lang_text(lang, MSG("Late"));
}

static json_t *item_view(struct model *m, const json_t *object)
{
    struct say_delivery d;
    struct say_reader reader = model_reader(m, SAY_TO_AGENT);
    struct buf text;
    json_t *view = json_object();
    model_read_delivery(m, object, &d);
    model_copy(view, object, "id");
    model_copy(view, object, "reference");
    model_copy(view, object, "late");
    json_t *driver = json_object_get(json_object_get(object, "driver"), "name");
    json_object_set(view, "driver", driver ? driver : json_null());
    buf_init(&text, SENTENCE_MAX);
    say_state(&d, &reader, &text);
    model_put(view, "sentence", &text);
    model_put_moment(m, view, "until", d.window_to, d.zone);
    return view;
}

static json_t *column_view(struct model *m, const json_t *object)
{
    const char *name = model_need_text(m, object, "name");
    const json_t *list = json_object_get(object, "items");
    json_t *view = json_object(), *items = json_array();
    if (!json_is_array(list))
        m->missing = "columns.items";
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(items, item_view(m, json_array_get(list, i)));
    json_object_set_new(view, "none", json_boolean(json_array_size(items) == 0));
    json_object_set_new(view, "items", items);
    model_copy(view, object, "name");
    bool cut = json_is_true(json_object_get(object, "cut"));
    json_object_set_new(
        view, "count",
        json_sprintf("%lld%s", (long long)json_integer_value(json_object_get(object, "count")),
                     cut ? "+" : ""));
    model_copy(view, object, "more");
    json_object_set_new(view, "title", json_string(column_title(m->lang, name)));
    json_object_set_new(view, "pressing",
                        json_boolean(strcmp(name, "late") == 0 || strcmp(name, "attempted") == 0));
    return view;
}

void model_desk_board(struct model *m)
{
    const json_t *list = json_object_get(m->data, "columns");
    json_t *pressing = json_array(), *others = json_array();
    if (!json_is_array(list))
        m->missing = "columns";
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *view = column_view(m, json_array_get(list, i));
        bool first = json_is_true(json_object_get(view, "pressing"));
        json_array_append_new(first ? pressing : others, view);
    }
    json_object_set_new(m->view, "pressing_columns", pressing);
    json_object_set_new(m->view, "other_columns", others);
    json_object_set_new(m->view, "rest", json_integer(REST_MS));
    model_copy(m->view, m->data, "alone");
    model_put_moment(m, m->view, "as_of", model_time(m->data, "at"), "UTC");
    model_put_live(m, m->data, MODEL_REFRESHES);
}

/* ---- a round ---- */

static json_t *stop_view(struct model *m, const json_t *object, const json_t *driver)
{
    struct say_delivery d;
    struct say_reader reader = model_reader(m, SAY_TO_OTHERS);
    const json_t *lines = json_object_get(json_object_get(object, "address"), "lines");
    json_t *view = json_object();
    struct buf text;
    model_read_delivery(m, object, &d);
    model_copy(view, object, "id");
    model_copy(view, object, "reference");
    json_object_set(view, "driver_id", json_object_get(driver, "id"));
    json_t *name = json_object_get(json_object_get(object, "recipient"), "name");
    json_object_set(view, "name", name ? name : json_null());
    buf_init(&text, PAGES_CEILING);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        buf_text(&text, i > 0 ? ", " : "");
        buf_text(&text, json_string_value(json_array_get(lines, i)));
    }
    model_put(view, "address", &text);
    buf_init(&text, SENTENCE_MAX);
    say_state(&d, &reader, &text);
    model_put(view, "sentence", &text);
    model_put_moment(m, view, "until", d.window_to, d.zone);
    return view;
}

void model_desk_round(struct model *m)
{
    static const char *const fields[] = {"add", NULL};
    const json_t *list = json_object_get(m->data, "items");
    const json_t *driver = json_object_get(m->data, "driver");
    json_t *items = json_array();
    if (!json_is_array(list))
        m->missing = "items";
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        json_t *view = stop_view(m, json_array_get(list, i), driver);
        json_object_set_new(view, "number", json_integer((json_int_t)i + 1));
        json_object_set_new(view, "may_up", json_boolean(i > 0));
        json_object_set_new(view, "may_down", json_boolean(i + 1 < count));
        json_array_append_new(items, view);
    }
    json_object_set_new(m->view, "items", items);
    json_object_set_new(m->view, "none", json_boolean(count == 0));
    model_copy(m->view, m->data, "driver");
    model_form(m, fields);
}

/* ---- a file of deliveries ---- */

static json_t *row_view(struct model *m, const json_t *error)
{
    const char *field = model_text(error, "field");
    const char *detail = model_text(error, "detail");
    return json_pack("{s:O, s:s?, s:s}", "row", json_object_get(error, "row"), "field", field,
                     "detail", detail ? lang_text(m->lang, detail) : "");
}

void model_desk_import(struct model *m)
{
    const json_t *shippers = json_object_get(m->data, "shippers");
    const json_t *list = json_object_get(m->data, "errors");
    const char *file = model_text(json_object_get(m->data, "values"), "file");
    json_int_t created = json_integer_value(json_object_get(m->data, "created"));
    json_t *rows = json_array();
    if (!json_is_array(shippers))
        m->missing = "shippers";
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(rows, row_view(m, json_array_get(list, i)));
    bool wrong = json_array_size(rows) > 0;
    json_object_set_new(m->view, "failed", json_boolean(wrong));
    json_object_set_new(m->view, "ready", json_boolean(file && !wrong && created == 0));
    json_object_set_new(m->view, "finished", json_boolean(created > 0));
    json_object_set_new(m->view, "rows",
                        json_integer(json_integer_value(json_object_get(m->data, "rows"))));
    json_object_set_new(m->view, "wrong_rows", rows);
    json_object_set_new(m->view, "file", json_string(file && created == 0 ? file : ""));
    json_object_set_new(m->view, "choice", json_boolean(json_array_size(shippers) > 1));
    model_copy(m->view, m->data, "shippers");
    model_copy_or_null(m->view, m->data, "shipper_id");
}
