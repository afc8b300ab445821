/* SPDX-License-Identifier: Apache-2.0
 *
 * Shippers, drivers, recipients and agents, and all that they sign in with.
 */
#include "store/account.h"
#include "store/agent.h"
#include "store/delivery.h"
#include "store/driver.h"
#include "store/policy.h"
#include "store/shipper.h"
#include "store/test_help.h"

static const uint8_t *hash_of(int byte)
{
    static uint8_t hashes[256][STORE_HASH];
    memset(hashes[byte], byte, STORE_HASH);
    return hashes[byte];
}

/* --- shippers -------------------------------------------------------------------------------- */

static struct shipper add_shipper(struct db_tx *tx, unsigned n)
{
    struct shipper shipper = {.name = "Parcels & Sons",
                              .retention_days = 30,
                              .far_metres = 150,
                              .refuse_blurred = true,
                              .confidential_photos = CONFIDENTIAL_DO_NOT_TAKE,
                              .photo_default = WANT_OPTIONAL,
                              .created_at = 5};
    help_id(ID_SHIPPER, n, shipper.id);
    CHECK_INT(store_shipper_insert(tx, &shipper), 0);
    return shipper;
}

STORE_TEST(a_shipper_is_kept_and_changed)
{
    struct shipper shipper = add_shipper(tx, 1), got;
    CHECK_INT(store_shipper_insert(tx, &shipper), STORE_EXISTS);
    CHECK_INT(store_shipper_get(tx, shipper.id, arena, &got), 0);
    CHECK_STR(got.name, shipper.name);
    CHECK_INT(got.confidential_photos, CONFIDENTIAL_DO_NOT_TAKE);
    CHECK(got.refuse_blurred && !got.refuse_dark);
    CHECK_INT(got.photo_default, WANT_OPTIONAL);
    shipper.retention_days = 7;
    shipper.refuse_dark = true;
    CHECK_INT(store_shipper_update(tx, &shipper), 0);
    CHECK_INT(store_shipper_get(tx, shipper.id, arena, &got), 0);
    CHECK_INT(got.retention_days, 7);
    CHECK(got.refuse_dark);
    CHECK_INT(got.created_at, 5);
    add_shipper(tx, 2);
    struct store_shippers list;
    struct store_page page = {.limit = 1};
    CHECK_INT(store_shipper_list(tx, &page, arena, &list), 0);
    CHECK(list.count == 1 && list.more);
    CHECK_STR(list.items[0].id, shipper.id);
}

STORE_TEST(an_api_key_opens_until_it_is_revoked)
{
    struct shipper shipper = add_shipper(tx, 1), got;
    struct store_api_keys keys;
    for (int i = 1; i <= 2; i++) {
        struct store_api_key key = {.label = "till", .created_at = i};
        memcpy(key.token_hash, hash_of(i), STORE_HASH);
        memcpy(key.shipper_id, shipper.id, ID_ROOM);
        CHECK_INT(store_api_key_insert(tx, &key), 0);
        CHECK_INT(store_api_key_insert(tx, &key), STORE_EXISTS);
    }
    CHECK_INT(store_api_key_shipper(tx, hash_of(1), arena, &got), 0);
    CHECK_STR(got.id, shipper.id);
    CHECK_INT(store_api_key_revoke(tx, hash_of(1), 9), 0);
    CHECK_INT(store_api_key_revoke(tx, hash_of(1), 10), STORE_NOT_FOUND);
    CHECK_INT(store_api_key_shipper(tx, hash_of(1), arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_api_key_shipper(tx, hash_of(2), arena, &got), 0);
    CHECK_INT(store_api_key_shipper(tx, hash_of(3), arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_api_key_list(tx, shipper.id, arena, &keys), 0);
    CHECK_INT(keys.count, 2);
    CHECK_INT(keys.items[0].revoked_at, 9);
    CHECK_STR(keys.items[1].label, "till");
}

/* --- drivers --------------------------------------------------------------------------------- */

static struct store_driver add_driver(struct db_tx *tx, unsigned n)
{
    struct store_driver driver = {.name = "Dora", .created_at = 3};
    help_id(ID_DRIVER, n, driver.id);
    help_id(ID_SHIPPER, 1, driver.shipper_id);
    CHECK_INT(store_driver_insert(tx, &driver), 0);
    return driver;
}

STORE_TEST(a_pairing_code_works_once)
{
    char taken[ID_ROOM];
    int deleted = -1;
    struct store_driver one = add_driver(tx, 1), two = add_driver(tx, 2);
    CHECK_INT(store_pairing_put(tx, hash_of(1), one.id, 100), 0);
    CHECK_INT(store_pairing_put(tx, hash_of(2), one.id, 200), 0); /* replaces it */
    CHECK_INT(store_pairing_take(tx, hash_of(1), 50, taken), STORE_NOT_FOUND);
    CHECK_INT(store_pairing_take(tx, hash_of(2), 200, taken), STORE_NOT_FOUND); /* past its time */
    CHECK_INT(store_pairing_take(tx, hash_of(2), 199, taken), 0);
    CHECK_STR(taken, one.id);
    CHECK_INT(store_pairing_take(tx, hash_of(2), 199, taken), STORE_NOT_FOUND);
    CHECK_INT(store_pairing_put(tx, hash_of(3), one.id, 100), 0);
    CHECK_INT(store_pairing_put(tx, hash_of(4), two.id, 300), 0);
    CHECK_INT(store_pairing_sweep(tx, 200, 10, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(store_pairing_take(tx, hash_of(4), 200, taken), 0);
}

STORE_TEST(a_token_finds_device_and_driver)
{
    struct store_driver driver = add_driver(tx, 1), driver_got;
    struct store_device device = {.name = "Pixel", .created_at = 4}, device_got;
    struct store_devices devices;
    help_id(ID_DEVICE, 1, device.id);
    memcpy(device.driver_id, driver.id, ID_ROOM);
    memcpy(device.token_hash, hash_of(1), STORE_HASH);
    CHECK_INT(store_device_insert(tx, &device), 0);
    CHECK_INT(store_device_insert(tx, &device), STORE_EXISTS);
    CHECK_INT(store_device_by_token(tx, hash_of(2), arena, &device_got, &driver_got),
              STORE_NOT_FOUND);
    CHECK_INT(store_device_by_token(tx, hash_of(1), arena, &device_got, &driver_got), 0);
    CHECK_STR(device_got.id, device.id);
    CHECK_STR(device_got.name, "Pixel");
    CHECK_STR(driver_got.id, driver.id);
    CHECK_STR(driver_got.shipper_id, driver.shipper_id);
    CHECK_INT(device_got.revoked_at, 0);
    CHECK_INT(store_device_revoke(tx, device.id, 77), 0);
    CHECK_INT(store_device_revoke(tx, device.id, 78), STORE_NOT_FOUND);
    CHECK_INT(store_driver_disable(tx, driver.id, 66), 0);
    CHECK_INT(store_device_by_token(tx, hash_of(1), arena, &device_got, &driver_got), 0);
    CHECK_INT(device_got.revoked_at, 77); /* found, so that its uploads get a signed refusal */
    CHECK_INT(driver_got.disabled_at, 66);
    CHECK_INT(store_device_list(tx, driver.id, arena, &devices), 0);
    CHECK_INT(devices.count, 1);
}

STORE_TEST(drivers_are_listed_newest_first)
{
    char shipper[ID_ROOM];
    struct store_drivers list;
    for (unsigned n = 1; n <= 5; n++)
        add_driver(tx, n);
    struct store_page page = {.limit = 3};
    CHECK_INT(store_driver_list(tx, help_id(ID_SHIPPER, 1, shipper), &page, arena, &list), 0);
    CHECK(list.count == 3 && list.more);
    page.after = list.items[2].id;
    CHECK_INT(store_driver_list(tx, shipper, &page, arena, &list), 0);
    CHECK(list.count == 2 && !list.more);
    CHECK_INT(store_driver_list(tx, help_id(ID_SHIPPER, 2, shipper), &page, arena, &list), 0);
    CHECK_INT(list.count, 0);
}

/* --- recipients ------------------------------------------------------------------------------ */

static struct store_account add_account(struct db_tx *tx, unsigned n, const char *email)
{
    struct store_account account = {.email = email, .created_at = 8};
    help_id(ID_ACCOUNT, n, account.id);
    CHECK_INT(store_account_insert(tx, &account), 0);
    return account;
}

STORE_TEST(an_account_is_one_for_an_email)
{
    struct store_account account = add_account(tx, 1, "ada@example.org"), again = account, got;
    help_id(ID_ACCOUNT, 2, again.id);
    CHECK_INT(store_account_insert(tx, &again), STORE_EXISTS);
    CHECK_INT(store_account_set_consent(tx, account.id, CONSENT_REFUSED), 0);
    CHECK_INT(store_account_by_email(tx, "ada@example.org", arena, &got), 0);
    CHECK_STR(got.id, account.id);
    CHECK_INT(got.consent, CONSENT_REFUSED);
    CHECK_INT(store_account_by_email(tx, "Ada@example.org", arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_account_set_consent(tx, again.id, CONSENT_REFUSED), STORE_NOT_FOUND);
}

STORE_TEST(the_policys_facts_hold_the_accounts_word)
{
    struct store_account account = add_account(tx, 1, "ada@example.org");
    struct shipper shipper = add_shipper(tx, 1);
    struct delivery delivery = help_delivery(1);
    struct policy_facts facts;
    delivery.confidential = CONFIDENTIAL_REGISTRY;
    CHECK_INT(store_account_set_consent(tx, account.id, CONSENT_REFUSED), 0);
    CHECK_INT(store_policy_facts(tx, &delivery, &shipper, arena, &facts), 0);
    CHECK_INT(facts.account_consent, CONSENT_REFUSED);
    CHECK_INT(facts.confidential, CONFIDENTIAL_REGISTRY);
    CHECK_INT(facts.confidential_photos, CONFIDENTIAL_DO_NOT_TAKE);
    delivery.recipient_email = "stranger@example.org";
    CHECK_INT(store_policy_facts(tx, &delivery, &shipper, arena, &facts), 0);
    CHECK_INT(facts.account_consent, CONSENT_UNSET);
}

STORE_TEST(a_recipients_facts_come_newest_first_and_without_what_was_written)
{
    struct shipper shipper = add_shipper(tx, 1);
    struct delivery delivery[3];
    struct store_facts page;
    for (int i = 0; i < 3; i++) {
        delivery[i] = help_delivery(i + 1);
        memcpy(delivery[i].shipper_id, shipper.id, ID_ROOM);
        delivery[i].recipient_email = i == 1 ? "eve@example.org" : "ada@example.org";
        delivery[i].reference = NULL;
        delivery[i].confidential = CONFIDENTIAL_PROTECTED;
        delivery[i].state = DELIVERY_DELIVERED;
        delivery[i].photo_state = PHOTO_EXPECTED;
        delivery[i].photo_want = WANT_OPTIONAL;
        delivery[i].consent = CONSENT_ALLOWED;
        CHECK_INT(store_delivery_insert(tx, &delivery[i]), 0);
    }
    struct store_page first = {.limit = 1};
    CHECK_INT(store_policy_of_recipient(tx, "ada@example.org", &first, arena, &page), 0);
    CHECK_INT(page.count, 1);
    CHECK(page.more);
    CHECK_STR(page.items[0].delivery_id, delivery[2].id);
    struct store_page next = {page.items[0].delivery_id, 10};
    CHECK_INT(store_policy_of_recipient(tx, "ada@example.org", &next, arena, &page), 0);
    CHECK_INT(page.count, 1);
    CHECK(!page.more);
    CHECK_STR(page.items[0].delivery_id, delivery[0].id);
    struct policy_facts want, got = page.items[0].facts;
    CHECK_INT(store_policy_facts(tx, &delivery[0], &shipper, arena, &want), 0);
    CHECK(memcmp(&got, &want, sizeof got) == 0);
    CHECK_INT(store_policy_of_recipient(tx, "bob@example.org", &first, arena, &page), 0);
    CHECK_INT(page.count, 0);
}

static enum store_code_answer try_code(struct db_tx *tx, int byte, int64_t now)
{
    enum store_code_answer answer = STORE_CODE_NONE;
    CHECK_INT(store_code_try(tx, "ada@example.org", hash_of(byte), now, &answer), 0);
    return answer;
}

static void put_code(struct db_tx *tx, int byte, int tries)
{
    struct store_code code = {
        .email = "ada@example.org", .created_at = 1, .expires_at = 100, .tries_left = tries};
    memcpy(code.mac, hash_of(byte), STORE_HASH);
    CHECK_INT(store_code_put(tx, &code), 0);
}

STORE_TEST(a_code_signs_in_once)
{
    CHECK_INT(try_code(tx, 1, 50), STORE_CODE_NONE);
    put_code(tx, 1, 5);
    CHECK_INT(try_code(tx, 2, 50), STORE_CODE_WRONG);
    CHECK_INT(try_code(tx, 1, 50), STORE_CODE_RIGHT);
    CHECK_INT(try_code(tx, 1, 50), STORE_CODE_NONE);
}

STORE_TEST(a_code_runs_out_of_tries_and_time)
{
    int deleted = -1;
    put_code(tx, 1, 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(try_code(tx, 2, 50), STORE_CODE_WRONG);
    CHECK_INT(try_code(tx, 1, 50), STORE_CODE_NONE); /* the right one comes too late */
    put_code(tx, 3, 3);                              /* a new one counts anew */
    CHECK_INT(try_code(tx, 3, 100), STORE_CODE_NONE);
    CHECK_INT(store_code_sweep(tx, 99, 10, &deleted), 0);
    CHECK_INT(deleted, 0);
    CHECK_INT(store_code_sweep(tx, 100, 10, &deleted), 0);
    CHECK_INT(deleted, 1);
}

static void add_session(struct db_tx *tx, int byte, enum session_kind kind, const char *subject)
{
    struct store_session session = {
        .kind = kind, .created_at = 1, .seen_at = 2, .expires_at = 100 + byte};
    memcpy(session.token_hash, hash_of(byte), STORE_HASH);
    memcpy(session.subject_id, subject, ID_ROOM);
    CHECK_INT(store_session_insert(tx, &session), 0);
    CHECK_INT(store_session_insert(tx, &session), STORE_EXISTS);
}

STORE_TEST(a_session_lasts_until_it_ends)
{
    struct store_account account = add_account(tx, 1, "ada@example.org");
    struct store_session got;
    int deleted = -1;
    for (int i = 1; i <= 4; i++)
        add_session(tx, i, SESSION_RECIPIENT, account.id);
    CHECK_INT(store_session_get(tx, hash_of(1), 100, &got), 0);
    CHECK_INT(got.kind, SESSION_RECIPIENT);
    CHECK_STR(got.subject_id, account.id);
    CHECK_INT(store_session_get(tx, hash_of(1), 101, &got), STORE_NOT_FOUND);
    CHECK_INT(store_session_touch(tx, hash_of(1), 90, 500), 0);
    CHECK_INT(store_session_get(tx, hash_of(1), 101, &got), 0);
    CHECK_INT(got.seen_at, 90);
    CHECK_INT(store_session_delete(tx, hash_of(1)), 0);
    CHECK_INT(store_session_delete(tx, hash_of(1)), STORE_NOT_FOUND);
    CHECK_INT(store_session_sweep(tx, 103, 1, &deleted), 0);
    CHECK_INT(deleted, 1); /* bounded: 2 and 3 are due */
    CHECK_INT(store_session_sweep(tx, 103, 10, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(store_session_get(tx, hash_of(4), 50, &got), 0);
}

STORE_TEST(all_sessions_of_one_end_together)
{
    char agent[ID_ROOM];
    struct store_account account = add_account(tx, 1, "ada@example.org");
    struct store_session got;
    help_id(ID_AGENT, 1, agent); /* the same 16 bytes, another kind */
    add_session(tx, 1, SESSION_RECIPIENT, account.id);
    add_session(tx, 2, SESSION_RECIPIENT, account.id);
    add_session(tx, 3, SESSION_AGENT, agent);
    CHECK_INT(store_session_delete_all(tx, SESSION_RECIPIENT, account.id), 0);
    CHECK_INT(store_session_get(tx, hash_of(1), 50, &got), STORE_NOT_FOUND);
    CHECK_INT(store_session_get(tx, hash_of(2), 50, &got), STORE_NOT_FOUND);
    CHECK_INT(store_session_get(tx, hash_of(3), 50, &got), 0);
    CHECK_STR(got.subject_id, agent);
}

/* --- agents ---------------------------------------------------------------------------------- */

static struct store_agent add_agent(struct db_tx *tx, unsigned n)
{
    static const uint8_t secret[] = {0, 1, 2, 255};
    static char emails[8][24];
    snprintf(emails[n], sizeof emails[n], "agent%u@example.org", n);
    struct store_agent agent = {.email = emails[n],
                                .name = "Ines",
                                .role = ROLE_DISPATCHER,
                                .password_hash = "$argon2id$…",
                                .totp_secret = {secret, sizeof secret},
                                .created_at = 6};
    help_id(ID_AGENT, n, agent.id);
    static char of[2][ID_ROOM];
    help_id(ID_SHIPPER, 1, of[0]);
    help_id(ID_SHIPPER, 2, of[1]);
    agent.shippers = (struct store_agent_shippers){.count = 2, .ids = of};
    CHECK_INT(store_agent_insert(tx, &agent), 0);
    return agent;
}

STORE_TEST(an_agent_is_kept_and_changed)
{
    struct store_agent agent = add_agent(tx, 1), got;
    CHECK_INT(store_agent_insert(tx, &agent), STORE_EXISTS);
    CHECK_INT(store_agent_by_email(tx, agent.email, arena, &got), 0);
    CHECK_STR(got.id, agent.id);
    CHECK_INT(got.totp_secret.len, 4);
    CHECK(memcmp(got.totp_secret.data, agent.totp_secret.data, 4) == 0);
    agent.shippers.all = true; /* from now on for every shipper */
    agent.disabled_at = 55;
    CHECK_INT(store_agent_update(tx, &agent), 0);
    CHECK_INT(store_agent_get(tx, agent.id, arena, &got), 0);
    CHECK(got.shippers.all);
    CHECK_INT(got.shippers.count, 0);
    CHECK_INT(got.disabled_at, 55);
    CHECK_STR(got.email, agent.email);
}

STORE_TEST(an_agent_serves_the_shippers_of_a_list_and_no_other)
{
    char other[ID_ROOM];
    struct store_agent agent = add_agent(tx, 1), got;
    help_id(ID_SHIPPER, 3, other);
    CHECK_INT(store_agent_get(tx, agent.id, arena, &got), 0);
    CHECK_INT(got.shippers.count, 2);
    CHECK(store_agent_serves(&got.shippers, agent.shippers.ids[0]));
    CHECK(store_agent_serves(&got.shippers, agent.shippers.ids[1]));
    CHECK(!store_agent_serves(&got.shippers, other));
    CHECK(!store_agent_serves(&got.shippers, ""));
    agent.shippers.count = 0; /* the last one is taken away: nobody's, not everybody's */
    CHECK_INT(store_agent_update(tx, &agent), 0);
    CHECK_INT(store_agent_by_email(tx, agent.email, arena, &got), 0);
    CHECK_INT(got.shippers.count, 0);
    CHECK(!got.shippers.all);
    CHECK(!store_agent_serves(&got.shippers, other));
}

STORE_TEST(a_totp_step_is_accepted_once)
{
    struct store_agent agent = add_agent(tx, 1);
    CHECK_INT(store_agent_accept_step(tx, agent.id, 1000), 0);
    CHECK_INT(store_agent_accept_step(tx, agent.id, 1000), STORE_NOT_FOUND);
    CHECK_INT(store_agent_accept_step(tx, agent.id, 999), STORE_NOT_FOUND);
    CHECK_INT(store_agent_accept_step(tx, agent.id, 1001), 0);
}

/* A failed try at a time, three of which within 100 lock: the agent as it is then. */
static struct store_agent fail_at(struct db_tx *tx, const char *id, int64_t now,
                                  struct arena *arena)
{
    struct store_agent got = {0};
    struct store_failure failure = {.now = now, .window = 100, .most = 3};
    CHECK_INT(store_agent_count_failure(tx, id, &failure), 0);
    CHECK_INT(store_agent_get(tx, id, arena, &got), 0);
    return got;
}

STORE_TEST(failed_tries_of_an_hour_lock_an_agent)
{
    struct store_agent agent = add_agent(tx, 1), got;
    for (int i = 1; i <= 2; i++) {
        got = fail_at(tx, agent.id, 1000 + i, arena);
        CHECK_INT(got.failed_tries, i);
        CHECK_INT(got.failed_since, 1001);
        CHECK_INT(got.locked_until, 0);
    }
    got = fail_at(tx, agent.id, 1100, arena);
    CHECK_INT(got.locked_until, 1200);
    CHECK_INT(got.failed_tries, 0);
    CHECK_INT(got.failed_since, 0);
    CHECK_INT(fail_at(tx, agent.id, 1300, arena).failed_tries, 1);
    CHECK_INT(store_agent_accept_step(tx, agent.id, 5), 0);
    CHECK_INT(store_agent_get(tx, agent.id, arena, &got), 0);
    CHECK_INT(got.locked_until, 0);
    CHECK_INT(got.failed_tries, 0);
    CHECK_INT(got.failed_since, 0);
}

STORE_TEST(mistakes_that_lie_far_apart_lock_nobody)
{
    struct store_agent agent = add_agent(tx, 1), got;
    for (int64_t now = 1000; now < 2000; now += 60) { /* two in each window */
        got = fail_at(tx, agent.id, now, arena);
        CHECK_INT(got.locked_until, 0);
        CHECK(got.failed_tries <= 2);
    }
    got = fail_at(tx, agent.id, 3000, arena);
    CHECK_INT(got.failed_tries, 1);
    CHECK_INT(got.failed_since, 3000);
    CHECK_INT(fail_at(tx, agent.id, 3100, arena).failed_tries, 1); /* the window is over */
}

TAP_MAIN(TAP(a_shipper_is_kept_and_changed), TAP(an_api_key_opens_until_it_is_revoked),
         TAP(a_pairing_code_works_once), TAP(a_token_finds_device_and_driver),
         TAP(drivers_are_listed_newest_first), TAP(an_account_is_one_for_an_email),
         TAP(the_policys_facts_hold_the_accounts_word),
         TAP(a_recipients_facts_come_newest_first_and_without_what_was_written),
         TAP(a_code_signs_in_once), TAP(a_code_runs_out_of_tries_and_time),
         TAP(a_session_lasts_until_it_ends), TAP(all_sessions_of_one_end_together),
         TAP(an_agent_is_kept_and_changed),
         TAP(an_agent_serves_the_shippers_of_a_list_and_no_other),
         TAP(a_totp_step_is_accepted_once), TAP(failed_tries_of_an_hour_lock_an_agent),
         TAP(mistakes_that_lie_far_apart_lock_nobody))
