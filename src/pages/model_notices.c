/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages on which people say how they want to be told: their account, and the two that links in
 * mail lead to.
 */
#include "domain/preference.h"
#include "pages/model.h"

static const char *const class_labels[NOTICE_CLASS_COUNT] = {
    [CLASS_ANNOUNCED] = MSG("A delivery is on its way to me"),
    [CLASS_OUT_FOR_DELIVERY] = MSG("It is out for delivery"),
    [CLASS_DELIVERED] = MSG("It was delivered, and whether there is a photo"),
    [CLASS_ATTEMPTED] = MSG("It could not be delivered"),
    [CLASS_ENDED] = MSG("It goes back, or was cancelled"),
    [CLASS_CASE] = MSG("News of a case"),
    [CLASS_LOOK] = MSG("Someone looked at my photo"),
};

static const char *const channel_labels[NOTICE_CHANNEL_COUNT] = {
    [CHANNEL_PUSH] = MSG("Notification"),
    [CHANNEL_MAIL] = MSG("E-mail"),
    [CHANNEL_SMS] = MSG("SMS"),
    [CHANNEL_RELAY] = MSG("Other service"),
};

enum { ADDRESS_MAX = 32 << 10 }; /* of an address in one line */

/* ---- the account ---- */

/* The channels that this server has, as their numbers. */
static json_t *put_channels(struct model *m)
{
    const json_t *channels = json_object_get(m->data, "channels");
    const json_t *phones = json_object_get(json_object_get(m->data, "push"), "items");
    json_t *out = json_array(), *labels = json_array();
    bool has_phones = json_array_size(phones) > 0;
    for (size_t i = 0; i < json_array_size(channels); i++) {
        const char *name = json_string_value(json_array_get(channels, i));
        int channel = name ? words_find(&words_notice_channel, name) : -1;
        if (channel < 0 || !channel_labels[channel])
            continue;
        json_array_append_new(out, json_string(name));
        json_array_append_new(
            labels,
            json_pack("{s:s, s:s, s:b}", "label", lang_text(m->lang, channel_labels[channel]),
                      "channel", name, "testable",
                      channel == CHANNEL_MAIL || (channel == CHANNEL_PUSH && has_phones)));
    }
    json_object_set_new(m->view, "channels", labels);
    return out;
}

/* The switches of one class of events, one a channel. */
static json_t *switches_of(const struct model *m, enum notice_class what, const json_t *channels)
{
    const char *class = words_name(&words_notice_class, (int)what);
    const char *label = lang_text(m->lang, class_labels[what]);
    const json_t *of_class = json_object_get(json_object_get(m->data, "notices"), class);
    json_t *cells = json_array();
    for (size_t i = 0; i < json_array_size(channels); i++) {
        const char *name = json_string_value(json_array_get(channels, i));
        int channel = words_find(&words_notice_channel, name);
        bool on = json_is_true(json_object_get(of_class, name));
        bool told = preference_is_told(what, (enum notice_channel)channel);
        json_array_append_new(
            cells,
            json_pack("{s:o, s:o, s:b, s:b}", "name", json_sprintf("%s.%s", class, name), "says",
                      json_sprintf("%s: %s", label, lang_text(m->lang, channel_labels[channel])),
                      "on", on, "told", told));
    }
    return json_pack("{s:s, s:o}", "label", label, "cells", cells);
}

static void put_switches(struct model *m)
{
    json_t *channels = put_channels(m), *rows = json_array();
    for (int what = 0; what < NOTICE_CLASS_COUNT; what++)
        json_array_append_new(rows, switches_of(m, (enum notice_class)what, channels));
    json_object_set_new(m->view, "switches", rows);
    json_decref(channels);
}

/* What was typed, else what is kept, else what is usual. */
static void put_typed(struct model *m, const char *name, const char *kept, const char *usual)
{
    const char *typed = model_text(json_object_get(m->data, "values"), name);
    json_object_set_new(m->view, name, json_string(typed ? typed : kept ? kept : usual));
}

static void put_reach(struct model *m)
{
    const json_t *quiet = json_object_get(m->data, "quiet");
    const json_t *values = json_object_get(m->data, "values");
    const char *language = model_text(json_is_object(values) ? values : m->data, "language");
    json_t *languages = json_array();
    bool on = json_is_object(quiet) || model_text(values, "quiet");
    json_object_set_new(m->view, "quiet_on", json_boolean(on));
    put_typed(m, "from", model_text(quiet, "from"), "22:00");
    put_typed(m, "to", model_text(quiet, "to"), "07:00");
    const char *zone = model_text(m->data, "usual_zone");
    put_typed(m, "time_zone", model_text(quiet, "time_zone"), zone ? zone : "UTC");
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const char *code = words_name(&words_language, i);
        const struct lang *lang = lang_find(code);
        json_array_append_new(languages, json_pack("{s:s, s:s, s:b}", "code", code, "label",
                                                   lang ? lang->name : code, "on",
                                                   language && strcmp(language, code) == 0));
    }
    json_object_set_new(m->view, "languages", languages);
    json_object_set_new(m->view, "automatic", json_boolean(!language));
}

/* The phones that are told; an account has no time zone. */
static void put_phones(struct model *m, const json_t *push)
{
    json_t *phones = json_array();
    const json_t *items = json_object_get(push, "items");
    if (!json_is_array(items))
        m->missing = "push";
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        json_t *phone = json_object();
        model_copy(phone, item, "id");
        model_copy(phone, item, "service");
        model_put_moment(m, phone, "since", model_time(item, "created_at"), "UTC");
        json_array_append_new(phones, phone);
    }
    json_object_set_new(m->view, "told", json_boolean(json_array_size(phones) > 0));
    json_object_set_new(m->view, "phones", phones);
    model_copy(m->view, push, "picture");
}

/* Where the account's photos are refused, and of which shops; an account has no time zone. */
static void put_refusals(struct model *m)
{
    const json_t *items = json_object_get(m->data, "refusals");
    json_t *refusals = json_array();
    if (!json_is_array(items))
        m->missing = "refusals";
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *lines = json_object_get(json_object_get(item, "address"), "lines");
        const char *shop = model_text(json_object_get(item, "shipper"), "name");
        struct buf address;
        json_t *row = json_object();
        buf_init(&address, ADDRESS_MAX);
        for (size_t n = 0; n < json_array_size(lines); n++) {
            buf_text(&address, n > 0 ? ", " : "");
            buf_text(&address, json_string_value(json_array_get(lines, n)));
        }
        bool earlier = address.len == 0 && !shop; /* of an account before this one */
        model_copy(row, item, "id");
        json_object_set_new(row, "earlier", json_boolean(earlier));
        json_object_set_new(row, "where",
                            json_string(address.len > 0 ? buf_string(&address)
                                        : shop          ? shop
                                                        : ""));
        model_put(row, "address", &address);
        json_object_set_new(row, "shop", shop ? json_string(shop) : json_null());
        json_object_set_new(row, "note", json_copy(json_object_get(item, "reason")));
        model_put_moment(m, row, "since", model_time(item, "created_at"), "UTC");
        json_array_append_new(refusals, row);
    }
    json_object_set_new(m->view, "any_refusal", json_boolean(json_array_size(refusals) > 0));
    json_object_set_new(m->view, "refusals", refusals);
}

void model_account(struct model *m)
{
    static const char *const fields[] = {"from", "to", "time_zone", NULL};
    int consent = model_need_word(m, m->data, "consent", &words_consent);
    model_copy(m->view, m->data, "email");
    json_object_set_new(m->view, "refused", json_boolean(consent == CONSENT_REFUSED));
    put_refusals(m);
    model_put_passkeys(m, json_object_get(m->data, "passkeys"), MODEL_RECIPIENT);
    put_phones(m, json_object_get(m->data, "push"));
    put_switches(m);
    put_reach(m);
    model_form(m, fields);
}

/* ---- links in mail ---- */

void model_stop(struct model *m)
{
    int what = model_need_word(m, m->data, "class", &words_notice_class);
    model_copy(m->view, m->data, "token");
    model_copy(m->view, m->data, "stopped");
    model_copy(m->view, m->data, "all_stopped");
    model_put_message(m, m->view, "about", class_labels[what]);
}

void model_refuse(struct model *m)
{
    static const char *const words[] = {"expected", "refused", "taken", "none"};
    const char *photo = model_need_text(m, m->data, "photo");
    model_copy(m->view, m->data, "token");
    model_copy(m->view, m->data, "order_id");
    model_copy_or_null(m->view, m->data, "pin");
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        json_object_set_new(m->view, words[i], json_boolean(strcmp(photo, words[i]) == 0));
}
