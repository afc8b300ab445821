/* SPDX-License-Identifier: Apache-2.0
 *
 * Events as open pages follow them.
 */
#include "store/delivery.h"
#include "store/event.h"
#include "store/feed.h"
#include "store/test_help.h"

static void add_delivery(struct db_tx *tx, unsigned n, unsigned shipper)
{
    char reference[16];
    struct delivery delivery = help_delivery(n);
    snprintf(reference, sizeof reference, "R-%u", n);
    delivery.reference = reference;
    help_id(ID_SHIPPER, shipper, delivery.shipper_id);
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
}

static int64_t add_event(struct db_tx *tx, unsigned n, unsigned shipper, enum event_kind kind,
                         int64_t at)
{
    struct store_event event = {.kind = kind, .data = "{}", .at = at};
    help_id(ID_DELIVERY, n, event.delivery_id);
    help_id(ID_SHIPPER, shipper, event.shipper_id);
    CHECK_INT(store_event_insert(tx, &event), 0);
    return event.seq;
}

STORE_TEST(news_come_in_order_and_from_a_place_on)
{
    struct store_news news[3];
    int count = -1;
    add_delivery(tx, 1, 1);
    add_delivery(tx, 2, 2);
    int64_t first = add_event(tx, 1, 1, EVENT_DELIVERY_CREATED, 10);
    add_event(tx, 2, 2, EVENT_PHOTO_POSTED, 11);
    int64_t third = add_event(tx, 1, 1, EVENT_CASE_OPENED, 12);
    int64_t last = add_event(tx, 1, 1, EVENT_CASE_RESOLVED, 13);
    CHECK_INT(store_feed_next(tx, 0, news, 3, &count), 0);
    CHECK_INT(count, 3);
    CHECK_INT(news[0].seq, first);
    CHECK_INT(news[1].kind, EVENT_PHOTO_POSTED);
    CHECK_INT(news[2].number, 2);
    CHECK_INT(news[2].at, 12);
    CHECK_INT(store_feed_next(tx, third, news, 3, &count), 0);
    CHECK_INT(count, 1);
    CHECK_INT(news[0].seq, last);
    CHECK_INT(store_feed_next(tx, last, news, 3, &count), 0);
    CHECK_INT(count, 0);
}

STORE_TEST(how_far_it_has_come_is_known_by_delivery_by_shipper_and_in_all)
{
    char id[ID_ROOM];
    int64_t at = -1;
    CHECK_INT(store_feed_newest(tx, &at), 0);
    CHECK_INT(at, 0);
    add_delivery(tx, 1, 1);
    add_delivery(tx, 2, 2);
    CHECK_INT(store_feed_number(tx, help_id(ID_DELIVERY, 1, id), &at), 0);
    CHECK_INT(at, 0);
    add_event(tx, 1, 1, EVENT_DELIVERY_CREATED, 10);
    int64_t of_first = add_event(tx, 1, 1, EVENT_PHOTO_POSTED, 20);
    int64_t newest = add_event(tx, 2, 2, EVENT_CASE_OPENED, 30);
    CHECK_INT(store_feed_number(tx, id, &at), 0);
    CHECK_INT(at, 2);
    CHECK_INT(store_feed_state_at(tx, id, &at), 0); /* the photo's is no state of the delivery */
    CHECK_INT(at, 10);
    CHECK_INT(store_feed_newest(tx, &at), 0);
    CHECK_INT(at, newest);
    CHECK_INT(store_feed_newest_of(tx, help_id(ID_SHIPPER, 1, id), &at), 0);
    CHECK_INT(at, of_first);
    CHECK_INT(store_feed_newest_of(tx, help_id(ID_SHIPPER, 7, id), &at), 0);
    CHECK_INT(at, 0);
    CHECK_INT(store_feed_number(tx, help_id(ID_DELIVERY, 7, id), &at), STORE_NOT_FOUND);
}

TAP_MAIN(TAP(news_come_in_order_and_from_a_place_on),
         TAP(how_far_it_has_come_is_known_by_delivery_by_shipper_and_in_all))
