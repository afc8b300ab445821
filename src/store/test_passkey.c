/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys: a credential is one person's, a challenge is answered once, an invitation works for one
 * agent and for a while.
 */
#include "store/agent.h"
#include "store/passkey.h"
#include "store/test_help.h"

static struct store_passkey make(unsigned n, enum session_kind kind, unsigned subject)
{
    static uint8_t credentials[16][4];
    struct store_passkey passkey = {.kind = kind,
                                    .algorithm = -7,
                                    .public_key = {(const uint8_t *)"key", 3},
                                    .counter = UINT32_MAX,
                                    .backup_eligible = true,
                                    .name = "My phone",
                                    .created_at = 1000 + n};
    memset(credentials[n], (int)n, 4);
    passkey.credential = (struct span){credentials[n], 4};
    help_id(ID_PASSKEY, n, passkey.id);
    help_id(kind == SESSION_AGENT ? ID_AGENT : ID_ACCOUNT, subject, passkey.subject_id);
    return passkey;
}

STORE_TEST(what_was_made_reads_back_and_moves_on)
{
    struct store_passkey put = make(1, SESSION_AGENT, 1), got;
    CHECK_INT(store_passkey_insert(tx, &put), 0);
    CHECK_INT(store_passkey_by_credential(tx, put.credential, arena, &got), 0);
    CHECK_STR(got.id, put.id);
    CHECK_STR(got.subject_id, put.subject_id);
    CHECK_INT(got.kind, SESSION_AGENT);
    CHECK_INT(got.algorithm, -7);
    CHECK_INT(got.counter, UINT32_MAX);
    CHECK(got.backup_eligible && !got.backed_up);
    CHECK_INT(got.used_at, 0);
    got.counter = 5;
    got.backed_up = true;
    got.used_at = 77;
    got.doubted_at = 78;
    CHECK_INT(store_passkey_update(tx, &got), 0);
    CHECK_INT(store_passkey_get(tx, put.id, arena, &got), 0);
    CHECK_INT(got.counter, 5);
    CHECK(got.backed_up);
    CHECK_INT(got.used_at, 77);
    CHECK_INT(got.doubted_at, 78);
    CHECK_INT(store_passkey_delete(tx, put.id), 0);
    CHECK_INT(store_passkey_delete(tx, put.id), STORE_NOT_FOUND);
    CHECK_INT(store_passkey_by_credential(tx, put.credential, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(a_credential_is_one_persons)
{
    struct store_passkey first = make(1, SESSION_AGENT, 1), second = make(2, SESSION_RECIPIENT, 1);
    second.credential = first.credential;
    CHECK_INT(store_passkey_insert(tx, &first), 0);
    CHECK_INT(store_passkey_insert(tx, &second), STORE_EXISTS);
}

STORE_TEST(people_have_their_own_and_no_others)
{
    struct store_passkeys list;
    struct store_passkey passkey;
    const struct {
        enum session_kind kind;
        unsigned subject;
    } whose[] = {
        {SESSION_AGENT, 1}, {SESSION_AGENT, 2}, {SESSION_RECIPIENT, 1}, {SESSION_AGENT, 1}};
    int count = 0;
    for (unsigned i = 0; i < ARRAY_LEN(whose); i++) {
        passkey = make(i, whose[i].kind, whose[i].subject);
        CHECK_INT(store_passkey_insert(tx, &passkey), 0);
    }
    const struct store_owner owner = {SESSION_AGENT, passkey.subject_id};
    CHECK_INT(store_passkey_list(tx, owner, arena, &list), 0);
    CHECK_INT(list.count, 2);
    CHECK_INT(store_passkey_count(tx, owner, &count), 0);
    CHECK_INT(count, 2);
    CHECK_INT(store_passkey_delete_all(tx, owner), 0);
    CHECK_INT(store_passkey_delete_all(tx, owner), 0);
    CHECK_INT(store_passkey_count(tx, owner, &count), 0);
    CHECK_INT(count, 0);
    passkey = make(1, SESSION_AGENT, 2);
    CHECK_INT(store_passkey_get(tx, passkey.id, arena, &passkey), 0);
}

STORE_TEST(a_challenge_is_answered_once_and_forgotten_in_time)
{
    uint8_t hash[STORE_HASH] = {1};
    int deleted = 0;
    CHECK_INT(store_challenge_spend(tx, hash, 100), 0);
    CHECK_INT(store_challenge_spend(tx, hash, 100), STORE_EXISTS);
    CHECK_INT(store_challenge_sweep(tx, 99, 10, &deleted), 0);
    CHECK_INT(deleted, 0);
    CHECK_INT(store_challenge_sweep(tx, 100, 10, &deleted), 0);
    CHECK_INT(deleted, 1);
}

STORE_TEST(an_invitation_is_the_newest_one_and_ends)
{
    char agent[ID_ROOM], got[ID_ROOM];
    uint8_t first[STORE_HASH] = {1}, second[STORE_HASH] = {2};
    int64_t until = 0;
    int deleted = 0;
    help_id(ID_AGENT, 1, agent);
    CHECK_INT(store_invitation_put(tx, agent, first, 100), 0);
    CHECK_INT(store_invitation_put(tx, agent, second, 200), 0);
    CHECK_INT(store_invitation_get(tx, first, 50, got), STORE_NOT_FOUND);
    CHECK_INT(store_invitation_get(tx, second, 199, got), 0);
    CHECK_STR(got, agent);
    CHECK_INT(store_invitation_of_agent(tx, agent, 199, &until), 0);
    CHECK_INT(until, 200);
    CHECK_INT(store_invitation_get(tx, second, 200, got), STORE_NOT_FOUND);
    CHECK_INT(store_invitation_of_agent(tx, agent, 200, &until), 0);
    CHECK_INT(until, 0);
    CHECK_INT(store_invitation_sweep(tx, 200, 10, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(store_invitation_put(tx, agent, first, 300), 0);
    CHECK_INT(store_invitation_delete(tx, agent), 0);
    CHECK_INT(store_invitation_delete(tx, agent), 0);
    CHECK_INT(store_invitation_get(tx, first, 1, got), STORE_NOT_FOUND);
}

STORE_TEST(agents_are_listed_page_by_page)
{
    struct store_agents page;
    for (unsigned i = 1; i <= 3; i++) {
        struct store_agent agent = {.name = "Kim", .role = ROLE_AGENT, .created_at = i};
        char email[32];
        snprintf(email, sizeof email, "kim%u@example.org", i);
        agent.email = email;
        agent.shippers.all = true;
        help_id(ID_AGENT, i, agent.id);
        CHECK_INT(store_agent_insert(tx, &agent), 0);
    }
    CHECK_INT(store_agent_list(tx, &(struct store_page){NULL, 2}, arena, &page), 0);
    CHECK_INT(page.count, 2);
    CHECK(page.more && page.items[0].shippers.all);
    CHECK_INT(store_agent_list(tx, &(struct store_page){page.items[1].id, 2}, arena, &page), 0);
    CHECK_INT(page.count, 1);
    CHECK_STR(page.items[0].email, "kim3@example.org");
    CHECK(!page.more);
}

TAP_MAIN(TAP(what_was_made_reads_back_and_moves_on), TAP(a_credential_is_one_persons),
         TAP(people_have_their_own_and_no_others),
         TAP(a_challenge_is_answered_once_and_forgotten_in_time),
         TAP(an_invitation_is_the_newest_one_and_ends), TAP(agents_are_listed_page_by_page))
