/* SPDX-License-Identifier: Apache-2.0
 *
 * Admission: who asks, may they call this route, and how often. It runs on the network thread
 * before the body is read: one or two rows from a snapshot and a turn of the rate limit, nothing
 * more.
 */
#include "api/admit.h"

#include <errno.h>

#include "api/api.h"
#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/limit.h"
#include "jobs/touches.h"
#include "store/account.h"
#include "store/agent.h"
#include "store/driver.h"
#include "store/preference.h"
#include "store/shipper.h"

/* ---- who asks ---- */

static const char *bearer_token(struct http_request *req)
{
    const char *header = http_header(req, "Authorization");
    return header && strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

static int find_shipper(struct call *call, struct db_tx *tx)
{
    struct shipper shipper;
    int result = store_api_key_shipper(tx, call->actor.credential, call->arena, &shipper);
    if (result != 0)
        return result;
    call->actor.kind = WHO_SHIPPER;
    memcpy(call->actor.id, shipper.id, ID_ROOM);
    memcpy(call->actor.shipper_id, shipper.id, ID_ROOM);
    return 0;
}

static int find_device(struct call *call, struct db_tx *tx)
{
    struct store_device device;
    struct store_driver driver;
    int result = store_device_by_token(tx, call->actor.credential, call->arena, &device, &driver);
    if (result != 0)
        return result;
    call->actor.kind = WHO_DRIVER;
    memcpy(call->actor.id, driver.id, ID_ROOM);
    memcpy(call->actor.shipper_id, driver.shipper_id, ID_ROOM);
    memcpy(call->actor.device_id, device.id, ID_ROOM);
    call->actor.name = driver.name;
    int64_t ends = device.created_at + call->api->settings->auth.device_days * CLOCK_DAY;
    call->actor.revoked = device.revoked_at != 0 || driver.disabled_at != 0 || call->now >= ends;
    return 0;
}

static int find_account(struct call *call, struct db_tx *tx, const struct store_session *session)
{
    struct store_account account;
    struct store_reach reach;
    int result = store_account_get(tx, session->subject_id, call->arena, &account);
    if (result != 0)
        return result;
    call->actor.kind = WHO_RECIPIENT;
    memcpy(call->actor.id, account.id, ID_ROOM);
    call->actor.email = account.email;
    call->actor.consent = account.consent;
    result = store_reach_get(tx, account.id, call->arena, &reach);
    if (result == 0)
        call->actor.lang = lang_chosen(reach.language, NULL);
    return result < 0 ? result : 0;
}

static int find_agent(struct call *call, struct db_tx *tx, const struct store_session *session)
{
    struct store_agent agent;
    int result = store_agent_get(tx, session->subject_id, call->arena, &agent);
    if (result == 0 && agent.disabled_at != 0)
        result = STORE_NOT_FOUND;
    if (result != 0)
        return result;
    call->actor.kind = WHO_AGENT;
    memcpy(call->actor.id, agent.id, ID_ROOM);
    call->actor.shippers = agent.shippers;
    call->actor.email = agent.email;
    call->actor.name = agent.name;
    call->actor.role = agent.role;
    call->actor.number = agent.number;
    return 0;
}

/* A session that lay idle for too long has run out; one in use is noted, now and then. A page that
 * is open and looks by itself is nobody's use. */
static bool session_lives(struct call *call, const struct store_session *session)
{
    const struct settings *settings = call->api->settings;
    int64_t idle = session->kind == SESSION_AGENT ? settings->auth.agent_idle_minutes * CLOCK_MINUTE
                                                  : settings->auth.session_idle_days * CLOCK_DAY;
    if (call->now - session->seen_at >= idle)
        return false;
    if (!call->unattended && touches_due(session->seen_at, idle, call->now))
        touches_note(call->api->touches, session->token_hash, call->now, session->expires_at);
    return true;
}

static int find_session(struct call *call, struct db_tx *tx, enum session_kind kind)
{
    struct store_session session;
    int result = store_session_get(tx, call->actor.credential, call->now, &session);
    if (result == 0 && (session.kind != kind || !session_lives(call, &session)))
        result = STORE_NOT_FOUND;
    if (result != 0)
        return result;
    call->actor.signed_in_at = session.created_at;
    return kind == SESSION_AGENT ? find_agent(call, tx, &session)
                                 : find_account(call, tx, &session);
}

/* The credential a route asks for, when it was sent; its hash goes to the actor. */
static enum who take_credential(struct call *call, unsigned who)
{
    static const struct {
        enum who who;
        const char *cookie; /* NULL: a bearer token with this prefix */
        const char *prefix;
    } kinds[] = {{WHO_SHIPPER, NULL, TOKEN_API_KEY},
                 {WHO_DRIVER, NULL, TOKEN_DEVICE},
                 {WHO_RECIPIENT, COOKIE_RECIPIENT, ""},
                 {WHO_AGENT, COOKIE_AGENT, ""}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!(who & kinds[i].who))
            continue;
        const char *text =
            kinds[i].cookie ? http_cookie(call->req, kinds[i].cookie) : bearer_token(call->req);
        if (text && token_is(kinds[i].prefix, text)) {
            token_hash(text, call->actor.credential);
            return kinds[i].who;
        }
    }
    return WHO_ANYONE;
}

/* 0 when somebody was found, STORE_NOT_FOUND, or a fault. */
static int find_actor(struct call *call, enum who sent)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result != 0)
        return result;
    switch (sent) {
    case WHO_SHIPPER:
        return find_shipper(call, tx);
    case WHO_DRIVER:
        return find_device(call, tx);
    case WHO_RECIPIENT:
        return find_session(call, tx, SESSION_RECIPIENT);
    case WHO_AGENT:
        return find_session(call, tx, SESSION_AGENT);
    default:
        return STORE_NOT_FOUND;
    }
}

int admit_still(struct call *call, struct db_tx *tx, enum who kind)
{
    return find_session(call, tx, kind == WHO_AGENT ? SESSION_AGENT : SESSION_RECIPIENT);
}

/* ---- admission ---- */

static bool changes_something(struct http_request *req)
{
    enum http_method method = http_method(req);
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

/* A form or script of another site carries our cookie, but not our Origin. Forms of ours always
 * send it, so it is asked for even before anyone is signed in: nobody is signed in by another site
 * either. */
static bool check_origin(struct call *call, unsigned who, enum who sent)
{
    bool by_cookie = sent == WHO_RECIPIENT || sent == WHO_AGENT || (who & WHO_PAGE);
    const char *origin = http_header(call->req, "Origin");
    if (!by_cookie || !changes_something(call->req) ||
        (origin && strcmp(origin, call->api->origin) == 0))
        return true;
    http_problem(call->req, &api_bad_origin, "The Origin header must be that of this site.");
    return false;
}

static bool within_rate(struct call *call, bool known)
{
    struct http_limit *limit = call->api->requests;
    uint8_t address[16];
    struct span key = {call->actor.credential, sizeof call->actor.credential};
    if (!known) {
        http_client_key(call->req, address);
        key = (struct span){address, sizeof address};
    }
    unsigned wait = limit ? http_limit_take(limit, key, clock_steady()) : 0;
    if (wait > 0)
        http_problem_later(call->req, &http_too_many_requests, wait / 1000 + 1, NULL);
    return wait == 0;
}

static void ask_to_sign_in(struct call *call, unsigned who)
{
    if (who & WHO_PAGE) {
        http_redirect(call->req, 303, who & WHO_AGENT ? "/desk/sign-in" : "/sign-in");
        return;
    }
    if (who & (WHO_SHIPPER | WHO_DRIVER))
        http_set_header(call->req, "WWW-Authenticate", "Bearer");
    http_problem(call->req, &http_unauthorized, NULL);
}

/* Support and dispatch are kept apart: who plans rounds has no business with people's photos. */
static bool check_role(struct call *call, unsigned who)
{
    enum agent_role role = call->actor.role;
    bool wrong = call->actor.kind == WHO_AGENT &&
                 (((who & WHO_SUPPORT) && role == ROLE_DISPATCHER) ||
                  ((who & WHO_DISPATCH) && role == ROLE_AGENT) ||
                  ((who & WHO_ADMINISTRATOR) && role != ROLE_ADMINISTRATOR) ||
                  ((who & WHO_ADMINISTRATOR_OF_ALL) &&
                   (role != ROLE_ADMINISTRATOR || !call->actor.shippers.all)));
    if (wrong)
        http_problem(call->req, &api_role_needed, NULL);
    return !wrong;
}

/* True when the actor may go on to the route; false: it has replied. */
static bool check_actor(struct call *call, unsigned who, enum who sent)
{
    int result = sent ? find_actor(call, sent) : STORE_NOT_FOUND;
    if (result < 0) {
        http_fault(call->req, result);
        return false;
    }
    bool known = result == 0;
    if (!(who & WHO_UNLIMITED) && !within_rate(call, known))
        return false;
    if (!known && !(who & WHO_MAYBE)) {
        ask_to_sign_in(call, who);
        return false;
    }
    if (call->actor.revoked &&
        !(who & WHO_UNLIMITED)) { /* uploads answer a revoked device with a signed refusal */
        http_problem(call->req, &api_device_revoked, NULL);
        return false;
    }
    return check_role(call, who);
}

static struct call *call_new(struct http_request *req)
{
    struct arena *arena = http_arena(req);
    struct call *call = arena ? arena_alloc(arena, sizeof *call) : NULL;
    if (!call)
        return NULL;
    *call = (struct call){.req = req, .api = http_context(req), .arena = arena, .now = clock_now()};
    const struct http_route *route = http_route(req);
    call->unattended =
        (route && route->who & WHO_UNATTENDED) || http_header(req, HEADER_UNATTENDED);
    call->telling = (struct telling){.tell = call->api->tell, .arena = arena};
    return call;
}

void admit_visitor(struct http_request *req, struct actor *actor_out)
{
    bool desk = strncmp(http_path(req), "/desk", 5) == 0;
    struct call *call = call_new(req);
    *actor_out = (struct actor){0};
    if (!call)
        return;
    enum who sent = take_credential(call, desk ? WHO_AGENT : WHO_RECIPIENT | WHO_AGENT);
    if (sent && find_actor(call, sent) == 0)
        *actor_out = call->actor;
}

bool admit_call(struct http_request *req)
{
    const struct http_route *route = http_route(req);
    struct call *call = call_new(req);
    if (!call) {
        http_fault(req, log_fault("admit.call", -ENOMEM, "request=%s", http_id(req)));
        return false;
    }
    http_attach(req, call);
    unsigned asked = route->who & (WHO_SHIPPER | WHO_DRIVER | WHO_RECIPIENT | WHO_AGENT);
    enum who sent = take_credential(call, asked);
    if (!check_origin(call, route->who, sent))
        return false;
    if (asked == 0)
        return (route->who & WHO_UNLIMITED) || within_rate(call, false);
    return check_actor(call, route->who, sent);
}
