/* SPDX-License-Identifier: Apache-2.0
 *
 * POST of tus: an upload begins, with or without its first bytes. With a body the sink makes the
 * staging file and takes the bytes on the network thread, and the handler inserts the row; without
 * one the handler does both. An upload that exists already is answered by how it stands.
 *
 * The file of an upload without bytes is not synced: after a power loss its row may be there and
 * the file not. Then HEAD and PATCH say gone, and the POST that follows begins anew.
 */
#include <errno.h>

#include "api/api.h"
#include "api/upload_body.h"
#include "api/upload_finish.h"
#include "api/upload_reply.h"
#include "api/uploads.h"
#include "base/log.h"
#include "intake/uploads.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"

/* Reads the headers of a creation. False: replied. */
static bool read_creation(struct call *call, struct upload_call *upload,
                          struct tus_checksum *checksum)
{
    struct http_request *req = call->req;
    const char *key;
    char field[FIELDS_PATH_ROOM];
    uint64_t length;
    if (upload_reply_tus_refusal(call, tus_check_version(http_header(req, "Tus-Resumable")), NULL))
        return false;
    int outcome =
        tus_parse_length(http_header(req, "Upload-Length"), http_header(req, "Upload-Defer-Length"),
                         (uint64_t)call->api->settings->photo.max_bytes, &length);
    if (upload_reply_tus_refusal(call, outcome, "Upload-Length"))
        return false;
    if (length == 0)
        return !upload_reply_tus_refusal(call, TUS_MALFORMED,
                                         "Upload-Length"); /* an empty file is no photo */
    upload->announced = length == TUS_DEFERRED ? -1 : (int64_t)length;
    upload->metadata_text = http_header(req, "Upload-Metadata");
    outcome = tus_parse_metadata(upload->metadata_text, &upload->metadata, &key);
    if (outcome) {
        snprintf(field, sizeof field, *key ? "Upload-Metadata.%s" : "Upload-Metadata", key);
        return !upload_reply_tus_refusal(call, outcome, field);
    }
    upload->had_body = http_body_expected(req) != 0;
    if (upload->had_body &&
        upload_reply_tus_refusal(call, tus_check_type(http_header(req, "Content-Type")), NULL))
        return false;
    return !upload_reply_tus_refusal(
        call, tus_checksum_start(http_header(req, "Upload-Checksum"), checksum), "Upload-Checksum");
}

static bool ask_to_begin(struct call *call)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    const char *word = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = accept_begin(call, tx, &answer, &word);
    if (result < 0)
        upload_reply_fault(call, result);
    else if (result != 0 && answer.problem == &api_uploads_busy)
        upload_reply_later(call, &api_uploads_busy);
    else if (result != 0)
        upload_reply_refused(call, answer.problem, word);
    return result == 0;
}

static int make_upload(struct call *call)
{
    struct upload_call *upload = accept_call(call);
    uint32_t slot;
    id_new(ID_UPLOAD, upload->row.id);
    int result = uploads_create(call->api->uploads, upload->row.id, &slot);
    if (result == 0)
        upload->row.slot = slot;
    return result;
}

static int open_creation(struct http_request *req)
{
    struct call *call = call_of(req);
    struct tus_checksum checksum;
    struct upload_call *upload = arena_alloc(call->arena, sizeof *upload);
    call->work = upload;
    if (!upload) {
        upload_reply_fault(call, log_fault("upload.create", -ENOMEM, "request=%s", http_id(req)));
        return 1;
    }
    if (!read_creation(call, upload, &checksum) || !upload_body_has_room(call) ||
        !ask_to_begin(call))
        return 1;
    if (!upload->is_new || !upload->had_body)
        return 0; /* the handler answers; a body of an upload that exists is read and dropped, its
                     offset tells */
    int result = make_upload(call);
    if (result == 0) {
        result = upload_body_begin(call, 0, &checksum);
        if (result != 0)
            upload_body_drop(call, 0);
    }
    if (result != 0)
        upload_reply_intake(call, result);
    return result != 0;
}

static void abandon_creation(struct http_request *req)
{
    struct call *call = call_of(req);
    struct upload_call *upload = accept_call(call);
    if (!upload->body)
        return;
    upload_body_drop(call, 0); /* the phone never learnt its address */
    uploads_abandon(&upload->body);
}

const struct http_sink upload_create_sink = {open_creation, upload_body_write, abandon_creation};

/* The row of a new upload, and the end of the one it replaces. */
static int insert_upload_in(struct db_tx *tx, void *arg)
{
    struct call *call = arg;
    int result = upload_finish_replaced(call, tx);
    return result ? result : store_upload_insert(tx, &accept_call(call)->row);
}

static void insert_upload(struct call *call, bool with_offset)
{
    int result = db_write(call->api->db, insert_upload_in, call);
    if (result != 0) {
        upload_body_drop(call, result);
        upload_reply_fault(call, result < 0 ? result : -EEXIST);
        return;
    }
    if (accept_call(call)->replaced.id[0])
        conveyor_wake(call->api->conveyor, DESTROY_KIND);
    upload_reply_progress(call, with_offset);
}

/* A new upload without bytes. */
static void begin_empty(struct call *call)
{
    int result = make_upload(call);
    if (result != 0)
        upload_reply_intake(call, result);
    else
        insert_upload(call, accept_call(call)->had_body); /* whose bytes were dropped */
}

static int end_lost_in(struct db_tx *tx, void *arg)
{
    struct call *call = arg;
    return accept_end_upload(call, tx, &accept_call(call)->row, NULL);
}

/* The row is open and its file is lost: it ends, and a new upload begins in its place. */
static void begin_anew(struct call *call)
{
    struct upload_call *upload = accept_call(call);
    int result = db_write(call->api->db, end_lost_in, call);
    if (result < 0) {
        upload_reply_fault(call, result);
        return;
    }
    log_event(LOG_WARN, "upload.lost", "upload=%s", upload->row.id);
    conveyor_wake(call->api->conveyor, DESTROY_KIND);
    if (!ask_to_begin(call))
        return;
    if (upload->is_new)
        begin_empty(call);
    else
        upload_reply_later(call, &api_upload_busy); /* another request was quicker */
}

/* An upload that exists already: says where it stands. */
static void repeat_creation(struct call *call)
{
    struct upload_call *upload = accept_call(call);
    AUTO_DB_READ struct db_tx *tx = NULL;
    enum standing standing;
    const char *reason;
    struct staging_state state;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = accept_standing(call, tx, &upload->row, &standing, &reason);
    db_read_end(&tx);
    if (result != 0) {
        upload_reply_fault(call, result);
        return;
    }
    if (standing != STANDING_OPEN) {
        upload_reply_standing(call, standing, reason);
        return;
    }
    result =
        uploads_settle(call->api->uploads,
                       &(struct upload_place){upload->row.id, (uint32_t)upload->row.slot}, &state);
    if (result == UPLOADS_ABSENT || result == UPLOADS_DAMAGED) {
        begin_anew(call);
        return;
    }
    if (result != 0) {
        upload_reply_intake(call, result);
        return;
    }
    upload->offset = state.offset;
    if (upload_finish_is_whole(upload, state.offset))
        upload_finish(call, &state, UPLOAD_ROW_KNOWN);
    else
        upload_reply_progress(call, true);
}

static void finish_creation_with_body(struct call *call)
{
    struct upload_call *upload = accept_call(call);
    struct staging_state state;
    int result = uploads_end(&upload->body, &state);
    if (result != 0) {
        upload_body_drop(call, 0);
        upload_reply_intake(call, result);
        return;
    }
    upload->offset = state.offset;
    if (upload_finish_is_whole(upload, state.offset))
        upload_finish(call, &state, UPLOAD_ROW_NEW);
    else
        insert_upload(call, true);
}

void upload_create(struct http_request *req)
{
    struct call *call = call_of(req);
    struct upload_call *upload = accept_call(call);
    if (!upload->is_new)
        repeat_creation(call);
    else if (upload->body)
        finish_creation_with_body(call);
    else
        begin_empty(call);
}
