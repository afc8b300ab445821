/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered between the form and the way back (state, nonce, verifier, time) is in a
 * cookie, sealed: nothing grows here by sign-ins that somebody begins, and the answer counts in the
 * browser that began it only, so nobody can be signed in as somebody else by a link. A cookie is
 * SameSite=Lax, which is sent along when the provider sends the browser back. Each state comes back
 * once: that is written down before the provider is asked, and kept for as long as its cookie is
 * good.
 */
#include "api/oidc.h"

#include <errno.h>

#include "api/api.h"
#include "api/faces.h"
#include "api/oidc_agent.h"
#include "api/page.h"
#include "api/session.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "oidc/provider.h"
#include "store/identity.h"

#define COOKIE_UNDER_WAY "__Host-porchlight-oidc"
#define CALLBACK_PATH    "/desk/oidc/callback"

enum {
    STATE = 16,
    NONCE = 16,
    VERIFIER = 32,
    SALT = 16,
    PLAIN = 8 + STATE + NONCE + VERIFIER,
    SEALED = SALT + PLAIN + AEAD_TAG,
    REDIRECT_ROOM = 256,
    ADDRESS_CEILING = 4096,
    CODE_MOST = 4096,
    ORIGINS_ROOM = 640,
};

/* A sign-in under way: the bytes, and their texts. */
struct under_way {
    uint8_t plain[PLAIN]; /* when it began, in milliseconds; state, nonce, verifier */
    int64_t started_at;
    char state[BASE64_ROOM(STATE)], nonce[BASE64_ROOM(NONCE)], verifier[BASE64_ROOM(VERIFIER)];
};

static void read_plain(struct under_way *way)
{
    way->started_at = 0;
    for (int i = 0; i < 8; i++)
        way->started_at = way->started_at << 8 | way->plain[i];
    text_base64url(way->plain + 8, STATE, way->state);
    text_base64url(way->plain + 8 + STATE, NONCE, way->nonce);
    text_base64url(way->plain + 8 + STATE + NONCE, VERIFIER, way->verifier);
}

/* Its salt gives each cookie a key of its own, so the nonce may be constant. */
static const uint8_t only_nonce[AEAD_NONCE];

static void key_of(const struct call *call, const uint8_t salt[SALT], uint8_t key[AEAD_KEY])
{
    hash_hmac((struct span){call->api->provider_secret, 32}, (struct span){salt, SALT}, key);
}

static int seal(const struct call *call, const struct under_way *way, char out[BASE64_ROOM(SEALED)])
{
    uint8_t sealed[SEALED], key[AEAD_KEY];
    crypto_random(sealed, SALT);
    key_of(call, sealed, key);
    int result = aead_seal(key, only_nonce, (struct span){sealed, SALT},
                           (struct span){way->plain, PLAIN}, sealed + SALT);
    crypto_wipe(key, sizeof key);
    text_base64url(sealed, sizeof sealed, out);
    return result;
}

/* The sign-in that this browser began, if it did, and not too long ago. */
static bool open_cookie(struct call *call, struct under_way *way)
{
    uint8_t sealed[SEALED], key[AEAD_KEY];
    size_t len = 0;
    const char *text = http_cookie(call->req, COOKIE_UNDER_WAY);
    if (!text || !text_unbase64url(text, strlen(text), sealed, sizeof sealed, &len) ||
        len != sizeof sealed)
        return false;
    key_of(call, sealed, key);
    int result = aead_open(key, only_nonce, (struct span){sealed, SALT},
                           (struct span){sealed + SALT, PLAIN + AEAD_TAG}, way->plain);
    crypto_wipe(key, sizeof key);
    read_plain(way);
    int64_t most = call->api->settings->oidc.minutes * CLOCK_MINUTE;
    return result == 0 && call->now - way->started_at < most && way->started_at <= call->now;
}

static void redirect_uri(const struct call *call, char out[REDIRECT_ROOM])
{
    snprintf(out, REDIRECT_ROOM, "%s" CALLBACK_PATH, call->api->origin);
}

/* ---- the page ---- */

json_t *oidc_page(struct call *call)
{
    struct provider *provider = call->api->provider;
    int passwords = call->api->settings->auth.desk_passwords;
    char *origins = provider ? arena_alloc(call->arena, ORIGINS_ROOM) : NULL;
    if (!provider)
        return json_pack("{s:b}", "passwords", passwords);
    if (origins) {
        provider_origins(provider, origins, ORIGINS_ROOM);
        call->form_targets = origins;
    }
    return json_pack("{s:b, s:{s:o}}", "passwords", passwords, "provider", "name",
                     json_of_text(call->api->settings->oidc.name));
}

/* The sign-in page again, and why. */
static void show(struct call *call, const struct http_problem *problem, const char *message)
{
    const struct answer answer = {.problem = problem, .message = message};
    json_t *data = oidc_page(call);
    page_add_errors(call, data, &answer);
    page_reply(call, problem->status, PAGE_DESK_SIGN_IN, data);
}

static const char *const begin_again =
    MSG("This sign-in was not begun in this browser, or it took too long. Please begin again.");

/* What became of a request to the provider. */
static void show_result(struct call *call, int result)
{
    switch (result) {
    case PROVIDER_UNREACHED:
        show(call, &http_unavailable,
             MSG("Your organisation’s sign-in does not answer. Please try again in a moment."));
        return;
    case PROVIDER_BUSY:
        show(call, &http_unavailable,
             MSG("Many people are signing in right now. Please try again in a moment."));
        return;
    case PROVIDER_NO_CODE:
        show(call, &api_bad_sign_in,
             MSG("This sign-in has run out, or was used already. Please begin again."));
        return;
    case PROVIDER_BAD_TOKEN:
        show(call, &api_bad_sign_in,
             MSG("Your organisation’s sign-in gave an answer that proves nothing, so nobody was "
                 "signed in."));
        return;
    default:
        http_fault(call->req, result);
    }
}

/* ---- there ---- */

static void begin(struct call *call, struct under_way *way)
{
    crypto_random(way->plain, sizeof way->plain);
    for (int i = 0; i < 8; i++)
        way->plain[i] = (uint8_t)((uint64_t)call->now >> (56 - 8 * i));
    read_plain(way);
}

void oidc_start(struct http_request *req)
{
    struct call *call = call_of(req);
    struct under_way way;
    uint8_t digest[HASH_SHA256_LEN];
    char cookie[BASE64_ROOM(SEALED)], challenge[BASE64_ROOM(HASH_SHA256_LEN)], uri[REDIRECT_ROOM];
    AUTO_BUF struct buf address;
    buf_init(&address, ADDRESS_CEILING);
    if (!call->api->provider) {
        http_problem(req, &http_not_found, NULL);
        return;
    }
    if (!session_may_try(call))
        return;
    begin(call, &way);
    hash_sha256(HASH_TEXT(way.verifier), digest);
    text_base64url(digest, sizeof digest, challenge);
    redirect_uri(call, uri);
    int result = seal(call, &way, cookie);
    if (result == 0)
        result = provider_address(call->api->provider,
                                  &(struct provider_start){way.state, way.nonce, challenge, uri},
                                  &address);
    crypto_wipe(&way, sizeof way);
    if (result != 0) {
        show_result(call, result);
        return;
    }
    http_set_cookie(req, COOKIE_UNDER_WAY, cookie,
                    (unsigned)call->api->settings->oidc.minutes * 60);
    http_redirect(req, 303, buf_string(&address));
}

/* ---- and back ---- */

/* What the way back needs; `work` of the call. */
struct arrival {
    struct under_way way;
    struct claims_person person;
    struct session_begun begun;
    int found; /* of oidc_agent_find */
};

static int spend(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct arrival *arrival = call->work;
    uint8_t state[STORE_HASH];
    hash_sha256(HASH_TEXT(arrival->way.state), state);
    int64_t until = arrival->way.started_at + call->api->settings->oidc.minutes * CLOCK_MINUTE;
    int result = store_oidc_spend(tx, state, until, call->now);
    if (result == STORE_EXISTS)
        return call_refuse(answer, &api_bad_sign_in, NULL);
    answer->status = 204;
    return result;
}

static int sign_in(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct arrival *arrival = call->work;
    struct store_agent agent;
    arrival->found = oidc_agent_find(call, tx, &arrival->person, &agent);
    if (arrival->found < 0)
        return arrival->found;
    if (arrival->found > 0) {
        (void)call_refuse(answer, &api_bad_sign_in, NULL);
        return CALL_COMMIT; /* sessions that were ended stay so */
    }
    return staff_session_begin(call, tx, &agent, &arrival->begun, answer);
}

/* True when the query's state is the one that was given out to this browser; it is then used up. */
static bool came_from_here(struct call *call, struct arrival *arrival)
{
    const char *state = http_query(call->req, "state");
    struct answer answer = {0};
    if (!open_cookie(call, &arrival->way))
        return false;
    if (!state || strlen(state) != strlen(arrival->way.state) ||
        !text_same_secret(state, arrival->way.state, strlen(state)))
        return false;
    call->work = arrival;
    int result = call_perform(call, spend, &answer);
    bool first = result == 0 && !answer.problem;
    answer_clear(&answer);
    return first;
}

/* The provider's own refusal, in words: its code is from a closed list, its sentence is a
 * stranger's. */
static void show_refusal(struct call *call, const char *error)
{
    bool denied = strcmp(error, "access_denied") == 0;
    log_event(LOG_INFO, "oidc.refused", "what=%s", denied ? "denied" : "provider_error");
    show(call, &api_bad_sign_in,
         denied
             ? MSG("The sign-in was cancelled, or your account may not use this desk.")
             : MSG("Your organisation’s sign-in reports an error. Please try again; if it stays, "
                   "tell whoever looks after it."));
}

static void finish(struct call *call, struct arrival *arrival)
{
    struct answer answer = {0};
    int result = call_perform(call, sign_in, &answer);
    if (result == 0 && answer.problem) {
        show(
            call, answer.problem,
            arrival->found == OIDC_AGENT_UNVERIFIED
                ? MSG("Your organisation has not verified an e-mail address of yours, so we cannot "
                      "tell who you are here.")
                : MSG("You are signed in at your organisation, but there is no account for you at "
                      "this desk. Ask an administrator."));
        answer_clear(&answer);
        return;
    }
    if (result == 0)
        session_set_cookie(call, SESSION_AGENT, &arrival->begun);
    page_done(call, result, &answer, face_desk_landing(&answer), NULL);
}

static void arrive(struct call *call, struct arrival *arrival)
{
    struct provider *provider = call->api->provider;
    const char *error = http_query(call->req, "error"), *code = http_query(call->req, "code");
    char uri[REDIRECT_ROOM];
    if (!came_from_here(call, arrival)) {
        show(call, &api_bad_sign_in, begin_again);
        return;
    }
    if (!provider_is_issuer(provider, http_query(call->req, "iss"))) {
        log_event(LOG_WARN, "oidc.refused", "what=answer_issuer");
        show_result(call, PROVIDER_BAD_TOKEN);
        return;
    }
    if (error || !code || !*code || strlen(code) > CODE_MOST) {
        show_refusal(call, error ? error : "");
        return;
    }
    redirect_uri(call, uri);
    const struct provider_redeem redeem = {code, arrival->way.verifier, arrival->way.nonce, uri,
                                           arrival->way.started_at};
    int result = provider_redeem(provider, &redeem, &arrival->person);
    if (result != 0) {
        show_result(call, result);
        return;
    }
    finish(call, arrival);
    json_decref(arrival->person.groups);
}

void oidc_callback(struct http_request *req)
{
    struct call *call = call_of(req);
    struct arrival *arrival = arena_alloc(call->arena, sizeof *arrival);
    if (!call->api->provider) {
        http_problem(req, &http_not_found, NULL);
        return;
    }
    if (!arrival) {
        http_fault(req, log_fault("oidc.arrive", -ENOMEM, "request=%s", http_id(req)));
        return;
    }
    *arrival = (struct arrival){.found = 0};
    call->now = clock_now();
    http_clear_cookie(req, COOKIE_UNDER_WAY);
    arrive(call, arrival);
    crypto_wipe(&arrival->way, sizeof arrival->way);
    crypto_wipe(&arrival->begun, sizeof arrival->begun);
}
