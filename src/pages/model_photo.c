/* SPDX-License-Identifier: Apache-2.0
 *
 * Beside a photo: its terms in plain words, and what its recipient can do about it.
 */
#include "domain/words.h"
#include "pages/model.h"

/* ---- terms ---- */

static bool has_word(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

static json_t *held_view(struct model *m, const json_t *held, const char *zone)
{
    if (!json_is_object(held))
        return json_null();
    json_t *out = json_object();
    model_copy(out, held, "case_number");
    model_put_moment(m, out, "until", model_time(held, "until"), zone);
    model_put_moment(m, out, "asked", model_time(held, "erase_requested_at"), zone);
    return out;
}

void model_put_terms(struct model *m, json_t *view, const json_t *photo,
                     const struct model_terms_reader *reader)
{
    const json_t *terms = json_object_get(photo, "terms");
    if (!json_is_object(terms)) {
        json_object_set_new(view, "terms", json_null());
        return;
    }
    const json_t *held = json_object_get(terms, "held");
    const json_t *shared = json_object_get(terms, "shared_with");
    bool own = reader->to == SAY_TO_RECIPIENT, agent = reader->to == SAY_TO_AGENT;
    const char *state = model_text(photo, "state");
    bool posted = state && words_find(&words_photo_state, state) == PHOTO_POSTED;
    json_t *out = json_pack("{s:b, s:b, s:b, s:b, s:b, s:b}", "shared", json_array_size(shared) > 0,
                            "own", own, "by_agent", agent, "posted", posted, "with_shop",
                            has_word(shared, "shipper"), "with_buyer", has_word(shared, "buyer"));
    model_put_count(m, out, "seen", (json_int_t)json_array_size(json_object_get(terms, "seen_by")));
    model_put_moment(m, out, "deletes", json_is_object(held) ? 0 : model_time(terms, "delete_by"),
                     reader->zone);
    json_object_set_new(out, "held", held_view(m, held, reader->zone));
    json_object_set_new(view, "terms", out);
}

/* ---- what can be done ---- */

/* The days that the form offers; only those that are sooner than the photo's own date. */
static json_t *sooner_view(struct model *m, const json_t *photo)
{
    static const struct {
        int days;
        const char *label;
    } choices[] = {{1, MSG("Tomorrow")}, {3, MSG("In three days")}, {7, MSG("In a week")}};
    const char *when = model_text(json_object_get(m->data, "values"), "when");
    int64_t delete_by = model_time(photo, "delete_by");
    json_t *days = json_array();
    char value[8];
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        if (m->now + choices[i].days * CLOCK_DAY >= delete_by)
            continue;
        snprintf(value, sizeof value, "%d", choices[i].days);
        json_array_append_new(days, json_pack("{s:s, s:s, s:b}", "value", value, "label",
                                              lang_text(m->lang, choices[i].label), "checked",
                                              when && strcmp(when, value) == 0));
    }
    bool wrong = model_text(json_object_get(m->data, "errors"), "when") != NULL;
    bool dated = when && strcmp(when, "date") == 0;
    return json_pack("{s:o, s:b, s:b}", "days", days, "choosing", wrong, "dated", dated);
}

void model_put_choices_of_photo(struct model *m, json_t *view, const json_t *photo,
                                const json_t *order)
{
    const char *state = model_text(photo, "state");
    const json_t *shared = json_object_get(photo, "shared");
    bool going = model_time(photo, "erase_requested_at") > 0;
    bool posted = state && words_find(&words_photo_state, state) == PHOTO_POSTED;
    bool sooner = state && !going && model_time(photo, "delete_by") > m->now + CLOCK_HOUR;
    bool buyer = json_is_true(json_object_get(order, "gift"));
    json_object_set_new(view, "going", json_boolean(going));
    json_object_set_new(view, "sooner", sooner ? sooner_view(m, photo) : json_null());
    json_object_set_new(view, "share",
                        posted && !going
                            ? json_pack("{s:b, s:b, s:b}", "with_shop", has_word(shared, "shipper"),
                                        "with_buyer", has_word(shared, "buyer"), "buyer", buyer)
                            : json_null());
}

/* ---- for the buyer ---- */

void model_put_shown(struct model *m, json_t *view, const json_t *order, const char *zone)
{
    const json_t *photo = json_object_get(order, "photo");
    const json_t *terms = json_object_get(photo, "terms");
    json_t *out = json_null();
    if (has_word(json_object_get(terms, "shared_with"), "buyer")) {
        out = json_object();
        model_copy(out, photo, "attempt");
        model_copy(out, photo, "width");
        model_copy(out, photo, "height");
        model_put_moment(m, out, "taken", model_time(photo, "captured_at"), zone);
        model_put_terms(m, out, photo, &(struct model_terms_reader){SAY_TO_OTHERS, zone});
    }
    json_object_set_new(view, "shown", out);
}

/* ---- who looked ---- */

static json_t *number_of_case(const json_t *order, const char *case_id)
{
    const json_t *cases = json_object_get(order, "cases");
    for (size_t i = 0; case_id && i < json_array_size(cases); i++) {
        const json_t *item = json_array_get(cases, i);
        const char *id = model_text(item, "id");
        json_t *number = json_object_get(item, "number");
        if (id && number && strcmp(id, case_id) == 0)
            return json_incref(number);
    }
    return json_null();
}

/* Those who fetched a photo that was shared with them, of all the order's photos. */
static void add_fetched(struct model *m, json_t *list, const json_t *photo, const char *zone)
{
    const json_t *seen = json_object_get(json_object_get(photo, "terms"), "seen_by");
    for (size_t i = 0; i < json_array_size(seen); i++) {
        const json_t *item = json_array_get(seen, i);
        const char *by = model_text(item, "by");
        int who = by ? words_find(&words_share, by) : -1;
        if (who < 0)
            continue;
        json_t *out = json_object();
        model_put_message(m, out, "who",
                          who == SHARE_SHIPPER ? MSG("The shop") : MSG("Who ordered it"));
        model_put_moment(m, out, "at", model_time(item, "at"), zone);
        model_copy_count(m, out, item, "times");
        json_array_append_new(list, out);
    }
}

void model_put_own_looks(struct model *m, json_t *view, const json_t *order, const char *zone)
{
    const json_t *list = json_object_get(order, "looks");
    const json_t *earlier = json_object_get(order, "earlier_photos");
    const char *asked = model_text(json_object_get(m->data, "values"), "look");
    json_t *shown = json_object_get(view, "looks"), *fetched = json_array();
    for (size_t i = 0; i < json_array_size(shown); i++) {
        const json_t *look = json_array_get(list, i);
        json_t *item = json_array_get(shown, i);
        const char *id = model_text(look, "id");
        json_object_set_new(item, "id", id ? json_string(id) : json_null());
        json_object_set_new(item, "case_number",
                            number_of_case(order, model_text(look, "case_id")));
        json_object_set_new(item, "asking", json_boolean(id && asked && strcmp(id, asked) == 0));
    }
    add_fetched(m, fetched, json_object_get(order, "photo"), zone);
    for (size_t i = 0; i < json_array_size(earlier); i++)
        add_fetched(m, fetched, json_array_get(earlier, i), zone);
    bool any = json_array_size(shown) + json_array_size(fetched) > 0;
    json_object_set_new(view, "seen_by_others", json_boolean(any));
    json_object_set_new(view, "fetched", fetched);
}

void model_put_asked(struct model *m, json_t *view, const json_t *object, const json_t *looks,
                     const char *zone)
{
    const json_t *messages = json_object_get(object, "messages");
    json_t *shown = json_object_get(view, "messages");
    for (size_t i = 0; i < json_array_size(shown); i++) {
        const char *asks = model_text(json_array_get(messages, i), "look_id");
        for (size_t n = 0; asks && n < json_array_size(looks); n++) {
            const json_t *look = json_array_get(looks, n);
            const char *id = model_text(look, "id");
            if (id && strcmp(id, asks) == 0)
                model_put_moment(m, json_array_get(shown, i), "asks", model_time(look, "at"), zone);
        }
    }
}
