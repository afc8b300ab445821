/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence holds the picture, so it goes the way of a picture: the same question who may, behind
 * the same fence, and no further than the look under which an agent asked. It is put together in
 * memory, which takes a disk's time: these handlers run on the pool.
 */
#include "api/evidence.h"

#include <errno.h>

#include "api/api.h"
#include "api/call.h"
#include "api/photos.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/log.h"
#include "blob/seal.h"
#include "crypto/crypto.h"
#include "ledger/evidence.h"
#include "ledger/ledger.h"
#include "store/entry.h"

enum { EVIDENCE_TILE_CEILING = 1 << 20 }; /* bytes of a tile, or of a bundle of entries */

/* ---- the log ---- */

/* Replies what was read, which is for everyone to keep as long as `cache` says. */
static void reply(struct http_request *req, int result, struct buf *bytes, const char *type,
                  const char *cache)
{
    size_t len;
    uint8_t *data = result == 0 ? buf_take(bytes, &len) : NULL;
    if (result < 0)
        http_fault(req, result);
    else if (!data)
        http_problem(req, &http_not_found, NULL);
    else if (http_set_header(req, "Cache-Control", cache))
        http_reply_owned(req, 200, type, data, len);
    else {
        free(data);
        http_fault(req, -ENOMEM);
    }
    buf_free(bytes);
}

void evidence_checkpoint(struct http_request *req)
{
    const struct api *api = call_of(req)->api;
    struct buf bytes;
    char cache[64];
    int64_t seconds = api->settings->ledger.interval_ms / CLOCK_SECOND;
    snprintf(cache, sizeof cache, "public, max-age=%lld", (long long)(seconds > 0 ? seconds : 1));
    buf_init(&bytes, NOTE_CEILING);
    reply(req, ledger_checkpoint(api->ledger, &bytes), &bytes, "text/plain; charset=utf-8", cache);
}

void evidence_tile(struct http_request *req)
{
    struct buf bytes;
    struct tile tile;
    buf_init(&bytes, EVIDENCE_TILE_CEILING);
    int result = ledger_tile(call_of(req)->api->ledger, http_param(req, "path"), &tile, &bytes);
    reply(req, result, &bytes, "application/octet-stream", "public, max-age=31536000, immutable");
}

/* ---- evidence ---- */

/* Of what: the entry that shows the photo, or that of a look; with the picture or without. */
struct wanted {
    const struct photo *photo;
    const struct store_look *look; /* NULL: none */
    bool picture;
    int64_t until;
    const struct evidence_form *form;
    const struct photos_sent *sent; /* NULL: without the picture */
};

static void free_parts(struct evidence_parts *parts)
{
    ledger_proof_free(&parts->proof);
    buf_free(&parts->policy);
    buf_free(&parts->photo);
    crypto_wipe(&parts->opening, sizeof parts->opening);
    free(parts);
}

/* That of the look, or else of what is shown. */
static int read_entry(struct call *call, const struct wanted *wanted, struct store_entry *entry)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result != 0)
        return result;
    return wanted->look
               ? store_entry_get(tx, wanted->look->entry, wanted->photo->id, call->arena, entry)
               : store_entry_shown(tx, wanted->photo->id, call->arena, entry);
}

static int read_photo(struct call *call, const struct photo *photo, struct buf *out)
{
    struct sealed_reader reader = {.held = NULL};
    uint64_t length;
    int result = photos_open(call, photo, &reader);
    if (result != 0)
        return result;
    result = sealed_length(&reader, SEALED_POSTED, &length);
    uint8_t *bytes = result == 0 && length <= EVIDENCE_CEILING ? malloc(length + 1) : NULL;
    if (bytes)
        result = sealed_read(&reader, SEALED_POSTED, 0, bytes, length);
    if (bytes && result == 0)
        *out = (struct buf){bytes, length, length + 1, length + 1, false};
    else
        free(bytes);
    sealed_close(&reader);
    return bytes && result == 0 ? 0 : log_fault("evidence.photo", -EBADMSG, "photo=%s", photo->id);
}

/* 0, a problem in *problem_out, or a fault. */
static int collect(struct call *call, const struct wanted *wanted, struct evidence_parts *parts,
                   const struct http_problem **problem_out)
{
    const struct photo *photo = wanted->photo;
    const struct api *api = call->api;
    buf_init(&parts->policy, TLOG_POLICY_CEILING);
    *problem_out = &api_no_evidence;
    int result = read_entry(call, wanted, &parts->entry);
    if (result == 0)
        result = step_open(api->recorder, &parts->entry, photo, &parts->opening);
    if (result != 0)
        return result < 0 ? result : 0;
    result = ledger_prove(api->ledger, parts->entry.seq, &parts->proof);
    if (result == LEDGER_PENDING)
        *problem_out = &api_evidence_pending;
    if (result != 0)
        return result < 0 ? result : 0;
    ledger_policy(api->ledger, &parts->proof.key, &parts->policy);
    step_entry(parts->entry.commitment, parts->text);
    result = wanted->picture ? read_photo(call, photo, &parts->photo) : 0;
    if (result == 0)
        *problem_out = NULL;
    else if (result > 0)
        *problem_out = &api_no_photo;
    return result < 0 ? result : 0;
}

/* An archive on its way out. */
struct archive {
    struct buf bytes;
    int64_t until;
};

static int64_t read_piece(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    const struct archive *archive = state;
    if (archive->until && clock_now() >= archive->until)
        return 0;
    size_t left = archive->bytes.len - (size_t)offset, n = left < room ? left : room;
    memcpy(out, archive->bytes.data + offset, n);
    return (int64_t)n;
}

static void free_archive(void *state)
{
    struct archive *archive = state;
    if (archive)
        buf_free(&archive->bytes);
    free(archive);
}

static int write_archive(struct call *call, const struct photos_sent *what,
                         const struct evidence_parts *parts, struct buf *out,
                         const struct http_problem **problem_out)
{
    const struct evidence evidence = {
        .photo = {parts->photo.data, parts->photo.len},
        .manifest = {(const uint8_t *)parts->opening.manifest, parts->opening.len},
        .salt = parts->opening.salt,
        .entry = parts->text,
        .proof = {parts->proof.proof.data, parts->proof.proof.len},
        .policy = {parts->policy.data, parts->policy.len},
        .stamp = {parts->proof.stamp.data, parts->proof.stamp.len},
    };
    (void)call, (void)what, (void)problem_out;
    buf_init(out, EVIDENCE_CEILING);
    return evidence_write(&evidence, out);
}

static const struct evidence_form archive_form = {"application/zip", "zip", write_archive};

/* 0 and an archive or a problem; or a fault. */
static int put_together(struct call *call, const struct wanted *wanted,
                        const struct evidence_parts *parts, struct archive **archive_out,
                        const struct http_problem **problem_out)
{
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive)
        return log_fault("evidence.archive", -ENOMEM, "what=memory");
    archive->until = wanted->until;
    int result = wanted->form->make(call, wanted->sent, parts, &archive->bytes, problem_out);
    if (result != 0 || *problem_out)
        free_archive(archive);
    else
        *archive_out = archive;
    return result;
}

static void reply_problem(struct call *call, const struct http_problem *problem)
{
    if (problem == &api_evidence_pending || problem == &http_unavailable)
        http_problem_later(call->req, problem, 1, NULL);
    else
        http_problem(call->req, problem, NULL);
}

static void send_archive(struct call *call, const struct wanted *wanted, struct archive *archive)
{
    char name[80];
    const struct photo *photo = wanted->photo;
    snprintf(name, sizeof name, "attachment; filename=\"evidence-%s.%s\"",
             wanted->look ? wanted->look->id : photo->id, wanted->form->ending);
    if (!http_set_header(call->req, "Content-Disposition", name))
        log_event(LOG_WARN, "evidence.name", "photo=%s", photo->id);
    http_note(call->req, "photo=%s", photo->id);
    struct http_pieces pieces = {.read = read_piece, .free = free_archive, .state = archive};
    http_reply_pieces(call->req, 200, wanted->form->type, archive->bytes.len, &pieces);
}

static void send(struct call *call, const struct wanted *wanted)
{
    struct archive *archive = NULL;
    const struct http_problem *problem = NULL;
    struct evidence_parts *parts = calloc(1, sizeof *parts);
    if (!parts) {
        http_fault(call->req, log_fault("evidence.send", -ENOMEM, "photo=%s", wanted->photo->id));
        return;
    }
    int result = collect(call, wanted, parts, &problem);
    if (result == 0 && !problem)
        result = put_together(call, wanted, parts, &archive, &problem);
    free_parts(parts);
    if (archive)
        send_archive(call, wanted, archive);
    else if (problem)
        reply_problem(call, problem);
    else
        http_fault(call->req, result);
}

void evidence_send(struct call *call, const struct photos_sent *what,
                   const struct evidence_form *form)
{
    send(call, &(struct wanted){what->photo, what->look, true, what->until, form, what});
}

/* An agent's names the look under which it was taken out: its manifest is that of the look. */
static void send_with_picture(struct call *call, const struct photos_sent *what)
{
    evidence_send(call, what, &archive_form);
}

void evidence_of_order(struct http_request *req)
{
    photos_serve_order(req, send_with_picture);
}

void evidence_of_look(struct http_request *req)
{
    photos_serve_look(req, send_with_picture);
}

/* ---- that someone looked ---- */

/* The look of the path, at a photo of the order of the path, whoever may read of it. */
static int find_look(struct call *call, struct answer *answer, struct store_look *look,
                     struct photo *photo)
{
    struct subject subject;
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result =
            subject_need(call, tx, http_param(call->req, "id"), PURPOSE_LOOKS, answer, &subject);
    if (result != 0)
        return result;
    result = store_look_get(tx, http_param(call->req, "look_id"), call->arena, look);
    if (result == 0 && strcmp(look->delivery_id, subject.delivery.id) != 0)
        result = STORE_NOT_FOUND;
    if (result == 0)
        result = store_photo_get(tx, look->photo_id, call->arena, photo);
    return result > 0 ? call_refuse(answer, &http_not_found, NULL) : result;
}

void evidence_that_looked(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer = {0};
    struct store_look look;
    struct photo photo;
    int result = find_look(call, &answer, &look, &photo);
    if (result == 0)
        send(call, &(struct wanted){&photo, &look, false, 0, &archive_form, NULL});
    else
        call_reply(call, result, &answer);
}
