/* SPDX-License-Identifier: Apache-2.0
 *
 * What agents read: cases, and the facts of the delivery each is about. Times are read in the
 * delivery's zone, as its recipient reads them.
 */
#include "pages/model.h"

enum { SENTENCE_MAX = 1024 };

void model_desk_sign_in(struct model *m)
{
    static const char *const fields[] = {"email", "password", "code", NULL};
    const json_t *provider = json_object_get(m->data, "provider");
    const char *name = model_text(provider, "name");
    struct buf text;
    model_put_passkey_sign_in(m, MODEL_STAFF);
    model_copy(m->view, m->data, "passwords");
    model_form(m, fields);
    if (!json_is_object(provider)) {
        json_object_set_new(m->view, "provider", json_null());
        return;
    }
    buf_init(&text, PAGES_CEILING);
    if (name)
        lang_say(m->lang, &text, MSG("Sign in with {name}"), LANG_PARTS({"name", name}));
    else
        lang_say(m->lang, &text, MSG("Sign in with your organisation’s account"), NULL);
    json_object_set_new(m->view, "provider", json_pack("{s:s}", "label", buf_string(&text)));
    buf_free(&text);
}

static json_t *delivery_view(struct model *m, const json_t *object, struct say_delivery *d_out)
{
    model_read_delivery(m, object, d_out);
    json_t *view = json_object();
    model_copy(view, object, "id");
    model_copy(view, object, "reference");
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    struct say_reader reader = model_reader(m, SAY_TO_AGENT);
    say_state(d_out, &reader, &text);
    model_put(view, "heading", &text);
    say_clocks(d_out, &reader, &text);
    model_put(view, "clocks", &text);
    say_zone(d_out->zone, &text);
    model_put(view, "zone", &text);
    return view;
}

/* ---- the list ---- */

static void put_items(struct model *m)
{
    const json_t *list = json_object_get(m->data, "items");
    json_t *items = json_array();
    if (!json_is_array(list))
        m->missing = "items";
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        const json_t *delivery = json_object_get(object, "delivery");
        json_t *item = model_case(m, object, model_need_text(m, delivery, "time_zone"));
        model_copy(item, object, "delivery");
        json_array_append_new(items, item);
    }
    json_object_set_new(m->view, "items", items);
    model_copy_or_null(m->view, m->data, "next");
}

/* The form that opens a case stands under each delivery found; what was typed belongs to one. */
static void put_opening(struct model *m, json_t *item, const char *delivery_id)
{
    const json_t *values = json_object_get(m->data, "values");
    const char *meant = model_text(values, "delivery_id"), *typed = model_text(values, "reason");
    const char *error = model_text(json_object_get(m->data, "errors"), "reason");
    bool mine = meant && strcmp(meant, delivery_id) == 0;
    json_object_set_new(item, "typed", json_string(mine && typed ? typed : ""));
    json_object_set_new(item, "error", mine && error ? json_string(error) : json_null());
    json_object_set_new(item, "may_open", json_boolean(!model_text(item, "case_id")));
    json_object_set_new(item, "field",
                        mine ? json_string("reason") : json_sprintf("reason-%s", delivery_id));
}

/* Whose it is and where it goes: what tells one that was found from another. Where they are not in
 * the data, as on the list of cases, there is nothing. */
static void put_people(struct model *m, json_t *item, const json_t *object,
                       const struct say_delivery *d)
{
    const json_t *recipient = json_object_get(object, "recipient");
    const json_t *lines = json_object_get(json_object_get(object, "address"), "lines");
    struct buf text;
    buf_init(&text, SENTENCE_MAX * 8);
    json_object_set_new(item, "who",
                        json_is_object(recipient) ? json_deep_copy(recipient) : json_null());
    if (json_is_object(recipient)) {
        json_t *who = json_object_get(item, "who");
        const char *name = model_text(recipient, "name");
        json_object_set_new(who, "name", json_string(name ? name : ""));
    }
    for (size_t i = 0; i < json_array_size(lines); i++) {
        buf_text(&text, i > 0 ? ", " : "");
        buf_text(&text, json_string_value(json_array_get(lines, i)));
    }
    model_put(item, "address", &text);
    const json_t *photo = json_object_get(object, "photo");
    buf_init(&text, SENTENCE_MAX);
    if (json_is_object(lines ? photo : NULL)) {
        struct say_reader reader = model_reader(m, SAY_TO_AGENT);
        int state = model_need_word(m, photo, "state", &words_photo_state);
        say_photo((enum photo_state)state, model_text(photo, "reason"), d->state, &reader, &text);
    }
    model_put(item, "photo", &text);
    json_t *shipper = json_object_get(json_object_get(object, "shipper"), "name");
    json_object_set(item, "shipper", lines && shipper ? shipper : json_null());
}

static void put_found(struct model *m, const char *key)
{
    const json_t *list = json_object_get(m->data, key);
    json_t *found = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        struct say_delivery d;
        json_t *item = delivery_view(m, object, &d);
        model_copy_or_null(item, object, "case_id");
        put_opening(m, item, model_need_text(m, object, "id"));
        put_people(m, item, object, &d);
        json_array_append_new(found, item);
    }
    json_object_set_new(m->view, "found", found);
}

void model_desk(struct model *m)
{
    static const char *const fields[] = {"delivery_id", "reason", NULL};
    bool all = strcmp(model_need_text(m, m->data, "show"), "all") == 0;
    json_object_set_new(m->view, "all", json_boolean(all));
    model_copy(m->view, m->data, "show");
    put_items(m);
    json_object_set_new(m->view, "asked", json_boolean(model_text(m->data, "find") != NULL));
    put_found(m, "found");
    model_put_live(m, m->data, all ? MODEL_STAYS : MODEL_REFRESHES);
    model_form(m, fields);
}

/* Dispatchers open no cases. */
void model_desk_search(struct model *m)
{
    static const char *const fields[] = {"q", NULL};
    const char *kind = model_text(json_object_get(m->data, "viewer"), "kind");
    bool dispatcher = kind && words_find(&words_agent_role, kind) == ROLE_DISPATCHER;
    const char *q = model_need_text(m, m->data, "q");
    json_t *item;
    size_t i;
    put_found(m, "items");
    json_array_foreach(json_object_get(m->view, "found"), i, item) if (dispatcher)
        json_object_set_new(item, "may_open", json_false());
    json_object_set_new(m->view, "q", json_string(q));
    json_object_set_new(m->view, "asked", json_boolean(*q));
    model_copy(m->view, m->data, "more");
    model_form(m, fields);
    bool none = json_array_size(json_object_get(m->view, "found")) == 0;
    json_object_set_new(m->view, "any", json_boolean(!none));
    json_object_set_new(m->view, "none",
                        json_boolean(none && !json_is_true(json_object_get(m->view, "wrong"))));
}

/* ---- one case ---- */

static void put_photo(struct model *m, json_t *view, const json_t *photo,
                      const struct say_delivery *d)
{
    json_t *out = json_object();
    enum photo_state state =
        (enum photo_state)model_need_word(m, photo, "state", &words_photo_state);
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    struct say_reader reader = model_reader(m, SAY_TO_AGENT);
    say_photo(state, model_text(photo, "reason"), d->state, &reader, &text);
    model_put(out, "sentence", &text);
    int place = model_word(m, photo, "place", &words_place, PLACE_UNKNOWN);
    json_object_set_new(out, "place", json_string(say_place(m->lang, (enum place)place)));
    json_t *flags = json_array();
    const json_t *list = json_object_get(photo, "flags");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        int flag = word ? words_find(&words_photo_flag, word) : -1;
        if (flag >= 0)
            json_array_append_new(flags,
                                  json_string(say_photo_flag(m->lang, (enum photo_flag)flag)));
        else
            m->missing = "flags";
    }
    json_object_set_new(out, "flagged", json_boolean(json_array_size(flags) > 0));
    json_object_set_new(out, "flags", flags);
    model_copy_or_null(out, photo, "anyway");
    model_put_moment(m, out, "taken", model_time(photo, "captured_at"), d->zone);
    model_put_moment(m, out, "arrived", model_time(photo, "received_at"), d->zone);
    model_put_moment(m, out, "deletes", model_time(photo, "delete_by"), d->zone);
    json_object_set_new(view, "photo", out);
}

static void put_look(struct model *m, json_t *view, const json_t *object, const char *zone)
{
    const json_t *look = json_object_get(object, "look");
    int64_t until = model_time(look, "expires_at");
    json_t *out = json_null();
    if (until > m->now) {
        out = json_object();
        model_copy(out, look, "photo_url");
        model_put_moment(m, out, "until", until, zone);
    }
    const json_t *taken = json_object_get(object, "evidence_look");
    int64_t taken_until = model_time(taken, "expires_at");
    json_t *evidence = json_null();
    if (taken_until > m->now) {
        evidence = json_object();
        model_copy(evidence, taken, "evidence_url");
        model_copy(evidence, taken, "proof_url");
        model_put_moment(m, evidence, "until", taken_until, zone);
    }
    json_object_set_new(view, "evidence", evidence);
    bool can = json_is_true(json_object_get(object, "can_look"));
    bool open = json_is_true(json_object_get(view, "open"));
    model_put_message(m, view, "locked",
                      can    ? MSG("Locked. A look needs a reason.")
                      : open ? MSG("There is no picture to look at.")
                             : MSG("Locked: the case is resolved."));
    json_object_set_new(view, "can_look",
                        json_boolean(can && (json_is_null(out) || json_is_null(evidence))));
    json_object_set_new(view, "no_look", json_boolean(json_is_null(out)));
    json_object_set_new(view, "no_evidence", json_boolean(json_is_null(evidence)));
    json_object_set_new(view, "look", out);
}

/* What a drawing of moves and lines covers, with a little room around it, as an SVG's viewBox. */
static json_t *frame_of(const char *path)
{
    enum { ROOM = 10 };
    double at[2] = {0, 0}, least[2] = {0, 0}, most[2] = {0, 0};
    bool relative = false;
    int axis = 0, points = 0;
    while (*path) {
        char *end;
        double number = strtod(path, &end);
        if (end == path) {
            relative = strchr("ml", *path) || (relative && !strchr("ML", *path));
            path++;
            continue;
        }
        path = end;
        at[axis] = relative ? at[axis] + number : number;
        for (int i = 0; axis == 1 && i < 2; i++) {
            least[i] = points == 0 || at[i] < least[i] ? at[i] : least[i];
            most[i] = points == 0 || at[i] > most[i] ? at[i] : most[i];
        }
        points += axis;
        axis = !axis;
    }
    return json_sprintf("%.0f %.0f %.0f %.0f", least[0] - ROOM, least[1] - ROOM,
                        most[0] - least[0] + 2 * ROOM, most[1] - least[1] + 2 * ROOM);
}

/* The name, or the signature as a drawing. The path is the driver's app's: it is shown as an
 * attribute, where it can be nothing but a path. */
static void put_kept_proof(struct model *m, json_t *view, const json_t *object, const char *zone)
{
    const json_t *kept = json_object_get(object, "kept_proof");
    json_t *out = json_null();
    if (json_is_object(kept)) {
        int kind = model_need_word(m, kept, "kind", &words_proof);
        const char *value = model_need_text(m, kept, "value");
        bool drawn = kind == PROOF_SIGNATURE;
        out = json_pack("{s:o, s:o, s:o}", "path", drawn ? json_string(value) : json_null(),
                        "frame", drawn ? frame_of(value) : json_null(), "name",
                        drawn ? json_null() : json_string(value));
        model_put_moment(m, out, "deletes", model_time(kept, "delete_by"), zone);
    }
    json_object_set_new(view, "kept_proof", out);
}

/* Where earlier attempts have photos too, the agent says which one; the newest is chosen. */
static void put_attempts(struct model *m, json_t *view, const json_t *delivery)
{
    const json_t *earlier = json_object_get(delivery, "earlier_photos");
    int state = model_need_word(m, json_object_get(delivery, "photo"), "state", &words_photo_state);
    json_t *attempts = json_array();
    if (state == PHOTO_POSTED || state == PHOTO_WITHHELD)
        json_array_append_new(attempts,
                              json_pack("{s:O?}", "attempt", json_object_get(delivery, "attempt")));
    for (size_t i = 0; i < json_array_size(earlier); i++)
        json_array_append_new(
            attempts,
            json_pack("{s:O?}", "attempt", json_object_get(json_array_get(earlier, i), "attempt")));
    for (size_t i = 0; i < json_array_size(attempts); i++)
        json_object_set_new(json_array_get(attempts, i), "checked", json_boolean(i == 0));
    json_object_set_new(view, "choose_attempt", json_boolean(json_array_size(earlier) > 0));
    json_object_set_new(view, "attempts", attempts);
}

static const char *say_look(const struct lang *lang, int reason)
{
    return say_look_reason(lang, (enum look_reason)reason);
}

void model_desk_case(struct model *m)
{
    static const char *const fields[] = {"reason", "note", "message", "text", NULL};
    const json_t *object = json_object_get(m->data, "case");
    const json_t *delivery = json_object_get(object, "delivery");
    struct say_delivery d;
    json_t *facts = delivery_view(m, delivery, &d);
    int confidential = model_word(m, delivery, "confidential", &words_confidentiality, 0);
    int proof = model_word(m, delivery, "proof", &words_proof, 0);
    json_object_set_new(
        facts, "confidential",
        json_string(say_confidentiality(m->lang, (enum confidentiality)confidential)));
    json_object_set_new(facts, "proof", json_string(say_proof(m->lang, (enum proof)proof)));
    const json_t *verified = json_object_get(delivery, "proof_verified");
    json_object_set_new(facts, "proof_right", json_boolean(json_is_true(verified)));
    json_object_set_new(facts, "proof_wrong", json_boolean(json_is_false(verified)));
    json_t *recipient = json_object();
    const char *personal = model_text(delivery, "personal_data");
    json_object_set_new(facts, "blank", json_boolean(personal && strcmp(personal, "deleted") == 0));
    model_copy_or_null(recipient, json_object_get(delivery, "recipient"), "name");
    model_copy_or_null(recipient, json_object_get(delivery, "recipient"), "email");
    model_copy_or_null(recipient, json_object_get(delivery, "recipient"), "phone");
    json_object_set_new(facts, "recipient", recipient);
    model_copy_or_null(facts, delivery, "address");
    model_copy_or_null(facts, delivery, "driver");
    model_copy_or_null(facts, delivery, "instructions");
    model_put_steps(m, facts, &d);
    put_photo(m, facts, json_object_get(delivery, "photo"), &d);
    model_put_terms(m, json_object_get(facts, "photo"), json_object_get(delivery, "photo"),
                    &(struct model_terms_reader){SAY_TO_AGENT, d.zone});

    json_t *view = model_case(m, object, d.zone);
    json_object_set_new(view, "delivery", facts);
    model_put_messages(m, view, object, d.zone, "agent");
    model_put_asked(m, view, object, json_object_get(object, "looks"), d.zone);
    model_put_looks(m, view, object, d.zone);
    put_look(m, view, object, d.zone);
    put_kept_proof(m, view, object, d.zone);
    put_attempts(m, view, delivery);
    json_object_set_new(m->view, "case", view);
    model_put_live(m, object, MODEL_STAYS);
    model_form(m, fields);
    model_put_choices(m, "reasons", "reason", &words_look_reason, say_look);
}
