/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader is told of others what they may know of them: the recipient all, support what support
 * and the shipper did, shipper and buyer what they did themselves.
 */
#include "api/terms.h"

#include <errno.h>

#include "api/shapes.h"
#include "base/clock.h"
#include "store/look.h"
#include "store/share.h"

struct terms {
    enum policy_actor reader;
    struct store_shares shares;
    struct store_views views;
    struct store_looks looks;
    struct store_wishes wishes;
    bool has_case;
    struct store_case open_case;
};

static int load(struct call *call, struct db_tx *tx, const char *delivery_id, struct terms *out)
{
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    bool knows_support = out->reader == ACTOR_RECIPIENT || out->reader == ACTOR_AGENT;
    int result = store_share_on_delivery(tx, delivery_id, call->arena, &out->shares);
    if (result == 0)
        result = store_view_list(tx, delivery_id, &page, call->arena, &out->views);
    if (result == 0 && knows_support)
        result = store_look_list(tx, delivery_id, &page, call->arena, &out->looks);
    if (result == 0 && knows_support)
        result = store_wish_on_delivery(tx, delivery_id, call->arena, &out->wishes);
    if (result != 0 || out->reader == ACTOR_BUYER)
        return result;
    result = store_case_open_on(tx, delivery_id, call->arena, &out->open_case);
    out->has_case = result == 0;
    return result < 0 ? result : 0;
}

static bool knows_of(const struct terms *terms, enum share who)
{
    switch (terms->reader) {
    case ACTOR_RECIPIENT:
        return true;
    case ACTOR_AGENT:
    case ACTOR_SHIPPER:
        return who == SHARE_SHIPPER;
    default:
        return who == SHARE_BUYER;
    }
}

/* ---- the parts ---- */

static const struct store_wish *wish_of(const struct terms *terms, const struct photo *photo)
{
    for (int i = 0; i < terms->wishes.count; i++)
        if (strcmp(terms->wishes.items[i].photo_id, photo->id) == 0)
            return &terms->wishes.items[i];
    return NULL;
}

static json_t *shared_with(const struct terms *terms, const struct photo *photo)
{
    json_t *list = json_array();
    for (int i = 0; i < terms->shares.count; i++) {
        const struct store_share *share = &terms->shares.items[i];
        if (share->shown && strcmp(share->photo_id, photo->id) == 0 && knows_of(terms, share->with))
            json_array_append_new(list, json_string(words_name(&words_share, (int)share->with)));
    }
    return list;
}

static json_t *look_seen(const struct store_look *look)
{
    json_t *shape = shape_look(look);
    json_t *seen = json_pack("{s:O, s:O, s:O, s:i}", "by", json_object_get(shape, "by"), "at",
                             json_object_get(shape, "at"), "last_at", json_object_get(shape, "at"),
                             "times", 1);
    json_decref(shape);
    return seen;
}

static json_t *view_seen(const struct store_view *view)
{
    return json_pack("{s:s, s:o, s:o, s:i}", "by", words_name(&words_share, (int)view->by), "at",
                     json_of_time(view->first_at), "last_at", json_of_time(view->last_at), "times",
                     view->times);
}

/* Looks and fetches together, newest first: both lists are. */
static json_t *seen_by(const struct terms *terms, const struct photo *photo)
{
    json_t *list = json_array();
    int look = 0, view = 0;
    while (look < terms->looks.count || view < terms->views.count) {
        const struct store_look *l = look < terms->looks.count ? &terms->looks.items[look] : NULL;
        const struct store_view *v = view < terms->views.count ? &terms->views.items[view] : NULL;
        if (l && (!v || l->created_at >= v->first_at)) {
            look++;
            if (strcmp(l->photo_id, photo->id) == 0)
                json_array_append_new(list, look_seen(l));
        } else if (v) {
            view++;
            if (strcmp(v->photo_id, photo->id) == 0 && knows_of(terms, v->by))
                json_array_append_new(list, view_seen(v));
        }
    }
    return list;
}

/* A case that is open holds it past its date, or past the moment that its deletion was asked for.
 */
static int64_t held_until(const struct terms *terms, const struct photo *photo)
{
    const struct store_wish *wish = wish_of(terms, photo);
    int64_t until = terms->open_case.opened_at + POLICY_HOLD_DAYS * CLOCK_DAY;
    if (!terms->has_case || (!wish && (photo->delete_by == 0 || until <= photo->delete_by)))
        return 0;
    return wish ? wish->due : until;
}

static json_t *held(const struct terms *terms, const struct photo *photo)
{
    const struct store_wish *wish = wish_of(terms, photo);
    int64_t until = held_until(terms, photo);
    if (until == 0)
        return json_null();
    return json_pack("{s:s, s:I, s:o, s:o}", "reason", "open_case", "case_number",
                     (json_int_t)terms->open_case.number, "until", json_of_time(until),
                     "erase_requested_at", json_of_time(wish ? wish->asked_at : 0));
}

static json_t *terms_of(const struct terms *terms, const struct photo *photo)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "belongs_to", "recipient", "purpose",
                     "proof_of_delivery", "delete_by", json_of_time(photo->delete_by), "held",
                     held(terms, photo), "seen_by", seen_by(terms, photo), "shared_with",
                     shared_with(terms, photo));
}

/* ---- for each reader ---- */

static bool is_kept(const struct photo *photo)
{
    return photo && (photo->state == PHOTO_POSTED || photo->state == PHOTO_WITHHELD);
}

/* `item` is the shape of the photo of one attempt. */
static int put_own(const struct terms *terms, const struct subject *subject, json_t *item)
{
    const struct photo *photo = NULL;
    json_int_t attempt = json_integer_value(json_object_get(item, "attempt"));
    for (int i = 0; i < subject->live.count; i++)
        if (subject->live.items[i].attempt == attempt)
            photo = &subject->live.items[i];
    const struct store_wish *wish = photo ? wish_of(terms, photo) : NULL;
    json_t *more = json_pack("{s:o, s:o, s:o, s:o}", "shared",
                             photo ? shared_with(terms, photo) : json_array(), "terms",
                             is_kept(photo) ? terms_of(terms, photo) : json_null(),
                             "erase_requested_at", json_of_time(wish ? wish->asked_at : 0),
                             "pending_until", json_of_time(wish ? wish->due : 0));
    int result = more && json_object_update(item, more) == 0 ? 0 : -ENOMEM;
    json_decref(more);
    return result;
}

bool terms_is_gift(const struct delivery *delivery)
{
    return delivery->buyer_email && (!delivery->recipient_email ||
                                     strcmp(delivery->buyer_email, delivery->recipient_email) != 0);
}

int terms_put_order(struct call *call, struct db_tx *tx, const struct subject *subject,
                    json_t *order)
{
    struct terms terms = {.reader = ACTOR_RECIPIENT};
    json_t *earlier = json_object_get(order, "earlier_photos");
    json_object_set_new(order, "gift", json_boolean(terms_is_gift(&subject->delivery)));
    int result = subject->live.count > 0 ? load(call, tx, subject->delivery.id, &terms) : 0;
    if (result == 0)
        result = put_own(&terms, subject, json_object_get(order, "photo"));
    for (size_t i = 0; result == 0 && i < json_array_size(earlier); i++)
        result = put_own(&terms, subject, json_array_get(earlier, i));
    return result;
}

int terms_put_shared(struct call *call, struct db_tx *tx, const struct subject *subject,
                     json_t *order)
{
    struct terms terms = {.reader = ACTOR_BUYER};
    const struct photo *photo = subject->asked;
    if (!photo || subject_ask(subject, PURPOSE_PHOTO) != POLICY_ALLOW)
        return 0;
    int result = load(call, tx, subject->delivery.id, &terms);
    if (result != 0)
        return result;
    json_t *shape =
        json_pack("{s:i, s:o, s:o, s:i, s:i, s:o}", "attempt", photo->attempt, "captured_at",
                  json_of_time(photo->captured_at), "received_at", json_of_time(photo->received_at),
                  "width", photo->width, "height", photo->height, "terms", terms_of(&terms, photo));
    return json_object_set_new(order, "photo", shape) == 0 ? 0 : -ENOMEM;
}

int terms_put_facts(struct call *call, struct db_tx *tx, const struct photo *photo, json_t *shape)
{
    struct terms terms = {.reader = ACTOR_SHIPPER};
    json_t *facts = json_object_get(shape, "photo"), *with = NULL;
    int result = 0;
    if (photo && photo->state == PHOTO_POSTED)
        result = store_share_on_delivery(tx, photo->delivery_id, call->arena, &terms.shares);
    if (result == 0 && terms.shares.count > 0)
        with = shared_with(&terms, photo);
    bool shared = json_array_size(with) > 0;
    json_decref(with);
    if (shared)
        result = load(call, tx, photo->delivery_id, &terms);
    if (result != 0)
        return result;
    json_object_set_new(facts, "shared", json_boolean(shared));
    json_object_set_new(facts, "terms", shared ? terms_of(&terms, photo) : json_null());
    return 0;
}

int terms_for_agent(struct call *call, struct db_tx *tx, const struct photo *photo, json_t **out)
{
    struct terms terms = {.reader = ACTOR_AGENT};
    int result = is_kept(photo) ? load(call, tx, photo->delivery_id, &terms) : 0;
    if (result == 0)
        *out = is_kept(photo) ? terms_of(&terms, photo) : json_null();
    return result;
}

int terms_for_sheet(struct call *call, struct db_tx *tx, const struct photo *photo,
                    int64_t *held_until_out, bool *shared_out)
{
    struct terms terms = {.reader = ACTOR_RECIPIENT};
    int result = load(call, tx, photo->delivery_id, &terms);
    if (result != 0)
        return result;
    json_t *with = shared_with(&terms, photo);
    *held_until_out = held_until(&terms, photo);
    *shared_out = json_array_size(with) > 0;
    json_decref(with);
    return 0;
}
