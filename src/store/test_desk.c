/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases, their messages, and looks.
 */
#include "store/case.h"
#include "store/look.h"
#include "store/test_help.h"

static int64_t add_case(struct db_tx *tx, unsigned n, unsigned shipper)
{
    int64_t number = 0;
    struct store_case row = {.kind = CASE_DAMAGED,
                             .state = CASE_OPEN,
                             .opened_by = SIDE_RECIPIENT,
                             .reason = "The box is wet.",
                             .opened_at = 40 + (int64_t)n};
    help_id(ID_CASE, n, row.id);
    help_id(ID_DELIVERY, n / 2, row.delivery_id);
    help_id(ID_SHIPPER, shipper, row.shipper_id);
    CHECK_INT(store_case_insert(tx, &row, &number), 0);
    CHECK_INT(store_case_insert(tx, &row, &(int64_t){0}), STORE_EXISTS);
    return number;
}

STORE_TEST(a_case_gets_a_number_and_is_resolved_once)
{
    char id[ID_ROOM], delivery[ID_ROOM];
    struct store_case got;
    CHECK_INT(add_case(tx, 1, 1), 1001);
    CHECK_INT(add_case(tx, 2, 1), 1002);
    CHECK_INT(store_case_get(tx, help_id(ID_CASE, 1, id), arena, &got), 0);
    CHECK_INT(got.number, 1001);
    CHECK_INT(got.kind, CASE_DAMAGED);
    CHECK_STR(got.reason, "The box is wet.");
    CHECK_STR(got.agent_id, "");
    help_id(ID_DELIVERY, 0, delivery);
    CHECK_INT(store_case_open_on(tx, delivery, arena, &got), 0);
    CHECK_INT(store_case_resolve(tx, id, "A new one is sent.", 99), 0);
    CHECK_INT(store_case_resolve(tx, id, "Twice.", 100), STORE_NOT_FOUND);
    CHECK_INT(store_case_get(tx, id, arena, &got), 0);
    CHECK_INT(got.state, CASE_RESOLVED);
    CHECK_STR(got.resolution, "A new one is sent.");
    CHECK_INT(got.resolved_at, 99);
    CHECK_INT(store_case_open_on(tx, delivery, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(cases_are_listed_by_shipper_and_state)
{
    char one[ID_ROOM], id[ID_ROOM], delivery[ID_ROOM];
    struct store_cases list;
    for (unsigned n = 1; n <= 8; n++)
        add_case(tx, n, n % 2 + 1); /* even numbers are shipper 1's */
    help_id(ID_SHIPPER, 1, one);
    for (unsigned n = 3; n <= 6; n++)
        CHECK_INT(store_case_resolve(tx, help_id(ID_CASE, n, id), "Done.", 90), 0);
    struct store_page page = {.limit = 10};
    CHECK_INT(store_case_list(tx, &(struct store_case_filter){one, CASE_OPEN}, &page, arena, &list),
              0);
    CHECK_INT(list.count, 2); /* 8 and 2 */
    CHECK_INT(list.items[0].number, 1008);
    CHECK_INT(
        store_case_list(tx, &(struct store_case_filter){NULL, CASE_RESOLVED}, &page, arena, &list),
        0);
    CHECK_INT(list.count, 4);
    CHECK_INT(store_case_on_delivery(tx, help_id(ID_DELIVERY, 2, delivery), arena, &list), 0);
    CHECK_INT(list.count, 2); /* 4 and 5 */
}

STORE_TEST(messages_come_oldest_first)
{
    char id[ID_ROOM];
    struct store_messages list;
    add_case(tx, 1, 1);
    help_id(ID_CASE, 1, id);
    for (unsigned n = 1; n <= 5; n++) {
        struct store_message message = {
            .side = n % 2 ? SIDE_RECIPIENT : SIDE_AGENT, .text = "Hello", .at = (int64_t)n};
        help_id(ID_MESSAGE, n, message.id);
        memcpy(message.case_id, id, ID_ROOM);
        if (n % 2 == 0)
            help_id(ID_AGENT, 1, message.agent_id);
        CHECK_INT(store_message_insert(tx, &message), 0);
    }
    struct store_page page = {.limit = 3};
    CHECK_INT(store_message_list(tx, id, &page, arena, &list), 0);
    CHECK(list.count == 3 && list.more);
    CHECK_INT(list.items[0].at, 1);
    CHECK_INT(list.items[1].side, SIDE_AGENT);
    page.after = list.items[2].id;
    CHECK_INT(store_message_list(tx, id, &page, arena, &list), 0);
    CHECK(list.count == 2 && !list.more);
}

static struct store_look make_look(unsigned n, int session, int64_t expires_at)
{
    struct store_look look = {.reason = LOOK_ASSESS_DAMAGE,
                              .text = "Is the box wet in the picture?",
                              .created_at = 10,
                              .expires_at = expires_at};
    help_id(ID_LOOK, n, look.id);
    help_id(ID_PHOTO, 1, look.photo_id);
    help_id(ID_DELIVERY, 1, look.delivery_id);
    help_id(ID_CASE, 1, look.case_id);
    help_id(ID_AGENT, 1, look.agent_id);
    memset(look.session_hash, session, STORE_HASH);
    return look;
}

STORE_TEST(a_look_lives_for_its_session_and_time)
{
    char photo[ID_ROOM], delivery[ID_ROOM], other[ID_ROOM];
    struct store_look first = make_look(1, 5, 100), second = make_look(2, 5, 200), got;
    struct store_looks list;
    uint8_t stranger[STORE_HASH] = {0};
    CHECK_INT(store_look_insert(tx, &first), 0);
    CHECK_INT(store_look_insert(tx, &first), STORE_EXISTS);
    CHECK_INT(store_look_insert(tx, &second), 0);
    help_id(ID_PHOTO, 1, photo);
    CHECK_INT(
        store_look_live(tx, &(struct store_look_ask){first.session_hash, photo, 50, LOOK_AT_PHOTO},
                        arena, &got),
        0);
    CHECK_STR(got.id, second.id);
    CHECK_STR(got.text, second.text);
    CHECK_INT(got.reason, LOOK_ASSESS_DAMAGE);
    CHECK_INT(
        store_look_live(tx, &(struct store_look_ask){first.session_hash, photo, 200, LOOK_AT_PHOTO},
                        arena, &got),
        STORE_NOT_FOUND);
    CHECK_INT(store_look_live(tx, &(struct store_look_ask){stranger, photo, 50, LOOK_AT_PHOTO},
                              arena, &got),
              STORE_NOT_FOUND);
    CHECK_INT(
        store_look_live(tx,
                        &(struct store_look_ask){first.session_hash, help_id(ID_PHOTO, 2, other),
                                                 50, LOOK_AT_PHOTO},
                        arena, &got),
        STORE_NOT_FOUND);
    CHECK_INT(store_look_get(tx, first.id, arena, &got), 0);
    CHECK_STR(got.case_id, first.case_id);
    struct store_page page = {.limit = 1};
    CHECK_INT(store_look_list(tx, help_id(ID_DELIVERY, 1, delivery), &page, arena, &list), 0);
    CHECK(list.count == 1 && list.more);
    CHECK_STR(list.items[0].id, second.id);
}

TAP_MAIN(TAP(a_case_gets_a_number_and_is_resolved_once), TAP(cases_are_listed_by_shipper_and_state),
         TAP(messages_come_oldest_first), TAP(a_look_lives_for_its_session_and_time))
