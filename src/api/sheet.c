/* SPDX-License-Identifier: Apache-2.0
 *
 * It holds the picture, so it goes the way of the evidence archive: the same question who may, the
 * same fence, the same look. A program of its own draws it (paper/paper.h); so many of those may
 * run at once, and a further request is told to come back.
 */
#include "api/sheet.h"

#include <errno.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/call.h"
#include "api/evidence.h"
#include "api/language.h"
#include "api/subject.h"
#include "api/terms.h"
#include "base/log.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "ledger/tlog_proof.h"
#include "pages/proof_sheet.h"
#include "paper/paper.h"
#include "store/delivery.h"
#include "store/shipper.h"

static _Atomic int drawing;

/* What is said of delivery, shipper and terms, as it is now. */
struct sheet_facts {
    struct delivery delivery;
    struct shipper shipper;
    int64_t held_until;
    bool shared;
};

static int read_facts(struct call *call, const struct photo *photo, struct sheet_facts *out)
{
    struct delivery *delivery = &out->delivery;
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = store_delivery_get(tx, photo->delivery_id, call->arena, delivery);
    if (result == 0)
        result = store_shipper_get(tx, delivery->shipper_id, call->arena, &out->shipper);
    if (result == 0)
        result = terms_for_sheet(call, tx, photo, &out->held_until, &out->shared);
    return result;
}

/* The sheet's JSON, which the caller frees; NULL when it cannot be made. */
static char *write_sheet(struct call *call, const struct photos_sent *what,
                         const struct evidence_parts *parts)
{
    struct tlog_proof proof;
    struct note note;
    struct checkpoint checkpoint;
    struct sheet_facts facts;
    char root[BASE64_ROOM(TREE_HASH)];
    const struct span bytes = {parts->proof.proof.data, parts->proof.proof.len};
    if (!tlog_proof_parse(bytes, &proof) ||
        !checkpoint_open(proof.checkpoint, &parts->proof.key, &note, &checkpoint) ||
        read_facts(call, what->photo, &facts) != 0)
        return NULL;
    text_base64(checkpoint.head.root, TREE_HASH, root);
    const struct proof_sheet sheet = {
        .lang = language_of(call->req, &call->actor),
        .delivery = &facts.delivery,
        .photo = what->photo,
        .shipper = facts.shipper.name,
        .far_metres = facts.shipper.far_metres,
        .url = call->api->origin,
        .origin = checkpoint.origin,
        .root = root,
        .index = proof.index,
        .size = checkpoint.head.size,
        .stamped = parts->proof.stamp.len > 0,
        .cosigned = note.count > 1,
        .case_number = what->look ? what->look->case_number : 0,
        .agent_number = what->look ? what->look->agent_number : 0,
        .held_until = facts.held_until,
        .shared = facts.shared,
    };
    language_declare(call->req, sheet.lang);
    json_t *json = proof_sheet_json(&sheet);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static int draw(struct call *call, const struct evidence_parts *parts, const char *text,
                struct buf *out)
{
    const struct settings *settings = call->api->settings;
    const struct paper_job job = {
        .program = settings->sheet.program_path,
        .sheet = {(const uint8_t *)text, strlen(text)},
        .jpeg = {parts->photo.data, parts->photo.len},
        .timeout_ms = settings->sheet.timeout_ms,
    };
    int result = PAPER_FAILED;
    if (atomic_fetch_add(&drawing, 1) < settings->sheet.at_once)
        result = paper_make(&job, out);
    atomic_fetch_sub(&drawing, 1);
    return result;
}

static int make(struct call *call, const struct photos_sent *what,
                const struct evidence_parts *parts, struct buf *out,
                const struct http_problem **problem_out)
{
    AUTO_FREE char *text = write_sheet(call, what, parts);
    if (!text)
        return log_fault("sheet.make", -EBADMSG, "photo=%s", what->photo->id);
    int result = draw(call, parts, text, out);
    if (result == PAPER_FAILED)
        *problem_out = &http_unavailable;
    return result == PAPER_FAILED ? 0 : result;
}

static void send(struct call *call, const struct photos_sent *what)
{
    static const struct evidence_form form = {"application/pdf", "pdf", make};
    evidence_send(call, what, &form);
}

void sheet_of_order(struct http_request *req)
{
    photos_serve_order(req, send);
}

void sheet_of_look(struct http_request *req)
{
    photos_serve_look(req, send);
}
