/* SPDX-License-Identifier: Apache-2.0
 *
 * Subscriptions to Web Push: one browser tells one person, and they are few.
 */
#include "store/account.h"
#include "store/subscription.h"
#include "store/test_help.h"

static struct store_subscription make(unsigned n, unsigned account, const char *endpoint)
{
    struct store_subscription subscription = {.endpoint = endpoint, .created_at = 1000 + n};
    help_id(ID_SUBSCRIPTION, n, subscription.id);
    help_id(ID_ACCOUNT, account, subscription.account_id);
    memset(subscription.session_hash, (int)account, STORE_HASH);
    memset(subscription.point, (int)n, STORE_PUSH_POINT);
    memset(subscription.auth, (int)n + 1, STORE_PUSH_AUTH);
    return subscription;
}

static void add_account(struct db_tx *tx, unsigned n, const char *email)
{
    struct store_account account = {.email = email, .created_at = 1};
    help_id(ID_ACCOUNT, n, account.id);
    CHECK_INT(store_account_insert(tx, &account), 0);
}

STORE_TEST(what_was_noted_reads_back)
{
    struct store_subscription put = make(1, 1, "https://push.example/a"), got;
    put.expires_at = 5000;
    CHECK_INT(store_subscription_put(tx, &put, 10), 0);
    CHECK_INT(store_subscription_get(tx, put.id, arena, &got), 0);
    CHECK_STR(got.id, put.id);
    CHECK_STR(got.account_id, put.account_id);
    CHECK_STR(got.endpoint, "https://push.example/a");
    CHECK(memcmp(got.point, put.point, STORE_PUSH_POINT) == 0);
    CHECK(memcmp(got.auth, put.auth, STORE_PUSH_AUTH) == 0);
    CHECK_INT(got.created_at, 1001);
    CHECK_INT(got.expires_at, 5000);
    CHECK_INT(got.tested_at, 0);
    CHECK_INT(store_subscription_tested(tx, put.id, 77), 0);
    CHECK_INT(store_subscription_get(tx, put.id, arena, &got), 0);
    CHECK_INT(got.tested_at, 77);
    CHECK_INT(store_subscription_delete(tx, put.id), 0);
    CHECK_INT(store_subscription_delete(tx, put.id), STORE_NOT_FOUND);
    CHECK_INT(store_subscription_get(tx, put.id, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_subscription_get(tx, "sub_nonsense", arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(the_same_browser_again_keeps_its_row_and_takes_new_keys)
{
    struct store_subscription first = make(1, 1, "https://push.example/a");
    struct store_subscription again = make(2, 1, "https://push.example/a"), got;
    struct store_subscriptions all;
    CHECK_INT(store_subscription_put(tx, &first, 10), 0);
    CHECK_INT(store_subscription_put(tx, &again, 10), 0);
    CHECK_STR(again.id, first.id);
    CHECK_INT(again.created_at, 1001);
    CHECK_INT(store_subscription_get(tx, first.id, arena, &got), 0);
    CHECK_INT(got.auth[0], 3);
    CHECK_INT(store_subscription_list(tx, first.account_id, arena, &all), 0);
    CHECK_INT(all.count, 1);
}

STORE_TEST(a_browser_tells_whoever_signed_in_last)
{
    struct store_subscription ada = make(1, 1, "https://push.example/a");
    struct store_subscription ben = make(2, 2, "https://push.example/a");
    struct store_subscriptions all;
    CHECK_INT(store_subscription_put(tx, &ada, 10), 0);
    CHECK_INT(store_subscription_put(tx, &ben, 10), 0);
    CHECK(strcmp(ben.id, ada.id) != 0);
    CHECK_INT(store_subscription_list(tx, ada.account_id, arena, &all), 0);
    CHECK_INT(all.count, 0);
    CHECK_INT(store_subscription_list(tx, ben.account_id, arena, &all), 0);
    CHECK_INT(all.count, 1);
}

STORE_TEST(the_oldest_gives_way)
{
    char endpoint[40];
    struct store_subscriptions all;
    struct store_subscription row = {0}, other = make(99, 2, "https://push.example/other");
    CHECK_INT(store_subscription_put(tx, &other, 3), 0);
    for (unsigned n = 1; n <= 5; n++) {
        snprintf(endpoint, sizeof endpoint, "https://push.example/%u", n);
        row = make(n, 1, endpoint);
        CHECK_INT(store_subscription_put(tx, &row, 3), 0);
    }
    CHECK_INT(store_subscription_list(tx, row.account_id, arena, &all), 0);
    CHECK_INT(all.count, 3);
    CHECK_STR(all.items[0].endpoint, "https://push.example/5");
    CHECK_STR(all.items[2].endpoint, "https://push.example/3");
    CHECK_INT(store_subscription_list(tx, other.account_id, arena, &all), 0);
    CHECK_INT(all.count, 1);
}

STORE_TEST(they_are_found_by_the_verified_address)
{
    struct store_subscription row = make(1, 1, "https://push.example/a");
    struct store_subscriptions all;
    add_account(tx, 1, "ada@example.org");
    CHECK_INT(store_subscription_put(tx, &row, 10), 0);
    CHECK_INT(store_subscription_of_email(tx, "ada@example.org", arena, &all), 0);
    CHECK_INT(all.count, 1);
    CHECK_STR(all.items[0].id, row.id);
    CHECK_INT(store_subscription_of_email(tx, "ben@example.org", arena, &all), 0);
    CHECK_INT(all.count, 0);
}

STORE_TEST(signing_out_and_running_out_end_them)
{
    struct store_subscription here = make(1, 1, "https://push.example/a");
    struct store_subscription there = make(2, 1, "https://push.example/b");
    struct store_subscription late = make(3, 1, "https://push.example/c");
    struct store_subscriptions all;
    int deleted = 0;
    memset(there.session_hash, 9, STORE_HASH);
    memset(late.session_hash, 9, STORE_HASH);
    late.expires_at = 5000;
    CHECK_INT(store_subscription_put(tx, &here, 10), 0);
    CHECK_INT(store_subscription_put(tx, &there, 10), 0);
    CHECK_INT(store_subscription_put(tx, &late, 10), 0);
    CHECK_INT(store_subscription_delete_of_session(tx, here.session_hash), 0);
    CHECK_INT(store_subscription_delete_of_session(tx, here.session_hash), 0);
    CHECK_INT(store_subscription_sweep(tx, 4999, 100, &deleted), 0);
    CHECK_INT(deleted, 0);
    CHECK_INT(store_subscription_sweep(tx, 5000, 100, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(store_subscription_list(tx, here.account_id, arena, &all), 0);
    CHECK_INT(all.count, 1);
    CHECK_STR(all.items[0].id, there.id);
}

STORE_TEST(no_picture_is_shown_until_its_owner_says_so)
{
    char id[ID_ROOM];
    bool picture = true;
    add_account(tx, 1, "ada@example.org");
    help_id(ID_ACCOUNT, 1, id);
    CHECK_INT(store_push_picture_get(tx, id, &picture), 0);
    CHECK(!picture);
    CHECK_INT(store_push_picture_set(tx, id, true), 0);
    CHECK_INT(store_push_picture_get(tx, id, &picture), 0);
    CHECK(picture);
    CHECK_INT(store_push_picture_set(tx, help_id(ID_ACCOUNT, 2, id), true), STORE_NOT_FOUND);
}

TAP_MAIN(TAP(what_was_noted_reads_back),
         TAP(the_same_browser_again_keeps_its_row_and_takes_new_keys),
         TAP(a_browser_tells_whoever_signed_in_last), TAP(the_oldest_gives_way),
         TAP(they_are_found_by_the_verified_address), TAP(signing_out_and_running_out_end_them),
         TAP(no_picture_is_shown_until_its_owner_says_so))
