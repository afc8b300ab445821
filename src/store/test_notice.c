/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices: who goes first, who waits behind whom, what a line knows, and what becomes of those that
 * were taken.
 */
#include "store/notice.h"
#include "store/test_help.h"

enum { BOOT = 7 };

static struct store_notice add(struct db_tx *tx, unsigned delivery, unsigned target, int64_t run_at)
{
    struct store_notice notice = {
        .channel = CHANNEL_WEBHOOK, .run_at = run_at, .created_at = 1, .payload = "p"};
    if (delivery)
        help_id(ID_DELIVERY, delivery, notice.delivery_id);
    help_id(ID_WEBHOOK, target, notice.target);
    help_id(ID_EVENT, 1, notice.event_id);
    CHECK_INT(store_notice_insert(tx, &notice), 0);
    return notice;
}

static int take(struct db_tx *tx, struct arena *arena, unsigned target, int64_t now,
                struct store_notice *out)
{
    char id[ID_ROOM];
    struct store_notice_take wanted = {CHANNEL_WEBHOOK, help_id(ID_WEBHOOK, target, id), BOOT, now};
    return store_notice_take(tx, &wanted, arena, out);
}

static struct store_line line_to(unsigned target)
{
    struct store_line line = {.channel = CHANNEL_WEBHOOK};
    help_id(ID_WEBHOOK, target, line.target);
    return line;
}

static int due(struct db_tx *tx, struct arena *arena, int64_t now)
{
    struct store_lines lines;
    CHECK_INT(store_line_due(tx, &(struct store_line_ask){CHANNEL_WEBHOOK, now, 10}, arena, &lines),
              0);
    return lines.count;
}

STORE_TEST(a_notice_is_taken_once_and_gone_when_it_was_sent)
{
    struct store_notice notice = add(tx, 1, 1, 10), got, again;
    CHECK_INT(take(tx, arena, 1, 9, &got), STORE_NOT_FOUND);
    CHECK_INT(take(tx, arena, 2, 10, &got), STORE_NOT_FOUND);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
    CHECK_STR(got.id, notice.id);
    CHECK_STR(got.event_id, notice.event_id);
    CHECK_STR(got.delivery_id, notice.delivery_id);
    CHECK_STR(got.target, notice.target);
    CHECK_STR(got.payload, "p");
    CHECK_INT(got.channel, CHANNEL_WEBHOOK);
    CHECK_INT(got.attempts, 1);
    CHECK_INT(got.lease_owner, BOOT);
    CHECK_INT(take(tx, arena, 1, 10, &again), STORE_NOT_FOUND);
    CHECK_INT(store_notice_finish(tx, &got), 0);
    CHECK_INT(store_notice_finish(tx, &got), STORE_NOT_FOUND);
    CHECK_INT(store_notice_get(tx, notice.id, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(the_notices_of_a_delivery_keep_their_order_at_each_target)
{
    struct store_notice first = add(tx, 1, 1, 10), second = add(tx, 1, 1, 5),
                        other = add(tx, 2, 1, 11), elsewhere = add(tx, 1, 2, 12), got, third;
    CHECK_INT(take(tx, arena, 1, 20, &got), 0);
    CHECK_STR(got.id, first.id);
    CHECK_INT(store_notice_back_off(tx, &got, 30, "timeout"), 0);
    CHECK_INT(take(tx, arena, 1, 20, &third), 0);
    CHECK_STR(third.id, other.id); /* another delivery's goes on */
    CHECK_INT(take(tx, arena, 1, 20, &third), STORE_NOT_FOUND);
    CHECK_INT(take(tx, arena, 2, 20, &third), 0);
    CHECK_STR(third.id, elsewhere.id); /* and so does another target's */
    CHECK_INT(take(tx, arena, 1, 30, &got), 0);
    CHECK_STR(got.id, first.id);
    CHECK_INT(got.attempts, 2);
    CHECK_STR(got.last_error, "timeout");
    CHECK_INT(store_notice_finish(tx, &got), 0);
    CHECK_INT(take(tx, arena, 1, 30, &got), 0);
    CHECK_STR(got.id, second.id);
}

STORE_TEST(one_that_is_set_aside_holds_nobody_up_and_comes_back_in_its_place)
{
    struct store_notice first = add(tx, 1, 1, 10), second = add(tx, 1, 1, 10), got, next;
    struct store_notices aside;
    struct store_notice_counts counts;
    CHECK_INT(store_notice_retry(tx, first.id, 10), STORE_NOT_FOUND);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
    CHECK_INT(store_notice_set_aside(tx, &got, 11, "status_400"), 0);
    CHECK_INT(store_notice_count(tx, CHANNEL_WEBHOOK, &counts), 0);
    CHECK_INT(counts.queued, 1);
    CHECK_INT(counts.set_aside, 1);
    CHECK_INT(store_notice_list_set_aside(tx, &(struct store_page){NULL, 5}, arena, &aside), 0);
    CHECK_INT(aside.count, 1);
    CHECK_STR(aside.items[0].last_error, "status_400");
    CHECK_INT(aside.items[0].set_aside_at, 11);
    CHECK_INT(store_notice_retry(tx, first.id, 12), 0);
    CHECK_INT(take(tx, arena, 1, 20, &got), 0);
    CHECK_STR(got.id, second.id); /* it was head already */
    CHECK_INT(take(tx, arena, 1, 20, &next), STORE_NOT_FOUND);
    CHECK_INT(store_notice_finish(tx, &got), 0);
    CHECK_INT(take(tx, arena, 1, 20, &next), 0);
    CHECK_STR(next.id, first.id);
    CHECK_INT(next.attempts, 1);
}

STORE_TEST(a_line_says_when_it_is_to_be_looked_at)
{
    struct store_line line = line_to(1);
    struct store_notice got;
    int64_t next;
    CHECK_INT(store_line_next(tx, CHANNEL_WEBHOOK, &next), STORE_NOT_FOUND);
    CHECK_INT(store_line_set(tx, &line), STORE_NOT_FOUND);
    add(tx, 1, 1, 50);
    add(tx, 2, 1, 40);
    CHECK_INT(due(tx, arena, 39), 0);
    CHECK_INT(due(tx, arena, 40), 1);
    CHECK_INT(take(tx, arena, 1, 40, &got), 0);
    line.held = 1;
    CHECK_INT(store_line_set(tx, &line), 0);
    CHECK_INT(store_line_next(tx, CHANNEL_WEBHOOK, &next), 0);
    CHECK_INT(next, 50);
    line.closed_until = STORE_LINE_NEVER; /* as many as it may have are under way */
    CHECK_INT(store_line_set(tx, &line), 0);
    add(tx, 3, 1, 45);
    CHECK_INT(store_line_next(tx, CHANNEL_WEBHOOK, &next), STORE_NOT_FOUND);
    line.closed_until = 100; /* its target did not answer */
    line.failures = 3;
    CHECK_INT(store_line_set(tx, &line), 0);
    add(tx, 4, 1, 45);
    CHECK_INT(store_line_next(tx, CHANNEL_WEBHOOK, &next), 0);
    CHECK_INT(next, 100);
    struct store_lines lines;
    CHECK_INT(store_line_due(tx, &(struct store_line_ask){CHANNEL_WEBHOOK, 100, 10}, arena, &lines),
              0);
    CHECK_INT(lines.items[0].failures, 3);
    CHECK_STR(lines.items[0].target, line.target);
}

STORE_TEST(a_line_ends_with_its_last_notice)
{
    struct store_line line = line_to(1);
    struct store_notice got;
    add(tx, 1, 1, 10);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
    line.held = 1;
    CHECK_INT(store_line_set(tx, &line), 0);
    CHECK_INT(due(tx, arena, 1000), 0); /* there, and nothing to look for */
    CHECK_INT(store_notice_finish(tx, &got), 0);
    line.held = 0;
    CHECK_INT(store_line_set(tx, &line), 0);
    CHECK_INT(store_line_set(tx, &line), STORE_NOT_FOUND);
    add(tx, 1, 1, 20);
    CHECK_INT(due(tx, arena, 20), 1);
}

STORE_TEST(what_an_ended_start_held_is_released_with_its_attempt_counted)
{
    struct store_line line = line_to(1);
    struct store_notice got;
    int64_t released;
    add(tx, 1, 1, 10);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
    line.held = 1;
    line.closed_until = STORE_LINE_NEVER;
    CHECK_INT(store_line_set(tx, &line), 0);
    CHECK_INT(store_notice_release(tx, BOOT, 20, &released), 0);
    CHECK_INT(released, 0);
    CHECK_INT(store_notice_release(tx, BOOT + 1, 20, &released), 0);
    CHECK_INT(released, 1);
    CHECK_INT(due(tx, arena, 20), 1);
    CHECK_INT(store_notice_finish(tx, &got), STORE_NOT_FOUND); /* no longer ours */
    CHECK_INT(take(tx, arena, 1, 20, &got), 0);
    CHECK_INT(got.attempts, 2);
    CHECK_INT(store_notice_put_back(tx, &got, 25), 0);
    CHECK_INT(take(tx, arena, 1, 24, &got), STORE_NOT_FOUND);
    CHECK_INT(take(tx, arena, 1, 25, &got), 0);
    CHECK_INT(got.attempts, 2);
    CHECK_INT(got.taken, 3);
}

STORE_TEST(a_target_that_goes_takes_all_its_notices_with_it)
{
    struct store_line line = line_to(1);
    struct store_notice got, other;
    int dropped;
    for (unsigned n = 1; n < 6; n++)
        add(tx, n, 1, 10);
    other = add(tx, 1, 2, 10);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
    CHECK_INT(store_notice_set_aside(tx, &got, 10, "x"), 0);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
    CHECK_INT(store_notice_drop_target(tx, &line, 3, &dropped), 0);
    CHECK_INT(dropped, 3);
    CHECK_INT(store_notice_drop_target(tx, &line, 3, &dropped), 0);
    CHECK_INT(dropped, 2);
    CHECK_INT(store_notice_finish(tx, &got), STORE_NOT_FOUND);
    CHECK_INT(due(tx, arena, 10), 1);
    CHECK_INT(store_notice_get(tx, other.id, arena, &got), 0);
}

STORE_TEST(what_was_set_aside_long_ago_is_swept)
{
    struct store_notice got;
    int deleted;
    for (unsigned n = 1; n < 5; n++) {
        add(tx, n, 1, 10);
        CHECK_INT(take(tx, arena, 1, 10, &got), 0);
        CHECK_INT(store_notice_set_aside(tx, &got, 10 + (int64_t)n, "x"), 0);
    }
    add(tx, 9, 1, 10);
    CHECK_INT(store_notice_sweep(tx, 14, 2, &deleted), 0);
    CHECK_INT(deleted, 2);
    CHECK_INT(store_notice_sweep(tx, 14, 2, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(take(tx, arena, 1, 10, &got), 0);
}

TAP_MAIN(TAP(a_notice_is_taken_once_and_gone_when_it_was_sent),
         TAP(the_notices_of_a_delivery_keep_their_order_at_each_target),
         TAP(one_that_is_set_aside_holds_nobody_up_and_comes_back_in_its_place),
         TAP(a_line_says_when_it_is_to_be_looked_at), TAP(a_line_ends_with_its_last_notice),
         TAP(what_an_ended_start_held_is_released_with_its_attempt_counted),
         TAP(a_target_that_goes_takes_all_its_notices_with_it),
         TAP(what_was_set_aside_long_ago_is_swept))
