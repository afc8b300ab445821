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
    char of[3][ID_ROOM], id[ID_ROOM], delivery[ID_ROOM];
    const struct store_agent_shippers all = {.all = true}, one = {.count = 1, .ids = of};
    struct store_cases list;
    for (unsigned n = 1; n <= 8; n++)
        add_case(tx, n, n % 2 + 1); /* even numbers are shipper 1's */
    help_id(ID_SHIPPER, 1, of[0]);
    for (unsigned n = 3; n <= 6; n++)
        CHECK_INT(store_case_resolve(tx, help_id(ID_CASE, n, id), "Done.", 90), 0);
    struct store_page page = {.limit = 10};
    CHECK_INT(
        store_case_list(tx, &(struct store_case_filter){&one, CASE_OPEN}, &page, arena, &list), 0);
    CHECK_INT(list.count, 2); /* 8 and 2 */
    CHECK_INT(list.items[0].number, 1008);
    CHECK_INT(
        store_case_list(tx, &(struct store_case_filter){&all, CASE_RESOLVED}, &page, arena, &list),
        0);
    CHECK_INT(list.count, 4);
    CHECK_INT(store_case_on_delivery(tx, help_id(ID_DELIVERY, 2, delivery), arena, &list), 0);
    CHECK_INT(list.count, 2); /* 4 and 5 */
}

/* All pages of a list, of `limit` each: the cases' numbers less 1000, one character each. */
static void read_pages(struct db_tx *tx, const struct store_agent_shippers *of, int limit,
                       struct arena *arena, char out[32])
{
    struct store_case_filter filter = {of, CASE_OPEN};
    struct store_page page = {.limit = limit};
    struct store_cases list = {.more = true};
    size_t len = 0;
    while (list.more && len < 31) {
        CHECK_INT(store_case_list(tx, &filter, &page, arena, &list), 0);
        CHECK(list.count <= limit);
        CHECK(!list.more || list.count == limit);
        for (int i = 0; i < list.count && len < 31; i++)
            out[len++] = (char)('a' + list.items[i].number - 1001);
        page.after = list.count > 0 ? list.items[list.count - 1].id : NULL;
    }
    out[len] = '\0';
}

STORE_TEST(cases_of_several_shippers_are_merged_newest_first)
{
    char of[3][ID_ROOM], id[ID_ROOM], got[32];
    struct store_agent_shippers two = {.count = 2, .ids = of}, none = {.count = 0};
    static const unsigned shippers[] = {1, 1, 2, 3, 2, 3, 1, 3, 2, 1};
    for (unsigned n = 1; n <= ARRAY_LEN(shippers); n++)
        add_case(tx, n, shippers[n - 1]);
    help_id(ID_SHIPPER, 2, of[0]);
    help_id(ID_SHIPPER, 1, of[1]);
    help_id(ID_SHIPPER, 9, of[2]); /* has no case */
    for (int limit = 1; limit <= 9; limit++) {
        two.count = 2 + limit % 2;
        read_pages(tx, &two, limit, arena, got);
        CHECK_STR(got, "jigecba");
    }
    CHECK_INT(store_case_resolve(tx, help_id(ID_CASE, 5, id), "Done.", 90), 0);
    read_pages(tx, &two, 2, arena, got);
    CHECK_STR(got, "jigcba");
    read_pages(tx, &none, 2, arena, got);
    CHECK_STR(got, "");
}

STORE_TEST(a_full_page_of_several_shippers_says_that_there_is_more)
{
    char of[2][ID_ROOM];
    struct store_agent_shippers two = {.count = 2, .ids = of};
    struct store_cases list;
    for (unsigned n = 1; n <= STORE_PAGE_LIMIT + 1; n++)
        add_case(tx, n, 2);
    help_id(ID_SHIPPER, 1, of[0]);
    help_id(ID_SHIPPER, 2, of[1]);
    CHECK_INT(store_case_list(tx, &(struct store_case_filter){&two, CASE_OPEN},
                              &(struct store_page){.limit = STORE_PAGE_LIMIT}, arena, &list),
              0);
    CHECK_INT(list.count, STORE_PAGE_LIMIT);
    CHECK(list.more);
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
        store_look_live(tx, &(struct store_look_ask){first.session_hash, photo, 50}, arena, &got),
        0);
    CHECK_STR(got.id, second.id);
    CHECK_STR(got.text, second.text);
    CHECK_INT(got.reason, LOOK_ASSESS_DAMAGE);
    CHECK_INT(
        store_look_live(tx, &(struct store_look_ask){first.session_hash, photo, 200}, arena, &got),
        STORE_NOT_FOUND);
    CHECK_INT(store_look_live(tx, &(struct store_look_ask){stranger, photo, 50}, arena, &got),
              STORE_NOT_FOUND);
    CHECK_INT(store_look_live(
                  tx, &(struct store_look_ask){first.session_hash, help_id(ID_PHOTO, 2, other), 50},
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
         TAP(cases_of_several_shippers_are_merged_newest_first),
         TAP(a_full_page_of_several_shippers_says_that_there_is_more),
         TAP(messages_come_oldest_first), TAP(a_look_lives_for_its_session_and_time))
