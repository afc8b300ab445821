/* SPDX-License-Identifier: Apache-2.0
 *
 * A receipt is made from the rows as they are in one transaction, so it says `destroyed` only once
 * that has committed, which is after the key was overwritten, the journal written, and both synced.
 */
#include "api/erasures.h"

#include <errno.h>

#include "api/api.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "keys/keys.h"
#include "ledger/erasure.h"
#include "ledger/name.h"
#include "store/entry.h"
#include "store/erasure.h"

/* ---- receipts ---- */

static int read_receipt(struct db_tx *tx, const struct photo *photo, int64_t now,
                        struct erasure_receipt *receipt)
{
    struct store_erasure erasure;
    struct store_entry entry;
    int result = store_erasure_get(tx, photo->id, &erasure);
    if (result != 0)
        return result;
    *receipt = (struct erasure_receipt){.attempt = photo->attempt,
                                        .asked_at = erasure.asked_at,
                                        .destroyed_at = erasure.destroyed_at,
                                        .said_at = erasure.destroyed_at ? 0 : now,
                                        .copies_until = erasure.copies_until};
    memcpy(receipt->delivery_id, photo->delivery_id, ID_ROOM);
    memcpy(receipt->photo_id, photo->id, ID_ROOM);
    snprintf(receipt->reason, sizeof receipt->reason, "%s",
             photo->reason ? photo->reason : "other");
    result = store_entry_last(tx, photo->id, NULL, &entry);
    receipt->has_entry = result == 0 && entry.step == STEP_ERASED;
    if (receipt->has_entry)
        memcpy(receipt->entry, entry.commitment, sizeof receipt->entry);
    return result < 0 ? result : 0;
}

static void sign(struct call *call, const struct erasure_receipt *receipt, struct buf *out)
{
    char name[LEDGER_NAME_ROOM];
    struct note_key key;
    ledger_name(call->api->settings, name);
    if (erasure_key(call->api->keys, name, &key))
        erasure_sign(receipt, call->api->keys, &key, out);
    else
        out->failed = true;
}

static json_t *shape(struct call *call, const struct erasure_receipt *receipt)
{
    struct buf text AUTO_BUF;
    char entry[BASE64_ROOM(sizeof receipt->entry)];
    buf_init(&text, ERASURE_CEILING);
    sign(call, receipt, &text);
    text_base64(receipt->entry, sizeof receipt->entry, entry);
    if (text.failed)
        return NULL;
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:s?, s:s}", "photo_id",
                     receipt->photo_id, "delivery_id", receipt->delivery_id, "attempt",
                     receipt->attempt, "state", receipt->destroyed_at ? "destroyed" : "pending",
                     "reason", receipt->reason, "asked_at", json_of_time(receipt->asked_at),
                     "destroyed_at", json_of_time(receipt->destroyed_at), "copies_until",
                     json_of_time(receipt->copies_until), "entry",
                     receipt->has_entry ? entry : NULL, "receipt", buf_string(&text));
}

int erasures_shape(struct call *call, struct db_tx *tx, const struct photo *photo, json_t **out)
{
    struct erasure_receipt receipt;
    int result = read_receipt(tx, photo, call->now, &receipt);
    *out = result == 0 ? shape(call, &receipt) : NULL;
    return result == 0 && !*out ? -ENOMEM : result;
}

/* ---- asking for one ---- */

/* The erased photo that the path and the query name. 0, CALL_REFUSE with the answer, or a fault. */
static int find(struct call *call, struct db_tx *tx, struct answer *answer,
                struct erasure_receipt *receipt)
{
    struct subject subject;
    struct photo photo;
    int attempt = 0;
    if (!subject_read_attempt(call, &attempt, answer))
        return CALL_REFUSE;
    int result =
        subject_need(call, tx, http_param(call->req, "id"), PURPOSE_RECEIPT, answer, &subject);
    if (result != 0)
        return result;
    result = store_photo_erased(tx, subject.delivery.id, attempt, call->arena, &photo);
    if (result == 0)
        result = read_receipt(tx, &photo, call->now, receipt);
    return result > 0 ? call_refuse(answer, &api_no_erasure, NULL) : result;
}

static int op_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct erasure_receipt *receipt = call->work;
    int result = find(call, tx, answer, receipt);
    return result == 0 ? call_ok(answer, 200, shape(call, receipt)) : result;
}

/* As a file, to be kept. */
static void download(struct call *call, const struct erasure_receipt *receipt)
{
    char disposition[100];
    struct buf text AUTO_BUF;
    buf_init(&text, ERASURE_CEILING);
    sign(call, receipt, &text);
    size_t len = 0;
    uint8_t *bytes = buf_take(&text, &len);
    snprintf(disposition, sizeof disposition, "attachment; filename=\"deleted-%s-%d.txt\"",
             receipt->delivery_id, receipt->attempt);
    if (bytes && http_set_header(call->req, "Content-Disposition", disposition)) {
        http_reply_owned(call->req, 200, "text/plain; charset=utf-8", bytes, len);
        return;
    }
    free(bytes);
    http_fault(call->req, -ENOMEM);
}

void erasures_get(struct http_request *req)
{
    struct call *call = call_of(req);
    struct erasure_receipt receipt;
    struct answer answer = {0};
    AUTO_DB_READ struct db_tx *tx = NULL;
    call->work = &receipt;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = op_get(call, tx, &answer);
    db_read_end(&tx);
    call->work = NULL;
    if (result == 0 && !answer.problem && http_query(req, "download")) {
        answer_clear(&answer);
        download(call, &receipt);
    } else {
        call_reply(call, result < 0 ? result : 0, &answer);
    }
}

/* ---- right after ---- */

void erasures_note(struct erasures *erasures, const struct photo *photo)
{
    if (erasures->count == DESTROY_NOW)
        return;
    memcpy(erasures->photo_ids[erasures->count++], photo->id, ID_ROOM);
    if (photo->key_slot < 0 || photo->staging_slot >= 0)
        return; /* what is staged is the job's affair, and then it is not done before */
    struct destroy_now *key = &erasures->keys[erasures->key_count++];
    memcpy(key->photo_id, photo->id, ID_ROOM);
    key->slot = photo->key_slot;
}

struct ending {
    struct call *call;
    const struct erasures *erasures;
    const char *mark;
    int64_t at;
};

static int end_in(struct db_tx *tx, void *arg)
{
    const struct ending *ending = arg;
    int64_t until = ending->at + ending->call->api->settings->server.key_backup_days * CLOCK_DAY;
    int result = 0;
    for (int i = 0; result == 0 && i < ending->erasures->key_count; i++)
        result = store_erasure_done(tx, ending->erasures->keys[i].photo_id, ending->at, until);
    return result == 0 ? store_erasure_set_mark(tx, ending->mark) : result;
}

/* Trouble here is no reason to say that nothing was erased: the jobs go on. */
static void destroy(struct call *call, const struct erasures *erasures)
{
    char mark[JOURNAL_MARK_ROOM];
    struct ending ending = {call, erasures, mark, clock_now()};
    struct destroy_lot lot = {erasures->keys, (size_t)erasures->key_count, erasures->reason,
                              ending.at};
    if (erasures->key_count == 0)
        return;
    int result = destroy_keys_now(call->api->keys, &lot, mark);
    if (result == 0)
        result = db_write(call->api->db, end_in, &ending);
    if (result != 0)
        log_event(LOG_WARN, "erasure.later", "result=%d", result);
}

int erasures_end(struct call *call, const struct erasures *erasures, struct answer *answer)
{
    struct photo photo;
    struct erasure_receipt receipt;
    AUTO_DB_READ struct db_tx *tx = NULL;
    destroy(call, erasures);
    json_t *receipts = json_array();
    int result = db_read_begin(call->api->db, &tx);
    for (int i = 0; result == 0 && i < erasures->count; i++) {
        result = store_photo_get(tx, erasures->photo_ids[i], call->arena, &photo);
        if (result == 0)
            result = read_receipt(tx, &photo, call->now, &receipt);
        if (result == 0 && json_array_append_new(receipts, shape(call, &receipt)) != 0)
            result = -ENOMEM;
    }
    if (result == 0) {
        json_t *first = json_object_get(json_array_get(receipts, 0), "receipt");
        json_object_set(answer->body, "receipt", first);
        json_object_set(answer->body, "receipts", receipts);
    }
    json_decref(receipts);
    return result < 0 ? result : 0;
}
