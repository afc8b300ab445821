/* SPDX-License-Identifier: Apache-2.0
 *
 * A wrong, used or old invitation gets one answer. The passkey is made and the invitation used up
 * in one transaction.
 */
#include "api/invitations.h"

#include "api/passkeys.h"
#include "api/session.h"
#include "base/clock.h"
#include "base/log.h"

int invitations_begin(struct db_tx *tx, const struct api *api, const char *agent_id, int64_t now,
                      struct invitation *out)
{
    char token[TOKEN_ROOM];
    uint8_t hash[TOKEN_HASH];
    token_new(TOKEN_INVITATION, token);
    token_hash(token, hash);
    snprintf(out->url, sizeof out->url, "%s/desk/welcome#%s", api->origin, token);
    out->expires_at = now + api->settings->auth.invitation_hours * CLOCK_HOUR;
    return store_invitation_put(tx, agent_id, hash, out->expires_at);
}

int invitations_reset(struct db_tx *tx, const struct invitations_reset *how,
                      struct store_agent *agent, struct invitation *out)
{
    const struct store_owner owner = {SESSION_AGENT, agent->id};
    agent->password_hash = how->password_hash;
    int result = store_agent_update(tx, agent);
    if (result == 0)
        result = store_passkey_delete_all(tx, owner);
    if (result == 0)
        result = store_session_delete_all(tx, SESSION_AGENT, agent->id);
    if (result == 0)
        result = invitations_begin(tx, how->api, agent->id, how->now, out);
    if (result == 0)
        log_event(LOG_INFO, "agent.reset", "agent=%s", agent->id);
    return result;
}

/* ---- the invited ---- */

static int refuse(struct answer *answer)
{
    return call_refuse(answer, &api_invitation_over, NULL);
}

/* The agent who was invited by this text. 0, CALL_REFUSE, or a fault. */
static int find_invited(struct call *call, struct db_tx *tx, const uint8_t hash[TOKEN_HASH],
                        struct store_agent *agent, struct answer *answer)
{
    char id[ID_ROOM];
    int result = store_invitation_get(tx, hash, call->now, id);
    if (result == 0)
        result = store_agent_get(tx, id, call->arena, agent);
    if (result < 0)
        return result;
    return result != 0 || agent->disabled_at != 0 ? refuse(answer) : 0;
}

static bool hash_of(const char *text, uint8_t out[TOKEN_HASH])
{
    bool is_one = text && token_is(TOKEN_INVITATION, text);
    if (is_one)
        token_hash(text, out);
    return is_one;
}

static struct challenge_scope scope_of(const struct call *call, const uint8_t hash[TOKEN_HASH])
{
    return (struct challenge_scope){
        call->api->passkey_secret, CEREMONY_INVITATION, {hash, TOKEN_HASH}};
}

static int options(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const uint8_t *hash = call->work;
    const struct store_passkeys none = {0};
    struct passkeys_site site;
    struct store_agent agent;
    char challenge[CHALLENGE_ROOM];
    int64_t minutes = call->api->settings->auth.passkey_minutes;
    int result = find_invited(call, tx, hash, &agent, answer);
    if (result != 0)
        return result;
    if (!passkeys_site(call, &site))
        return passkeys_refuse_nowhere(answer);
    const struct challenge_scope scope = scope_of(call, hash);
    const struct passkeys_person person = {{SESSION_AGENT, agent.id}, agent.email, agent.name};
    challenge_new(&scope, call->now + minutes * CLOCK_MINUTE, challenge);
    return call_ok(answer, 200, passkeys_creation(&site, &person, challenge, &none, minutes));
}

void invitations_options(struct http_request *req)
{
    struct call *call = call_of(req);
    struct fields_failure failure = {0};
    struct fields body;
    struct answer answer = {0};
    uint8_t hash[TOKEN_HASH];
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    fields_begin(&body, call->body, &failure);
    const char *text =
        fields_text(&body, "invitation", FIELDS_REQUIRED, (struct fields_length){1, TOKEN_ROOM});
    fields_end(&body);
    if (!failure.failed && !session_may_try(call))
        return;
    call->work = hash;
    if (failure.failed)
        (void)call_refuse_field(&answer, &failure);
    else if (!hash_of(text, hash))
        (void)refuse(&answer);
    else {
        call_read(call, options);
        return;
    }
    call_reply(call, 0, &answer);
}

/* ---- accepting ---- */

struct acceptance {
    uint8_t hash[TOKEN_HASH];
    struct passkeys_new made;
    struct session_begun begun;
};

static int accept(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct acceptance *acceptance = call->work;
    struct store_agent agent;
    int result = challenge_spend(tx, &acceptance->made.challenge);
    if (result == STORE_EXISTS)
        return call_refuse(answer, &api_challenge_over, NULL);
    if (result == 0)
        result = find_invited(call, tx, acceptance->hash, &agent, answer);
    if (result == 0)
        result = passkeys_write_new(call, tx, (struct store_owner){SESSION_AGENT, agent.id},
                                    &acceptance->made, answer);
    if (result == CALL_REFUSE)
        return CALL_COMMIT; /* the challenge is spent */
    if (result == 0)
        result = store_invitation_delete(tx, agent.id);
    answer_clear(answer);
    return result != 0 ? result : staff_session_begin(call, tx, &agent, &acceptance->begun, answer);
}

static int read_acceptance(struct call *call, struct acceptance *acceptance, struct answer *answer)
{
    struct passkeys_site site;
    const char *text = NULL;
    if (!passkeys_site(call, &site))
        return passkeys_refuse_nowhere(answer);
    int result = passkeys_read_new(call, &site, &text, &acceptance->made, answer);
    if (result != 0)
        return result;
    if (!hash_of(text, acceptance->hash))
        return refuse(answer);
    const struct challenge_scope scope = scope_of(call, acceptance->hash);
    return challenge_holds(&scope, &acceptance->made.challenge, call->now)
               ? 0
               : call_refuse(answer, &api_challenge_over, NULL);
}

void invitations_accept(struct http_request *req)
{
    struct call *call = call_of(req);
    struct acceptance acceptance = {0};
    struct answer answer = {0};
    if (!call_read_body(call, FIELDS_REQUIRED) || !session_may_try(call))
        return;
    int result = read_acceptance(call, &acceptance, &answer);
    if (result != 0) {
        call_reply(call, result < 0 ? result : 0, &answer);
        return;
    }
    call->work = &acceptance;
    result = call_perform(call, accept, &answer);
    if (result == 0 && !answer.problem)
        session_set_cookie(call, SESSION_AGENT, &acceptance.begun);
    if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
}
