/* SPDX-License-Identifier: Apache-2.0
 *
 * A page that cannot be rendered is a fault of ours: it answers 500, in the words of the API when
 * even the page for that fails.
 */
#include "api/page.h"

#include <errno.h>

#include "api/admit.h"
#include "api/api.h"
#include "api/language.h"
#include "base/log.h"

enum { ERROR_MAX = 1000 };

/* Who is signed in, for the page's head. */
static json_t *viewer_of(const struct actor *actor)
{
    if (actor->kind != WHO_RECIPIENT && actor->kind != WHO_AGENT)
        return json_null();
    bool agent = actor->kind == WHO_AGENT;
    bool keeps_people = agent && actor->role == ROLE_ADMINISTRATOR && actor->shippers.all;
    return json_pack("{s:s, s:s, s:b}", "kind",
                     agent ? words_name(&words_agent_role, actor->role) : "recipient", "email",
                     actor->email, "keeps_people", (int)keeps_people);
}

/* Browsers hold a form's redirect against the policy too, and a sign-in goes on elsewhere. */
static void allow_targets(struct call *call, const char *policy)
{
    static const char own[] = "form-action 'self'";
    const char *at = strstr(policy, own);
    const char *wider = at ? arena_printf(call->arena, "%.*s%s %s%s", (int)(at - policy), policy,
                                          own, call->form_targets, at + strlen(own))
                           : NULL;
    if (wider)
        http_set_header(call->req, "Content-Security-Policy", wider);
}

static void reply_html(struct call *call, int status, enum page page, uint8_t *html, size_t len)
{
    struct http_request *req = call->req;
    const char *policy = pages_has_script(page) ? PAGES_SCRIPT_CSP : PAGES_CSP;
    if (call->form_targets)
        allow_targets(call, policy);
    else if (pages_has_script(page))
        http_set_header(req, "Content-Security-Policy", policy);
    http_reply_owned(req, status, "text/html; charset=utf-8", html, len);
}

void page_reply(struct call *call, int status, enum page page, json_t *data)
{
    AUTO_BUF struct buf buf;
    size_t len;
    buf_init(&buf, PAGES_CEILING);
    const char *done = http_query(call->req, "done");
    if (!data || json_object_set_new(data, "viewer", viewer_of(&call->actor)) != 0 ||
        json_object_set_new(data, "notice", json_of_text(done)) != 0) {
        json_decref(data);
        http_fault(call->req, log_fault("page.data", -ENOMEM, "request=%s", http_id(call->req)));
        return;
    }
    const struct pages_reader reader = {language_of(call->req, &call->actor), call->now};
    int result = pages_render(call->api->pages, page, data, &reader, &buf);
    json_decref(data);
    uint8_t *html = result == 0 ? buf_take(&buf, &len) : NULL;
    if (!html) {
        http_fault(call->req, result < 0 ? result : -ENOMEM);
        return;
    }
    language_declare(call->req, reader.lang);
    reply_html(call, status, page, html, len);
}

void page_read(struct call *call, operation *run, enum page page, const char *name)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = run(call, tx, &answer);
    db_read_end(&tx);
    if (result != 0 || answer.problem) {
        call_reply(call, result < 0 ? result : 0, &answer);
        return;
    }
    json_t *data = name ? json_pack("{s:O}", name, answer.body) : json_incref(answer.body);
    answer_clear(&answer);
    page_reply(call, 200, page, data);
}

void page_done(struct call *call, int result, struct answer *answer, const char *location,
               const char *done)
{
    if (result == CALL_REPLIED)
        return;
    if (result < 0 || answer->problem) {
        call_reply(call, result, answer);
        return;
    }
    const char *target = done ? arena_printf(call->arena, "%s%cdone=%s", location,
                                             strchr(location, '?') ? '&' : '?', done)
                              : location;
    answer_clear(answer);
    http_redirect(call->req, 303, target ? target : location);
}

/* What was wrong, in the language of the page. */
static json_t *error_sentence(const struct lang *lang, const struct answer *answer)
{
    AUTO_BUF struct buf text;
    buf_init(&text, ERROR_MAX);
    lang_say(lang, &text,
             answer->message     ? answer->message
             : answer->detail[0] ? answer->detail
                                 : answer->problem->title,
             LANG_PARTS({"least", LANG_NUMBER((long long)answer->least)},
                        {"most", LANG_NUMBER((long long)answer->most)}));
    return json_string(buf_string(&text));
}

void page_add_errors(struct call *call, json_t *data, const struct answer *answer)
{
    const struct lang *lang = language_of(call->req, &call->actor);
    json_t *errors = json_object();
    json_object_set_new(errors, answer->field[0] ? answer->field : "form",
                        error_sentence(lang, answer));
    json_object_set_new(data, "errors", errors);
    json_t *shown = call->body ? json_copy(call->body) : json_object();
    json_object_del(shown, "password");
    json_object_del(shown, "code");
    json_object_set_new(data, "values", shown);
}

void page_again(struct call *call, operation *run, enum page page, struct answer *wrong)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = run(call, tx, &answer);
    db_read_end(&tx);
    if (result != 0) {
        call_reply(call, result < 0 ? result : 0, &answer);
    } else {
        json_t *data = json_incref(answer.body);
        page_add_errors(call, data, wrong);
        page_reply(call, 422, page, data);
    }
    answer_clear(&answer);
    answer_clear(wrong);
}

bool page_problem(struct http_request *req, const struct http_problem *problem, const char *detail)
{
    const struct api *api = http_context(req);
    const struct call *call = call_of(req);
    struct actor visitor;
    AUTO_BUF struct buf buf;
    size_t len;
    buf_init(&buf, PAGES_CEILING);
    if (!call)
        admit_visitor(req, &visitor);
    json_t *data = json_pack("{s:i, s:s, s:s?, s:s, s:o, s:n}", "status", problem->status, "title",
                             problem->title, "detail", detail, "request_id", http_id(req), "viewer",
                             viewer_of(call ? &call->actor : &visitor), "notice");
    const struct pages_reader reader = {language_of(req, call ? &call->actor : &visitor), 0};
    int result = data ? pages_render(api->pages, PAGE_PROBLEM, data, &reader, &buf) : -ENOMEM;
    json_decref(data);
    uint8_t *html = result == 0 ? buf_take(&buf, &len) : NULL;
    if (html) {
        language_declare(req, reader.lang);
        http_reply_owned(req, problem->status, "text/html; charset=utf-8", html, len);
    }
    return html != NULL;
}
