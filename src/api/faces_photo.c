/* SPDX-License-Identifier: Apache-2.0
 *
 * The forms beside a photo: when it is deleted, whom it is shared with, and questions about looks.
 */
#include "api/api.h"
#include "api/faces.h"
#include "api/faces_order.h"
#include "api/going.h"
#include "api/page.h"
#include "api/questions.h"
#include "api/shown.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/delivery.h"

/* ---- deleted sooner ---- */

/* "2026-12-05": the last second of that day in the zone. 0 when it is none. */
static int64_t end_of_day(const char *date, const char *zone)
{
    char text[CLOCK_TEXT_ROOM];
    struct clock_local local;
    int64_t at;
    if (strlen(date) != 10 || snprintf(text, sizeof text, "%sT23:59:59Z", date) != 20 ||
        !clock_parse(text, &at))
        return 0;
    clock_to_local(at, zone, &local);
    int64_t there = at - local.offset_minutes * CLOCK_MINUTE;
    clock_to_local(there, zone, &local); /* the offset at that moment may be another */
    return at - local.offset_minutes * CLOCK_MINUTE;
}

/* The zone of the delivery, and the date that its photo has now; where it cannot be read the
 * operation says why. */
static void read_photo(struct call *call, const char **zone_out, int64_t *delete_by_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    struct subject subject;
    int attempt = 0;
    *zone_out = "UTC";
    *delete_by_out = 0;
    if (!subject_read_attempt(call, &attempt, &answer) || db_read_begin(call->api->db, &tx) != 0 ||
        subject_load(call, tx, http_param(call->req, "id"), &subject) != 0 ||
        subject_ask(&subject, PURPOSE_ORDER) != POLICY_ALLOW ||
        subject_pick_attempt(call, tx, &subject, attempt) != 0)
        return;
    *zone_out = subject.delivery.time_zone;
    *delete_by_out = subject.asked ? subject.asked->delete_by : 0;
}

/* What the form means, as a time; 0: nothing that can be understood. A day that ends after the
 * photo's date, and began before it, means that date. */
static int64_t meant(struct call *call)
{
    uint64_t days;
    const char *zone, *when = json_string_value(json_object_get(call->body, "when"));
    const char *date = json_string_value(json_object_get(call->body, "date"));
    int64_t delete_by, at = 0;
    if (when && text_to_u64(when, 1, 365, &days))
        return call->now + (int64_t)days * CLOCK_DAY;
    read_photo(call, &zone, &delete_by);
    if (when && strcmp(when, "date") == 0 && date)
        at = end_of_day(date, zone);
    bool same_day = delete_by && at > delete_by && at - CLOCK_DAY < delete_by;
    return same_day ? delete_by : at;
}

void face_photo_sooner_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    json_t *form = call->body;
    int64_t at = meant(call);
    if (at == 0) {
        answer.problem = &api_invalid_field;
        snprintf(answer.field, sizeof answer.field, "when");
        snprintf(answer.detail, sizeof answer.detail, MSG("Say when the photo is to be deleted."));
        face_order_again(call, &answer);
        return;
    }
    call->body = json_pack("{s:o}", "delete_by", json_of_time(at));
    int result = call_perform(call, going_op_sooner, &answer);
    json_decref(call->body);
    call->body = form;
    if (result == 0 && answer.problem == &api_invalid_field) {
        snprintf(answer.field, sizeof answer.field, "when");
        face_order_again(call, &answer);
        return;
    }
    page_done(call, result, &answer, face_order_path(call), "photo_sooner");
}

void face_photo_keep_post(struct http_request *req)
{
    face_order_form(call_of(req), going_op_keep, "photo_kept");
}

/* ---- shared ---- */

void face_share_post(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        face_order_form(call, shown_op_share, "photo_shared");
}

void face_unshare_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = shown_unshare_now(call, &answer);
    page_done(call, result, &answer, face_order_path(call), "photo_unshared");
}

/* ---- asked about ---- */

void face_question_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = call_perform(call, questions_op_ask, &answer);
    if (result == 0 && answer.problem == &api_invalid_field) {
        snprintf(answer.field, sizeof answer.field, "question");
        json_object_set_new(call->body, "look", json_string(http_param(req, "look_id")));
        face_order_again(call, &answer);
        return;
    }
    page_done(call, result, &answer, face_order_path(call), "question_sent");
}
