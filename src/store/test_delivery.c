/* SPDX-License-Identifier: Apache-2.0
 *
 * Deliveries: every field comes back, and each list holds what it should in the order it should,
 * page by page.
 */
#include <errno.h>

#include "store/delivery.h"
#include "store/driver.h"
#include "store/row.h"
#include "store/test_help.h"

static void insert(struct db_tx *tx, const struct delivery *delivery)
{
    CHECK_INT(store_delivery_insert(tx, delivery), 0);
}

static struct delivery full_delivery(void)
{
    struct delivery delivery = help_delivery(7);
    delivery.reference = "R-7";
    delivery.recipient_phone = "+4930123456";
    delivery.buyer_email = "bob@example.org";
    delivery.instructions = "Behind the shed.\nMind the dog.";
    delivery.confidential = CONFIDENTIAL_WISH_LIST;
    delivery.consent = CONSENT_REFUSED;
    delivery.window_from = 11;
    delivery.window_to = 22;
    delivery.state = DELIVERY_ATTEMPTED;
    delivery.attempt = 3;
    delivery.attempt_reason = ATTEMPT_NO_ACCESS;
    delivery.left_at = LEFT_NEIGHBOUR;
    delivery.proof = PROOF_PIN;
    delivery.delivered_captured_at = 33;
    delivery.delivered_received_at = 44;
    delivery.out_at = 55;
    delivery.photo_state = PHOTO_REJECTED;
    delivery.photo_reason = "truncated";
    help_id(ID_PHOTO, 9, delivery.photo_id);
    delivery.token_version = 5;
    return delivery;
}

static void check_same(const struct delivery *got, const struct delivery *want)
{
    CHECK_STR(got->id, want->id);
    CHECK_STR(got->shipper_id, want->shipper_id);
    CHECK_STR(got->driver_id, want->driver_id);
    CHECK_STR(got->reference, want->reference);
    CHECK_STR(got->recipient_name, want->recipient_name);
    CHECK_STR(got->recipient_email, want->recipient_email);
    CHECK_STR(got->recipient_phone, want->recipient_phone);
    CHECK_STR(got->buyer_email, want->buyer_email);
    CHECK_INT(got->address.line_count, want->address.line_count);
    for (int i = 0; i < want->address.line_count; i++)
        CHECK_STR(got->address.lines[i], want->address.lines[i]);
    CHECK_INT(got->address.located, want->address.located);
    CHECK(got->address.lat == want->address.lat && got->address.lon == want->address.lon);
    CHECK_STR(got->time_zone, want->time_zone);
    CHECK_STR(got->instructions, want->instructions);
    CHECK_INT(got->confidential, want->confidential);
    CHECK_INT(got->photo_want, want->photo_want);
    CHECK_INT(got->consent, want->consent);
    CHECK_INT(got->window_from, want->window_from);
    CHECK_INT(got->window_to, want->window_to);
    CHECK_INT(got->state, want->state);
    CHECK_INT(got->attempt, want->attempt);
    CHECK_INT(got->attempt_reason, want->attempt_reason);
    CHECK_INT(got->left_at, want->left_at);
    CHECK_INT(got->proof, want->proof);
    CHECK_INT(got->delivered_captured_at, want->delivered_captured_at);
    CHECK_INT(got->delivered_received_at, want->delivered_received_at);
    CHECK_INT(got->out_at, want->out_at);
    CHECK_INT(got->photo_state, want->photo_state);
    CHECK_STR(got->photo_reason, want->photo_reason);
    CHECK_STR(got->photo_id, want->photo_id);
    CHECK_INT(got->token_version, want->token_version);
    CHECK_INT(got->created_at, want->created_at);
    CHECK_INT(got->changed_at, want->changed_at);
}

STORE_TEST(every_field_comes_back)
{
    struct delivery full = full_delivery(), bare = {.time_zone = "UTC"}, got;
    help_id(ID_DELIVERY, 8, bare.id);
    help_id(ID_SHIPPER, 1, bare.shipper_id);
    insert(tx, &full);
    insert(tx, &bare);
    CHECK_INT(store_delivery_get(tx, full.id, arena, &got), 0);
    check_same(&got, &full);
    CHECK_INT(store_delivery_get(tx, bare.id, arena, &got), 0);
    check_same(&got, &bare);
    CHECK_INT(store_delivery_by_reference(tx, full.shipper_id, "R-7", arena, &got), 0);
    check_same(&got, &full);
}

STORE_TEST(what_is_not_there_is_not_found)
{
    struct delivery delivery = help_delivery(1), got;
    char photo[ID_ROOM], other[ID_ROOM];
    help_id(ID_PHOTO, 1, photo); /* the same bytes, another kind */
    insert(tx, &delivery);
    CHECK_INT(store_delivery_get(tx, photo, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 2, other), arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_delivery_get(tx, "", arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_delivery_get(tx, "dlv_' OR 1=1 --", arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_delivery_by_reference(tx, delivery.shipper_id, "x", arena, &got),
              STORE_NOT_FOUND);
    struct delivery absent = help_delivery(3);
    CHECK_INT(store_delivery_update(tx, &absent), STORE_NOT_FOUND);
    CHECK_INT(store_delivery_move(tx, &absent), STORE_NOT_FOUND);
    CHECK_INT(store_delivery_set_token_version(tx, absent.id, 2), STORE_NOT_FOUND);
    struct photo_place place = {PHOTO_DECLINED, "by_recipient"};
    CHECK_INT(store_delivery_place_photo(tx, absent.id, &place, 1), STORE_NOT_FOUND);
}

STORE_TEST(placing_a_photo_writes_nothing_else)
{
    struct delivery delivery = full_delivery(), got;
    struct photo_place place = {PHOTO_DECLINED, "by_recipient"};
    insert(tx, &delivery);
    CHECK_INT(store_delivery_place_photo(tx, delivery.id, &place, 4711), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), 0);
    delivery.photo_state = PHOTO_DECLINED;
    delivery.photo_reason = "by_recipient";
    delivery.changed_at = 4711;
    check_same(&got, &delivery);
}

STORE_TEST(a_reference_is_unique_for_its_shipper_only)
{
    struct delivery first = help_delivery(1), again = help_delivery(2), other = help_delivery(3);
    first.reference = again.reference = other.reference = "R-1";
    help_id(ID_SHIPPER, 2, other.shipper_id);
    insert(tx, &first);
    CHECK_INT(store_delivery_insert(tx, &again), STORE_EXISTS);
    insert(tx, &other);
    again.reference = NULL; /* and a delivery without one meets no other */
    insert(tx, &again);
}

STORE_TEST(update_and_move_write_what_they_say)
{
    struct delivery delivery = help_delivery(7), changed = full_delivery(), got;
    delivery.reference = "kept";
    insert(tx, &delivery);
    changed.instructions = "not moved";
    CHECK_INT(store_delivery_move(tx, &changed), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), 0);
    CHECK_INT(got.state, DELIVERY_ATTEMPTED);
    CHECK_INT(got.photo_state, PHOTO_REJECTED);
    CHECK(got.instructions == NULL);
    CHECK_INT(got.token_version, 1);
    CHECK_INT(store_delivery_set_token_version(tx, delivery.id, 9), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), 0);
    CHECK_INT(got.token_version, 9);
    changed.reference = "kept"; /* whatever the caller has there */
    CHECK_INT(store_delivery_update(tx, &changed), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), 0);
    check_same(&got, &changed);
}

/* Six lines of the longest that text.address_line can be set to allow, four bytes a character. */
STORE_TEST(an_address_is_kept_whole_however_long_its_lines)
{
    static char line[4 * 1000 + 1];
    struct delivery delivery = help_delivery(1), got;
    memset(line, 'x', sizeof line - 1);
    for (int i = 0; i < DELIVERY_LINES; i++)
        delivery.address.lines[i] = line;
    delivery.address.line_count = DELIVERY_LINES;
    insert(tx, &delivery);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), 0);
    check_same(&got, &delivery);
    delivery.address = (struct address){0};
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), 0);
    CHECK_INT(got.address.line_count, 0);
}

STORE_TEST(a_word_outside_its_list_is_a_fault)
{
    static const char spoil[] = "UPDATE delivery SET left_at = 'on the roof'";
    struct delivery delivery = help_delivery(1), got;
    struct db_stmt *stmt;
    delivery.left_at = (enum left_at)99;
    CHECK_INT(store_delivery_insert(tx, &delivery), -EINVAL);
    delivery.left_at = LEFT_LOCKER;
    delivery.address.lines[1] = "two\nlines";
    CHECK_INT(store_delivery_insert(tx, &delivery), -EINVAL);
    delivery.address.lines[1] = "one line";
    insert(tx, &delivery);
    CHECK_INT(db_query(tx, spoil, &stmt), 0);
    CHECK_INT(db_run(stmt), 0);
    CHECK_INT(store_delivery_get(tx, delivery.id, arena, &got), -EBADMSG);
}

/* --- lists ----------------------------------------------------------------------------------- */

static void add_driver(struct db_tx *tx, unsigned n, unsigned shipper)
{
    struct store_driver driver = {.name = "Dora", .created_at = 1};
    help_id(ID_DRIVER, n, driver.id);
    help_id(ID_SHIPPER, shipper, driver.shipper_id);
    CHECK_INT(store_driver_insert(tx, &driver), 0);
}

/* 60 deliveries: driver 1 or 2 or none by n % 3, all six states, every tenth of shipper 2. */
static void insert_sixty(struct db_tx *tx)
{
    static char references[60][16];
    add_driver(tx, 1, 1);
    add_driver(tx, 2, 1);
    add_driver(tx, 3, 2);
    for (unsigned n = 0; n < 60; n++) {
        struct delivery delivery = help_delivery(n);
        snprintf(references[n], sizeof references[n], "R-%u", n);
        delivery.reference = references[n];
        delivery.state = (enum delivery_state)(n % DELIVERY_STATE_COUNT);
        if (n % 3 == 2)
            delivery.driver_id[0] = 0;
        else
            help_id(ID_DRIVER, n % 3 + 1, delivery.driver_id);
        if (n % 10 == 9) {
            help_id(ID_SHIPPER, 2, delivery.shipper_id);
            help_id(ID_DRIVER, 3, delivery.driver_id);
        }
        insert(tx, &delivery);
    }
}

/* Walks all pages; returns the number of rows and checks that they come newest first, all of them
 * fitting the filter. */
static int walk(struct db_tx *tx, const struct store_delivery_filter *filter, int limit,
                struct arena *arena)
{
    struct store_page page = {.limit = limit};
    struct store_deliveries list;
    const char *last = "~";
    int count = 0;
    do {
        CHECK_INT(store_delivery_list(tx, filter, &page, arena, &list), 0);
        CHECK(list.count == limit || !list.more);
        for (int i = 0; i < list.count; i++) {
            const struct delivery *row = &list.items[i];
            CHECK(strcmp(row->id, last) < 0);
            CHECK_STR(row->shipper_id, filter->shipper_id);
            CHECK(!filter->by_state || row->state == filter->state);
            if (filter->driver_id)
                CHECK_STR(row->driver_id, filter->driver_id);
            last = row->id;
        }
        page.after = last;
        count += list.count;
    } while (list.more && count < 1000);
    return count;
}

STORE_TEST(a_shippers_list_pages_newest_first)
{
    char one[ID_ROOM], two[ID_ROOM], three[ID_ROOM];
    insert_sixty(tx);
    struct store_delivery_filter filter = {.shipper_id = help_id(ID_SHIPPER, 1, one)};
    CHECK_INT(walk(tx, &filter, 7, arena), 54);
    CHECK_INT(walk(tx, &filter, 54, arena), 54);
    CHECK_INT(walk(tx, &filter, 1, arena), 54);
    filter.shipper_id = help_id(ID_SHIPPER, 2, two);
    CHECK_INT(walk(tx, &filter, 4, arena), 6);
    filter.shipper_id = help_id(ID_SHIPPER, 3, three);
    CHECK_INT(walk(tx, &filter, 4, arena), 0);
    filter.shipper_id = "nonsense";
    CHECK_INT(walk(tx, &filter, 4, arena), 0);
}

STORE_TEST(filters_narrow_together)
{
    char shipper[ID_ROOM], driver[ID_ROOM], foreign[ID_ROOM];
    insert_sixty(tx);
    struct store_delivery_filter filter = {.shipper_id = help_id(ID_SHIPPER, 1, shipper)};
    int by_state = 0;
    for (int state = 0; state < DELIVERY_STATE_COUNT; state++) {
        filter.by_state = true;
        filter.state = (enum delivery_state)state;
        by_state += walk(tx, &filter, 3, arena);
    }
    CHECK_INT(by_state, 54);
    filter.driver_id = help_id(ID_DRIVER, 1, driver);
    filter.state = DELIVERY_CREATED; /* n % 3 == 0 and n % 6 == 0: every sixth */
    CHECK_INT(walk(tx, &filter, 3, arena), 10);
    filter.by_state = false; /* n % 3 == 0: 20, of which 9 and 39 belong to shipper 2 */
    CHECK_INT(walk(tx, &filter, 3, arena), 18);
    filter.driver_id = help_id(ID_DRIVER, 3, foreign);
    CHECK_INT(walk(tx, &filter, 3, arena), 0);
    filter.driver_id = NULL;
    filter.reference = "R-12";
    CHECK_INT(walk(tx, &filter, 3, arena), 1);
    filter.by_state = true;
    filter.state = DELIVERY_CANCELLED;
    CHECK_INT(walk(tx, &filter, 3, arena), 0);
    filter.by_state = false;
    filter.reference = "R-9"; /* shipper 2's */
    CHECK_INT(walk(tx, &filter, 3, arena), 0);
}

STORE_TEST(a_malformed_cursor_is_an_empty_page)
{
    char shipper[ID_ROOM];
    struct store_deliveries list;
    insert_sixty(tx);
    struct store_delivery_filter filter = {.shipper_id = help_id(ID_SHIPPER, 1, shipper)};
    struct store_page page = {.after = "dlv_nonsense", .limit = 10};
    CHECK_INT(store_delivery_list(tx, &filter, &page, arena, &list), 0);
    CHECK_INT(list.count, 0);
    CHECK(!list.more);
}

STORE_TEST(stops_are_the_open_ones_in_order)
{
    char driver[ID_ROOM];
    struct store_deliveries list;
    insert_sixty(tx);
    help_id(ID_DRIVER, 1, driver); /* n % 3 == 0: states 0 (created) and 3 (attempted) alike */
    CHECK_INT(store_delivery_stops(tx, driver, 200, arena, &list), 0);
    CHECK_INT(list.count, 18);
    CHECK(!list.more);
    for (int i = 1; i < list.count; i++)
        CHECK(strcmp(list.items[i - 1].id, list.items[i].id) < 0);
    CHECK_INT(store_delivery_stops(tx, driver, 5, arena, &list), 0);
    CHECK_INT(list.count, 5);
    CHECK(list.more);
    help_id(ID_DRIVER, 2, driver); /* n % 3 == 1: out_for_delivery, and returned which is no stop */
    CHECK_INT(store_delivery_stops(tx, driver, 200, arena, &list), 0);
    CHECK_INT(list.count, 8);
}

STORE_TEST(orders_are_the_recipients_and_the_buyers)
{
    struct store_deliveries list;
    for (unsigned n = 0; n < 12; n++) {
        struct delivery delivery = help_delivery(n);
        delivery.recipient_email = n % 2 ? "ada@example.org" : "eve@example.org";
        delivery.buyer_email = n % 3 ? NULL : "ada@example.org";
        insert(tx, &delivery);
    }
    struct store_page page = {.limit = 5}; /* odd ones, and multiples of 3; 3 and 9 are both */
    CHECK_INT(store_delivery_orders(tx, "ada@example.org", &page, arena, &list), 0);
    CHECK_INT(list.count, 5);
    CHECK(list.more);
    page.after = list.items[4].id;
    CHECK_INT(store_delivery_orders(tx, "ada@example.org", &page, arena, &list), 0);
    CHECK_INT(list.count, 3);
    CHECK(!list.more);
    page.after = NULL;
    CHECK_INT(store_delivery_orders(tx, "nobody@example.org", &page, arena, &list), 0);
    CHECK_INT(list.count, 0);
}

STORE_TEST(overdue_are_those_still_expected)
{
    struct store_deliveries list;
    for (unsigned n = 0; n < 10; n++) {
        struct delivery delivery = help_delivery(n);
        delivery.state = n < 8 ? DELIVERY_DELIVERED : DELIVERY_OUT_FOR_DELIVERY;
        delivery.delivered_received_at = n < 8 ? 1000 - (int64_t)n : 0;
        delivery.photo_state = n % 2 ? PHOTO_EXPECTED : PHOTO_POSTED;
        insert(tx, &delivery);
    }
    CHECK_INT(store_delivery_overdue(tx, 997, 10, arena, &list), 0); /* 5 and 7; 3 is at 997 */
    CHECK_INT(list.count, 2);
    CHECK_INT(list.items[0].delivered_received_at, 993);
    CHECK_INT(list.items[1].delivered_received_at, 995);
}

TAP_MAIN(TAP(every_field_comes_back), TAP(what_is_not_there_is_not_found),
         TAP(placing_a_photo_writes_nothing_else), TAP(a_reference_is_unique_for_its_shipper_only),
         TAP(update_and_move_write_what_they_say),
         TAP(an_address_is_kept_whole_however_long_its_lines),
         TAP(a_word_outside_its_list_is_a_fault), TAP(a_shippers_list_pages_newest_first),
         TAP(filters_narrow_together), TAP(a_malformed_cursor_is_an_empty_page),
         TAP(stops_are_the_open_ones_in_order), TAP(orders_are_the_recipients_and_the_buyers),
         TAP(overdue_are_those_still_expected))
