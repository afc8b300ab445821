/* SPDX-License-Identifier: Apache-2.0
 *
 * Only the hash of a session's token is kept (session.h).
 */
#include "api/session.h"

#include "api/api.h"
#include "base/clock.h"
#include "http/limit.h"

bool session_may_try(struct call *call)
{
    struct http_limit *limit = call->api->sign_ins;
    uint8_t address[16];
    http_client_key(call->req, address);
    unsigned wait =
        limit ? http_limit_take(limit, (struct span){address, sizeof address}, clock_steady()) : 0;
    if (wait > 0)
        http_problem_later(call->req, &http_too_many_requests, wait / 1000 + 1, NULL);
    return wait == 0;
}

int session_begin(struct call *call, struct db_tx *tx, enum session_kind kind,
                  const char *subject_id, struct session_begun *out)
{
    const struct settings *settings = call->api->settings;
    struct store_session session = {.kind = kind, .created_at = call->now, .seen_at = call->now};
    session.expires_at = kind == SESSION_AGENT
                             ? call->now + settings->auth.agent_session_hours * CLOCK_HOUR
                             : call->now + settings->auth.session_days * CLOCK_DAY;
    out->expires_at = session.expires_at;
    token_new("", out->token);
    token_hash(out->token, session.token_hash);
    snprintf(session.subject_id, sizeof session.subject_id, "%s", subject_id);
    return store_session_insert(tx, &session);
}

int staff_session_begin(struct call *call, struct db_tx *tx, const struct store_agent *agent,
                        struct session_begun *out, struct answer *answer)
{
    const char *cookie = http_cookie(call->req, COOKIE_AGENT);
    int result = 0;
    if (cookie && token_is("", cookie)) {
        uint8_t before[TOKEN_HASH];
        token_hash(cookie, before);
        result = store_session_delete(tx, before);
    }
    if (result >= 0)
        result = session_begin(call, tx, SESSION_AGENT, agent->id, out);
    if (result != 0)
        return result;
    http_note(call->req, "agent=%s", agent->id);
    return call_ok(answer, 200,
                   json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", agent->id, "email", agent->email,
                             "name", agent->name, "role",
                             words_name(&words_agent_role, agent->role), "expires_at",
                             json_of_time(out->expires_at)));
}

void session_set_cookie(struct call *call, enum session_kind kind,
                        const struct session_begun *begun)
{
    http_set_cookie(call->req, kind == SESSION_AGENT ? COOKIE_AGENT : COOKIE_RECIPIENT,
                    begun->token, (unsigned)((begun->expires_at - call->now) / 1000));
}
