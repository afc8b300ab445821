/* SPDX-License-Identifier: Apache-2.0
 *
 * What the recipient, the buyer and a stranger read of a delivery. The data may hold more than its
 * reader should see: for a buyer and a stranger, nothing of photo, place and address is taken over.
 */
#include "domain/states.h"
#include "pages/model.h"

enum { SENTENCE_MAX = 1024 };

static void put_state(struct model *m, json_t *view, const struct say_delivery *d, enum say_to to)
{
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    struct say_reader reader = model_reader(m, to);
    say_state(d, &reader, &text);
    model_put(view, "heading", &text);
    say_clocks(d, &reader, &text);
    model_put(view, "clocks", &text);
    say_zone(d->zone, &text);
    model_put(view, "zone", &text);
}

static enum photo_state put_photo_sentence(struct model *m, json_t *view, const json_t *photo,
                                           enum delivery_state delivery, enum say_to to)
{
    enum photo_state state = PHOTO_NONE;
    if (to != SAY_TO_OTHERS)
        state = (enum photo_state)model_need_word(m, photo, "state", &words_photo_state);
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    struct say_reader reader = model_reader(m, to);
    say_photo(state, model_text(photo, "reason"), delivery, &reader, &text);
    model_put(view, "sentence", &text);
    return state;
}

static enum say_to reader_of(struct model *m, const json_t *order)
{
    bool recipient = strcmp(model_need_text(m, order, "relation"), "recipient") == 0;
    return recipient ? SAY_TO_RECIPIENT : SAY_TO_OTHERS;
}

/* What a card in the list and the order's own page both show. */
static json_t *order_view(struct model *m, const json_t *order, struct say_delivery *d_out)
{
    enum say_to to = reader_of(m, order);
    model_read_delivery(m, order, d_out);
    json_t *view = json_object();
    model_copy(view, order, "id");
    model_copy(view, order, "reference");
    model_copy(view, order, "shipper");
    json_object_set_new(view, "own", json_boolean(to == SAY_TO_RECIPIENT));
    put_state(m, view, d_out, to);
    model_put_steps(m, view, d_out);
    return view;
}

void model_orders(struct model *m)
{
    const json_t *items = json_object_get(m->data, "items");
    json_t *cards = json_array();
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *order = json_array_get(items, i);
        struct say_delivery d;
        json_t *card = order_view(m, order, &d);
        const char *photo = model_text(json_object_get(order, "photo"), "state");
        bool posted = reader_of(m, order) == SAY_TO_RECIPIENT && photo &&
                      words_find(&words_photo_state, photo) == PHOTO_POSTED;
        json_object_set_new(card, "has_photo", json_boolean(posted));
        json_array_append_new(cards, card);
    }
    if (!json_is_array(items))
        m->missing = "items";
    json_object_set_new(m->view, "items", cards);
    model_copy_or_null(m->view, m->data, "next");
}

/* The pictures that lie beside the page in the archive. */
static json_t *files_of(const json_t *order)
{
    static const char folder[] = "photos/";
    const json_t *photos = json_object_get(json_object_get(order, "held"), "photos");
    json_t *files = json_array();
    for (size_t i = 0; i < json_array_size(photos); i++) {
        const char *file = model_text(json_array_get(photos, i), "file");
        if (file && strncmp(file, folder, sizeof folder - 1) == 0)
            json_array_append_new(files, json_string(file + sizeof folder - 1));
    }
    return files;
}

void model_export(struct model *m)
{
    const json_t *items = json_object_get(m->data, "items");
    const char *part = model_need_text(m, m->data, "part");
    json_t *cards = json_array();
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *order = json_array_get(items, i);
        struct say_delivery d;
        json_t *card = order_view(m, order, &d);
        enum say_to to = reader_of(m, order);
        if (to == SAY_TO_RECIPIENT)
            put_photo_sentence(m, card, json_object_get(order, "photo"), d.state, to);
        else
            json_object_set_new(card, "sentence", json_null());
        json_object_set_new(card, "files", files_of(order));
        json_array_append_new(cards, card);
    }
    json_object_set_new(m->view, "begin", json_boolean(strcmp(part, "begin") == 0));
    json_object_set_new(m->view, "end", json_boolean(strcmp(part, "end") == 0));
    json_object_set_new(m->view, "items", cards);
    model_copy(m->view, m->data, "email");
    model_copy(m->view, m->data, "server");
    model_put_moment(m, m->view, "made", model_time(m->data, "exported_at"), "UTC");
}

void model_status(struct model *m)
{
    struct say_delivery d;
    model_read_delivery(m, m->data, &d);
    put_state(m, m->view, &d, SAY_TO_OTHERS);
    model_put_steps(m, m->view, &d);
    model_copy(m->view, m->data, "shipper");
    put_photo_sentence(m, m->view, NULL, d.state, SAY_TO_OTHERS);
    model_put_live(m, m->data, states_is_final(d.state) ? MODEL_STAYS : MODEL_REFRESHES);
}

/* ---- the recipient's own order ---- */

static void put_posted(struct model *m, json_t *view, const json_t *photo, const char *zone)
{
    int64_t captured = model_time(photo, "captured_at"),
            received = model_time(photo, "received_at");
    /* Nothing is taken after it arrived: of a clock that runs ahead only ours is told. */
    bool ahead = received > 0 && captured > received + SAY_CLOCK_GAP;
    bool later = captured > 0 && received > captured + SAY_CLOCK_GAP;
    model_copy(view, photo, "width");
    model_copy(view, photo, "height");
    json_object_set_new(view, "clock_ahead", json_boolean(ahead));
    model_put_moment(m, view, "taken", ahead ? 0 : captured > 0 ? captured : received, zone);
    model_put_moment(m, view, "arrived", ahead || later ? received : 0, zone);
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    say_taken_where(m->lang, (enum place)model_word(m, photo, "place", &words_place, PLACE_UNKNOWN),
                    (int)json_integer_value(json_object_get(photo, "metres_limit")), &text);
    model_put(view, "where", &text);
}

/* Until when it is kept: a case that is open may be the reason, with an end of its own. */
static void put_term(struct model *m, json_t *view, const json_t *photo, const char *zone)
{
    const json_t *hold = json_object_get(photo, "hold");
    json_t *held = json_null();
    bool holds = json_is_object(hold);
    model_put_moment(m, view, "deletes", holds ? 0 : model_time(photo, "delete_by"), zone);
    if (holds) {
        held = json_object();
        model_copy(held, hold, "case_number");
        model_put_moment(m, held, "until", model_time(hold, "until"), zone);
    }
    json_object_set_new(view, "hold", held);
}

/* One photo with what can be done about it: all that is there can be deleted. */
static json_t *photo_view(struct model *m, const json_t *photo, const struct say_delivery *d,
                          enum say_to to, enum photo_state *state_out)
{
    json_t *out = json_object();
    enum photo_state state = put_photo_sentence(m, out, photo, d->state, to);
    bool kept = state == PHOTO_POSTED || state == PHOTO_WITHHELD;
    bool there = kept || state == PHOTO_RECEIVED || state == PHOTO_SET_ASIDE;
    json_object_set_new(out, "posted", json_boolean(state == PHOTO_POSTED));
    bool erased = state == PHOTO_ERASED && to == SAY_TO_RECIPIENT;
    json_object_set_new(out, "there", json_boolean(there));
    json_object_set_new(out, "erased", json_boolean(erased));
    if (there || erased)
        model_copy(out, photo, "attempt");
    if (state == PHOTO_POSTED)
        put_posted(m, out, photo, d->zone);
    put_term(m, out, kept ? photo : NULL, d->zone);
    model_put_terms(m, out, to == SAY_TO_RECIPIENT && kept ? photo : NULL,
                    &(struct model_terms_reader){to, d->zone});
    model_put_choices_of_photo(m, out, to == SAY_TO_RECIPIENT && kept ? photo : NULL,
                               json_object_get(m->data, "order"));
    *state_out = state;
    return out;
}

static void put_photos(struct model *m, json_t *view, const json_t *order,
                       const struct say_delivery *d, enum say_to to)
{
    enum photo_state state, earlier_state;
    json_t *out = photo_view(m, json_object_get(order, "photo"), d, to, &state);
    const json_t *list = json_object_get(order, "earlier_photos");
    json_t *earlier = json_array();
    for (size_t i = 0; to == SAY_TO_RECIPIENT && i < json_array_size(list); i++)
        json_array_append_new(earlier,
                              photo_view(m, json_array_get(list, i), d, to, &earlier_state));
    /* That nobody looked stands among the photo's terms, where it has any. */
    bool unsaid = state == PHOTO_POSTED || state == PHOTO_WITHHELD || state == PHOTO_ERASED ||
                  json_array_size(earlier) > 0;
    bool said = json_is_object(json_object_get(out, "terms"));
    json_object_set_new(view, "earlier", earlier);
    json_object_set_new(view, "say_unseen",
                        json_boolean(to == SAY_TO_RECIPIENT && unsaid && !said));
    json_object_set_new(view, "photo", out);
}

/* A photo can be refused as long as one may still be taken. */
static void put_consent(struct model *m, json_t *view, const json_t *order,
                        const struct say_delivery *d)
{
    const json_t *consent = json_object_get(order, "consent");
    const json_t *own = json_object_get(order, "photo");
    int account = model_need_word(m, consent, "account", &words_consent);
    int address = model_need_word(m, consent, "address", &words_consent);
    int delivery = model_need_word(m, consent, "delivery", &words_consent);
    const char *shipper = model_text(consent, "shipper"), *reason = model_text(own, "reason");
    bool told = reason && strcmp(reason, "by_shipper") == 0, itself = delivery == CONSENT_REFUSED;
    int photo = model_need_word(m, own, "state", &words_photo_state);
    bool ahead = d->state == DELIVERY_CREATED || d->state == DELIVERY_OUT_FOR_DELIVERY ||
                 d->state == DELIVERY_ATTEMPTED;
    bool open = photo == PHOTO_EXPECTED || photo == PHOTO_DECLINED;
    json_object_set_new(view, "consent",
                        json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b}", "open",
                                  ahead && open, "refused", photo == PHOTO_DECLINED, "told",
                                  told && !itself, "itself", itself, "wider", !told && !itself,
                                  "by_shop", shipper && strcmp(shipper, "for_address") == 0,
                                  "here_refused", address == CONSENT_REFUSED, "all_refused",
                                  account == CONSENT_REFUSED, "more", account != CONSENT_REFUSED));
}

/* What is told to the driver, in two halves, which are said and typed more easily. */
static void put_pin(json_t *view, const json_t *order)
{
    const char *pin = model_text(order, "pin");
    const char *photo = model_text(json_object_get(order, "photo"), "state");
    int state = photo ? words_find(&words_photo_state, photo) : PHOTO_NONE;
    json_object_set_new(view, "pin",
                        pin ? json_pack("{s:o, s:b}", "digits",
                                        json_sprintf("%.3s %s", pin, pin + strnlen(pin, 3)),
                                        "instead", state == PHOTO_NONE || state == PHOTO_DECLINED)
                            : json_null());
}

static void put_proof(struct model *m, json_t *view, const json_t *order)
{
    const json_t *verified = json_object_get(order, "proof_verified");
    enum proof proof = (enum proof)model_word(m, order, "proof", &words_proof, PROOF_NONE);
    enum proof_check check = json_is_true(verified)    ? CHECK_RIGHT
                             : json_is_false(verified) ? CHECK_WRONG
                                                       : CHECK_NONE;
    const char *text = say_proven(m->lang, proof, check);
    json_object_set_new(view, "proof", *text ? json_string(text) : json_null());
}

static const char *say_kind(const struct lang *lang, int kind)
{
    return say_case_kind(lang, (enum case_kind)kind);
}

static void put_cases(struct model *m, json_t *view, const json_t *order, const char *zone)
{
    const json_t *list = json_object_get(order, "cases");
    json_t *cases = json_array();
    bool any_open = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        json_t *item = model_case(m, object, zone);
        model_put_messages(m, item, object, zone, "recipient");
        model_put_asked(m, item, object, json_object_get(order, "looks"), zone);
        bool open = json_is_true(json_object_get(item, "open"));
        /* One reply form a page: its field has one id. */
        json_object_set_new(item, "reply", json_boolean(open && !any_open));
        any_open = any_open || open;
        json_array_append_new(cases, item);
    }
    json_object_set_new(view, "cases", cases);
    json_object_set_new(view, "can_report", json_boolean(!any_open));
    /* The report's form stays open while there is something to mend in it. */
    bool wrong = model_text(json_object_get(m->data, "errors"), "kind") ||
                 model_text(json_object_get(m->data, "errors"), "text");
    json_object_set_new(view, "reporting", json_boolean(wrong));
}

/* While something is still to come, and no reply is being written. */
static enum model_refresh refreshes(const struct model *m, const json_t *view,
                                    const struct say_delivery *d)
{
    const json_t *photo = json_object_get(json_object_get(m->data, "order"), "photo");
    const char *state = model_text(photo, "state");
    int photo_state = state ? words_find(&words_photo_state, state) : PHOTO_NONE;
    bool ahead = !states_is_final(d->state) || photo_state == PHOTO_EXPECTED ||
                 photo_state == PHOTO_RECEIVED;
    const json_t *report = json_object_get(view, "can_report");
    return ahead && !json_is_false(report) ? MODEL_REFRESHES : MODEL_STAYS;
}

void model_order(struct model *m)
{
    static const char *const fields[] = {"kind", "text",     "message", "when",
                                         "date", "question", "look",    NULL};
    const json_t *order = json_object_get(m->data, "order");
    struct say_delivery d;
    json_t *view = order_view(m, order, &d);
    enum say_to to = reader_of(m, order);
    put_photos(m, view, order, &d, to);
    put_proof(m, view, order);
    if (to == SAY_TO_RECIPIENT) {
        model_copy(view, order, "address");
        model_put_moment(m, view, "names_go", model_time(order, "personal_data_delete_by"), d.zone);
        model_put_looks(m, view, order, d.zone);
        model_put_own_looks(m, view, order, d.zone);
        put_consent(m, view, order, &d);
        put_pin(view, order);
        put_cases(m, view, order, d.zone);
    }
    model_put_shown(m, view, to == SAY_TO_RECIPIENT ? NULL : order, d.zone);
    json_object_set_new(m->view, "order", view);
    model_put_live(m, order, refreshes(m, view, &d));
    model_form(m, fields);
    model_put_choices(m, "kinds", "kind", &words_case_kind, say_kind);
}
