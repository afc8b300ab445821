/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing in with a passkey. A credential that nobody has is checked against a key that nobody has,
 * so that it takes as long; and whatever was wrong, the answer is the same, and the challenge is
 * spent.
 */
#include <errno.h>

#include "api/api.h"
#include "api/auth.h"
#include "api/passkeys.h"
#include "api/session.h"
#include "base/clock.h"
#include "base/log.h"

/* ---- options ---- */

static void reply_options(struct http_request *req, enum ceremony ceremony)
{
    struct call *call = call_of(req);
    struct passkeys_site site;
    struct answer answer = {0};
    char challenge[CHALLENGE_ROOM];
    int64_t minutes = call->api->settings->auth.passkey_minutes;
    const struct challenge_scope scope = {call->api->passkey_secret, ceremony, {NULL, 0}};
    if (passkeys_site(call, &site)) {
        challenge_new(&scope, call->now + minutes * CLOCK_MINUTE, challenge);
        (void)call_ok(&answer, 200,
                      json_pack("{s:s, s:s, s:I, s:s, s:[]}", "challenge", challenge, "rpId",
                                site.rp_id, "timeout", (json_int_t)minutes * CLOCK_MINUTE,
                                "userVerification", "required", "allowCredentials"));
    } else {
        (void)passkeys_refuse_nowhere(&answer);
    }
    call_reply(call, 0, &answer);
}

void passkeys_sign_in_options(struct http_request *req)
{
    reply_options(req, CEREMONY_SIGN_IN);
}

void passkeys_desk_options(struct http_request *req)
{
    reply_options(req, CEREMONY_DESK);
}

/* ---- the answer ---- */

/* A sign-in on its way. */
struct attempt {
    enum session_kind kind;
    struct span id, user_handle;
    struct webauthn_assertion assertion;
    struct webauthn_challenge challenge;
    struct webauthn_state state;
    struct store_passkey passkey; /* as it was before the slow part */
    bool right;                   /* signed by it, for its owner */
    struct session_begun begun;
};

static int read_attempt(struct call *call, struct attempt *attempt, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body, credential, response;
    struct webauthn_assertion *assertion = &attempt->assertion;
    fields_begin(&body, call->body, &failure);
    passkeys_credential(call, &body, &credential, &response);
    attempt->id = passkeys_bytes(call, &credential, "id", FIELDS_REQUIRED, WEBAUTHN_ID);
    assertion->client =
        passkeys_bytes(call, &response, "clientDataJSON", FIELDS_REQUIRED, WEBAUTHN_CLIENT);
    assertion->authenticator =
        passkeys_bytes(call, &response, "authenticatorData", FIELDS_REQUIRED, WEBAUTHN_AUTH);
    assertion->signature =
        passkeys_bytes(call, &response, "signature", FIELDS_REQUIRED, WEBAUTHN_SIGNATURE);
    attempt->user_handle =
        passkeys_bytes(call, &response, "userHandle", FIELDS_OPTIONAL, WEBAUTHN_USER_HANDLE);
    fields_end(&response);
    fields_end(&credential);
    fields_end(&body);
    return failure.failed ? call_refuse_field(answer, &failure) : 0;
}

/* The key of nobody: the generator of P-256 (SEC 2 §2.4.2). */
static const struct webauthn_key nobody = {
    WEBAUTHN_ES256,
    {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63,
     0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
     0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
     0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
     0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5},
    64};

/* 0 or a fault; attempt->passkey.id is "" when nobody has the credential. */
static int find_passkey(struct call *call, struct attempt *attempt, struct webauthn_key *key)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_passkey *passkey = &attempt->passkey;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_passkey_by_credential(tx, attempt->id, call->arena, passkey);
    if (result < 0)
        return result;
    if (result != 0 || passkey->kind != attempt->kind) {
        *passkey = (struct store_passkey){0};
        *key = nobody;
        return 0;
    }
    if (passkey->public_key.len > sizeof key->bytes)
        return log_fault("passkey.read", -EBADMSG, "passkey=%s", passkey->id);
    key->algorithm = passkey->algorithm;
    key->len = passkey->public_key.len;
    memcpy(key->bytes, passkey->public_key.data, key->len);
    return 0;
}

/* Is it signed by its passkey, for the person that the passkey is of? 0 or a fault. */
static int check_attempt(struct call *call, const struct passkeys_site *site,
                         struct attempt *attempt)
{
    uint8_t handle[PASSKEYS_HANDLE];
    struct webauthn_key key;
    int result = find_passkey(call, attempt, &key);
    if (result != 0)
        return result;
    result = webauthn_check(&site->site, &key, &attempt->assertion, &attempt->state);
    const struct store_owner owner = {attempt->kind, attempt->passkey.subject_id};
    attempt->right = result == 0 && attempt->passkey.id[0] && passkeys_handle(owner, handle) &&
                     attempt->user_handle.len == sizeof handle &&
                     memcmp(attempt->user_handle.data, handle, sizeof handle) == 0;
    return result < 0 ? result : 0;
}

static int refuse_attempt(struct answer *answer)
{
    (void)call_refuse(answer, &api_bad_sign_in, NULL);
    return CALL_COMMIT; /* the challenge is spent */
}

/* Somebody else may have a copy of it: nobody comes in, and administrators see it. */
static int doubt(struct call *call, struct db_tx *tx, struct store_passkey *passkey,
                 struct answer *answer)
{
    log_event(LOG_WARN, "passkey.counter_back", "passkey=%s %s=%s", passkey->id,
              passkey->kind == SESSION_AGENT ? "agent" : "account", passkey->subject_id);
    passkey->doubted_at = call->now;
    int result = store_passkey_update(tx, passkey);
    return result < 0 ? result : refuse_attempt(answer);
}

static int begin_session(struct call *call, struct db_tx *tx, struct attempt *attempt,
                         struct answer *answer)
{
    const char *id = attempt->passkey.subject_id;
    struct store_agent agent;
    struct store_account account;
    int result;
    if (attempt->kind == SESSION_AGENT) {
        result = store_agent_get(tx, id, call->arena, &agent);
        if (result > 0 || (result == 0 && agent.disabled_at != 0))
            return refuse_attempt(answer);
        return result < 0 ? result : staff_session_begin(call, tx, &agent, &attempt->begun, answer);
    }
    result = store_account_get(tx, id, call->arena, &account);
    if (result > 0)
        return refuse_attempt(answer);
    if (result == 0)
        result = session_begin(call, tx, SESSION_RECIPIENT, id, &attempt->begun);
    if (result != 0)
        return result;
    http_note(call->req, "account=%s", id);
    return auth_answer_account(call, tx, &account, answer);
}

static int admit_attempt(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct attempt *attempt = call->work;
    struct store_passkey passkey;
    int result = challenge_spend(tx, &attempt->challenge);
    if (result < 0)
        return result;
    if (result == STORE_EXISTS || !attempt->right)
        return refuse_attempt(answer);
    result = store_passkey_get(tx, attempt->passkey.id, call->arena, &passkey);
    if (result != 0) /* removed meanwhile */
        return result < 0 ? result : refuse_attempt(answer);
    if (!webauthn_counts_on(passkey.counter, attempt->state.counter))
        return doubt(call, tx, &passkey, answer);
    /* What can be copied is so from its making on (level 3 §7.2). */
    if (passkey.backup_eligible != attempt->state.backup_eligible)
        return refuse_attempt(answer);
    passkey.counter = attempt->state.counter;
    passkey.backed_up = attempt->state.backed_up;
    passkey.used_at = call->now;
    result = begin_session(call, tx, attempt, answer);
    if (result == 0 && !answer->problem)
        result = store_passkey_update(tx, &passkey);
    return result;
}

static int sign_in(struct call *call, enum ceremony ceremony, struct attempt *attempt,
                   struct answer *answer)
{
    struct passkeys_site site;
    const struct challenge_scope scope = {call->api->passkey_secret, ceremony, {NULL, 0}};
    int result = read_attempt(call, attempt, answer);
    if (result != 0)
        return result < 0 ? result : 0;
    if (!session_may_try(call))
        return CALL_REPLIED;
    if (!passkeys_site(call, &site)) {
        (void)passkeys_refuse_nowhere(answer);
        return 0;
    }
    result = webauthn_read_client(attempt->assertion.client, WEBAUTHN_GET, &site.site,
                                  &attempt->challenge);
    if (result != 0 || !challenge_holds(&scope, &attempt->challenge, call->now)) {
        (void)refuse_attempt(answer);
        return 0;
    }
    result = check_attempt(call, &site, attempt);
    if (result != 0)
        return result;
    call->work = attempt;
    result = call_perform(call, admit_attempt, answer);
    if (result == 0 && !answer->problem)
        session_set_cookie(call, attempt->kind, &attempt->begun);
    return result;
}

static void reply_sign_in(struct http_request *req, enum ceremony ceremony, enum session_kind kind)
{
    struct call *call = call_of(req);
    struct attempt attempt = {.kind = kind};
    struct answer answer = {0};
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = sign_in(call, ceremony, &attempt, &answer);
    if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
}

void passkeys_sign_in(struct http_request *req)
{
    reply_sign_in(req, CEREMONY_SIGN_IN, SESSION_RECIPIENT);
}

void passkeys_desk_sign_in(struct http_request *req)
{
    reply_sign_in(req, CEREMONY_DESK, SESSION_AGENT);
}
