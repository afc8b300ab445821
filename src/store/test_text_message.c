/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of text messages: exact counts, last words that stay, and numbers that are left alone.
 */
#include "store/test_help.h"
#include "store/text_message.h"

static struct store_text_message message(unsigned n, uint8_t number, int64_t at)
{
    struct store_text_message text = {
        .calling_code = 49, .segments = 1, .status = "planned", .created_at = at};
    help_id(ID_TEXT_MESSAGE, n, text.id);
    help_id(ID_DELIVERY, n, text.delivery_id);
    memset(text.number_hash, number, sizeof text.number_hash);
    return text;
}

static int64_t count_to(struct db_tx *tx, uint8_t number, int64_t since, int limit)
{
    uint8_t hash[STORE_HASH];
    int64_t count = -1;
    memset(hash, number, sizeof hash);
    CHECK_INT(store_text_count_to(tx, hash, since, limit, &count), 0);
    return count;
}

STORE_TEST(messages_are_counted_by_number_and_country_up_to_a_limit)
{
    int64_t count = 0;
    for (unsigned n = 1; n <= 6; n++) {
        struct store_text_message text = message(n, n <= 4 ? 7 : 8, 1000 + n);
        CHECK_INT(store_text_insert(tx, &text), 0);
    }
    CHECK_INT(count_to(tx, 7, 0, 100), 4);
    CHECK_INT(count_to(tx, 7, 1003, 100), 2);
    CHECK_INT(count_to(tx, 7, 0, 3), 3);
    CHECK_INT(count_to(tx, 9, 0, 3), 0);
    CHECK_INT(store_text_count_in(tx, 49, 0, 100, &count), 0);
    CHECK_INT(count, 6);
    CHECK_INT(store_text_count_in(tx, 34, 0, 100, &count), 0);
    CHECK_INT(count, 0);
    struct store_text_message again = message(1, 7, 1);
    CHECK_INT(store_text_insert(tx, &again), STORE_EXISTS);
}

static void tell(struct db_tx *tx, const char *id, const char *status, bool final, int error)
{
    struct store_text_news news = {
        .status = status, .final = final, .segments = 0, .error = error, .now = 5000};
    CHECK_INT(store_text_tell(tx, id, &news), 0);
}

STORE_TEST(the_last_word_stays)
{
    struct store_text_message text = message(1, 7, 1000), read;
    CHECK_INT(store_text_insert(tx, &text), 0);
    tell(tx, text.id, "queued", false, 0);
    tell(tx, text.id, "undelivered", true, 30003);
    tell(tx, text.id, "sent", false, 0); /* came late */
    CHECK_INT(store_text_get(tx, text.id, arena, &read), 0);
    CHECK_STR(read.status, "undelivered");
    CHECK_INT(read.error, 30003);
    CHECK_INT(read.segments, 1);
    CHECK_INT(read.changed_at, 5000);
    char nobody[ID_ROOM];
    tell(tx, help_id(ID_TEXT_MESSAGE, 99, nobody), "sent", false, 0);
    CHECK_INT(store_text_get(tx, nobody, arena, &read), STORE_NOT_FOUND);
}

STORE_TEST(who_said_stop_is_left_alone_until_start)
{
    struct store_text_message text = message(1, 7, 1000);
    uint8_t hash[STORE_HASH];
    CHECK_INT(store_text_insert(tx, &text), 0);
    CHECK_INT(store_text_number(tx, text.id, hash), 0);
    CHECK_INT(memcmp(hash, text.number_hash, sizeof hash), 0);
    CHECK_INT(store_number_stopped(tx, hash), STORE_NOT_FOUND);
    CHECK_INT(store_number_stop(tx, hash, 1), 0);
    CHECK_INT(store_number_stop(tx, hash, 2), 0);
    CHECK_INT(store_number_stopped(tx, hash), 0);
    CHECK_INT(store_number_resume(tx, hash), 0);
    CHECK_INT(store_number_resume(tx, hash), 0);
    CHECK_INT(store_number_stopped(tx, hash), STORE_NOT_FOUND);
}

STORE_TEST(old_ones_go_in_bounded_steps)
{
    int deleted = 0;
    for (unsigned n = 1; n <= 5; n++) {
        struct store_text_message text = message(n, 7, 1000 + n);
        CHECK_INT(store_text_insert(tx, &text), 0);
    }
    CHECK_INT(store_text_sweep(tx, 1004, 2, &deleted), 0);
    CHECK_INT(deleted, 2);
    CHECK_INT(store_text_sweep(tx, 1004, 2, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(count_to(tx, 7, 0, 100), 2);
}

TAP_MAIN(TAP(messages_are_counted_by_number_and_country_up_to_a_limit), TAP(the_last_word_stays),
         TAP(who_said_stop_is_left_alone_until_start), TAP(old_ones_go_in_bounded_steps))
