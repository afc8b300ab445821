/* SPDX-License-Identifier: Apache-2.0
 * Refusals: whose deliveries each kind holds for, and what stands in the table. */
#include "store/refusal.h"
#include "store/test_help.h"

static struct delivery at(int n, const char *email, const char *line)
{
    struct delivery delivery = help_delivery(n);
    delivery.recipient_email = email;
    delivery.recipient_phone = NULL;
    delivery.address.lines[0] = line;
    delivery.address.line_count = 1;
    return delivery;
}

static struct store_refusal refusal_of(unsigned n, enum refusal_kind kind)
{
    struct store_refusal refusal = {.kind = kind, .created_at = 7};
    help_id(ID_REFUSAL, n, refusal.id);
    help_id(kind == REFUSAL_AT_ADDRESS ? ID_ACCOUNT : ID_SHIPPER, 1, refusal.owner);
    return refusal;
}

static void check_facts(struct db_tx *tx, const struct delivery *delivery, const char *want)
{
    struct policy_facts facts = {.want = WANT_REQUIRED};
    char got[4];
    CHECK_INT(store_refusal_facts(tx, delivery, &facts), 0);
    snprintf(got, sizeof got, "%c%c%c", facts.address_consent == CONSENT_REFUSED ? 'a' : '-',
             facts.shipper_refused ? 'c' : '-', facts.shipper_refused_address ? 'p' : '-');
    CHECK_STR(got, want);
}

STORE_TEST(a_recipients_word_holds_for_their_deliveries_to_that_address)
{
    struct store_refusal refusal = refusal_of(1, REFUSAL_AT_ADDRESS), got;
    refusal.email = "ada@example.org";
    refusal.address.lines[0] = "Müllerstraße 5";
    refusal.address.lines[1] = "10115 Berlin";
    refusal.address.line_count = 2;
    struct delivery same = at(1, "ada@example.org", "Muellerstr. 5, 10115 Berlin");
    check_facts(tx, &same, "---");
    CHECK_INT(store_refusal_insert(tx, &refusal), 0);
    check_facts(tx, &same, "a--");
    CHECK_INT(store_refusal_holds(tx, &refusal, &same), 1);
    struct delivery other = at(2, "bob@example.org", "Müllerstraße 5, 10115 Berlin");
    check_facts(tx, &other, "---");
    CHECK_INT(store_refusal_holds(tx, &refusal, &other), 0);
    struct delivery elsewhere = at(3, "ada@example.org", "Müllerstraße 6, 10115 Berlin");
    check_facts(tx, &elsewhere, "---");
    CHECK_INT(store_refusal_holds(tx, &refusal, &elsewhere), 0);
    struct delivery by_phone = at(4, NULL, "Müllerstraße 5, 10115 Berlin");
    check_facts(tx, &by_phone, "---");
    help_id(ID_SHIPPER, 2, same.shipper_id);
    check_facts(tx, &same, "a--"); /* whoever ships it */
    CHECK_INT(store_refusal_get(tx, refusal.id, arena, &got), 0);
    CHECK_STR(got.address.lines[1], "10115 Berlin");
    CHECK_STR(got.owner, refusal.owner);
    CHECK_INT(store_refusal_delete(tx, refusal.id), 0);
    CHECK_INT(store_refusal_delete(tx, refusal.id), STORE_NOT_FOUND);
    check_facts(tx, &same, "---");
}

STORE_TEST(a_shippers_word_holds_for_its_own_deliveries)
{
    struct store_refusal told = refusal_of(1, REFUSAL_FOR_CONTACT),
                         phone = refusal_of(2, REFUSAL_FOR_CONTACT),
                         policy = refusal_of(3, REFUSAL_OF_ADDRESS);
    told.email = "ada@example.org";
    phone.phone = "+4930123456";
    policy.address.lines[0] = "1 Court House";
    policy.address.line_count = 1;
    CHECK_INT(store_refusal_insert(tx, &told), 0);
    CHECK_INT(store_refusal_insert(tx, &phone), 0);
    CHECK_INT(store_refusal_insert(tx, &policy), 0);
    struct delivery delivery = at(1, "ada@example.org", "1 Lantern Lane");
    help_id(ID_SHIPPER, 1, delivery.shipper_id);
    check_facts(tx, &delivery, "-c-");
    CHECK_INT(store_refusal_holds(tx, &told, &delivery), 1);
    delivery = at(2, NULL, "1 court-house");
    help_id(ID_SHIPPER, 1, delivery.shipper_id);
    delivery.recipient_phone = "+4930123456";
    check_facts(tx, &delivery, "-cp");
    CHECK_INT(store_refusal_holds(tx, &phone, &delivery), 1);
    CHECK_INT(store_refusal_holds(tx, &policy, &delivery), 1);
    help_id(ID_SHIPPER, 2, delivery.shipper_id);
    check_facts(tx, &delivery, "---");
    CHECK_INT(store_refusal_holds(tx, &phone, &delivery), 0);
    CHECK_INT(store_refusal_holds(tx, &policy, &delivery), 0);
}

STORE_TEST(the_same_again_is_the_same_one_and_nothing_to_compare_is_none)
{
    struct store_refusal one = refusal_of(1, REFUSAL_OF_ADDRESS),
                         again = refusal_of(2, REFUSAL_OF_ADDRESS);
    one.address.lines[0] = "1 Court House";
    again.address.lines[0] = "1, COURT house";
    one.address.line_count = again.address.line_count = 1;
    CHECK_INT(store_refusal_insert(tx, &one), 0);
    CHECK_INT(store_refusal_insert(tx, &again), STORE_EXISTS);
    CHECK_STR(again.id, one.id);
    again.address.lines[0] = "—";
    CHECK_INT(store_refusal_insert(tx, &again), STORE_REFUSAL_EMPTY);
    struct delivery nowhere = at(1, "ada@example.org", "…");
    check_facts(tx, &nowhere, "---");
    CHECK_INT(store_refusal_holds(tx, &one, &nowhere), 0);
}

STORE_TEST(lists_are_the_owners_and_what_was_told_is_the_recipients)
{
    struct store_refusals list;
    struct store_page page = {.limit = 2};
    int count = 0;
    for (unsigned n = 1; n <= 3; n++) {
        static const char *const emails[] = {"ada@example.org", "bob@example.org",
                                             "eve@example.org"};
        struct store_refusal told = refusal_of(n, REFUSAL_FOR_CONTACT);
        told.email = emails[n - 1];
        told.reason = "Said so by telephone.";
        CHECK_INT(store_refusal_insert(tx, &told), 0);
    }
    struct store_refusal own = refusal_of(9, REFUSAL_AT_ADDRESS), first = refusal_of(1, 1);
    own.email = "bob@example.org";
    help_id(ID_ACCOUNT, 5, own.owner);
    own.address.lines[0] = "1 Lantern Lane";
    own.address.line_count = 1;
    CHECK_INT(store_refusal_insert(tx, &own), 0);
    CHECK_INT(store_refusal_list(tx, first.owner, &page, arena, &list), 0);
    CHECK(list.count == 2 && list.more);
    page.after = list.items[1].id;
    CHECK_INT(store_refusal_list(tx, first.owner, &page, arena, &list), 0);
    CHECK(list.count == 1 && !list.more);
    CHECK_STR(list.items[0].email, "eve@example.org");
    page.after = NULL;
    CHECK_INT(store_refusal_told(tx, "bob@example.org", &page, arena, &list), 0);
    CHECK_INT(list.count, 1); /* not their own */
    CHECK_STR(list.items[0].reason, "Said so by telephone.");
    CHECK_INT(store_refusal_list(tx, own.owner, &page, arena, &list), 0);
    CHECK_INT(list.count, 1);
    CHECK_INT(store_refusal_count(tx, first.owner, 10, &count), 0);
    CHECK_INT(count, 3);
    CHECK_INT(store_refusal_count(tx, first.owner, 2, &count), 0);
    CHECK_INT(count, 2);
}

STORE_TEST(wrong_pins_are_counted_for_each_version)
{
    char id[ID_ROOM];
    int wrong = -1;
    help_id(ID_DELIVERY, 1, id);
    CHECK_INT(store_pin_wrong(tx, id, 1, &wrong), 0);
    CHECK_INT(wrong, 0);
    CHECK_INT(store_pin_spend(tx, id, 1), 0);
    CHECK_INT(store_pin_spend(tx, id, 1), 0);
    CHECK_INT(store_pin_wrong(tx, id, 1, &wrong), 0);
    CHECK_INT(wrong, 2);
    CHECK_INT(store_pin_wrong(tx, id, 2, &wrong), 0);
    CHECK_INT(wrong, 0);
    CHECK_INT(store_pin_spend(tx, id, 2), 0);
    CHECK_INT(store_pin_wrong(tx, id, 2, &wrong), 0);
    CHECK_INT(wrong, 1);
}

/* Hashes are keyed by what the owner gave, on every connection. */
TEST(the_databases_secret_is_what_it_was_given)
{
    char folder[TAP_FOLDER_ROOM];
    uint8_t secret[DB_SECRET] = {1, 2, 3};
    struct db *db = help_open(folder);
    struct db_tx *tx = NULL;
    CHECK_INT(db_read_begin(db, &tx), 0);
    CHECK_INT(db_secret(tx)[0], 0);
    db_read_end(&tx);
    db_set_secret(db, secret);
    CHECK_INT(db_read_begin(db, &tx), 0);
    CHECK(memcmp(db_secret(tx), secret, DB_SECRET) == 0);
    db_read_end(&tx);
    db_close(&db);
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(a_recipients_word_holds_for_their_deliveries_to_that_address),
         TAP(a_shippers_word_holds_for_its_own_deliveries),
         TAP(the_same_again_is_the_same_one_and_nothing_to_compare_is_none),
         TAP(lists_are_the_owners_and_what_was_told_is_the_recipients),
         TAP(wrong_pins_are_counted_for_each_version),
         TAP(the_databases_secret_is_what_it_was_given))
