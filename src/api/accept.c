/* SPDX-License-Identifier: Apache-2.0
 *
 * Challenge, consent and state are asked when an upload begins and again when its last byte is in,
 * in the transaction that accepts it: a recipient who refuses meanwhile is obeyed.
 *
 * A challenge is valid for whoever once held the stop. Where it is valid but the stop is no longer
 * this driver's, the answer is a signed refusal instead of "not found", so that the picture does
 * not stay on the phone for ever.
 */
#include "api/accept.h"

#include <errno.h>

#include "api/api.h"
#include "api/tracking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/judge.h"
#include "ledger/step.h"
#include "store/delivery.h"
#include "store/photo.h"

const char *accept_refusal_word(enum policy_answer policy)
{
    switch (policy) {
    case POLICY_DECLINED:
        return "declined";
    case POLICY_UNWANTED:
        return "unwanted";
    case POLICY_ENDED:
        return "cancelled";
    case POLICY_SPENT:
        return "spent";
    default:
        return NULL;
    }
}

void accept_sign(struct call *call, enum receipt_verdict verdict, const char *word)
{
    const struct upload_call *upload = call->work;
    char header[RECEIPT_ROOM];
    struct receipt receipt = {
        .verdict = verdict,
        .reason = word,
        .delivery_id = upload->row.delivery_id,
        .attempt = upload->row.attempt,
        .photo_id = upload->photo_id,
        .sha256 = upload->row.sha256,
        .size = upload->row.length < 0 ? 0 : upload->row.length,
        .captured_at = upload->row.captured_at,
        .received_at = upload->received_at ? upload->received_at : call->now,
    };
    if (receipt_sign(&receipt, call->api->keys, header) == 0)
        http_set_header(call->req, "Porchlight-Receipt", header);
}

/* ---- how it stands ---- */

static enum standing standing_of_photo(const struct call *call, const struct photo *photo)
{
    int64_t wait = call->api->settings->intake.verdict_wait_ms;
    switch (photo->state) {
    case PHOTO_RECEIVED:
        return call->now < photo->received_at + wait ? STANDING_JUDGING : STANDING_PENDING;
    case PHOTO_SET_ASIDE: /* durable, and not judged yet */
        return STANDING_PENDING;
    case PHOTO_MISSING: /* its bytes are lost: the same picture is welcome again */
        return STANDING_GONE;
    case PHOTO_REJECTED:
        return STANDING_REJECTED;
    case PHOTO_DECLINED:
        return STANDING_REFUSED;
    default:
        return STANDING_STORED;
    }
}

int accept_standing(struct call *call, struct db_tx *tx, const struct store_upload *row,
                    enum standing *standing_out, const char **reason_out)
{
    *reason_out = row->answer;
    if (row->state == UPLOAD_OPEN) {
        *standing_out = call->now < row->expires_at ? STANDING_OPEN : STANDING_GONE;
        return 0;
    }
    if (row->state == UPLOAD_ENDED) {
        *standing_out = row->answer ? STANDING_REFUSED : STANDING_GONE;
        return 0;
    }
    struct photo photo;
    int result = store_photo_get(tx, row->photo_id, call->arena, &photo);
    if (result != 0)
        return result < 0 ? result : log_fault("upload.standing", -ENOENT, "upload=%s", row->id);
    struct upload_call *upload = call->work;
    memcpy(upload->photo_id, photo.id, ID_ROOM);
    upload->received_at = photo.received_at;
    *standing_out = standing_of_photo(call, &photo);
    *reason_out = *standing_out == STANDING_REFUSED ? "declined" : photo.reason;
    return 0;
}

/* ---- may it begin ---- */

/* The attempt that the challenge was made for, by this device; 0 when it was made for none. */
static int challenge_attempt(const struct call *call, const struct delivery *delivery,
                             const uint8_t challenge[32])
{
    for (int attempt = delivery->attempt; attempt >= 1; attempt--) {
        uint8_t right[32];
        tracking_challenge(call->api, delivery->id, call->actor.device_id, attempt, right);
        if (text_same_secret(right, challenge, sizeof right))
            return attempt;
    }
    return 0;
}

static bool read_challenge(const struct tus_metadata *metadata, uint8_t challenge[32])
{
    size_t len;
    return text_unbase64url(metadata->challenge, strlen(metadata->challenge), challenge, 32,
                            &len) &&
           len == 32;
}

/* The newest upload of this device under the challenge, if there is one. */
static int find_earlier(struct call *call, struct db_tx *tx, const uint8_t challenge[32],
                        struct store_upload *row, bool *found)
{
    int result = store_upload_by_challenge(tx, call->actor.device_id, challenge, call->arena, row);
    *found = result == 0;
    return result < 0 ? result : 0;
}

/* A dark or blurred picture may be sent again, this time with a word why. */
static bool may_be_sent_again(const struct upload_call *upload, const char *reason)
{
    return upload->metadata.anyway[0] && reason &&
           (strcmp(reason, "dark") == 0 || strcmp(reason, "blurred") == 0);
}

/* The same picture again goes on with its upload, whatever became of that; another picture replaces
 * one that is not whole. */
static int choose_upload(struct call *call, struct db_tx *tx, const uint8_t challenge[32])
{
    struct upload_call *upload = call->work;
    struct store_upload earlier;
    enum standing standing = STANDING_GONE;
    const char *reason = NULL;
    bool found;
    int result = find_earlier(call, tx, challenge, &earlier, &found);
    if (result != 0)
        return result;
    if (found)
        result = accept_standing(call, tx, &earlier, &standing, &reason);
    if (result != 0)
        return result;
    bool same = found && memcmp(earlier.sha256, upload->metadata.sha256, 32) == 0;
    if (same && standing != STANDING_GONE &&
        !(standing == STANDING_REJECTED && may_be_sent_again(upload, reason))) {
        upload->row = earlier;
        return 0;
    }
    if (found && !same && standing == STANDING_OPEN)
        upload->replaced = earlier;
    upload->photo_id[0] = '\0'; /* what the earlier one had is not this one's */
    upload->received_at = 0;
    upload->is_new = true;
    return 0;
}

static int count_open(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct settings *settings = call->api->settings;
    int64_t of_device, of_all;
    int result = store_upload_count(tx, call->actor.device_id, settings->intake.uploads_per_device,
                                    &of_device);
    if (result == 0)
        result = store_upload_count(tx, NULL, settings->intake.uploads_open, &of_all);
    if (result != 0)
        return result;
    if (of_device >= settings->intake.uploads_per_device || of_all >= settings->intake.uploads_open)
        return call_refuse(answer, &api_uploads_busy, "Too many uploads are open.");
    return 0;
}

static void fill_new_row(struct call *call, const struct delivery *delivery, int attempt,
                         const uint8_t challenge[32])
{
    struct upload_call *upload = call->work;
    struct store_upload *row = &upload->row;
    *row = (struct store_upload){.attempt = attempt,
                                 .length = upload->announced,
                                 .metadata = upload->metadata_text,
                                 .captured_at = upload->metadata.captured_at,
                                 .slot = -1,
                                 .created_at = call->now,
                                 .state = UPLOAD_OPEN};
    row->expires_at = call->now + call->api->settings->intake.upload_expires_hours * CLOCK_HOUR;
    memcpy(row->delivery_id, delivery->id, ID_ROOM);
    memcpy(row->device_id, call->actor.device_id, ID_ROOM);
    memcpy(row->driver_id, call->actor.id, ID_ROOM);
    memcpy(row->challenge, challenge, 32);
    memcpy(row->sha256, upload->metadata.sha256, 32);
}

static int refuse_with(struct answer *answer, const struct http_problem *problem, const char *word,
                       const char **refusal_out)
{
    *refusal_out = word;
    return call_refuse(answer, problem, NULL);
}

/* May the photo of this attempt come? One of an attempt that is over may, late, if that has none:
 * it is judged and kept like any other, and the present attempt's stands beside it. */
static int decide_upload(struct db_tx *tx, const struct subject *subject, int attempt,
                         enum policy_answer *policy_out)
{
    struct policy_facts facts = subject->facts;
    int result = 0;
    if (attempt != subject->delivery.attempt)
        result = store_photo_of_attempt(tx, subject->delivery.id, attempt, &facts.photo);
    *policy_out = policy_decide(&facts, PURPOSE_UPLOAD);
    return result;
}

int accept_begin(struct call *call, struct db_tx *tx, struct answer *answer,
                 const char **refusal_out)
{
    struct upload_call *upload = call->work;
    struct subject subject;
    uint8_t challenge[32];
    *refusal_out = NULL;
    int result = subject_load(call, tx, upload->metadata.delivery_id, &subject);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    bool ours = subject.facts.actor == ACTOR_DRIVER;
    int attempt = read_challenge(&upload->metadata, challenge)
                      ? challenge_attempt(call, &subject.delivery, challenge)
                      : 0;
    if (attempt == 0)
        return call_refuse(answer, ours ? &api_challenge_invalid : &http_not_found, NULL);
    fill_new_row(call, &subject.delivery, attempt, challenge); /* what a refusal is signed over */
    if (call->actor.revoked)
        return refuse_with(answer, &api_device_revoked, "revoked", refusal_out);
    struct store_upload fresh = upload->row;
    result = choose_upload(call, tx, challenge);
    if (result != 0 || !upload->is_new)
        return result;
    upload->row = fresh;
    if (!ours)
        return refuse_with(answer, &api_photo_unwanted, "revoked", refusal_out);
    enum policy_answer policy;
    result = decide_upload(tx, &subject, attempt, &policy);
    if (result != 0)
        return result;
    if (policy != POLICY_ALLOW) {
        *refusal_out = accept_refusal_word(policy);
        return call_refuse_policy(answer, policy);
    }
    return count_open(call, tx, answer);
}

/* ---- the whole photo ---- */

int accept_end_upload(struct call *call, struct db_tx *tx, const struct store_upload *row,
                      const char *why)
{
    struct store_job job;
    int result = store_upload_end(tx, row->id, why);
    if (result != 0) /* another request was quicker: what it did stands */
        return result < 0 ? result : ACCEPT_OVERTAKEN;
    result = destroy_job_for_upload(call->api->conveyor, row->id, row->slot, call->arena, &job);
    return result == 0 ? store_job_insert(tx, &job) : result;
}

static int insert_photo(struct call *call, struct db_tx *tx, const struct tus_metadata *metadata,
                        struct photo *photo)
{
    const struct store_upload *row = &((struct upload_call *)call->work)->row;
    *photo = (struct photo){.attempt = row->attempt,
                            .state = PHOTO_RECEIVED,
                            .size = row->length,
                            .captured_at = row->captured_at,
                            .received_at = call->now,
                            .anyway = metadata->anyway[0] ? metadata->anyway : NULL,
                            .staging_slot = row->slot,
                            .key_slot = -1};
    id_new(ID_PHOTO, photo->id);
    memcpy(photo->delivery_id, row->delivery_id, ID_ROOM);
    memcpy(photo->driver_id, row->driver_id, ID_ROOM);
    memcpy(photo->device_id, row->device_id, ID_ROOM);
    memcpy(photo->upload_id, row->id, ID_ROOM);
    memcpy(photo->sha256, row->sha256, sizeof photo->sha256);
    return store_photo_insert(tx, photo);
}

/* The metadata without the phone's place, which from here on only the job carries (R7). */
static const char *without_place(struct arena *arena, const char *metadata)
{
    static const char *const place_keys[] = {"lat ", "lon ", "accuracy "};
    char *kept = arena_strdup(arena, metadata);
    char *out = kept;
    for (const char *at = metadata; kept && *at;) {
        size_t len = strcspn(at, ",");
        const char *key = at + strspn(at, " ");
        bool place = false;
        for (size_t i = 0; i < ARRAY_LEN(place_keys); i++)
            place |= strncmp(key, place_keys[i], strlen(place_keys[i])) == 0;
        if (!place) {
            if (out != kept)
                *out++ = ',';
            memcpy(out, at, len);
            out += len;
        }
        at += len + (at[len] == ',');
    }
    if (kept)
        *out = 0;
    return kept;
}

/* The delivery shows the photo of its present attempt; that of an earlier one is found by its
 * attempt. */
static int show_photo(struct call *call, struct db_tx *tx, struct delivery *delivery,
                      const struct photo *photo)
{
    if (photo->attempt != delivery->attempt)
        return 0;
    delivery->photo_state = PHOTO_RECEIVED;
    delivery->photo_reason = NULL;
    delivery->changed_at = call->now;
    memcpy(delivery->photo_id, photo->id, ID_ROOM);
    return store_delivery_move(tx, delivery);
}

static int commit_photo(struct call *call, struct db_tx *tx, struct subject *subject,
                        struct acceptance *out)
{
    struct upload_call *upload = call->work;
    struct store_upload *row = &upload->row;
    struct tus_metadata metadata;
    const char *bad_key;
    struct photo photo;
    if (tus_parse_metadata(row->metadata, &metadata, &bad_key) != 0)
        return log_fault("upload.accept", -EBADMSG, "upload=%s", row->id);
    int result = insert_photo(call, tx, &metadata, &photo);
    if (result != 0)
        return result;
    conveyor_prepare(call->api->conveyor, JUDGE_KIND, &out->job);
    memcpy(out->job.subject, photo.id, ID_ROOM);
    if (metadata.has_place) {
        snprintf(out->payload, sizeof out->payload, "%.7f %.7f", metadata.lat, metadata.lon);
        out->job.payload = out->payload;
    }
    result = store_job_insert_leased(tx, &out->job);
    if (result == 0)
        result =
            step_record(call->api->recorder, tx,
                        &(struct step){.step = STEP_RECEIVED, .photo = &photo, .at = call->now});
    if (result != 0)
        return result;
    result = show_photo(call, tx, &subject->delivery, &photo);
    if (result != 0)
        return result;
    const char *kept = without_place(call->arena, row->metadata);
    if (!kept)
        return log_fault("upload.accept", -ENOMEM, "upload=%s", row->id);
    result = store_upload_complete(tx, row->id, photo.id, kept);
    if (result != 0)
        return result;
    row->state = UPLOAD_COMPLETE;
    row->metadata = kept;
    memcpy(row->photo_id, photo.id, ID_ROOM);
    memcpy(upload->photo_id, photo.id, ID_ROOM);
    upload->received_at = call->now;
    out->accepted = true;
    return 0;
}

int accept_whole(struct call *call, struct db_tx *tx, struct answer *answer, struct acceptance *out)
{
    struct upload_call *upload = call->work;
    struct subject subject;
    struct store_upload now;
    *out = (struct acceptance){0};
    int result = store_upload_get(tx, upload->row.id, call->arena, &now);
    if (result == 0 &&
        now.state != UPLOAD_OPEN) /* HEAD or a repeated request has finished it meanwhile */
        return call_refuse(answer, &api_upload_busy, NULL);
    if (result == 0)
        result = subject_load(call, tx, upload->row.delivery_id, &subject);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    enum policy_answer policy;
    result = decide_upload(tx, &subject, upload->row.attempt, &policy);
    if (result != 0)
        return result;
    if (policy == POLICY_ALLOW && !call->actor.revoked)
        return commit_photo(call, tx, &subject, out);
    const char *word = accept_refusal_word(policy);
    bool revoked = call->actor.revoked || !word;
    out->refusal = revoked ? "revoked" : word;
    (void)call_refuse_policy(answer, policy);
    if (revoked)
        (void)call_refuse(answer, call->actor.revoked ? &api_device_revoked : &api_photo_unwanted,
                          NULL);
    return accept_end_upload(call, tx, &upload->row, out->refusal);
}
