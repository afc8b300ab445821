/* SPDX-License-Identifier: Apache-2.0
 *
 * Shares, what was fetched of a photo, and deletions that wait.
 */
#include "store/share.h"
#include "store/test_help.h"

enum { HOUR = 3600 * 1000 };

static struct store_share share_of(unsigned photo, enum share with)
{
    struct store_share share = {.with = with, .shown = true, .since = 10, .told_at = 20};
    help_id(ID_DELIVERY, 1, share.delivery_id);
    help_id(ID_PHOTO, photo, share.photo_id);
    return share;
}

STORE_TEST(a_share_is_written_over_and_stays_when_it_is_taken_back)
{
    struct store_shares found;
    int64_t told_at = -1;
    struct store_share buyer = share_of(1, SHARE_BUYER), shipper = share_of(1, SHARE_SHIPPER);
    CHECK_INT(store_share_told_at(tx, buyer.delivery_id, SHARE_BUYER, &told_at), 0);
    CHECK_INT(told_at, 0);
    CHECK_INT(store_share_put(tx, &buyer), 0);
    CHECK_INT(store_share_put(tx, &shipper), 0);
    buyer.shown = false;
    buyer.told_at = 30;
    CHECK_INT(store_share_put(tx, &buyer), 0);
    CHECK_INT(store_share_on_delivery(tx, buyer.delivery_id, arena, &found), 0);
    CHECK_INT(found.count, 2);
    CHECK(!found.items[0].shown && found.items[0].with == SHARE_BUYER);
    CHECK(found.items[1].shown && found.items[1].with == SHARE_SHIPPER);
    CHECK_INT(store_share_told_at(tx, buyer.delivery_id, SHARE_BUYER, &told_at), 0);
    CHECK_INT(told_at, 30);
}

static bool note(struct db_tx *tx, enum share by, int64_t at)
{
    bool is_new = false;
    struct store_view view = {.by = by, .first_at = at, .last_at = at, .times = 1};
    id_new(ID_VIEW, view.id);
    help_id(ID_DELIVERY, 1, view.delivery_id);
    help_id(ID_PHOTO, 1, view.photo_id);
    CHECK_INT(store_view_note(tx, &view, at - 24 * HOUR, &is_new), 0);
    return is_new;
}

STORE_TEST(fetches_of_a_day_are_counted_in_one_row_for_each_viewer)
{
    char id[ID_ROOM];
    struct store_views found;
    CHECK(note(tx, SHARE_SHIPPER, 100 * HOUR));
    CHECK(!note(tx, SHARE_SHIPPER, 101 * HOUR));
    CHECK(note(tx, SHARE_BUYER, 102 * HOUR));
    CHECK(!note(tx, SHARE_SHIPPER, 123 * HOUR));
    CHECK(note(tx, SHARE_SHIPPER, 125 * HOUR));
    struct store_page page = {.limit = 10};
    CHECK_INT(store_view_list(tx, help_id(ID_DELIVERY, 1, id), &page, arena, &found), 0);
    CHECK_INT(found.count, 3);
    CHECK_INT(found.items[0].first_at, 125 * HOUR);
    CHECK_INT(found.items[2].times, 3);
    CHECK_INT(found.items[2].last_at, 123 * HOUR);
}

STORE_TEST(a_wish_is_due_at_its_time_or_when_it_is_let_go)
{
    struct store_wishes found;
    struct store_wish wish = {.asked_at = 10, .due = 1000}, again = {0};
    help_id(ID_DELIVERY, 1, wish.delivery_id);
    help_id(ID_PHOTO, 1, wish.photo_id);
    CHECK_INT(store_wish_add(tx, &wish), 0);
    again = wish;
    again.due = 5000; /* asked for again: what was promised stays */
    CHECK_INT(store_wish_add(tx, &again), 0);
    CHECK_INT(store_wish_due(tx, 999, 10, arena, &found), 0);
    CHECK_INT(found.count, 0);
    CHECK_INT(store_wish_due(tx, 1000, 10, arena, &found), 0);
    CHECK_INT(found.count, 1);
    CHECK_INT(store_wish_release(tx, wish.delivery_id, 500), 0);
    CHECK_INT(store_wish_release(tx, wish.delivery_id, 700), 0);
    CHECK_INT(store_wish_get(tx, wish.photo_id, &again), 0);
    CHECK_INT(again.due, 500);
    CHECK_INT(store_wish_on_delivery(tx, wish.delivery_id, arena, &found), 0);
    CHECK_INT(found.count, 1);
    CHECK_INT(store_wish_drop(tx, wish.photo_id), 0);
    CHECK_INT(store_wish_drop(tx, wish.photo_id), STORE_NOT_FOUND);
}

TAP_MAIN(TAP(a_share_is_written_over_and_stays_when_it_is_taken_back),
         TAP(fetches_of_a_day_are_counted_in_one_row_for_each_viewer),
         TAP(a_wish_is_due_at_its_time_or_when_it_is_let_go))
