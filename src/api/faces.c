/* SPDX-License-Identifier: Apache-2.0
 *
 * The recipient's and the public pages. A form that was not right is shown again with what was
 * typed and what was wrong; one that was is answered with a redirect to a GET, so that a reload
 * repeats nothing.
 */
#include "api/faces.h"

#include "api/faces_order.h"

#include "api/api.h"
#include "api/auth.h"
#include "api/live.h"
#include "api/me.h"
#include "api/orders.h"
#include "api/page.h"
#include "api/photos.h"
#include "api/shapes.h"
#include "api/tracking.h"
#include "keys/keys.h"
#include "store/delivery.h"
#include "store/shipper.h"

/* ---- anyone ---- */

void face_home(struct http_request *req)
{
    http_redirect(req, 303, "/orders");
}

json_t *face_privacy_data(struct call *call)
{
    const struct settings *settings = call->api->settings;
    return json_pack("{s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:n}", "delete_after_days",
                     (json_int_t)settings->delivery.retention_days, "hold_days",
                     (int)POLICY_HOLD_DAYS, "key_backup_days",
                     (json_int_t)settings->server.key_backup_days, "look_minutes",
                     (json_int_t)settings->delivery.look_minutes, "name_days",
                     (json_int_t)settings->retention.delivery_days, "case_days",
                     (json_int_t)settings->retention.case_days, "account_days",
                     (json_int_t)settings->retention.account_days, "complaint_days",
                     (json_int_t)settings->retention.complaint_days, "contact");
}

void face_privacy(struct http_request *req)
{
    struct call *call = call_of(req);
    page_reply(call, 200, PAGE_PRIVACY, face_privacy_data(call));
}

void face_style(struct http_request *req)
{
    const struct pages_asset *asset = pages_asset(http_path(req));
    if (!asset) {
        http_problem(req, &http_not_found, NULL);
        return;
    }
    http_set_header(req, "Cache-Control", "public, max-age=31536000, immutable");
    if (!http_not_modified(req, asset->etag))
        http_reply_bytes(req, 200, asset->type, asset->bytes);
}

/* A file whose path never changes is asked about anew each time. */
void face_top_file(struct http_request *req)
{
    const struct pages_asset *asset = pages_asset(http_path(req));
    http_set_header(req, "Cache-Control", "no-cache");
    if (!asset)
        http_problem(req, &http_not_found, NULL);
    else if (!http_not_modified(req, asset->etag))
        http_reply_bytes(req, 200, asset->type, asset->bytes);
}

/* A service worker obeys the policy that it was fetched with. */
void face_worker(struct http_request *req)
{
    http_set_header(req, "Content-Security-Policy", PAGES_WORKER_CSP);
    face_top_file(req);
}

static int status_of_token(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct delivery delivery;
    struct shipper shipper;
    int result = tracking_find(call, tx, http_param(call->req, "token"), &delivery);
    if (result == 0)
        result = store_shipper_get(tx, delivery.shipper_id, call->arena, &shipper);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    return call_ok(answer, 200, shape_status(&delivery, &shipper));
}

/* The same as a page, with its stream. */
static int status_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    char id[ID_ROOM];
    const char *token = http_param(call->req, "token");
    const char *path = arena_printf(call->arena, "/t/%s", token);
    int result = status_of_token(call, tx, answer);
    if (result == 0 && path && tracking_names(token, id))
        result = live_put(call, tx, &(struct live_page){LIVE_STATUS, path, id}, answer->body);
    return result;
}

void face_status(struct http_request *req)
{
    struct call *call = call_of(req);
    http_set_header(req, "X-Robots-Tag", "noindex, nofollow, noarchive");
    http_set_header(req, "Vary", "Accept");
    if (http_wants_html(req))
        page_read(call, status_page, PAGE_STATUS, NULL);
    else
        call_read(call, status_of_token);
}

/* ---- signing in ---- */

void face_sign_in(struct http_request *req)
{
    page_reply(call_of(req), 200, PAGE_SIGN_IN, json_object());
}

static json_t *code_page(struct call *call)
{
    json_t *email = json_object_get(call->body, "email");
    return json_pack("{s:O, s:I}", "email", email, "minutes",
                     (json_int_t)call->api->settings->auth.code_minutes);
}

void face_sign_in_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = auth_start_now(call, &answer);
    if (result == 0 && !answer.problem) {
        page_reply(call, 200, PAGE_SIGN_IN_CODE, code_page(call));
    } else if (result == 0) {
        json_t *data = json_object();
        page_add_errors(call, data, &answer);
        page_reply(call, 422, PAGE_SIGN_IN, data);
    } else if (result != CALL_REPLIED) {
        http_fault(req, result);
    }
    answer_clear(&answer);
}

void face_sign_in_code_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = auth_verify_now(call, &answer);
    /* The form carries the address along: without it there is nothing to show again. */
    if (result == 0 && answer.problem && json_object_get(call->body, "email")) {
        json_t *data = code_page(call);
        page_add_errors(call, data, &answer);
        page_reply(call, 422, PAGE_SIGN_IN_CODE, data);
        answer_clear(&answer);
        return;
    }
    page_done(call, result, &answer, "/orders", NULL);
}

void face_sign_out_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    page_done(call, auth_sign_out_now(call, COOKIE_RECIPIENT), &answer, "/sign-in", "signed_out");
}

/* ---- orders ---- */

void face_orders(struct http_request *req)
{
    page_read(call_of(req), orders_op_list, PAGE_ORDERS, NULL);
}

static int order_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *id = http_param(call->req, "id");
    const char *path = arena_printf(call->arena, "/orders/%s", id);
    int result = orders_op_get(call, tx, answer);
    if (result != 0)
        return result;
    const char *relation = json_string_value(json_object_get(answer->body, "relation"));
    bool own = relation && strcmp(relation, "recipient") == 0;
    return live_put(call, tx, &(struct live_page){own ? LIVE_ORDER : LIVE_BUYER, path, id},
                    answer->body);
}

void face_order(struct http_request *req)
{
    page_read(call_of(req), order_page, PAGE_ORDER, "order");
}

const char *face_order_path(struct call *call)
{
    const char *path = arena_printf(call->arena, "/orders/%s", http_param(call->req, "id"));
    return path ? path : "/orders";
}

/* The order's page again, with what was wrong with its form. */
void face_order_again(struct call *call, struct answer *wrong)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = orders_op_get(call, tx, &answer);
    db_read_end(&tx);
    if (result != 0) {
        call_reply(call, result < 0 ? result : 0, &answer);
    } else {
        json_t *data = json_pack("{s:O}", "order", answer.body);
        page_add_errors(call, data, wrong);
        page_reply(call, 422, PAGE_ORDER, data);
    }
    answer_clear(&answer);
    answer_clear(wrong);
}

/* Performs a form's operation and ends on the order's page either way. */
void face_order_form(struct call *call, operation *run, const char *done)
{
    struct answer answer;
    int result = call_perform(call, run, &answer);
    if (result == 0 && answer.problem == &api_invalid_field)
        face_order_again(call, &answer);
    else
        page_done(call, result, &answer, face_order_path(call), done);
}

void face_photo_delete_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    const char *sure = json_string_value(json_object_get(call->body, "sure"));
    if (!sure || strcmp(sure, "yes") != 0) {
        answer.problem = &api_invalid_field;
        snprintf(answer.field, sizeof answer.field, "sure");
        snprintf(answer.detail, sizeof answer.detail, MSG("Say that you are sure."));
        face_order_again(call, &answer);
        return;
    }
    int result = photos_erase_now(call, &answer);
    const char *done = answer.status == 202 ? "photo_going" : "photo_deleted";
    page_done(call, result, &answer, face_order_path(call), done);
}

void face_order_consent_post(struct http_request *req)
{
    struct call *call = call_of(req);
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    const char *photo = json_string_value(json_object_get(call->body, "photo"));
    if (photo && strcmp(photo, "refused") == 0)
        face_order_form(call, orders_op_refuse, "photo_refused");
    else if (photo && strcmp(photo, "allowed") == 0)
        face_order_form(call, orders_op_allow, "photo_allowed");
    else
        http_problem_field(req, &api_invalid_field, "photo", "This must be refused or allowed.");
}

void face_problem_post(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        face_order_form(call, orders_op_problem, "problem_reported");
}

void face_message_post(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        face_order_form(call, orders_op_message, "message_sent");
}

/* ---- the account ---- */

void face_account(struct http_request *req)
{
    page_read(call_of(req), me_op_page, PAGE_ACCOUNT, NULL);
}

void face_account_consent_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    const char *photo = json_string_value(json_object_get(call->body, "photo"));
    bool refused = photo && strcmp(photo, "refused") == 0;
    int result = call_perform(call, orders_op_preferences, &answer);
    page_done(call, result, &answer, "/account",
              refused ? "all_photos_refused" : "all_photos_allowed");
}
