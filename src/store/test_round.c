/* SPDX-License-Identifier: Apache-2.0
 *
 * Rounds and what is kept of the door: order, who loses what, and what goes when.
 */
#include <errno.h>

#include "store/delivery.h"
#include "store/proof.h"
#include "store/round.h"
#include "store/test_help.h"

/* Deliveries number 1 to `count` of driver 1, in the order they were made. */
static void insert_stops(struct db_tx *tx, unsigned count)
{
    for (unsigned n = 1; n <= count; n++) {
        struct delivery delivery = help_delivery(n);
        char reference[16];
        snprintf(reference, sizeof reference, "R-%u", n);
        delivery.reference = reference;
        CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    }
}

/* Sets the round of driver 1 to the deliveries of these numbers. */
static void set_round(struct db_tx *tx, unsigned driver_number, const unsigned *numbers, int count)
{
    char driver[ID_ROOM], id[ID_ROOM];
    help_id(ID_DRIVER, driver_number, driver);
    CHECK_INT(store_round_clear(tx, driver), 0);
    for (int i = 0; i < count; i++)
        CHECK_INT(store_round_place(tx, help_id(ID_DELIVERY, numbers[i], id), driver, i + 1, 9000),
                  0);
    CHECK_INT(store_round_leave(tx, driver, 9000), 0);
}

/* The numbers of a driver's stops, as "3 1 2". */
static const char *stops_of(struct db_tx *tx, struct arena *arena, unsigned driver_number)
{
    static char text[200];
    char driver[ID_ROOM];
    struct store_deliveries list;
    size_t len = 0;
    text[0] = 0;
    CHECK_INT(
        store_delivery_stops(tx, help_id(ID_DRIVER, driver_number, driver), 200, arena, &list), 0);
    for (int i = 0; i < list.count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
                                list.items[i].reference + 2);
    return text;
}

STORE_TEST(stops_come_in_the_order_of_the_round)
{
    insert_stops(tx, 5);
    CHECK_STR(stops_of(tx, arena, 1), "1 2 3 4 5");
    set_round(tx, 1, (const unsigned[]){4, 1, 5, 2, 3}, 5);
    CHECK_STR(stops_of(tx, arena, 1), "4 1 5 2 3");
    set_round(tx, 1, (const unsigned[]){4, 1, 5, 2, 3}, 5);
    CHECK_STR(stops_of(tx, arena, 1), "4 1 5 2 3");
}

STORE_TEST(a_stop_without_a_position_comes_last)
{
    insert_stops(tx, 3);
    set_round(tx, 1, (const unsigned[]){3, 2, 1}, 3);
    struct delivery delivery = help_delivery(0);
    delivery.reference = "R-0";
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    CHECK_STR(stops_of(tx, arena, 1), "3 2 1 0");
}

STORE_TEST(what_is_left_out_is_unassigned_but_not_what_has_ended)
{
    char id[ID_ROOM];
    struct delivery delivery;
    insert_stops(tx, 4);
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 2, id), arena, &delivery), 0);
    delivery.state = DELIVERY_DELIVERED;
    CHECK_INT(store_delivery_move(tx, &delivery), 0);
    set_round(tx, 1, (const unsigned[]){4}, 1);
    CHECK_STR(stops_of(tx, arena, 1), "4");
    CHECK_INT(store_delivery_get(tx, id, arena, &delivery), 0);
    CHECK(delivery.driver_id[0] != 0);
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 1, id), arena, &delivery), 0);
    CHECK_STR(delivery.driver_id, "");
    CHECK_INT(delivery.position, 0);
    CHECK_INT(delivery.changed_at, 9000);
    set_round(tx, 1, NULL, 0);
    CHECK_STR(stops_of(tx, arena, 1), "");
}

STORE_TEST(another_driver_takes_over_and_only_that_is_a_change)
{
    char id[ID_ROOM];
    struct delivery delivery;
    insert_stops(tx, 3);
    set_round(tx, 1, (const unsigned[]){1, 2, 3}, 3);
    set_round(tx, 2, (const unsigned[]){3, 1}, 2);
    CHECK_STR(stops_of(tx, arena, 1), "2");
    CHECK_STR(stops_of(tx, arena, 2), "3 1");
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 2, id), arena, &delivery), 0);
    CHECK_INT(delivery.changed_at, 1002);
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 3, id), arena, &delivery), 0);
    CHECK_INT(delivery.changed_at, 9000);
    CHECK_INT(store_round_place(tx, help_id(ID_DELIVERY, 77, id), help_id(ID_DRIVER, 1, id), 1, 1),
              STORE_NOT_FOUND);
}

STORE_TEST(parcels_come_back)
{
    struct delivery delivery = help_delivery(1), read;
    delivery.reference = "R-1";
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &read), 0);
    CHECK_INT(read.parcel_count, 1);
    CHECK_STR(read.parcels[0].code, "R-1");
    CHECK(!read.parcels[0].label);
    for (int i = 0; i < DELIVERY_PARCELS; i++)
        read.parcels[i] = (struct parcel){i % 2 ? "JD 01\u00a0" : NULL, i % 3 ? NULL : "big box"};
    read.parcels[1].label = "fragile";
    read.parcel_count = DELIVERY_PARCELS;
    CHECK_INT(store_delivery_update(tx, &read), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &read), 0);
    CHECK_INT(read.parcel_count, DELIVERY_PARCELS);
    CHECK(!read.parcels[0].code);
    CHECK_STR(read.parcels[0].label, "big box");
    CHECK_STR(read.parcels[1].code, "JD 01\u00a0");
    CHECK_STR(read.parcels[1].label, "fragile");
    CHECK(!read.parcels[2].code && !read.parcels[2].label);
}

STORE_TEST(a_parcel_that_would_be_two_is_a_fault)
{
    struct delivery delivery = help_delivery(1);
    delivery.parcel_count = 1;
    delivery.parcels[0].code = "a\nb";
    CHECK_INT(store_delivery_insert(tx, &delivery), -EINVAL);
    delivery.parcels[0] = (struct parcel){"a", "b\tc"};
    CHECK_INT(store_delivery_insert(tx, &delivery), -EINVAL);
}

STORE_TEST(a_proof_is_kept_replaced_and_dropped)
{
    struct store_proof proof = {.value = "A. Neighbour", .delete_by = 500}, read;
    help_id(ID_DELIVERY, 1, proof.delivery_id);
    CHECK_INT(store_proof_get(tx, proof.delivery_id, arena, &read), STORE_NOT_FOUND);
    CHECK_INT(store_proof_put(tx, &proof), 0);
    proof.value = "M0 0l1 1";
    CHECK_INT(store_proof_put(tx, &proof), 0);
    CHECK_INT(store_proof_get(tx, proof.delivery_id, arena, &read), 0);
    CHECK_STR(read.value, "M0 0l1 1");
    CHECK_INT(store_proof_drop(tx, proof.delivery_id), 0);
    CHECK_INT(store_proof_drop(tx, proof.delivery_id), 0);
    CHECK_INT(store_proof_get(tx, proof.delivery_id, arena, &read), STORE_NOT_FOUND);
}

STORE_TEST(proofs_are_due_by_their_date)
{
    struct store_proofs due;
    for (unsigned n = 0; n < 10; n++) {
        struct store_proof proof = {.value = "x", .delete_by = 1000 - (int64_t)n};
        help_id(ID_DELIVERY, n, proof.delivery_id);
        CHECK_INT(store_proof_put(tx, &proof), 0);
    }
    CHECK_INT(store_proof_due(tx, 994, 3, arena, &due), 0);
    CHECK_INT(due.count, 3);
    CHECK(due.more);
    CHECK_INT(due.items[0].delete_by, 991);
    CHECK_INT(store_proof_due(tx, 990, 3, arena, &due), 0);
    CHECK_INT(due.count, 0);
}

TAP_MAIN(TAP(stops_come_in_the_order_of_the_round), TAP(a_stop_without_a_position_comes_last),
         TAP(what_is_left_out_is_unassigned_but_not_what_has_ended),
         TAP(another_driver_takes_over_and_only_that_is_a_change), TAP(parcels_come_back),
         TAP(a_parcel_that_would_be_two_is_a_fault), TAP(a_proof_is_kept_replaced_and_dropped),
         TAP(proofs_are_due_by_their_date))
