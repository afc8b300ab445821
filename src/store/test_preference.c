/* SPDX-License-Identifier: Apache-2.0
 *
 * Switches of accounts and of addresses, quiet hours, and mailboxes that refuse.
 */
#include "store/preference.h"

#include "store/account.h"
#include "store/mailbox.h"
#include "store/test_help.h"

static const char email[] = "ada@example.org";

static struct store_recipient add_ada(struct db_tx *tx, char id_out[ID_ROOM])
{
    struct store_account account = {.email = email, .created_at = 1};
    memcpy(account.id, help_id(ID_ACCOUNT, 1, id_out), ID_ROOM);
    CHECK_INT(store_account_insert(tx, &account), 0);
    struct store_recipient ada = {.account_id = id_out};
    store_address_hash(email, ada.address_hash);
    return ada;
}

static bool wants(struct db_tx *tx, const char *account_id, enum event_kind kind,
                  enum notice_channel channel)
{
    bool out = false;
    CHECK_INT(store_preference_wants(tx, account_id, kind, channel, &out), 0);
    return out;
}

STORE_TEST(who_said_nothing_has_the_defaults)
{
    char id[ID_ROOM];
    add_ada(tx, id);
    (void)arena;
    const char *const whose[] = {id, ""};
    for (size_t i = 0; i < ARRAY_LEN(whose); i++) {
        CHECK(wants(tx, whose[i], EVENT_DELIVERY_DELIVERED, CHANNEL_MAIL));
        CHECK(!wants(tx, whose[i], EVENT_DELIVERY_OUT_FOR_DELIVERY, CHANNEL_MAIL));
        CHECK(wants(tx, whose[i], EVENT_DELIVERY_OUT_FOR_DELIVERY, CHANNEL_PUSH));
        CHECK(!wants(tx, whose[i], EVENT_PHOTO_ERASED, CHANNEL_MAIL));
    }
}

STORE_TEST(a_switch_turns_one_class_on_one_channel)
{
    char id[ID_ROOM];
    struct store_recipient ada = add_ada(tx, id);
    (void)arena;
    CHECK_INT(
        store_preference_set(tx, &ada, (struct store_switch){CLASS_DELIVERED, CHANNEL_PUSH}, false),
        0);
    CHECK(!wants(tx, id, EVENT_PHOTO_POSTED, CHANNEL_PUSH));
    CHECK(!wants(tx, id, EVENT_DELIVERY_DELIVERED, CHANNEL_PUSH));
    CHECK(wants(tx, id, EVENT_DELIVERY_DELIVERED, CHANNEL_MAIL));
    CHECK(wants(tx, id, EVENT_DELIVERY_ATTEMPTED, CHANNEL_PUSH));
    CHECK_INT(
        store_preference_set(tx, &ada, (struct store_switch){CLASS_DELIVERED, CHANNEL_PUSH}, true),
        0);
    CHECK(wants(tx, id, EVENT_PHOTO_POSTED, CHANNEL_PUSH));
}

STORE_TEST(a_word_about_mail_counts_before_and_after_there_is_an_account)
{
    char id[ID_ROOM];
    bool on = true;
    struct store_recipient nobody = {.account_id = ""};
    struct store_switch looks = {CLASS_LOOK, CHANNEL_MAIL};
    (void)arena;
    store_address_hash(email, nobody.address_hash);
    CHECK_INT(store_preference_set(tx, &nobody, looks, false), 0);
    CHECK_INT(store_preference_is_on(tx, &nobody, looks, &on), 0);
    CHECK(!on);
    add_ada(tx, id);
    CHECK(!wants(tx, id, EVENT_PHOTO_LOOKED, CHANNEL_MAIL));
    CHECK(wants(tx, id, EVENT_PHOTO_LOOKED, CHANNEL_PUSH));
    looks.channel = CHANNEL_PUSH; /* which goes by the account */
    CHECK_INT(store_preference_set(tx, &nobody, looks, false), STORE_NOT_FOUND);
}

STORE_TEST(how_an_account_is_reached_is_kept)
{
    char id[ID_ROOM];
    struct store_reach got;
    struct store_reach reach = {.language = "de", .quiet = {22 * 60, 7 * 60, "Europe/Berlin"}};
    add_ada(tx, id);
    CHECK_INT(store_reach_get(tx, id, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_reach_set(tx, id, &reach), 0);
    reach.language = NULL;
    reach.quiet.from = 23 * 60;
    CHECK_INT(store_reach_set(tx, id, &reach), 0);
    CHECK_INT(store_reach_get(tx, id, arena, &got), 0);
    CHECK(got.language == NULL);
    CHECK_INT(got.quiet.from, 23 * 60);
    CHECK_INT(got.quiet.to, 7 * 60);
    CHECK_STR(got.quiet.zone, "Europe/Berlin");
}

STORE_TEST(a_mailbox_that_refuses_is_known_until_it_takes_again)
{
    struct store_mailbox box = {.refusals = 1, .reply = 550, .refused_at = 10, .rest_until = 20};
    struct store_mailbox got;
    int deleted;
    (void)arena;
    store_address_hash(email, box.address_hash);
    CHECK_INT(store_mailbox_get(tx, box.address_hash, &got), STORE_NOT_FOUND);
    CHECK_INT(store_mailbox_forget(tx, box.address_hash), 0);
    CHECK_INT(store_mailbox_put(tx, &box), 0);
    box.refusals = 2;
    box.rest_until = 40;
    CHECK_INT(store_mailbox_put(tx, &box), 0);
    CHECK_INT(store_mailbox_get(tx, box.address_hash, &got), 0);
    CHECK_INT(got.refusals, 2);
    CHECK_INT(got.reply, 550);
    CHECK_INT(got.rest_until, 40);
    CHECK_INT(store_mailbox_sweep(tx, 40, 10, &deleted), 0);
    CHECK_INT(deleted, 0);
    CHECK_INT(store_mailbox_sweep(tx, 41, 10, &deleted), 0);
    CHECK_INT(deleted, 1);
}

TAP_MAIN(TAP(who_said_nothing_has_the_defaults), TAP(a_switch_turns_one_class_on_one_channel),
         TAP(a_word_about_mail_counts_before_and_after_there_is_an_account),
         TAP(how_an_account_is_reached_is_kept),
         TAP(a_mailbox_that_refuses_is_known_until_it_takes_again))
