/* SPDX-License-Identifier: Apache-2.0
 *
 * The side of whoever complains. Nothing of what they say is looked up: their words go to the desk,
 * where a person reads them. The link is computed and nowhere stored, as a tracking link is; who
 * holds it reads and writes, and nothing else does.
 */
#include "api/complaints.h"

#include <errno.h>

#include "api/api.h"
#include "api/complaints_inside.h"
#include "api/faces.h"
#include "api/language.h"
#include "api/page.h"
#include "api/shapes.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "http/body.h"

enum { HALF = 16, SHORT = 300 };

static struct fields_length up_to(int64_t max)
{
    return (struct fields_length){1, (size_t)max};
}

/* ---- the link ---- */

static void mac_of(const struct api *api, const uint8_t id[16], uint8_t out[32])
{
    uint8_t text[10 + 16] = "complaint:";
    memcpy(text + 10, id, 16);
    hash_hmac((struct span){api->complaint_secret, 32}, (struct span){text, sizeof text}, out);
}

void complaint_token(const struct api *api, const char *id, char out[COMPLAINT_TOKEN_ROOM])
{
    uint8_t bytes[2 * HALF] = {0}, mac[32];
    (void)id_to_bytes(id, bytes);
    mac_of(api, bytes, mac);
    memcpy(bytes + HALF, mac, HALF);
    text_base64url(bytes, sizeof bytes, out);
}

static bool read_token(const struct api *api, const char *token, char id_out[ID_ROOM])
{
    uint8_t bytes[2 * HALF], mac[32];
    size_t len;
    if (!text_unbase64url(token, strnlen(token, COMPLAINT_TOKEN_ROOM), bytes, sizeof bytes, &len) ||
        len != sizeof bytes)
        return false;
    mac_of(api, bytes, mac);
    id_from_bytes(ID_COMPLAINT, bytes, id_out);
    return text_same_secret(mac, bytes + HALF, HALF);
}

static int find_by_token(struct call *call, struct db_tx *tx, struct store_complaint *row,
                         struct answer *answer)
{
    char id[ID_ROOM];
    int result = STORE_NOT_FOUND;
    *row = (struct store_complaint){.number = 0};
    if (read_token(call->api, http_param(call->req, "token"), id))
        result = store_complaint_get(tx, id, call->arena, row);
    return result > 0 ? call_refuse(answer, &http_not_found, NULL) : result;
}

/* ---- its form ---- */

/* Agents are "support" to whoever complains, and the others are themselves. */
static json_t *words_of(const struct store_messages *words)
{
    json_t *items = json_array();
    for (int i = 0; i < words->count; i++) {
        const struct store_message *word = &words->items[i];
        json_array_append_new(items, json_pack("{s:s, s:o, s:s}", "from",
                                               word->side == SIDE_AGENT ? "agent" : "complainant",
                                               "at", json_of_time(word->at), "text", word->text));
    }
    return items;
}

/* The case that it led to, for those who may open it: "" else. */
static int case_for(struct call *call, struct db_tx *tx, const struct store_complaint *row,
                    const char **out)
{
    struct store_case opened;
    int result =
        row->case_id[0] ? store_case_get(tx, row->case_id, call->arena, &opened) : STORE_NOT_FOUND;
    if (result == 0 && actor_serves(&call->actor, opened.shipper_id))
        *out = row->case_id;
    return result < 0 ? result : 0;
}

int complaint_shape(struct call *call, struct db_tx *tx, const struct store_complaint *row,
                    bool whole, json_t **out)
{
    struct store_messages words = {0};
    struct store_page page = {.limit = STORE_PAGE_LIMIT};
    const char *case_id = "";
    int result = store_complaint_words(tx, row->id, &page, call->arena, &words);
    if (result == 0 && whole)
        result = case_for(call, tx, row, &case_id);
    if (result != 0)
        return result;
    *out = json_pack(
        "{s:I, s:s, s:s, s:s?, s:s?, s:s?, s:o, s:o, s:o}", "number", (json_int_t)row->number,
        "state", words_name(&words_case_state, (int)row->state), "kind",
        words_name(&words_complaint_kind, (int)row->kind), "place", row->place, "tracking",
        row->tracking, "contact", row->contact, "created_at", json_of_time(row->created_at),
        "delete_by", json_of_time(row->delete_by), "messages", words_of(&words));
    if (*out && whole) {
        json_object_set_new(*out, "id", json_string(row->id));
        json_object_set_new(*out, "language", json_string(row->language));
        json_object_set_new(*out, "case_id", json_of_text(case_id));
    }
    return *out ? 0 : log_fault("complaint.shape", -ENOMEM, "complaint=%s", row->id);
}

int complaint_say(struct call *call, struct db_tx *tx, struct store_complaint *row,
                  const char *text, struct answer *answer)
{
    struct store_messages words;
    const struct settings *settings = call->api->settings;
    int most = (int)settings->delivery.case_messages;
    bool agent = call->actor.kind == WHO_AGENT;
    struct store_message message = {
        .side = agent ? SIDE_AGENT : SIDE_RECIPIENT, .text = text, .at = call->now};
    int result = store_complaint_words(tx, row->id, &(struct store_page){.limit = most},
                                       call->arena, &words);
    if (result == 0 && words.count >= most)
        return call_refuse(answer, &http_conflict, MSG("There is no room for more messages here."));
    if (result != 0)
        return result;
    id_new(ID_MESSAGE, message.id);
    memcpy(message.case_id, row->id, ID_ROOM);
    if (agent)
        memcpy(message.agent_id, call->actor.id, ID_ROOM);
    result = store_complaint_say(tx, &message);
    row->changed_at = call->now;
    row->delete_by = call->now + settings->retention.complaint_days * CLOCK_DAY;
    return result == 0 ? store_complaint_move(tx, row) : result;
}

/* ---- making one ---- */

/* As often as one address may; what is refused was counted too. */
static bool may(struct call *call)
{
    uint8_t address[16];
    http_client_key(call->req, address);
    unsigned wait = http_limit_take(call->api->complaints, (struct span){address, sizeof address},
                                    clock_steady());
    if (wait > 0)
        http_problem_later(call->req, &http_too_many_requests, wait / 1000 + 1, NULL);
    return wait == 0;
}

static bool read_complaint(struct call *call, struct store_complaint *row, const char **text_out,
                           struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    row->kind = (enum complaint_kind)fields_word(&body, "kind", FIELDS_REQUIRED,
                                                 &words_complaint_kind, COMPLAINT_OTHER);
    row->place = fields_lines(&body, "place", FIELDS_OPTIONAL, up_to(SHORT));
    row->tracking = fields_text(&body, "tracking", FIELDS_OPTIONAL, up_to(SHORT));
    row->contact = fields_text(&body, "contact", FIELDS_OPTIONAL, up_to(SHORT));
    *text_out =
        fields_lines(&body, "text", FIELDS_REQUIRED, up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        (void)call_refuse_field(answer, &failure);
    return !failure.failed;
}

static int op_make(struct call *call, struct db_tx *tx, struct answer *answer)
{
    char token[COMPLAINT_TOKEN_ROOM];
    const char *text;
    int64_t open = 0, most = call->api->settings->mydata.complaints_open;
    struct store_complaint row = {.state = CASE_OPEN,
                                  .language = language_of(call->req, &call->actor)->code,
                                  .created_at = call->now,
                                  .changed_at = call->now};
    row.delete_by = call->now + call->api->settings->retention.complaint_days * CLOCK_DAY;
    if (!read_complaint(call, &row, &text, answer))
        return CALL_REFUSE;
    int result = store_complaint_count(tx, most, &open);
    if (result == 0 && open >= most)
        return call_refuse(answer, &http_conflict, MSG("Too many are waiting. Please come back."));
    id_new(ID_COMPLAINT, row.id);
    if (result == 0)
        result = store_complaint_insert(tx, &row, &row.number);
    if (result == 0)
        result = complaint_say(call, tx, &row, text, answer);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "complaint.made", "complaint=%s", row.id);
    complaint_token(call->api, row.id, token);
    return call_ok(
        answer, 201,
        json_pack("{s:I, s:o, s:o}", "number", (json_int_t)row.number, "url",
                  json_sprintf("%s/complaints/%s", call->api->settings->server.public_url, token),
                  "delete_by", json_of_time(row.delete_by)));
}

void complaints_make(struct http_request *req)
{
    struct call *call = call_of(req);
    if (may(call) && call_read_body(call, FIELDS_REQUIRED))
        call_write(call, op_make);
}

void face_complaint_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!may(call) || !call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = call_perform(call, op_make, &answer);
    const char *url = json_string_value(json_object_get(answer.body, "url"));
    const char *path = url ? strstr(url, "/complaints/") : NULL;
    const char *to = path ? arena_strdup(call->arena, path) : "/privacy";
    if (result == 0 && answer.problem == &api_invalid_field) {
        json_t *data = face_privacy_data(call);
        page_add_errors(call, data, &answer);
        page_reply(call, 422, PAGE_PRIVACY, data);
        answer_clear(&answer);
        return;
    }
    page_done(call, result, &answer, to ? to : "/privacy", "complaint_made");
}

/* ---- by the link ---- */

static int op_show(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_complaint row = {.state = CASE_OPEN};
    json_t *shape = NULL;
    int result = find_by_token(call, tx, &row, answer);
    if (result == 0)
        result = complaint_shape(call, tx, &row, false, &shape);
    return result == 0 ? call_ok(answer, 200, shape) : result;
}

static void reply(struct call *call, int result, struct answer *answer, int status)
{
    http_set_header(call->req, "X-Robots-Tag", "noindex, nofollow, noarchive");
    http_set_header(call->req, "Vary", "Accept");
    if (result < 0 || answer->problem || !http_wants_html(call->req)) {
        call_reply(call, result < 0 ? result : 0, answer);
        return;
    }
    json_t *data = json_incref(answer->body);
    answer_clear(answer);
    json_object_set_new(data, "token", json_string(http_param(call->req, "token")));
    page_reply(call, status, PAGE_COMPLAINT, data);
}

/* The page again, with what was wrong. */
static void show_again(struct call *call, struct answer *wrong)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = op_show(call, tx, &answer);
    if (result == 0)
        page_add_errors(call, answer.body, wrong);
    reply(call, result, &answer, 422);
    answer_clear(wrong);
}

void complaints_show(struct http_request *req)
{
    struct call *call = call_of(req);
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = op_show(call, tx, &answer);
    db_read_end(&tx);
    reply(call, result, &answer, 200);
}

/* A word of theirs opens it again: it may have been resolved too soon. */
static int op_write_more(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_complaint row;
    int result = find_by_token(call, tx, &row, answer);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    const char *text =
        fields_lines(&body, "message", FIELDS_REQUIRED, up_to(call->api->settings->text.message));
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    row.state = CASE_OPEN;
    result = complaint_say(call, tx, &row, text, answer);
    return result == 0 ? op_show(call, tx, answer) : result;
}

void complaints_write_more(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    struct http_pairs pairs;
    if (!may(call) || http_body_form(req, &pairs) != 0)
        return;
    call->body = fields_of_form(&pairs);
    int result = call_perform(call, op_write_more, &answer);
    const char *path = arena_printf(call->arena, "/complaints/%s", http_param(req, "token"));
    if (result == 0 && answer.problem == &api_invalid_field && http_wants_html(req))
        show_again(call, &answer);
    else if (result == 0 && !answer.problem && http_wants_html(req))
        page_done(call, result, &answer, path ? path : "/privacy", "message_sent");
    else if (result != CALL_REPLIED)
        reply(call, result, &answer, 200);
}
