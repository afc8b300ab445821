/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations and their answers; api/admit.c decides who comes this far.
 *
 * A stored answer is sealed under a key made from the idempotency key itself, ours, and a salt of
 * the row's own: a token in an answer is readable only to whoever sends that key again.
 */
#include "api/call.h"

#include <errno.h>

#include "api/api.h"
#include "api/page.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "http/body.h"
#include "store/idempotency.h"

enum { IDEMPOTENCY_KEY_CEILING = 128 };

_Static_assert(WHO_RECIPIENT == 4, "store/leaving.c forgets the answers of a recipient so named");

/* The texts of an answer have come through the request's memory or its body, and JSON writes a byte
 * of clean text as two at most; its members' names are no longer than the rows they tell of. So no
 * answer is longer than this. */
static size_t stored_answer_ceiling(const struct call *call)
{
    return 2 * (arena_ceiling(call->arena) + (size_t)call->api->settings->api.json_body_limit);
}

struct call *call_of(struct http_request *req)
{
    return http_attached(req);
}

void call_done(struct http_request *req)
{
    struct call *call = call_of(req);
    if (!call)
        return;
    json_decref(call->body);
    call->body = NULL;
}

bool call_problem_page(struct http_request *req, const struct http_problem *problem,
                       const char *detail)
{
    const struct http_route *route = http_route(req);
    bool page = !route || route->who & (WHO_PAGE | WHO_EITHER); /* and Accept asks for one */
    return page && page_problem(req, problem, detail);
}

bool call_read_body(struct call *call, enum fields_need need)
{
    struct span body = http_body(call->req);
    if (body.len == 0 && need != FIELDS_REQUIRED)
        return true;
    if (!(http_route(call->req)->who & WHO_PAGE))
        return http_body_json(call->req, &call->body) == 0;
    struct http_pairs pairs;
    if (http_body_form(call->req, &pairs) != 0)
        return false;
    call->body = fields_of_form(&pairs);
    if (!call->body)
        http_fault(call->req, log_fault("call.body", -ENOMEM, "request=%s", http_id(call->req)));
    return call->body != NULL;
}

const char *call_message_field(const struct call *call)
{
    return http_route(call->req)->who & WHO_PAGE ? "message" : "text";
}

/* ---- answers ---- */

void answer_clear(struct answer *answer)
{
    json_decref(answer->body);
    *answer = (struct answer){0};
}

int call_refuse(struct answer *answer, const struct http_problem *problem, const char *detail)
{
    answer->problem = problem;
    snprintf(answer->detail, sizeof answer->detail, "%s", detail ? detail : "");
    return CALL_REFUSE;
}

int call_refuse_field(struct answer *answer, const struct fields_failure *failure)
{
    memcpy(answer->field, failure->field, sizeof answer->field);
    answer->message = failure->message;
    answer->least = failure->least;
    answer->most = failure->most;
    return call_refuse(answer, &api_invalid_field, failure->detail);
}

int call_ok(struct answer *answer, int status, json_t *body)
{
    if (!body && status != 204 && status != 202)
        return log_fault("call.answer", -ENOMEM, "status=%d", status);
    answer->status = status;
    answer->body = body;
    return CALL_COMMIT;
}

int call_refuse_policy(struct answer *answer, enum policy_answer policy)
{
    static const struct http_problem *const problems[POLICY_ANSWER_COUNT] = {
        [POLICY_HIDDEN] = &http_not_found,       [POLICY_DECLINED] = &api_photo_declined,
        [POLICY_UNWANTED] = &api_photo_unwanted, [POLICY_ENDED] = &api_delivery_ended,
        [POLICY_SPENT] = &api_challenge_spent,   [POLICY_WITHHELD] = &api_photo_withheld,
        [POLICY_NO_PHOTO] = &api_no_photo,       [POLICY_NEEDS_CASE] = &api_needs_case,
        [POLICY_NEEDS_LOOK] = &api_needs_look,   [POLICY_GOING] = &api_photo_going,
        [POLICY_NOT_SHARED] = &api_not_shared,
    };
    return call_refuse(answer, problems[policy] ? problems[policy] : &http_not_found, NULL);
}

void call_reply(struct call *call, int result, struct answer *answer)
{
    if (result < 0)
        http_fault(call->req, result);
    else if (answer->problem && answer->body)
        http_problem_members(call->req, answer->problem, answer->field, answer->detail,
                             json_incref(answer->body));
    else if (answer->problem && answer->field[0])
        http_problem_field(call->req, answer->problem, answer->field, "%s", answer->detail);
    else if (answer->problem)
        http_problem(call->req, answer->problem, answer->detail[0] ? "%s" : NULL, answer->detail);
    else if (answer->body)
        http_reply_json(call->req, answer->status, json_incref(answer->body));
    else
        http_reply_empty(call->req, answer->status);
    answer_clear(answer);
}

/* ---- operations ---- */

/* One operation on its way through the writer, with what is needed to store or replay its answer.
 */
struct performance {
    struct call *call;
    operation *run;
    struct answer *answer;
    const char *key; /* of the Idempotency-Key header; NULL: none */
    bool is_new;     /* nothing is stored under it yet */
    char actor[ID_ROOM + 16];
    uint8_t key_hash[32], request_hash[32];
};

static void seal_key(const struct performance *p, const uint8_t salt[STORE_HASH],
                     uint8_t out[AEAD_KEY])
{
    struct hash hash;
    uint8_t mixed[32];
    hash_start(&hash);
    hash_add(&hash, HASH_TEXT(p->key));
    hash_add(&hash, HASH_TEXT(p->actor));
    hash_add(&hash, (struct span){salt, STORE_HASH});
    hash_finish(&hash, mixed);
    hash_hmac((struct span){p->call->api->answer_secret, 32}, (struct span){mixed, sizeof mixed},
              out);
}

/* The salt gives each stored answer a key of its own, also where an idempotency key is used again
 * after its answer was dropped: so the nonce may be constant. */
static const uint8_t only_nonce[AEAD_NONCE] = {0};

static int store_answer(struct performance *p, struct db_tx *tx)
{
    const struct answer *answer = p->answer;
    uint8_t key[AEAD_KEY];
    AUTO_FREE char *text = answer->body ? json_dumps(answer->body, JSON_COMPACT) : strdup("");
    size_t len = text ? strlen(text) : 0;
    AUTO_FREE uint8_t *sealed = text ? malloc(len + AEAD_TAG) : NULL;
    if (!sealed || len > stored_answer_ceiling(p->call))
        return log_fault("call.idempotency", -ENOMEM, "request=%s", http_id(p->call->req));
    struct store_idempotency row = {.actor = p->actor,
                                    .status = answer->status,
                                    .body = {sealed, len + AEAD_TAG},
                                    .created_at = p->call->now};
    memcpy(row.key_hash, p->key_hash, STORE_HASH);
    memcpy(row.request_hash, p->request_hash, STORE_HASH);
    crypto_random(row.salt, sizeof row.salt);
    seal_key(p, row.salt, key);
    int result = aead_seal(key, only_nonce, (struct span){p->request_hash, STORE_HASH},
                           (struct span){(const uint8_t *)text, len}, sealed);
    crypto_wipe(key, sizeof key);
    crypto_wipe(text, len);
    return result != 0 ? result : store_idempotency_insert(tx, &row);
}

/* Gives the stored answer again. */
static int replay_answer(struct performance *p, const struct store_idempotency *row)
{
    if (!text_same_secret(row->request_hash, p->request_hash, STORE_HASH))
        return call_refuse(p->answer, &api_idempotency_reused, NULL);
    uint8_t key[AEAD_KEY];
    size_t len = row->body.len >= AEAD_TAG ? row->body.len - AEAD_TAG : 0;
    AUTO_FREE uint8_t *text = malloc(len + 1);
    int result = text && row->body.len >= AEAD_TAG ? 0 : -EBADMSG;
    if (result == 0) {
        seal_key(p, row->salt, key);
        result =
            aead_open(key, only_nonce, (struct span){p->request_hash, STORE_HASH}, row->body, text);
        crypto_wipe(key, sizeof key);
    }
    if (result != 0)
        return log_fault("call.idempotency", -EBADMSG, "request=%s", http_id(p->call->req));
    p->answer->status = row->status;
    p->answer->body = len ? json_loadb((const char *)text, len, 0, NULL) : NULL;
    crypto_wipe(text, len);
    return CALL_COMMIT;
}

/* Replays the answer of an earlier request with this key; else sets is_new. A stored answer may be
 * longer than what the request's own memory holds. */
static int find_answer(struct performance *p, struct db_tx *tx)
{
    struct store_idempotency row;
    struct arena *arena = arena_new(stored_answer_ceiling(p->call) + (64 << 10));
    if (!arena)
        return log_fault("call.idempotency", -ENOMEM, "request=%s", http_id(p->call->req));
    int result = store_idempotency_get(tx, p->actor, p->key_hash, arena, &row);
    if (result == 0)
        result = replay_answer(p, &row);
    else if (result == STORE_NOT_FOUND)
        p->is_new = true;
    arena_free(&arena);
    return result;
}

static int perform_in(struct db_tx *tx, void *arg)
{
    struct performance *p = arg;
    if (!p->key)
        return p->run(p->call, tx, p->answer);
    int result = find_answer(p, tx);
    if (!p->is_new)
        return result;
    result = p->run(p->call, tx, p->answer);
    if (result == CALL_COMMIT && !p->answer->problem)
        result = store_answer(p, tx);
    return result;
}

/* The key as draft-ietf-httpapi-idempotency-key-header has it, a quoted string; a bare one is taken
 * too. */
static bool read_key(struct performance *p)
{
    bool honoured =
        http_method(p->call->req) == HTTP_POST && !(http_route(p->call->req)->who & WHO_UNKEYED);
    const char *header = honoured ? http_header(p->call->req, "Idempotency-Key") : NULL;
    if (!header)
        return true;
    size_t len = strlen(header);
    if (len < 1 || len > IDEMPOTENCY_KEY_CEILING || !text_is_clean(header, len, false)) {
        http_problem_field(p->call->req, &api_invalid_field, "Idempotency-Key",
                           "It must have 1 to %d characters.", IDEMPOTENCY_KEY_CEILING);
        return false;
    }
    p->key = header;
    const struct actor *actor = &p->call->actor;
    snprintf(p->actor, sizeof p->actor, "%d:%s", actor->kind,
             actor->kind ? actor->id : http_client(p->call->req));
    hash_sha256(HASH_TEXT(header), p->key_hash);
    struct hash hash;
    hash_start(&hash);
    hash_add(&hash, HASH_TEXT(http_path(p->call->req)));
    hash_add(&hash, (struct span){(const uint8_t *)"\n", 1});
    hash_add(&hash, http_body(p->call->req));
    hash_finish(&hash, p->request_hash);
    return true;
}

int call_perform(struct call *call, operation *run, struct answer *answer)
{
    struct performance p = {.call = call, .run = run, .answer = answer};
    *answer = (struct answer){0};
    if (!read_key(&p))
        return CALL_REPLIED;
    int result = db_write(call->api->db, perform_in, &p);
    if (result == 0)
        tell_wake(&call->telling);
    return result < 0 ? result : 0;
}

int call_ask(struct call *call, operation *ask, struct answer *answer)
{
    struct performance p = {.call = call, .run = ask, .answer = answer};
    AUTO_DB_READ struct db_tx *tx = NULL;
    *answer = (struct answer){0};
    if (!read_key(&p))
        return CALL_REPLIED;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0 && p.key) {
        result = find_answer(&p, tx);
        if (!p.is_new)
            return result < 0 ? result : 0;
        result = 0;
    }
    if (result == 0)
        result = ask(call, tx, answer);
    if (result < 0)
        return result;
    return result == 0 && !answer->problem ? CALL_MAY : 0;
}

void call_write(struct call *call, operation *run)
{
    struct answer answer;
    int result = call_perform(call, run, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        call_reply(call, result, &answer);
}

void call_read(struct call *call, operation *run)
{
    struct answer answer = {0};
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = run(call, tx, &answer);
    db_read_end(&tx);
    call_reply(call, result < 0 ? result : 0, &answer);
}

/* ---- small JSON ---- */

static bool is_cursor(const struct list_page *page, const char *text)
{
    if (!page->letters)
        return id_is(page->of, text);
    return *text && strchr(page->letters, *text) && (!text[1] || id_is(page->of, text + 1));
}

bool call_list_page(struct call *call, struct list_page *page, struct answer *answer)
{
    const struct settings *settings = call->api->settings;
    const char *limit = http_query(call->req, "limit");
    uint64_t count = (uint64_t)settings->api.list_default;
    if (limit && !text_to_u64(limit, 1, (uint64_t)settings->api.list_limit, &count)) {
        snprintf(answer->field, sizeof answer->field, "limit");
        char detail[FIELDS_DETAIL_ROOM];
        snprintf(detail, sizeof detail, "This must be a whole number from 1 to %lld.",
                 (long long)settings->api.list_limit);
        call_refuse(answer, &api_invalid_field, detail);
        return false;
    }
    page->limit = (int)count;
    page->after = http_query(call->req, "after");
    if (page->after && !is_cursor(page, page->after)) {
        snprintf(answer->field, sizeof answer->field, "after");
        call_refuse(answer, &api_invalid_field, "This must be the `next` of a page of this list.");
        return false;
    }
    return true;
}

json_t *call_list(json_t *items, const char *next)
{
    return json_pack("{s:o, s:s?}", "items", items, "next", next);
}

json_t *json_of_time(int64_t at)
{
    char text[CLOCK_TEXT_ROOM];
    if (at == 0)
        return json_null();
    clock_format(at, text);
    return json_string(text);
}

json_t *json_of_text(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}
