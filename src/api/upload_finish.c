/* SPDX-License-Identifier: Apache-2.0
 *
 * The waiter is left before the job runs; from then on the request may be answered at any moment,
 * by the thread of the job or of the clock, and is not touched here any more.
 */
#include "api/upload_finish.h"

#include "api/api.h"
#include "api/upload_body.h"
#include "api/upload_reply.h"
#include "crypto/hash.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/verdicts.h"

/* On the thread of the job or of the clock: the request is ours until http_complete. */
static void answer_verdict(void *arg, const struct verdict *verdict)
{
    struct call *call = arg;
    bool head = http_method(call->req) == HTTP_HEAD;
    switch (verdict->kind) {
    case VERDICT_STORED:
    case VERDICT_PENDING:
        accept_sign(call, verdict->kind == VERDICT_STORED ? RECEIPT_STORED : RECEIPT_PENDING, NULL);
        if (head)
            upload_reply_head(call);
        else
            upload_reply_progress(call, true);
        break;
    case VERDICT_REJECTED:
        if (head)
            upload_reply_problem(call, &api_upload_gone, NULL, NULL);
        else
            upload_reply_rejected(call, verdict->reason);
        break;
    case VERDICT_LOST: /* when it comes back the upload is gone, and a new one may begin */
        upload_reply_later(call, &api_upload_busy);
        break;
    case VERDICT_REFUSED:
        upload_reply_refused(call,
                             head ? &api_upload_gone : upload_reply_problem_of(verdict->reason),
                             verdict->reason);
        break;
    }
    http_complete(call->req);
}

/* Accepting as an operation of db_write. */
struct accepting {
    struct call *call;
    struct answer answer;
    struct acceptance result;
    bool insert_first; /* the upload has no row yet: creation with its whole body */
};

int upload_finish_replaced(struct call *call, struct db_tx *tx)
{
    struct upload_call *upload = accept_call(call);
    if (!upload->replaced.id[0])
        return 0;
    int result = accept_end_upload(call, tx, &upload->replaced, NULL);
    return result == ACCEPT_OVERTAKEN ? 0 : result;
}

static int accept_in(struct db_tx *tx, void *arg)
{
    struct accepting *accepting = arg;
    struct call *call = accepting->call;
    int result = 0;
    if (accepting->insert_first)
        result = upload_finish_replaced(call, tx);
    if (result == 0 && accepting->insert_first)
        result = store_upload_insert(tx, &accept_call(call)->row);
    if (result == 0)
        result = accept_whole(call, tx, &accepting->answer, &accepting->result);
    return result;
}

static int keep_in(struct db_tx *tx, void *arg)
{
    struct call *call = arg;
    int result = upload_finish_replaced(call, tx);
    return result ? result : store_upload_insert(tx, &accept_call(call)->row);
}

/* Too many photos wait for their verdict: this one is not acknowledged yet. Its bytes stay, and are
 * accepted when the phone asks again; an upload that it does not know of yet is found by its
 * challenge. */
static void keep_for_later(struct call *call, bool insert_first)
{
    int result = insert_first ? db_write(call->api->db, keep_in, call) : 0;
    if (insert_first && accept_call(call)->replaced.id[0])
        conveyor_wake(call->api->conveyor, DESTROY_KIND);
    if (result < 0)
        upload_reply_fault(call, result);
    else
        upload_reply_later(call, &api_uploads_busy);
}

/* All bytes are durable: accepts the photo and leaves the request to the verdict. */
static void accept_photo(struct call *call, bool insert_first)
{
    struct upload_call *upload = accept_call(call);
    struct accepting accepting = {.call = call, .insert_first = insert_first};
    /* Asked again, since many bodies may have begun while there was room; those that end at the
     * same moment, a handler each, are the most that can pass beyond it. */
    if (upload_body_is_busy(call)) {
        keep_for_later(call, insert_first);
        return;
    }
    int result = db_write(call->api->db, accept_in, &accepting);
    if (result != 0 && insert_first)
        upload_body_drop(call, result);
    if (result < 0) {
        upload_reply_fault(call, result);
        return;
    }
    if (accepting.answer.problem == &api_upload_busy) {
        upload_reply_later(call, &api_upload_busy);
        return;
    }
    if (!accepting.result.accepted) {
        conveyor_wake(call->api->conveyor, DESTROY_KIND);
        upload_reply_refused(call,
                             accepting.answer.problem ? accepting.answer.problem : &http_not_found,
                             accepting.result.refusal);
        return;
    }
    http_note(call->req, "delivery=%s photo=%s", upload->row.delivery_id, upload->photo_id);
    http_defer(call->req);
    /* The waiter stands before the job runs; from here on the request may be answered at any
     * moment. */
    if (verdicts_wait(call->api->verdicts, upload->photo_id,
                      call->api->settings->intake.verdict_wait_ms, answer_verdict, call) != 0)
        answer_verdict(call, &(struct verdict){.kind = VERDICT_PENDING});
    conveyor_hand_over(call->api->conveyor, &accepting.result.job);
}

static int end_mismatch_in(struct db_tx *tx, void *arg)
{
    struct call *call = arg;
    return accept_end_upload(call, tx, &accept_call(call)->row, NULL);
}

/* The bytes are not those that were announced: nothing of them is kept. */
static void refuse_photo(struct call *call, enum upload_row row)
{
    int result = 0;
    if (row == UPLOAD_ROW_NEW)
        upload_body_drop(call, 0);
    else
        result = db_write(call->api->db, end_mismatch_in, call);
    if (result < 0) {
        upload_reply_fault(call, result);
    } else if (result == ACCEPT_OVERTAKEN) {
        upload_reply_later(call, &api_upload_busy);
    } else {
        conveyor_wake(call->api->conveyor, DESTROY_KIND);
        upload_reply_problem(call, &api_checksum_mismatch, "sha256",
                             "The whole photo has another SHA-256 than was announced.");
    }
}

/* Goes on with an upload whose bytes are durable up to `state`: progress, or the end. */
void upload_finish(struct call *call, const struct staging_state *state, enum upload_row row)
{
    struct upload_call *upload = accept_call(call);
    upload->offset = state->offset;
    struct hash hash = state->hash;
    uint8_t sha256[32];
    hash_finish(&hash, sha256);
    if (memcmp(sha256, upload->row.sha256, sizeof sha256) == 0)
        accept_photo(call, row == UPLOAD_ROW_NEW);
    else
        refuse_photo(call, row);
}

bool upload_finish_is_whole(const struct upload_call *upload, uint64_t offset)
{
    return upload->row.length >= 0 && offset == (uint64_t)upload->row.length;
}
