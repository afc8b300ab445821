/* SPDX-License-Identifier: Apache-2.0
 *
 * What runs where: the sinks' open and write run on the network thread, so they read the database
 * and the page cache and nothing slower; the handlers run on the pool, sync, and commit. A body
 * that makes the photo whole is answered by the verdict: the handler defers the request, and the
 * job that judges it, or the clock after `intake-verdict_wait_ms`, completes it (design D1).
 *
 * HEAD answers passing trouble with 423, everything else with 503 (design 10): a tus client begins
 * anew at byte 0 on any other failure of HEAD, and takes 429 for final.
 */
#include "api/uploads.h"

#include <errno.h>

#include "api/api.h"
#include "api/upload_body.h"
#include "api/upload_finish.h"
#include "api/upload_reply.h"
#include "intake/uploads.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"

/* ---- OPTIONS ---- */

void upload_describe(struct http_request *req)
{
    struct call *call = call_of(req);
    upload_reply_tus(call);
    http_set_header(req, "Tus-Version", TUS_VERSION);
    http_set_header(req, "Tus-Extension", TUS_EXTENSIONS);
    http_set_header(req, "Tus-Checksum-Algorithm", TUS_CHECKSUM_ALGORITHMS);
    upload_reply_number(call, "Tus-Max-Size", (uint64_t)call->api->settings->photo.max_bytes);
    http_reply_empty(req, 204);
}

/* ---- PATCH ---- */

/* Finds the upload of the path, of this device, and how it stands. False: replied. */
static bool find_upload(struct call *call, enum standing *standing_out, const char **reason_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct upload_call *upload = arena_alloc(call->arena, sizeof *upload);
    call->work = upload;
    if (upload_reply_tus_refusal(call, tus_check_version(http_header(call->req, "Tus-Resumable")),
                                 NULL))
        return false;
    int result = upload ? db_read_begin(call->api->db, &tx) : -ENOMEM;
    if (result == 0)
        result = store_upload_get(tx, http_param(call->req, "id"), call->arena, &upload->row);
    if (result == 0 && strcmp(upload->row.device_id, call->actor.device_id) != 0)
        result = STORE_NOT_FOUND;
    if (result == 0)
        result = accept_standing(call, tx, &upload->row, standing_out, reason_out);
    if (result < 0)
        upload_reply_fault(call, result);
    else if (result != 0)
        upload_reply_problem(call, &http_not_found, NULL, NULL);
    else if (call->actor.revoked && *standing_out == STANDING_OPEN) {
        upload_reply_refused(call, &api_device_revoked, "revoked");
        return false;
    }
    return result == 0;
}

/* Upload-Length of an upload whose length was deferred; bytes that were acknowledged cannot lie
 * beyond it. False: replied. */
static bool learn_length(struct call *call, uint64_t offset)
{
    struct upload_call *upload = accept_call(call);
    const char *text = http_header(call->req, "Upload-Length");
    uint64_t length;
    if (!text)
        return true;
    int outcome =
        tus_parse_length(text, NULL, (uint64_t)call->api->settings->photo.max_bytes, &length);
    if (outcome == 0 && upload->row.length >= 0 && (uint64_t)upload->row.length != length)
        outcome = TUS_CONFLICT;
    if (outcome == 0 && (length == 0 || length < offset))
        outcome = TUS_MALFORMED;
    if (upload_reply_tus_refusal(call, outcome, "Upload-Length"))
        return false;
    upload->learns_length = upload->row.length < 0;
    upload->row.length = (int64_t)length;
    return true;
}

static int open_append(struct http_request *req)
{
    struct call *call = call_of(req);
    struct tus_checksum checksum;
    enum standing standing;
    const char *reason;
    uint64_t offset;
    if (!find_upload(call, &standing, &reason))
        return 1;
    if (upload_reply_tus_refusal(call, tus_check_type(http_header(req, "Content-Type")), NULL) ||
        upload_reply_tus_refusal(call, tus_parse_offset(http_header(req, "Upload-Offset"), &offset),
                                 "Upload-Offset") ||
        upload_reply_tus_refusal(call,
                                 tus_checksum_start(http_header(req, "Upload-Checksum"), &checksum),
                                 "Upload-Checksum"))
        return 1;
    if (standing != STANDING_OPEN) {
        upload_reply_standing(call, standing, reason);
        return 1;
    }
    if (!learn_length(call, offset) || !upload_body_has_room(call))
        return 1;
    int result = upload_body_begin(call, offset, &checksum);
    if (result != 0)
        upload_reply_intake(call, result);
    return result != 0;
}

static void abandon_append(struct http_request *req)
{
    struct upload_call *upload = accept_call(call_of(req));
    if (upload->body)
        uploads_abandon(&upload->body);
}

const struct http_sink upload_append_sink = {open_append, upload_body_write, abandon_append};

/* STORE_NOT_FOUND: the upload has ended, or another request told its length, since the headers
 * came.
 */
static int keep_length_in(struct db_tx *tx, void *arg)
{
    const struct store_upload *row = &accept_call(arg)->row;
    return store_upload_tell_length(tx, row->id, row->length);
}

/* False: replied. */
static bool keep_length(struct call *call)
{
    int result = db_write(call->api->db, keep_length_in, call);
    if (result < 0)
        upload_reply_fault(call, result);
    else if (result != 0)
        upload_reply_later(call, &api_upload_busy); /* HEAD says what became of it */
    return result == 0;
}

void upload_append(struct http_request *req)
{
    struct call *call = call_of(req);
    struct upload_call *upload = accept_call(call);
    struct staging_state state;
    int result = uploads_end(&upload->body, &state);
    if (result >= 0)
        upload_reply_number(call, "Upload-Offset", state.offset);
    if (result != 0) {
        upload_reply_intake(call, result);
        return;
    }
    if (upload->learns_length && !keep_length(call))
        return;
    upload->offset = state.offset;
    if (upload_finish_is_whole(upload, state.offset))
        upload_finish(call, &state, UPLOAD_ROW_KNOWN);
    else
        upload_reply_progress(call, true);
}

/* ---- HEAD ---- */

static void describe_open(struct call *call)
{
    struct upload_call *upload = accept_call(call);
    struct staging_state state;
    int result =
        uploads_settle(call->api->uploads,
                       &(struct upload_place){upload->row.id, (uint32_t)upload->row.slot}, &state);
    if (result != 0) {
        upload_reply_intake(call, result);
        return;
    }
    upload->offset = state.offset;
    if (upload_finish_is_whole(
            upload,
            state.offset)) { /* the connection was lost between the last byte and its acceptance */
        upload_finish(call, &state, UPLOAD_ROW_KNOWN);
        return;
    }
    upload_reply_expires(call, &upload->row);
    upload_reply_head(call);
}

void upload_head(struct http_request *req)
{
    struct call *call = call_of(req);
    enum standing standing;
    const char *reason;
    if (!find_upload(call, &standing, &reason))
        return;
    struct upload_call *upload = accept_call(call);
    if (standing == STANDING_OPEN) {
        describe_open(call);
    } else if (standing == STANDING_STORED || standing == STANDING_PENDING) {
        accept_sign(call, standing == STANDING_STORED ? RECEIPT_STORED : RECEIPT_PENDING, NULL);
        upload->offset = (uint64_t)upload->row.length;
        upload_reply_head(call);
    } else {
        upload_reply_standing(call, standing == STANDING_REJECTED ? STANDING_GONE : standing,
                              reason);
    }
}

/* ---- DELETE ---- */

static int terminate_in(struct db_tx *tx, void *arg)
{
    struct call *call = arg;
    return accept_end_upload(call, tx, &accept_call(call)->row, NULL);
}

void upload_terminate(struct http_request *req)
{
    struct call *call = call_of(req);
    enum standing standing;
    const char *reason;
    if (!find_upload(call, &standing, &reason))
        return;
    if (standing == STANDING_STORED || standing == STANDING_PENDING ||
        standing == STANDING_JUDGING) {
        upload_reply_problem(call, &http_conflict, NULL,
                             "The upload is finished: the photo is not the driver's to delete.");
        return;
    }
    if (standing != STANDING_OPEN) {
        upload_reply_standing(call, standing == STANDING_REJECTED ? STANDING_GONE : standing,
                              reason);
        return;
    }
    int result = db_write(call->api->db, terminate_in, call);
    if (result == ACCEPT_OVERTAKEN) {
        upload_reply_problem(call, &http_conflict, NULL, "The upload has been finished meanwhile.");
        return;
    }
    if (result != 0) {
        upload_reply_fault(call, result);
        return;
    }
    conveyor_wake(call->api->conveyor, DESTROY_KIND);
    upload_reply_tus(call);
    http_reply_empty(req, 204);
}
