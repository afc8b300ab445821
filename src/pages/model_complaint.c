/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints of people without an account: their own page, and the desk's.
 */
#include "pages/model.h"

static const char *const kinds[COMPLAINT_KIND_COUNT] = {
    [COMPLAINT_IN_PICTURE] = MSG("I am in a picture, or somebody who is with me"),
    [COMPLAINT_MY_PROPERTY] = MSG("My home, garden or car is in a picture"),
    [COMPLAINT_BEHAVIOUR] = MSG("How somebody behaved who took a picture"),
    [COMPLAINT_OTHER] = MSG("Something else"),
};

static const char *say_kind(const struct lang *lang, int kind)
{
    return lang_text(lang, kinds[kind]);
}

void model_put_complaint_kinds(struct model *m)
{
    model_put_choices(m, "kinds", "kind", &words_complaint_kind, say_kind);
}

static void put_words(struct model *m, json_t *view, const char *reader)
{
    json_t *messages = json_array();
    const json_t *list = json_object_get(m->data, "messages");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *message = json_array_get(list, i);
        const char *from = model_need_text(m, message, "from");
        bool mine = strcmp(from, reader) == 0, agent = strcmp(from, "agent") == 0;
        json_t *item = json_pack("{s:s, s:b}", "from",
                                 lang_text(m->lang, mine    ? MSG("You")
                                                    : agent ? MSG("Support")
                                                            : MSG("Who complained")),
                                 "mine", mine);
        model_copy(item, message, "text");
        model_put_moment(m, item, "at", model_time(message, "at"), "UTC");
        json_object_set_new(item, "asks", json_null());
        json_array_append_new(messages, item);
    }
    json_object_set_new(view, "spoken", json_boolean(json_array_size(messages) > 0));
    json_object_set_new(view, "messages", messages);
}

/* What both pages show. */
static void put_complaint(struct model *m, const char *reader)
{
    int kind = model_need_word(m, m->data, "kind", &words_complaint_kind);
    int state = model_need_word(m, m->data, "state", &words_case_state);
    json_object_set_new(m->view, "kind", json_string(say_kind(m->lang, kind)));
    json_object_set_new(m->view, "open", json_boolean(state == CASE_OPEN));
    model_copy(m->view, m->data, "number");
    model_copy_or_null(m->view, m->data, "place");
    model_copy_or_null(m->view, m->data, "tracking");
    model_copy_or_null(m->view, m->data, "contact");
    model_put_moment(m, m->view, "made", model_time(m->data, "created_at"), "UTC");
    model_put_moment(m, m->view, "deletes", model_time(m->data, "delete_by"), "UTC");
    put_words(m, m->view, reader);
}

void model_complaint(struct model *m)
{
    static const char *const fields[] = {"message", NULL};
    put_complaint(m, "complainant");
    model_copy(m->view, m->data, "token");
    model_form(m, fields);
}

void model_desk_complaint(struct model *m)
{
    static const char *const fields[] = {"message", "delivery_id", "reason", "text", NULL};
    put_complaint(m, "agent");
    model_copy(m->view, m->data, "id");
    model_copy(m->view, m->data, "language");
    model_copy_or_null(m->view, m->data, "case_id");
    model_form(m, fields);
}

void model_desk_complaints(struct model *m)
{
    const json_t *items = json_object_get(m->data, "items");
    const char *show = model_need_text(m, m->data, "show");
    json_t *cards = json_array();
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        int kind = model_need_word(m, item, "kind", &words_complaint_kind);
        json_t *card = json_pack("{s:s}", "kind", say_kind(m->lang, kind));
        model_copy(card, item, "id");
        model_copy(card, item, "number");
        model_put_moment(m, card, "made", model_time(item, "created_at"), "UTC");
        json_array_append_new(cards, card);
    }
    json_object_set_new(m->view, "items", cards);
    json_object_set_new(m->view, "resolved", json_boolean(strcmp(show, "resolved") == 0));
    model_copy(m->view, m->data, "show");
    model_copy_or_null(m->view, m->data, "next");
}
