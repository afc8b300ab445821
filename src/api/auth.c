/* SPDX-License-Identifier: Apache-2.0
 *
 * Nobody learns here whether an address has an account: asking for a code takes the same path and
 * gives the same answer for every address, and every wrong sign-in gets the one answer in the same
 * time.
 *
 * A try that fails must be remembered, so those operations commit although their answer is a
 * problem.
 */
#include "api/auth.h"

#include "api/agents.h"
#include "api/api.h"
#include "api/language.h"
#include "api/orders.h"
#include "api/session.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/password.h"
#include "crypto/totp.h"
#include "http/limit.h"
#include "http/stream.h"
#include "jobs/conveyor.h"
#include "jobs/mail.h"
#include "store/account.h"
#include "store/agent.h"
#include "store/leaving.h"
#include "store/passkey.h"
#include "store/subscription.h"

/* ---- common ---- */

/* What a sign-in's body says; texts are in the arena. */
struct sign_in {
    const char *email;
    const char *code;     /* without spaces and hyphens */
    const char *password; /* agents */
    struct session_begun begun;
};

/* Digits as people type them, spaces and hyphens left out. */
static const char *read_digits(struct call *call, const char *typed)
{
    char *code = arena_strdup(call->arena, typed ? typed : "");
    char *out = code;
    for (const char *at = code; at && *at; at++)
        if (*at != ' ' && *at != '-')
            *out++ = *at;
    if (code)
        *out = 0;
    return code;
}

static unsigned take_turn(struct http_limit *limit, struct span key)
{
    return limit ? http_limit_take(limit, key, clock_steady()) : 0;
}

/* ---- a code by mail ---- */

static int queue_code(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct sign_in *sign_in = call->work;
    const struct mail_to to = {sign_in->email, language_of(call->req, &call->actor), LETTER_CODE};
    int result = mail_queue(tx, &to, call->now);
    return result != 0 ? result : call_ok(answer, 202, NULL);
}

int auth_start_now(struct call *call, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct sign_in sign_in = {0};
    *answer = (struct answer){0};
    fields_begin(&body, call->body, &failure);
    sign_in.email = fields_email(&body, "email", FIELDS_REQUIRED, call->arena);
    fields_end(&body);
    if (failure.failed) {
        (void)call_refuse_field(answer, &failure);
        return 0;
    }
    if (!session_may_try(call))
        return CALL_REPLIED;
    int result = 0;
    call->work = &sign_in;
    /* A mailbox that was sent too many is left alone, and the answer is the same. */
    if (take_turn(call->api->codes,
                  (struct span){(const uint8_t *)sign_in.email, strlen(sign_in.email)}) == 0) {
        result = call_perform(call, queue_code, answer);
        if (result == 0)
            conveyor_wake(call->api->conveyor, MAIL_KIND);
    }
    if (result != 0)
        return result;
    answer->status = 202;
    answer->body =
        json_pack("{s:I}", "minutes", (json_int_t)call->api->settings->auth.code_minutes);
    return 0;
}

void auth_start(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = auth_start_now(call, &answer);
    if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
}

/* ---- the code back ---- */

/* The account of a proven address, made when it is new. */
static int need_account(struct call *call, struct db_tx *tx, const char *email,
                        struct store_account *account)
{
    int result = store_account_by_email(tx, email, call->arena, account);
    if (result == 0)
        return store_account_used(tx, account->id, call->now);
    if (result != STORE_NOT_FOUND)
        return result;
    *account = (struct store_account){.email = email, .created_at = call->now};
    id_new(ID_ACCOUNT, account->id);
    log_event(LOG_INFO, "account.made", "account=%s", account->id);
    result = store_refusal_come_back(tx, account);
    return result == 0 ? store_account_insert(tx, account) : result;
}

int auth_answer_account(struct call *call, struct db_tx *tx, const struct store_account *account,
                        struct answer *answer)
{
    struct actor before = call->actor;
    call->actor =
        (struct actor){.kind = WHO_RECIPIENT, .email = account->email, .consent = account->consent};
    memcpy(call->actor.id, account->id, ID_ROOM);
    int result = orders_op_me(call, tx, answer);
    call->actor = before;
    return result;
}

static int verify(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct sign_in *sign_in = call->work;
    struct store_account account;
    enum store_code_answer code_answer;
    uint8_t mac[32];
    mail_code_mac(call->api->code_secret, sign_in->email, sign_in->code, mac);
    int result = store_code_try(tx, sign_in->email, mac, call->now, &code_answer);
    if (result != 0)
        return result;
    if (code_answer != STORE_CODE_RIGHT) {
        (void)call_refuse(answer, &api_bad_code, NULL);
        snprintf(answer->field, sizeof answer->field, "code");
        snprintf(answer->detail, sizeof answer->detail,
                 MSG("Ask for a new code if this one does not work."));
        return CALL_COMMIT; /* the try counts */
    }
    result = need_account(call, tx, sign_in->email, &account);
    if (result == 0)
        result = session_begin(call, tx, SESSION_RECIPIENT, account.id, &sign_in->begun);
    if (result != 0)
        return result;
    http_note(call->req, "account=%s", account.id);
    return auth_answer_account(call, tx, &account, answer);
}

int auth_verify_now(struct call *call, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct sign_in sign_in = {0};
    *answer = (struct answer){0};
    fields_begin(&body, call->body, &failure);
    sign_in.email = fields_email(&body, "email", FIELDS_REQUIRED, call->arena);
    sign_in.code = read_digits(
        call, fields_text(&body, "code", FIELDS_REQUIRED, (struct fields_length){1, 40}));
    fields_end(&body);
    if (failure.failed) {
        (void)call_refuse_field(answer, &failure);
        return 0;
    }
    call->work = &sign_in;
    int result = call_perform(call, verify, answer);
    if (result == 0 && !answer->problem)
        session_set_cookie(call, SESSION_RECIPIENT, &sign_in.begun);
    return result;
}

void auth_verify(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = auth_verify_now(call, &answer);
    if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
}

/* ---- out ---- */

static int end_session(struct call *call, struct db_tx *tx, struct answer *answer)
{
    int result = store_session_delete(tx, call->actor.credential);
    if (result >= 0) /* who signs out of a browser is not told there any more */
        result = store_subscription_delete_of_session(tx, call->actor.credential);
    return result < 0 ? result : call_ok(answer, 204, NULL);
}

int auth_sign_out_now(struct call *call, const char *cookie)
{
    struct answer answer;
    int result = call_perform(call, end_session, &answer);
    if (result == 0) {
        http_clear_cookie(call->req, cookie);
        http_streams_end(call->api->streams, call->actor.credential);
    }
    answer_clear(&answer);
    return result;
}

static void sign_out(struct http_request *req, const char *cookie)
{
    struct call *call = call_of(req);
    int result = auth_sign_out_now(call, cookie);
    if (result < 0)
        http_fault(req, result);
    else if (result != CALL_REPLIED)
        http_reply_empty(req, 204);
}

void auth_sign_out(struct http_request *req)
{
    sign_out(req, COOKIE_RECIPIENT);
}

void auth_desk_sign_out(struct http_request *req)
{
    sign_out(req, COOKIE_AGENT);
}

/* ---- agents ---- */

/* The agent as found before the slow part; zero when there is none. */
struct agent_sign_in {
    struct sign_in sign_in;
    struct store_agent agent;
    bool found;
    bool right_password;
};

static int find_agent(struct call *call, struct agent_sign_in *found)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_agent_by_email(tx, found->sign_in.email, call->arena, &found->agent);
    found->found =
        result == 0 && found->agent.disabled_at == 0 && found->agent.locked_until <= call->now;
    return result < 0 ? result : 0;
}

/* 0 when the authenticator's code is right and new, TOTP_WRONG or TOTP_SPENT, or a fault. */
static int check_totp(struct call *call, const struct agent_sign_in *found, uint64_t *step_out)
{
    uint8_t secret[TOTP_SECRET];
    const struct store_agent *agent = &found->agent;
    int result = agents_open(call->api->totp_secret, agent->id, agent->totp_secret, secret);
    if (result != 0)
        return result;
    result = totp_check((struct span){secret, sizeof secret}, found->sign_in.code, call->now,
                        (uint64_t)agent->totp_step, step_out);
    crypto_wipe(secret, sizeof secret);
    return result;
}

static int refuse_agent(struct call *call, struct db_tx *tx, const struct agent_sign_in *found,
                        struct answer *answer)
{
    struct store_failure failure = {
        .now = call->now,
        .window = CLOCK_HOUR,
        .most = (int)call->api->settings->auth.password_tries_per_hour,
    };
    int result = found->found ? store_agent_count_failure(tx, found->agent.id, &failure) : 0;
    (void)call_refuse(answer, &api_bad_sign_in, NULL);
    return result < 0 ? result : CALL_COMMIT;
}

static int admit_agent(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct agent_sign_in *found = call->work;
    uint64_t step = 0;
    int passkeys = 0, result = 0;
    if (!found->found || !found->right_password || !call->api->settings->auth.desk_passwords)
        return refuse_agent(call, tx, found, answer);
    /* Whoever has a passkey signs in with it: a password can be phished, and would undo it. */
    result =
        store_passkey_count(tx, (struct store_owner){SESSION_AGENT, found->agent.id}, &passkeys);
    if (result == 0 && passkeys > 0)
        return refuse_agent(call, tx, found, answer);
    if (result == 0)
        result = check_totp(call, found, &step);
    if (result == 0)
        result = store_agent_accept_step(tx, found->agent.id, (int64_t)step);
    if (result < 0)
        return result;
    if (result != 0)
        return refuse_agent(call, tx, found, answer);
    return staff_session_begin(call, tx, &found->agent, &found->sign_in.begun, answer);
}

/* A page's form calls the second factor `code`. */
static bool read_agent(struct call *call, struct sign_in *sign_in, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    const char *factor = json_object_get(call->body, "code") ? "code" : "totp";
    fields_begin(&body, call->body, &failure);
    sign_in->email = fields_email(&body, "email", FIELDS_REQUIRED, call->arena);
    sign_in->password = fields_lines(&body, "password", FIELDS_REQUIRED,
                                     (struct fields_length){1, PASSWORD_CEILING});
    sign_in->code = read_digits(
        call, fields_text(&body, factor, FIELDS_REQUIRED, (struct fields_length){1, 40}));
    fields_end(&body);
    return !failure.failed || call_refuse_field(answer, &failure) == 0;
}

int auth_desk_sign_in_now(struct call *call, struct answer *answer)
{
    struct agent_sign_in found = {0};
    *answer = (struct answer){0};
    if (!read_agent(call, &found.sign_in, answer))
        return 0;
    if (!session_may_try(call))
        return CALL_REPLIED;
    int result = find_agent(call, &found);
    if (result != 0)
        return result;
    /* The slow part, outside any transaction, and the same for an address that nobody has. */
    result = password_check(found.sign_in.password, found.found ? found.agent.password_hash : NULL);
    if (result < 0)
        return result;
    found.right_password = result == 0;
    call->work = &found;
    result = call_perform(call, admit_agent, answer);
    if (result == 0 && !answer->problem)
        session_set_cookie(call, SESSION_AGENT, &found.sign_in.begun);
    return result;
}

void auth_desk_sign_in(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = auth_desk_sign_in_now(call, &answer);
    if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
}
