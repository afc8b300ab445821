/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is asked when, and what is left of a row that was blanked.
 */
#include "store/retention.h"

#include "store/account.h"
#include "store/case.h"
#include "store/delivery.h"
#include "store/leaving.h"
#include "store/look.h"
#include "store/proof.h"
#include "store/refusal.h"
#include "store/share.h"
#include "store/test_help.h"

static struct delivery add(struct db_tx *tx, unsigned n)
{
    struct delivery delivery = help_delivery(n);
    delivery.state = DELIVERY_DELIVERED;
    delivery.delivered_received_at = 5000;
    delivery.buyer_email = "giver@example.org";
    delivery.instructions = "Behind the bench.";
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    return delivery;
}

STORE_TEST(a_blanked_delivery_stays_as_a_fact_without_anybody_in_it)
{
    struct delivery before = add(tx, 1), after;
    struct store_personal row;
    struct store_proof proof = {.value = "R. Vale", .delete_by = 9};
    memcpy(proof.delivery_id, before.id, ID_ROOM);
    CHECK_INT(store_proof_put(tx, &proof), 0);
    CHECK_INT(store_personal_get(tx, before.id, &row), 0);
    CHECK(!row.blank);
    CHECK_INT(row.facts.received_at, 5000);
    CHECK_INT(store_personal_blank(tx, before.id), 0);
    CHECK_INT(store_delivery_get(tx, before.id, arena, &after), 0);
    CHECK(!after.recipient_name && !after.recipient_email && !after.recipient_phone);
    CHECK(!after.buyer_email && !after.instructions);
    CHECK_INT(after.address.line_count, 0);
    CHECK(!after.address.located);
    CHECK_INT(after.state, DELIVERY_DELIVERED);
    CHECK_STR(after.reference, before.reference);
    CHECK_INT(store_proof_get(tx, before.id, arena, &proof), STORE_NOT_FOUND);
    CHECK_INT(store_personal_get(tx, before.id, &row), 0);
    CHECK(row.blank);
    CHECK_INT(store_personal_blank(tx, "dlv_nobody"), STORE_NOT_FOUND);
}

STORE_TEST(a_case_is_asked_from_its_opening_and_loses_its_words_alone)
{
    struct delivery delivery = add(tx, 1);
    struct store_case row = {.kind = CASE_DAMAGED, .reason = "Torn.", .opened_at = 40};
    struct store_message message = {.side = SIDE_AGENT, .text = "We are sorry.", .at = 50};
    struct store_messages messages;
    struct store_dues due;
    int64_t opened, resolved;
    id_new(ID_CASE, row.id);
    id_new(ID_MESSAGE, message.id);
    memcpy(row.delivery_id, delivery.id, ID_ROOM);
    memcpy(row.shipper_id, delivery.shipper_id, ID_ROOM);
    memcpy(message.case_id, row.id, ID_ROOM);
    CHECK_INT(store_case_insert(tx, &row, &row.number), 0);
    CHECK_INT(store_message_insert(tx, &message), 0);
    CHECK_INT(store_due_list(tx, 39, 10, arena, &due), 0);
    CHECK_INT(due.count, 0);
    CHECK_INT(store_due_list(tx, 40, 10, arena, &due), 0);
    CHECK_INT(due.count, 1);
    CHECK_INT(due.items[0].kind, RETENTION_CASE);
    CHECK_STR(due.items[0].id, row.id);
    CHECK_INT(store_due_drop(tx, &due.items[0]), 0);
    CHECK_INT(store_words_of_case(tx, row.id, &opened, &resolved), 0);
    CHECK_INT(opened, 40);
    CHECK_INT(resolved, 0);
    CHECK_INT(store_words_blank(tx, row.id, 90), 0);
    CHECK_INT(store_case_get(tx, row.id, arena, &row), 0);
    CHECK(!row.reason);
    CHECK_INT(row.state, CASE_RESOLVED);
    CHECK_INT(row.resolved_at, 90);
    CHECK_INT(row.kind, CASE_DAMAGED);
    CHECK_INT(store_message_list(tx, row.id, &(struct store_page){.limit = 9}, arena, &messages),
              0);
    CHECK_INT(messages.count, 0);
}

STORE_TEST(the_walk_goes_by_age_and_place)
{
    struct store_personals found;
    for (unsigned n = 1; n <= 5; n++)
        (void)add(tx, n);
    struct store_page page = {.limit = 2};
    CHECK_INT(store_personal_walk(tx, INT64_MAX >> 17, &page, arena, &found), 0);
    CHECK_INT(found.count, 2);
    CHECK(found.more);
    page.after = found.items[1].id;
    page.limit = 9;
    CHECK_INT(store_personal_walk(tx, INT64_MAX >> 17, &page, arena, &found), 0);
    CHECK_INT(found.count, 3);
    CHECK_INT(store_personal_walk(tx, 0, &(struct store_page){.limit = 9}, arena, &found), 0);
    CHECK_INT(found.count, 0);
}

STORE_TEST(an_account_leaves_with_all_that_hangs_on_it)
{
    struct store_account account = {.email = "ada@example.org", .created_at = 7};
    struct store_session session = {.kind = SESSION_RECIPIENT, .created_at = 1, .expires_at = 99};
    struct store_session_list sessions;
    int64_t used;
    id_new(ID_ACCOUNT, account.id);
    memset(session.token_hash, 1, sizeof session.token_hash);
    memcpy(session.subject_id, account.id, ID_ROOM);
    CHECK_INT(store_account_insert(tx, &account), 0);
    CHECK_INT(store_session_insert(tx, &session), 0);
    CHECK_INT(store_account_last_use(tx, account.id, &used), 0);
    CHECK_INT(used, 7);
    CHECK_INT(store_account_used(tx, account.id, 30), 0);
    CHECK_INT(store_account_last_use(tx, account.id, &used), 0);
    CHECK_INT(used, 30);
    CHECK_INT(store_session_of_account(tx, account.id, arena, &sessions), 0);
    CHECK_INT(sessions.count, 1);
    CHECK_INT(store_account_forget(tx, account.id, account.email), 0);
    CHECK_INT(store_account_get(tx, account.id, arena, &account), STORE_NOT_FOUND);
    CHECK_INT(store_session_get(tx, session.token_hash, 2, &session), STORE_NOT_FOUND);
    CHECK_INT(store_account_forget(tx, session.subject_id, "ada@example.org"), STORE_NOT_FOUND);
}

static struct store_refusal at_lane(const struct store_account *account, unsigned n)
{
    struct store_refusal refusal = {
        .kind = REFUSAL_AT_ADDRESS, .email = account->email, .created_at = 7};
    help_id(ID_REFUSAL, n, refusal.id);
    memcpy(refusal.owner, account->id, ID_ROOM);
    refusal.address.lines[0] = "12 Acorn Lane";
    refusal.address.line_count = 1;
    return refusal;
}

static enum consent at_lane_now(struct db_tx *tx)
{
    struct delivery delivery = help_delivery(1);
    struct policy_facts facts = {0};
    delivery.recipient_email = "ada@example.org";
    delivery.address.lines[0] = "12 Acorn Lane";
    delivery.address.line_count = 1;
    CHECK_INT(store_refusal_facts(tx, &delivery, &facts), 0);
    return facts.address_consent;
}

STORE_TEST(what_an_account_refused_outlives_it_under_a_hash_and_comes_back)
{
    struct store_account account = {.email = "ada@example.org", .consent = CONSENT_REFUSED}, anew;
    struct store_page page = {.limit = 9};
    struct store_refusals found;
    struct store_refusal refusal;
    bool kept;
    help_id(ID_ACCOUNT, 1, account.id);
    refusal = at_lane(&account, 1);
    CHECK_INT(store_account_insert(tx, &account), 0);
    CHECK_INT(store_refusal_insert(tx, &refusal), 0);
    CHECK_INT(store_refusal_outlive(tx, &account, 5, &kept), 0);
    CHECK(kept);
    CHECK_INT(store_account_forget(tx, account.id, account.email), 0);
    CHECK_INT(store_kept_refusal_has(tx, "ada@example.org"), 0);
    CHECK_INT(store_kept_refusal_has(tx, "bob@example.org"), STORE_NOT_FOUND);
    CHECK_INT(at_lane_now(tx), CONSENT_REFUSED);
    CHECK_INT(store_refusal_list(tx, account.id, &page, arena, &found), 0);
    CHECK_INT(found.count, 0);
    CHECK_INT(store_refusal_get(tx, refusal.id, arena, &refusal), 0);
    CHECK(!refusal.email && refusal.address.line_count == 0);

    anew = (struct store_account){.email = "bob@example.org"};
    help_id(ID_ACCOUNT, 2, anew.id);
    CHECK_INT(store_refusal_come_back(tx, &anew), 0);
    CHECK_INT(anew.consent, CONSENT_UNSET);
    anew.email = "ada@example.org";
    CHECK_INT(store_refusal_come_back(tx, &anew), 0);
    CHECK_INT(anew.consent, CONSENT_REFUSED);
    CHECK_INT(store_kept_refusal_has(tx, "ada@example.org"), STORE_NOT_FOUND);
    CHECK_INT(store_refusal_list(tx, anew.id, &page, arena, &found), 0);
    CHECK_INT(found.count, 1);
    CHECK_STR(found.items[0].email, "ada@example.org");
    CHECK_INT(store_refusal_forget(tx, &anew), 0);
    CHECK_INT(at_lane_now(tx), CONSENT_UNSET);
}

STORE_TEST(a_blanked_delivery_takes_along_what_was_decided_of_its_photos)
{
    struct delivery delivery = help_delivery(1);
    struct store_share share = {.with = SHARE_SHIPPER, .shown = true, .since = 1, .told_at = 1};
    struct store_view view = {.by = SHARE_SHIPPER, .first_at = 1, .last_at = 1, .times = 1};
    struct store_shares shares;
    struct store_views views;
    int wrong;
    bool is_new;
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    memcpy(share.delivery_id, delivery.id, ID_ROOM);
    memcpy(view.delivery_id, delivery.id, ID_ROOM);
    help_id(ID_PHOTO, 1, share.photo_id);
    help_id(ID_PHOTO, 1, view.photo_id);
    help_id(ID_VIEW, 1, view.id);
    CHECK_INT(store_share_put(tx, &share), 0);
    CHECK_INT(store_view_note(tx, &view, 0, &is_new), 0);
    CHECK_INT(store_pin_spend(tx, delivery.id, 1), 0);
    CHECK_INT(store_personal_blank(tx, delivery.id), 0);
    CHECK_INT(store_share_on_delivery(tx, delivery.id, arena, &shares), 0);
    CHECK_INT(shares.count, 0);
    CHECK_INT(store_view_list(tx, delivery.id, &(struct store_page){.limit = 9}, arena, &views), 0);
    CHECK_INT(views.count, 0);
    CHECK_INT(store_pin_wrong(tx, delivery.id, 1, &wrong), 0);
    CHECK_INT(wrong, 0);
}

TAP_MAIN(TAP(a_blanked_delivery_stays_as_a_fact_without_anybody_in_it),
         TAP(a_case_is_asked_from_its_opening_and_loses_its_words_alone),
         TAP(the_walk_goes_by_age_and_place), TAP(an_account_leaves_with_all_that_hangs_on_it),
         TAP(what_an_account_refused_outlives_it_under_a_hash_and_comes_back),
         TAP(a_blanked_delivery_takes_along_what_was_decided_of_its_photos))
