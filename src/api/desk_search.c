/* SPDX-License-Identifier: Apache-2.0
 *
 * What is looked for goes into no log: the log names routes, not queries. And the page that shows
 * it sends no Referer but its server's name, where other pages would send their own address.
 */
#include "api/desk_search.h"

#include <errno.h>

#include "api/api.h"
#include "api/page.h"
#include "api/shapes.h"
#include "api/tracking.h"
#include "base/log.h"
#include "base/text.h"
#include "store/delivery.h"
#include "store/search.h"
#include "store/shipper.h"

enum { SHOWN = 20, SCRATCH = 1 << 20 };

/* One search under way. */
struct search {
    struct call *call;
    struct db_tx *tx;
    const char *text; /* without spaces around it */
    struct search_asked asked;
    struct search_found found;
    struct arena *scratch;
};

/* ---- by something that names one delivery ---- */

static void add_exact(struct search *search, const char *delivery_id)
{
    struct search_found *found = &search->found;
    struct search_hit *hit = &found->hits[found->count++];
    snprintf(hit->delivery_id, sizeof hit->delivery_id, "%s", delivery_id);
    hit->exact = true;
}

/* The token of a link, or the text itself. */
static const char *token_of(const struct search *search)
{
    const char *at = strstr(search->text, "/t/");
    if (!at)
        return search->text;
    at += 3;
    return arena_printf(search->call->arena, "%.*s", (int)strcspn(at, "/?#"), at);
}

/* 0 and perhaps a hit; a fault. */
static int find_named(struct search *search)
{
    struct delivery delivery;
    char id[ID_ROOM];
    const char *token = token_of(search);
    if (id_is(ID_DELIVERY, search->text)) {
        add_exact(search, search->text);
        return 0;
    }
    if (!token || !tracking_names(token, id))
        return token ? 0 : -ENOMEM;
    int result = tracking_find(search->call, search->tx, token, &delivery);
    if (result == 0)
        add_exact(search, delivery.id);
    return result < 0 ? result : 0;
}

/* ---- by words, of each shipper ---- */

static int find_of(struct search *search, const char *shipper_id)
{
    struct delivery delivery;
    arena_reset(search->scratch);
    int result = store_delivery_by_reference(search->tx, shipper_id, search->text, search->scratch,
                                             &delivery);
    if (result == 0 && search->found.count < SEARCH_FOUND)
        add_exact(search, delivery.id);
    return result < 0 ? result
                      : store_search(search->tx, shipper_id, &search->asked, search->scratch,
                                     &search->found);
}

/* An agent of every shipper asks them all, page by page, until enough is found. */
static int find_of_all(struct search *search)
{
    struct store_shippers page = {.more = true};
    const char *after = NULL;
    int result = 0;
    while (result == 0 && page.more) {
        result = store_shipper_list(search->tx, &(struct store_page){after, STORE_PAGE_LIMIT},
                                    search->call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++)
            result = find_of(search, page.items[i].id);
        if (page.count > 0)
            after = page.items[page.count - 1].id;
        if (search->found.count == SEARCH_FOUND) {
            search->found.more |= page.more;
            break;
        }
    }
    return result;
}

static int find_words(struct search *search)
{
    const struct store_agent_shippers *of = &search->call->actor.shippers;
    search->scratch = arena_new(SCRATCH);
    if (!search->scratch)
        return log_fault("desk.search", -ENOMEM, "request=%s", http_id(search->call->req));
    int result = search_words_asked(search->text, &search->asked);
    if (result == 0 && of->all)
        result = find_of_all(search);
    for (int i = 0; result == 0 && !of->all && i < of->count; i++)
        result = find_of(search, of->ids[i]);
    arena_free(&search->scratch);
    return result;
}

/* ---- the answer ---- */

/* Whole words before beginnings, then the newest first: an id begins with its time. */
static int by_rank(const void *a, const void *b)
{
    const struct search_hit *one = a, *other = b;
    if (one->exact != other->exact)
        return one->exact ? -1 : 1;
    return -strcmp(one->delivery_id, other->delivery_id);
}

static json_t *shape_found(const struct call *call, const struct subject *subject)
{
    static const char *const kept[] = {"id",         "reference",      "state",
                                       "time_zone",  "created_at",     "out_for_delivery_at",
                                       "changed_at", "captured_at",    "received_at",
                                       "left_at",    "attempt_reason", "window",
                                       "recipient",  "address",        "personal_data"};
    bool dispatcher = call->actor.role == ROLE_DISPATCHER;
    json_t *all = shape_desk_delivery(subject, NULL);
    json_t *photo = json_object_get(all, "photo");
    json_t *item = json_object();
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        json_object_set(item, kept[i], json_object_get(all, kept[i]));
    json_object_set_new(
        item, "shipper",
        json_pack("{s:s, s:s}", "id", subject->shipper.id, "name", subject->shipper.name));
    json_object_set_new(item, "driver_id", json_of_text(subject->delivery.driver_id));
    json_object_set_new(item, "photo",
                        dispatcher
                            ? json_null()
                            : json_pack("{s:O, s:O}", "state", json_object_get(photo, "state"),
                                        "reason", json_object_get(photo, "reason")));
    json_object_set_new(item, "case_id",
                        subject->has_case && !dispatcher ? json_string(subject->open_case.id)
                                                         : json_null());
    json_decref(all);
    return item;
}

/* Of the agent's shippers only, whatever named it. */
static int add_item(struct search *search, const char *delivery_id, json_t *items)
{
    struct subject subject;
    int result = subject_load(search->call, search->tx, delivery_id, &subject);
    if (result != 0)
        return result < 0 ? result : 0;
    if (subject.facts.actor != ACTOR_AGENT || subject_ask(&subject, PURPOSE_FACTS) != POLICY_ALLOW)
        return 0;
    return json_array_append_new(items, shape_found(search->call, &subject)) == 0 ? 0 : -ENOMEM;
}

static int answer_found(struct search *search, struct answer *answer)
{
    struct search_found *found = &search->found;
    json_t *items = json_array();
    int result = 0;
    qsort(found->hits, (size_t)found->count, sizeof found->hits[0], by_rank);
    for (int i = 0; result == 0 && i < found->count && json_array_size(items) < SHOWN; i++)
        if (i == 0 || strcmp(found->hits[i].delivery_id, found->hits[i - 1].delivery_id) != 0)
            result = add_item(search, found->hits[i].delivery_id, items);
    if (result != 0) {
        json_decref(items);
        return result;
    }
    bool more = found->more || found->count > SHOWN;
    return call_ok(answer, 200, json_pack("{s:o, s:n, s:b}", "items", items, "next", "more", more));
}

/* Spaces around what was typed are nothing. */
static const char *trimmed(struct call *call, const char *text)
{
    size_t len;
    text += strspn(text, " \t\r\n");
    for (len = strlen(text); len > 0 && strchr(" \t\r\n", text[len - 1]); len--)
        ;
    return arena_printf(call->arena, "%.*s", (int)len, text);
}

static int search(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *q = http_query(call->req, "q");
    const char *text = trimmed(call, q ? q : "");
    struct search *search = arena_alloc(call->arena, sizeof *search);
    if (!text || !search)
        return log_fault("desk.search", -ENOMEM, "request=%s", http_id(call->req));
    size_t length = text_code_points(text);
    if (length < SEARCH_LEAST || length > SEARCH_MOST) {
        snprintf(answer->field, sizeof answer->field, "q");
        answer->message = MSG("This must have {least} to {most} characters.");
        answer->least = SEARCH_LEAST;
        answer->most = SEARCH_MOST;
        return call_refuse(answer, &api_invalid_field, "This must have 3 to 100 characters.");
    }
    *search = (struct search){.call = call, .tx = tx, .text = text};
    int result = find_named(search);
    if (result == 0 && search->found.count == 0)
        result = find_words(search);
    return result == 0 ? answer_found(search, answer) : result;
}

void desk_search(struct http_request *req)
{
    call_read(call_of(req), search);
}

/* ---- the page ---- */

void face_desk_search(struct http_request *req)
{
    struct call *call = call_of(req);
    const char *q = http_query(req, "q");
    struct answer answer = {0};
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = q && *q ? db_read_begin(call->api->db, &tx) : 0;
    if (result == 0 && tx)
        result = search(call, tx, &answer);
    db_read_end(&tx);
    if (result < 0) {
        call_reply(call, result, &answer);
        return;
    }
    json_t *data = answer.body && !answer.problem ? json_incref(answer.body)
                                                  : json_pack("{s:[], s:b}", "items", "more", 0);
    if (answer.problem)
        page_add_errors(call, data, &answer);
    json_object_set_new(data, "q", json_string(q ? q : ""));
    http_set_header(req, "Referrer-Policy", "strict-origin");
    page_reply(call, answer.problem ? 422 : 200, PAGE_DESK_SEARCH, data);
    answer_clear(&answer);
}
