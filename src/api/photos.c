/* SPDX-License-Identifier: Apache-2.0
 *
 * Every answer with a picture enters the fence under the photo's id before the policy is asked, and
 * decrypts piece by piece as the client takes it. Whoever withdraws the photo cuts the fence first
 * and commits then, so that after the commit no byte is handed to a socket (design D8).
 */
#include "api/photos.h"

#include <errno.h>

#include "api/api.h"
#include "api/shapes.h"
#include "base/log.h"
#include "base/text.h"
#include "blob/seal.h"
#include "crypto/crypto.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/judge.h"
#include "keys/keys.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/proof.h"

/* ---- sending ---- */

/* A picture on its way out. */
struct sending {
    struct sealed_reader reader;
    enum sealed_kind kind;
};

static int64_t read_piece(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    struct sending *sending = state;
    uint64_t length;
    if (sealed_length(&sending->reader, sending->kind, &length) != 0)
        return -EIO;
    size_t n = length - offset < room ? (size_t)(length - offset) : room;
    int result = sealed_read(&sending->reader, sending->kind, offset, out, n);
    if (result != 0)
        return log_fault("photo.read", -EIO, "photo=%s", sending->reader.name);
    return (int64_t)n;
}

static void end_sending(void *state)
{
    struct sending *sending = state;
    sealed_close(&sending->reader);
    free(sending);
}

/* Opens the picture. 0, 1 when it is gone (erased between the row and the key), or a fault. */
static int open_sealed(struct call *call, const struct photo *photo, struct sending *sending)
{
    uint8_t id[16], key[KEYS_KEY];
    if (!id_to_bytes(photo->id, id) || photo->key_slot < 0)
        return 1;
    int result = keys_load(call->api->keys, (uint32_t)photo->key_slot, id, key);
    if (result == KEYS_GONE)
        return 1;
    if (result == 0) {
        result = sealed_open(call->api->photos, photo->id, key, &sending->reader);
        crypto_wipe(key, sizeof key);
        if (result == BLOB_ABSENT)
            return 1;
    }
    return result > 0 ? log_fault("photo.open", -EBADMSG, "photo=%s", photo->id) : result;
}

/* The entity tag: the posted photo's hash; the preview is made from it, so the same hash names it
 * with a letter. */
static void etag_of(const struct photo *photo, enum sealed_kind kind, char out[40])
{
    char hex[33];
    text_hex(photo->posted_sha256, 16, hex);
    snprintf(out, 40, "\"%s%s\"", hex, kind == SEALED_PREVIEW ? "p" : "");
}

static void send_photo(struct call *call, const struct photo *photo, enum sealed_kind kind)
{
    char etag[40];
    uint64_t length;
    struct sending *sending = calloc(1, sizeof *sending);
    int result = sending ? open_sealed(call, photo, sending) : -ENOMEM;
    if (result == 0 && sealed_length(&sending->reader, kind, &length) != 0)
        result = -EBADMSG;
    if (result != 0) {
        if (sending)
            end_sending(sending);
        if (result > 0)
            http_problem(call->req, &api_no_photo, NULL);
        else
            http_fault(call->req, result);
        return;
    }
    sending->kind = kind;
    etag_of(photo, kind, etag);
    struct http_pieces pieces = {
        .read = read_piece, .free = end_sending, .state = sending, .etag = etag};
    if (http_query(call->req, "download"))
        http_set_header(call->req, "Content-Disposition",
                        "attachment; filename=\"delivery-photo.jpg\"");
    http_reply_pieces(call->req, 200, "image/jpeg", length, &pieces);
}

static bool read_size(struct call *call, enum sealed_kind *kind_out)
{
    const char *size = http_query(call->req, "size");
    bool preview = size && strcmp(size, "preview") == 0;
    *kind_out = preview ? SEALED_PREVIEW : SEALED_POSTED;
    if (!size || preview || strcmp(size, "full") == 0)
        return true;
    http_problem_field(call->req, &api_invalid_field, "size", "This must be preview or full.");
    return false;
}

/* ---- who may ---- */

/* Reads the subject and asks the policy, inside the fence. The photo that was entered under must
 * still be the one. */
static int ask_inside(struct call *call, const char *delivery_id, const char *photo_id,
                      struct answer *answer, struct subject *subject)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = subject_need(call, tx, delivery_id, PURPOSE_PHOTO, answer, subject);
    if (result == 0 && (!subject->has_photo || strcmp(subject->photo.id, photo_id) != 0))
        result = call_refuse(answer, &api_no_photo, NULL);
    return result;
}

static int photo_of_delivery(struct call *call, const char *delivery_id, char photo_id[ID_ROOM])
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    photo_id[0] = 0;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_delivery_photo(tx, delivery_id, photo_id);
    return result < 0 ? result : 0;
}

/* Enters, asks, sends. A delivery without a photo is asked about too: its answer says why there is
 * none. */
static void serve(struct call *call, const char *delivery_id, const char *photo_id)
{
    struct answer answer = {0};
    struct subject subject;
    enum sealed_kind kind;
    uint8_t key[16];
    if (!read_size(call, &kind))
        return;
    bool fenced = id_to_bytes(photo_id, key);
    int entered = fenced ? http_fence_enter(call->api->fence, key, call->req) : 0;
    int result = entered < 0 ? entered : ask_inside(call, delivery_id, photo_id, &answer, &subject);
    if (entered > 0 && result == 0) /* being withdrawn at this moment */
        result = call_refuse(&answer, &api_no_photo, NULL);
    if (result != 0)
        call_reply(call, result < 0 ? result : 0, &answer);
    else
        send_photo(call, &subject.photo, kind);
}

void photos_of_order(struct http_request *req)
{
    struct call *call = call_of(req);
    const char *delivery_id = http_param(req, "id");
    char photo_id[ID_ROOM];
    int result = photo_of_delivery(call, delivery_id, photo_id);
    if (result != 0)
        http_fault(req, result);
    else
        serve(call, delivery_id, photo_id);
}

/* The look of the path must be this agent's, under the case of the path; whether it still runs the
 * policy says. */
static int find_look(struct call *call, struct store_look *look, struct store_case *row)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_look_get(tx, http_param(call->req, "look_id"), call->arena, look);
    if (result == 0 && (strcmp(look->case_id, http_param(call->req, "id")) != 0 ||
                        strcmp(look->agent_id, call->actor.id) != 0))
        result = STORE_NOT_FOUND;
    if (result == 0)
        result = store_case_get(tx, look->case_id, call->arena, row);
    return result;
}

void photos_of_look(struct http_request *req)
{
    struct call *call = call_of(req);
    struct store_look look;
    struct store_case row;
    int result = find_look(call, &look, &row);
    if (result < 0)
        http_fault(req, result);
    else if (result != 0)
        http_problem(req, &http_not_found, NULL);
    else if (row.state != CASE_OPEN)
        http_problem(req, &api_needs_case, NULL);
    else if (call->now >= look.expires_at ||
             !text_same_secret(look.session_hash, call->actor.credential, TOKEN_HASH))
        http_problem(req, &api_needs_look, NULL);
    else
        serve(call, look.delivery_id, look.photo_id);
}

/* ---- erasing ---- */

/* A photo that waits for its verdict is dropped with its job; what is sealed is destroyed by the
 * job made here. */
static int queue_destruction(struct call *call, struct db_tx *tx, struct photo *photo)
{
    struct store_job job;
    int result = 0;
    if (photo->staging_slot >= 0) {
        result = destroy_job_for_upload(call->api->conveyor, photo->upload_id, photo->staging_slot,
                                        call->arena, &job);
        if (result == 0)
            result = store_job_insert(tx, &job);
    }
    if (result == 0 && photo->key_slot >= 0) {
        result = destroy_job_for_photo(call->api->conveyor, photo->id, photo->key_slot, call->arena,
                                       &job);
        if (result == 0)
            result = store_job_insert(tx, &job);
    }
    return result;
}

/* The key to destroy once the erasure has committed. */
struct erasure {
    char photo_id[ID_ROOM];
    int64_t slot; /* -1: none */
};

static int erase(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_ERASE, answer, &subject);
    if (result != 0)
        return result;
    struct photo *photo = &subject.photo;
    result = queue_destruction(call, tx, photo);
    if (result == 0)
        result = store_job_drop_subject(tx, JUDGE_KIND, photo->id);
    if (result != 0)
        return result;
    photo->state = subject.delivery.photo_state = PHOTO_ERASED;
    photo->reason = subject.delivery.photo_reason = "by_recipient";
    subject.delivery.changed_at = call->now;
    result = store_photo_update(tx, photo);
    if (result == 0)
        result = store_delivery_move(tx, &subject.delivery);
    if (result == 0)
        result = store_proof_drop(tx, subject.delivery.id);
    if (result != 0)
        return result;
    struct erasure *erasure = call->work;
    erasure->slot = photo->key_slot;
    memcpy(erasure->photo_id, photo->id, ID_ROOM);
    http_note(call->req, "photo=%s", photo->id);
    return call_ok(answer, 204, NULL);
}

/* The key goes before the answer, so that the answer says what is so. The job does it again, for
 * the bytes and for crashes. */
static int destroy_key(struct call *call, const struct erasure *erasure)
{
    uint8_t id[16];
    int result = id_to_bytes(erasure->photo_id, id)
                     ? keys_erase(call->api->keys, (uint32_t)erasure->slot, id)
                     : 0;
    return result < 0 ? result : keys_sync(call->api->keys);
}

int photos_erase_now(struct call *call, struct answer *answer)
{
    char photo_id[ID_ROOM];
    uint8_t key[16];
    int result = photo_of_delivery(call, http_param(call->req, "id"), photo_id);
    if (result != 0)
        return result;
    bool fenced = id_to_bytes(photo_id, key);
    struct erasure erasure = {.slot = -1};
    call->work = &erasure;
    if (fenced)
        http_fence_cut(call->api->fence, key);
    result = call_perform(call, erase, answer);
    if (result == 0 && erasure.slot >= 0)
        result = destroy_key(call, &erasure);
    if (fenced)
        http_fence_lift(call->api->fence, key);
    if (result == 0)
        conveyor_wake(call->api->conveyor, DESTROY_KIND);
    return result;
}

void photos_erase(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    int result = photos_erase_now(call, &answer);
    if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
}
