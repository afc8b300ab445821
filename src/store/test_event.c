/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: their order, their numbers, their cursors and their end.
 */
#include "store/delivery.h"
#include "store/event.h"
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

static struct store_event add_event(struct db_tx *tx, unsigned n, unsigned shipper, int64_t at)
{
    struct store_event event = {.kind = EVENT_PHOTO_POSTED, .data = "{}", .at = at};
    help_id(ID_DELIVERY, n, event.delivery_id);
    help_id(ID_SHIPPER, shipper, event.shipper_id);
    CHECK_INT(store_event_insert(tx, &event), 0);
    return event;
}

static struct store_events list(struct db_tx *tx, struct arena *arena, unsigned shipper,
                                const char *after, const char *delivery_id)
{
    char id[ID_ROOM];
    struct store_events events = {0};
    struct store_event_filter filter = {help_id(ID_SHIPPER, shipper, id), delivery_id};
    CHECK_INT(store_event_list(tx, &filter, &(struct store_page){after, 3}, arena, &events), 0);
    return events;
}

STORE_TEST(an_event_reads_back_and_is_numbered_within_its_delivery)
{
    struct store_event got;
    add_delivery(tx, 1, 1);
    add_delivery(tx, 2, 1);
    struct store_event first = add_event(tx, 1, 1, 10), other = add_event(tx, 2, 1, 11),
                       second = add_event(tx, 1, 1, 12);
    CHECK_INT(first.number, 1);
    CHECK_INT(other.number, 1);
    CHECK_INT(second.number, 2);
    CHECK(first.seq < other.seq && other.seq < second.seq);
    CHECK_INT(store_event_get(tx, second.id, arena, &got), 0);
    CHECK_INT(got.seq, second.seq);
    CHECK_INT(got.number, 2);
    CHECK_INT(got.kind, EVENT_PHOTO_POSTED);
    CHECK_INT(got.at, 12);
    CHECK_STR(got.data, "{}");
    CHECK_STR(got.delivery_id, first.delivery_id);
    CHECK_STR(got.shipper_id, first.shipper_id);
    CHECK_INT(store_event_get(tx, first.delivery_id, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(an_event_of_no_delivery_is_not_written)
{
    struct store_event event = {.kind = EVENT_CASE_OPENED, .data = "{}", .at = 1};
    help_id(ID_DELIVERY, 1, event.delivery_id);
    help_id(ID_SHIPPER, 1, event.shipper_id);
    CHECK_INT(store_event_insert(tx, &event), STORE_NOT_FOUND);
    CHECK_INT(list(tx, arena, 1, NULL, NULL).count, 0);
}

STORE_TEST(a_list_is_one_shippers_in_the_order_of_commits)
{
    add_delivery(tx, 1, 1);
    add_delivery(tx, 2, 2);
    struct store_event mine[5];
    for (int i = 0; i < 5; i++) {
        mine[i] = add_event(tx, 1, 1, 10 + i);
        add_event(tx, 2, 2, 10 + i);
    }
    struct store_events page = list(tx, arena, 1, NULL, NULL);
    CHECK_INT(page.count, 3);
    CHECK(page.more);
    CHECK_STR(page.items[0].id, mine[0].id);
    page = list(tx, arena, 1, page.items[2].id, NULL);
    CHECK_INT(page.count, 2);
    CHECK(!page.more);
    CHECK_STR(page.items[1].id, mine[4].id);
    CHECK_INT(list(tx, arena, 1, mine[4].id, NULL).count, 0);
    CHECK_INT(list(tx, arena, 3, NULL, NULL).count, 0);
}

STORE_TEST(a_deliverys_list_is_for_its_shipper_only)
{
    add_delivery(tx, 1, 1);
    add_delivery(tx, 2, 1);
    struct store_event event = add_event(tx, 1, 1, 10);
    add_event(tx, 2, 1, 10);
    struct store_event second = add_event(tx, 1, 1, 10);
    struct store_events page = list(tx, arena, 1, NULL, event.delivery_id);
    CHECK_INT(page.count, 2);
    CHECK_STR(page.items[0].id, event.id);
    CHECK_INT(list(tx, arena, 1, event.id, event.delivery_id).count, 1);
    CHECK_INT(list(tx, arena, 1, second.id, event.delivery_id).count, 0);
    CHECK_INT(list(tx, arena, 2, NULL, event.delivery_id).count, 0);
}

STORE_TEST(a_sweep_takes_the_oldest_and_leaves_numbers_and_cursors_their_place)
{
    int deleted;
    add_delivery(tx, 1, 1);
    struct store_event events[6];
    for (int i = 0; i < 6; i++)
        events[i] = add_event(tx, 1, 1, 10 + i);
    CHECK_INT(store_event_sweep(tx, 14, 3, &deleted), 0);
    CHECK_INT(deleted, 3);
    CHECK_INT(store_event_sweep(tx, 14, 3, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(store_event_sweep(tx, 14, 3, &deleted), 0);
    CHECK_INT(deleted, 0);
    struct store_events page = list(tx, arena, 1, events[1].id, NULL);
    CHECK_INT(page.count, 2);
    CHECK_STR(page.items[0].id, events[4].id);
    CHECK_INT(store_event_sweep(tx, 100, 10, &deleted), 0);
    CHECK_INT(deleted, 2);
    struct store_event next = add_event(tx, 1, 1, 20);
    CHECK_INT(next.number, 7);
    CHECK(next.seq > events[5].seq);
    page = list(tx, arena, 1, events[5].id, NULL);
    CHECK_INT(page.count, 1);
    CHECK_STR(page.items[0].id, next.id);
}

TAP_MAIN(TAP(an_event_reads_back_and_is_numbered_within_its_delivery),
         TAP(an_event_of_no_delivery_is_not_written),
         TAP(a_list_is_one_shippers_in_the_order_of_commits),
         TAP(a_deliverys_list_is_for_its_shipper_only),
         TAP(a_sweep_takes_the_oldest_and_leaves_numbers_and_cursors_their_place))
