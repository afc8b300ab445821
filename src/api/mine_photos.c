/* SPDX-License-Identifier: Apache-2.0
 *
 * Of the photos of one delivery: each that there ever was, with its receipt where it is erased, and
 * what was decided of them. Of a complaint only that there was one: who complained, and in which
 * words, is theirs.
 */
#include "api/api.h"
#include "api/erasures.h"
#include "api/mine.h"
#include "store/complaint.h"
#include "store/mine.h"
#include "store/share.h"

void mine_file(const char *photo_id, char out[MINE_FILE_ROOM])
{
    snprintf(out, MINE_FILE_ROOM, "photos/%s.jpg", photo_id);
}

static json_t *photo_of(const struct store_mine_photo *photo)
{
    char name[MINE_FILE_ROOM];
    bool posted = photo->state == PHOTO_POSTED;
    mine_file(photo->id, name);
    return json_pack(
        "{s:s, s:i, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o}", "id", photo->id, "attempt",
        photo->attempt, "state", words_name(&words_photo_state, photo->state), "reason",
        photo->reason, "file", posted ? json_string(name) : json_null(), "captured_at",
        json_of_time(photo->captured_at), "received_at", json_of_time(photo->received_at),
        "posted_at", json_of_time(photo->posted_at), "delete_by", json_of_time(photo->delete_by),
        "place", posted ? json_string(words_name(&words_place, (int)photo->place)) : json_null());
}

static int add_receipt(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                       const struct store_mine_photo *mine, json_t *item)
{
    struct photo photo = {.attempt = mine->attempt, .reason = mine->reason};
    json_t *receipt = NULL;
    memcpy(photo.id, mine->id, ID_ROOM);
    memcpy(photo.delivery_id, delivery->id, ID_ROOM);
    int result = mine->state == PHOTO_ERASED ? erasures_shape(call, tx, &photo, &receipt) : 0;
    json_object_set_new(item, "erasure", receipt ? receipt : json_null());
    return result < 0 ? result : 0;
}

static int add_photos(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                      json_t *held)
{
    struct store_mine_photos found;
    json_t *items = json_array();
    int result = store_mine_photo_list(tx, delivery->id, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        json_t *item = photo_of(&found.items[i]);
        json_array_append_new(items, item);
        result = add_receipt(call, tx, delivery, &found.items[i], item);
    }
    json_object_set_new(held, "photos", items);
    return result;
}

/* ---- what was decided of them ---- */

/* Those that were taken back too. */
static int add_shares(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                      json_t *held)
{
    struct store_shares found;
    json_t *items = json_array();
    int result = store_share_on_delivery(tx, delivery->id, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        const struct store_share *share = &found.items[i];
        json_array_append_new(items,
                              json_pack("{s:s, s:s, s:b, s:o}", "photo_id", share->photo_id, "with",
                                        words_name(&words_share, (int)share->with), "shared",
                                        (int)share->shown, "since", json_of_time(share->since)));
    }
    json_object_set_new(held, "shares", items);
    return result;
}

static int add_fetches(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                       json_t *held)
{
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    struct store_views found = {.more = true};
    json_t *items = json_array();
    int result = 0;
    while (result == 0 && found.more) {
        result = store_view_list(tx, delivery->id, &page, call->arena, &found);
        for (int i = 0; result == 0 && i < found.count; i++) {
            const struct store_view *view = &found.items[i];
            json_array_append_new(items,
                                  json_pack("{s:s, s:s, s:o, s:o, s:i}", "photo_id", view->photo_id,
                                            "by", words_name(&words_share, (int)view->by), "at",
                                            json_of_time(view->first_at), "last_at",
                                            json_of_time(view->last_at), "times", view->times));
            page.after = view->id;
        }
    }
    json_object_set_new(held, "fetches", items);
    return result;
}

static int add_wishes(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                      json_t *held)
{
    struct store_wishes found;
    json_t *items = json_array();
    int result = store_wish_on_delivery(tx, delivery->id, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++)
        json_array_append_new(items,
                              json_pack("{s:s, s:o, s:o}", "photo_id", found.items[i].photo_id,
                                        "asked_at", json_of_time(found.items[i].asked_at),
                                        "pending_until", json_of_time(found.items[i].due)));
    json_object_set_new(held, "erase_requests", items);
    return result;
}

static int add_complaints(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                          json_t *held)
{
    struct store_complaints found;
    json_t *items = json_array();
    int result = store_complaint_on_delivery(tx, delivery->id, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        const struct store_complaint *row = &found.items[i];
        json_array_append_new(items,
                              json_pack("{s:s, s:s, s:s, s:o}", "case_id", row->case_id, "kind",
                                        words_name(&words_complaint_kind, (int)row->kind), "state",
                                        words_name(&words_case_state, (int)row->state),
                                        "created_at", json_of_time(row->created_at)));
    }
    json_object_set_new(held, "complaints", items);
    return result;
}

int mine_add_photos(struct call *call, struct db_tx *tx, const struct delivery *delivery,
                    json_t *held)
{
    static int (*const parts[])(struct call *, struct db_tx *, const struct delivery *,
                                json_t *) = {add_photos, add_shares, add_fetches, add_wishes,
                                             add_complaints};
    int result = 0;
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(parts); i++)
        result = parts[i](call, tx, delivery, held);
    return result;
}
