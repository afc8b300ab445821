/* SPDX-License-Identifier: Apache-2.0
 *
 * Every answer with a picture enters the fence under the delivery's id before the policy is asked,
 * and decrypts piece by piece as the client takes it. Whoever withdraws a photo of the delivery
 * cuts the fence first and commits then, so that after the commit no byte is handed to a socket
 * (design D8). The id is in the path, or in the look's row, which never changes: nothing that may
 * change meanwhile is looked up to find it.
 *
 * What is sent under a look is marked or evidence, and ends with the look (R4): it has entered
 * under the case's id too, which resolving the case cuts, and no piece of it is read once the look
 * has run out.
 */
#include "api/photos.h"

#include <errno.h>

#include "api/admit.h"
#include "api/api.h"
#include "api/erasures.h"
#include "api/going.h"
#include "api/marked.h"
#include "api/shown.h"
#include "api/subject.h"
#include "api/withdraw.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "blob/seal.h"
#include "crypto/crypto.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/erase.h"
#include "keys/keys.h"
#include "store/delivery.h"
#include "store/photo.h"

/* Which picture is asked for. */
struct wish {
    const char *delivery_id;
    const struct store_look *look; /* an agent's, with the photo that it is for; else NULL */
    int attempt;                   /* a recipient's; 0: the newest that has one */
    enum sealed_kind kind;
    enum policy_purpose purpose; /* PURPOSE_PHOTO, or PURPOSE_EVIDENCE with `send` */
    photos_sender *send;         /* NULL: the picture alone */
};

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

/* It may be erased between the row and the key. */
int photos_open(struct call *call, const struct photo *photo, struct sealed_reader *reader_out)
{
    uint8_t id[16], key[KEYS_KEY];
    if (!id_to_bytes(photo->id, id) || photo->key_slot < 0)
        return 1;
    int result = keys_load(call->api->keys, (uint32_t)photo->key_slot, id, key);
    if (result == KEYS_GONE)
        return 1;
    if (result == 0) {
        result = sealed_open(call->api->photos, photo->id, key, reader_out);
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

static void send_photo(struct call *call, const struct photo *photo, const struct wish *wish)
{
    enum sealed_kind kind = wish->kind;
    char etag[40];
    uint64_t length;
    struct sending *sending = calloc(1, sizeof *sending);
    int result = sending ? photos_open(call, photo, &sending->reader) : -ENOMEM;
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

void photos_send(struct call *call, const struct photo *photo, enum sealed_kind kind)
{
    send_photo(call, photo, &(struct wish){.kind = kind});
}

bool photos_read_size(struct call *call, enum sealed_kind *kind_out)
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

/* A look stands and falls with its own case, where it has one, whatever other cases there are, and
 * is for the session that began it. */
static int pick_looked_at(struct call *call, struct db_tx *tx, const struct store_look *look,
                          struct subject *subject)
{
    struct store_case row = {.state = CASE_RESOLVED};
    bool glass = store_look_breaks_glass(look);
    int result = glass ? 0 : store_case_get(tx, look->case_id, call->arena, &row);
    if (result != 0)
        return result;
    subject_pick_photo(subject, look->photo_id);
    subject->facts.case_open = !glass && row.state == CASE_OPEN;
    subject->facts.look_broke_glass = glass;
    subject->facts.look_kind = look->kind;
    subject->facts.look_live =
        call->now < look->expires_at &&
        text_same_secret(look->session_hash, call->actor.credential, TOKEN_HASH);
    return 0;
}

/* Reads the subject and asks the policy, inside the fence. */
static int ask_inside(struct call *call, const struct wish *wish, struct answer *answer,
                      struct subject *subject)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0 && wish->look) /* it may have ended since it was admitted */
        result = admit_still(call, tx, WHO_AGENT);
    if (result == 0)
        result = subject_load(call, tx, wish->delivery_id, subject);
    if (result == 0 && wish->look)
        result = pick_looked_at(call, tx, wish->look, subject);
    else if (result == 0)
        result = subject_pick_attempt(call, tx, subject, wish->attempt);
    if (result < 0)
        return result;
    enum policy_answer policy = result == 0 ? subject_ask(subject, wish->purpose) : POLICY_HIDDEN;
    return policy == POLICY_ALLOW ? 0 : call_refuse_policy(answer, policy);
}

static int enter(struct call *call, const char *id)
{
    uint8_t key[16];
    return id_to_bytes(id, key) ? http_fence_enter(call->api->fence, key, call->req) : 0;
}

/* Enters, asks, sends. A delivery without a photo is asked about too: its answer says why there is
 * none. */
static void serve(struct call *call, const struct wish *wish)
{
    struct answer answer = {0};
    struct subject subject = {0};
    int result, entered = enter(call, wish->delivery_id);
    if (entered == 0 && wish->look && !store_look_breaks_glass(wish->look))
        entered = enter(call, wish->look->case_id);
    if (entered == 0 && wish->look) /* whoever takes the agent's session away cuts what it gets */
        entered = enter(call, wish->look->agent_id);
    result = entered < 0 ? entered : ask_inside(call, wish, &answer, &subject);
    const struct photo *photo =
        entered == 0 ? subject.asked : NULL; /* else it is being withdrawn */
    if (result == 0 && !photo)
        result = call_refuse(&answer, &api_no_photo, NULL);
    struct photos_sent what = {photo, wish->look, subject.delivery.time_zone,
                               wish->look ? wish->look->expires_at : 0};
    if (result == 0 && photo && subject.facts.actor == ACTOR_BUYER) /* it is written down first */
        http_continue_on_pool(call->req, shown_photo);
    else if (result == 0 && photo && wish->send)
        wish->send(call, &what);
    else if (result == 0 && photo && wish->look)
        marked_send(call, &what, wish->kind);
    else if (result == 0 && photo)
        send_photo(call, photo, wish);
    else
        call_reply(call, result < 0 ? result : 0, &answer);
}

void photos_serve_order(struct http_request *req, photos_sender *send)
{
    struct call *call = call_of(req);
    struct wish wish = {.delivery_id = http_param(req, "id"),
                        .purpose = send ? PURPOSE_EVIDENCE : PURPOSE_PHOTO,
                        .send = send};
    struct answer answer = {0};
    if (!send && !photos_read_size(call, &wish.kind))
        return;
    if (subject_read_attempt(call, &wish.attempt, &answer))
        serve(call, &wish);
    else
        call_reply(call, 0, &answer);
}

void photos_of_order(struct http_request *req)
{
    photos_serve_order(req, NULL);
}

/* The look of the path must be this agent's, under the case of the path or without one; whether it
 * still runs the policy says. */
static int find_look(struct call *call, struct store_look *look)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_look_get(tx, http_param(call->req, "look_id"), call->arena, look);
    const char *of_case = http_param(call->req, "id");
    if (result == 0 && (strcmp(look->case_id, of_case ? of_case : "") != 0 ||
                        strcmp(look->agent_id, call->actor.id) != 0))
        result = STORE_NOT_FOUND;
    return result;
}

void photos_serve_look(struct http_request *req, photos_sender *send)
{
    struct call *call = call_of(req);
    struct store_look look;
    struct wish wish = {.delivery_id = look.delivery_id,
                        .look = &look,
                        .purpose = send ? PURPOSE_EVIDENCE : PURPOSE_PHOTO,
                        .send = send};
    int result = find_look(call, &look);
    if (result < 0)
        http_fault(req, result);
    else if (result != 0)
        http_problem(req, &http_not_found, NULL);
    else if (send || photos_read_size(call, &wish.kind))
        serve(call, &wish);
}

void photos_of_look(struct http_request *req)
{
    photos_serve_look(req, NULL);
}

void photos_of_glass(struct http_request *req)
{
    photos_serve_look(req, NULL);
}

/* ---- erasing ---- */

#define BY_RECIPIENT "by_recipient" /* a PHOTO_REASONS word */

/* One photo; whose policy answer is no, stays. */
static int erase_one(struct call *call, struct db_tx *tx, struct subject *subject,
                     struct photo *photo)
{
    struct erasures *erasures = call->work;
    struct erasure erasure = {.conveyor = call->api->conveyor,
                              .recorder = call->api->recorder,
                              .arena = call->arena,
                              .now = call->now,
                              .reason = BY_RECIPIENT,
                              .telling = &call->telling};
    subject->asked = photo;
    enum policy_answer policy = subject_ask(subject, PURPOSE_ERASE);
    if (policy == POLICY_LATER)
        return going_ask(call, tx, subject, &erasures->later_until);
    if (policy != POLICY_ALLOW)
        return 0;
    erasures_note(erasures, photo);
    http_note(call->req, "photo=%s", photo->id);
    return erase_photo(&erasure, tx, photo);
}

/* Is there a photo to erase, of the attempt that is named or of any, and by whom asks? */
static int need_erasable(struct call *call, struct db_tx *tx, struct answer *answer,
                         struct subject *subject, int *attempt_out)
{
    if (!subject_read_attempt(call, attempt_out, answer))
        return CALL_REFUSE;
    int result = subject_load(call, tx, http_param(call->req, "id"), subject);
    if (result == 0)
        result = subject_pick_attempt(call, tx, subject, *attempt_out);
    if (result == 0)
        result = subject_load_hold(call, tx, subject);
    if (result < 0)
        return result;
    enum policy_answer policy = result == 0 ? subject_ask(subject, PURPOSE_ERASE) : POLICY_HIDDEN;
    return policy == POLICY_ALLOW || policy == POLICY_LATER ? 0
                                                            : call_refuse_policy(answer, policy);
}

static int ask_erase(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject;
    int attempt = 0;
    return need_erasable(call, tx, answer, &subject, &attempt);
}

/* The photo of the attempt that is named; with none named every one that is there. */
static int erase(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct subject subject = {0};
    int attempt = 0, result = need_erasable(call, tx, answer, &subject, &attempt);
    for (int i = 0; result == 0 && i < subject.live.count; i++)
        if (attempt == 0 || subject.live.items[i].attempt == attempt)
            result = erase_one(call, tx, &subject, &subject.live.items[i]);
    const struct erasures *erasures = call->work;
    if (result == 0 && erasures->later_until)
        return call_ok(answer, 202, going_shape(erasures->later_until));
    return result != 0 ? result : call_ok(answer, 200, json_pack("{s:s}", "state", "erased"));
}

/* The keys go before the answer, so that the answer says what is so. The jobs do it again, for the
 * bytes and for crashes. */
int photos_erase_now(struct call *call, struct answer *answer)
{
    struct erasures erasures = {.reason = BY_RECIPIENT};
    const struct withdrawal erasure = {http_param(call->req, "id"), ask_erase, erase};
    call->work = &erasures;
    int result = withdraw_perform(call, &erasure, answer);
    call->work = NULL;
    if (result == 0 && erasures.count > 0)
        result = erasures_end(call, &erasures, answer);
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
