/* SPDX-License-Identifier: Apache-2.0
 *
 * The photo is decrypted straight into the memory that the worker maps, judged there, sealed anew
 * under a key of its own, and only then told to the database (judge_commit.c).
 *
 * A crash at any point leaves the job in the table. Before the commit nothing names what was put:
 * its key is an orphan that the next start erases, and the next attempt writes the object anew.
 * After the commit the job is gone with it. Where it is not known whether a commit came through,
 * key and object are left as they are, for the same reason.
 *
 * Trouble of our own (a full disk, a busy database, workers that do not start or end together)
 * never counts as an attempt; only a worker that died over this photo or ran out of time does. A
 * photo that is put off too often is set aside too, so that a person hears of it. One whose bytes
 * are lost for certain is missing from then on: nothing is kept of it, and the phone may send it
 * anew.
 *
 * The conveyor runs one job of a photo at a time, so key and object have one writer.
 */
#include "jobs/judge.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "blob/seal.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "domain/policy.h"
#include "intake/uploads.h"
#include "jobs/destroy.h"
#include "jobs/judge_commit.h"
#include "jobs/verdicts.h"
#include "keys/keys.h"
#include "photo/fingerprint.h"
#include "photo/pool.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/policy.h"
#include "store/shipper.h"

enum {
    SPARE_THREADS = 2 /* beside one for each worker, so that syncs and decoding overlap */
};

/* A phone's clock may be ahead by so much before its word is doubted. */
static const int64_t ahead_ms = 10 * CLOCK_MINUTE;

/* ---- what is to be judged ---- */

static int read_subject(struct judging *judging)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct policy_facts facts = {0};
    int result = db_read_begin(judging->judge->db, &tx);
    if (result == 0)
        result = store_photo_get(tx, judging->job->subject, judging->arena, &judging->photo);
    if (result == STORE_NOT_FOUND)
        judging->photo.state = PHOTO_ERASED;
    if (result == STORE_NOT_FOUND || (result == 0 && !judge_awaits(&judging->photo)))
        return JUDGE_GONE;
    if (result == 0)
        result =
            store_delivery_get(tx, judging->photo.delivery_id, judging->arena, &judging->delivery);
    if (result == 0)
        result =
            store_shipper_get(tx, judging->delivery.shipper_id, judging->arena, &judging->shipper);
    if (result == 0)
        result =
            store_policy_facts(tx, &judging->delivery, &judging->shipper, judging->arena, &facts);
    judging->wanted = policy_after_judging(&facts) != PHOTO_DECLINED;
    return result <= 0 ? result : log_fault("judge.read", -ENOENT, "photo=%s", judging->photo.id);
}

/* Reads the staging file into memory for the worker. 0 and an input to be closed, JOB_LATER, a word
 * of its own, or a fault. */
enum { READ_TOO_LARGE = 20, READ_LOST };
static int read_staging(struct judging *judging, struct photo_input *input)
{
    struct judge *judge = judging->judge;
    const struct photo *photo = &judging->photo;
    struct upload_place place = {photo->upload_id, (uint32_t)photo->staging_slot};
    struct staging_state state;
    uint8_t sha256[32];
    int result = uploads_settle(judge->uploads, &place, &state);
    if (result == 0) {
        hash_finish(&state.hash, sha256);
        bool same = state.offset == (uint64_t)photo->size &&
                    memcmp(sha256, photo->sha256, sizeof sha256) == 0;
        result =
            same ? photo_input_open(judge->pool, (size_t)state.offset, input) : UPLOADS_DAMAGED;
        if (same && result == POOL_TOO_LARGE)
            return READ_TOO_LARGE;
    }
    if (result == 0)
        result = uploads_read(judge->uploads, &place, &state, input->data);
    if (result == UPLOADS_ABSENT || result == UPLOADS_DAMAGED) {
        log_event(LOG_ERROR, "photo.staging_lost", "photo=%s upload=%s", photo->id,
                  photo->upload_id);
        return READ_LOST;
    }
    return result > 0 ? JOB_LATER : result;
}

/* ---- what agents are told to look at ---- */

static enum place find_place(const struct judging *judging)
{
    const struct address *address = &judging->delivery.address;
    char text[64];
    double lat, lon;
    snprintf(text, sizeof text, "%s", judging->job->payload ? judging->job->payload : "");
    char *space = strchr(text, ' ');
    if (!space || !address->located)
        return PLACE_UNKNOWN;
    *space = '\0';
    if (!text_to_double(text, -90, 90, &lat) || !text_to_double(space + 1, -180, 180, &lon))
        return PLACE_UNKNOWN;
    double metres = delivery_distance(lat, lon, address->lat, address->lon);
    return metres <= judging->shipper.far_metres ? PLACE_WITHIN : PLACE_NOT_WITHIN;
}

static bool is_late(const struct judging *judging)
{
    int64_t gap = judging->photo.received_at - judging->photo.captured_at;
    return gap > judging->judge->settings->delivery.late_hours * CLOCK_HOUR;
}

static bool is_clock_ahead(const struct judging *judging)
{
    return judging->photo.captured_at > judging->photo.received_at + ahead_ms;
}

static int is_repeated(struct judging *judging, bool *repeated_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_fingerprints earlier;
    const struct photo *photo = &judging->photo;
    *repeated_out = false;
    int result = db_read_begin(judging->judge->db, &tx);
    if (result == 0)
        result = store_photo_fingerprints(tx, photo->driver_id,
                                          (int)judging->judge->settings->photo.repeated_among,
                                          judging->arena, &earlier);
    for (int i = 0; result == 0 && i < earlier.count && !*repeated_out; i++)
        *repeated_out = strcmp(earlier.items[i].delivery_id, photo->delivery_id) != 0 &&
                        fingerprint_near(earlier.items[i].fingerprint, judging->facts.fingerprint);
    return result;
}

/* Measures against the settings, and the refusals that the shipper wants. */
static int find_flags(struct judging *judging)
{
    const struct settings *settings = judging->judge->settings;
    bool dark = judging->facts.darkness >= settings->photo.dark_from;
    bool blurred = judging->facts.sharpness < settings->photo.blurred_below;
    bool repeated;
    if (dark && judging->shipper.refuse_dark && !judging->photo.anyway)
        judging->rejected = "dark";
    else if (blurred && judging->shipper.refuse_blurred && !judging->photo.anyway)
        judging->rejected = "blurred";
    judging->place = find_place(judging);
    int result = is_repeated(judging, &repeated);
    if (result != 0)
        return result;
    judging->flags = (unsigned)repeated << FLAG_REPEATED | (unsigned)dark << FLAG_DARK |
                     (unsigned)blurred << FLAG_BLURRED | (unsigned)is_late(judging) << FLAG_LATE |
                     (unsigned)is_clock_ahead(judging) << FLAG_CLOCK_AHEAD |
                     (unsigned)(judging->place == PLACE_NOT_WITHIN) << FLAG_FAR;
    return 0;
}

/* ---- putting, and taking back what was put ---- */

/* Seals the posted photo and its preview under a new key; all durable when it returns 0. */
static int put(struct judging *judging, const struct photo_outcome *outcome)
{
    struct judge *judge = judging->judge;
    uint8_t id[16], key[KEYS_KEY];
    uint32_t slot;
    const struct sealed_section sections[] = {{SEALED_PREVIEW, outcome->preview},
                                              {SEALED_POSTED, outcome->posted}};
    if (!db_is_sound(judge->db))
        return JOB_LATER;
    if (!id_to_bytes(judging->photo.id, id))
        return log_fault("judge.put", -EINVAL, "photo=%s", judging->photo.id);
    int result = keys_new(judge->keys, id, key, &slot);
    if (result != 0)
        return result < 0 ? result : JOB_LATER;
    judging->key_slot = slot;
    hash_sha256(outcome->posted, judging->posted_sha256);
    result = sealed_put(judge->photos, judging->photo.id, key, sections, ARRAY_LEN(sections));
    crypto_wipe(key, sizeof key);
    if (result == 0)
        return keys_sync(judge->keys);
    log_event(LOG_WARN, "photo.not_sealed", "photo=%s result=%d", judging->photo.id, result);
    return result < 0 ? result : JOB_LATER;
}

static void forget_object(struct judge *judge, const char *photo_id)
{
    if (blob_remove(judge->photos, photo_id, BLOB_REMOVE_LAZY) < 0)
        log_event(LOG_WARN, "photo.not_removed", "photo=%s", photo_id);
}

/* Destroys what was put, when it is certain that no row names it. */
static void take_back(struct judging *judging)
{
    uint8_t id[16];
    if (judging->key_slot < 0 || !id_to_bytes(judging->job->subject, id))
        return;
    if (keys_erase(judging->judge->keys, (uint32_t)judging->key_slot, id) >= 0 &&
        keys_sync(judging->judge->keys) == 0 && judging->photo.key_slot < 0)
        forget_object(judging->judge, judging->job->subject);
    judging->key_slot = -1;
}

/* ---- the end ---- */

static void tell_verdict(struct judging *judging)
{
    const struct photo *photo = &judging->photo;
    struct verdict verdict = {VERDICT_STORED, NULL};
    if (photo->state == PHOTO_REJECTED)
        verdict = (struct verdict){VERDICT_REJECTED, judging->rejected};
    else if (photo->state == PHOTO_DECLINED)
        verdict = (struct verdict){VERDICT_REFUSED, "declined"};
    else if (photo->state == PHOTO_MISSING)
        verdict = (struct verdict){VERDICT_LOST, NULL};
    if (photo->state == PHOTO_REJECTED && !judging->rejected)
        return; /* judged earlier: nobody waits */
    verdicts_tell(judging->judge->verdicts, judging->job->subject, &verdict);
}

static void write_line(const struct judging *judging)
{
    const struct photo *photo = &judging->photo;
    char event[32], flags[80] = "";
    for (unsigned flag = 0; flag < PHOTO_FLAG_COUNT; flag++) {
        size_t len = strlen(flags);
        if (photo->flags >> flag & 1)
            snprintf(flags + len, sizeof flags - len, "%s%s", len ? "," : "",
                     words_name(&words_photo_flag, (int)flag));
    }
    snprintf(event, sizeof event, "photo.%s", words_name(&words_photo_state, photo->state));
    log_event(LOG_INFO, event, "photo=%s delivery=%s verdict=%s flags=%s cpu_us=%llu", photo->id,
              photo->delivery_id, photo->reason ? photo->reason : "ok", *flags ? flags : "-",
              (unsigned long long)judging->cpu_us);
}

static int conclude(struct judging *judging)
{
    int result = judge_commit(judging);
    switch (result) {
    case 0:
        write_line(judging);
        tell_verdict(judging);
        tell_wake(&judging->telling);
        if (judging->clearing.id[0])
            conveyor_hand_over(judging->judge->conveyor, &judging->clearing);
        if (judging->withdrawal.id[0])
            conveyor_wake(judging->judge->conveyor, DESTROY_KIND);
        return JOB_FINISHED;
    case JUDGE_GONE:
        take_back(judging);
        tell_verdict(judging);
        return JOB_DONE;
    case JUDGE_DROPPED:
    case JUDGE_CHANGED:
    case -EAGAIN:
    case -ESHUTDOWN:
        take_back(judging);
        return JOB_LATER;
    default:
        return JOB_LATER;
    }
}

/* A good picture: flags, then sealed under its own key, unless nobody wants it any more. */
static int keep(struct judging *judging, const struct photo_outcome *outcome)
{
    int result = find_flags(judging);
    if (result == 0 && !judging->rejected && judging->wanted)
        result = put(judging, outcome);
    if (result == 0)
        return conclude(judging);
    take_back(judging);
    return JOB_LATER;
}

static int after_pool(struct judging *judging, int result, const struct photo_outcome *outcome)
{
    judging->facts = outcome->facts;
    judging->cpu_us = outcome->cpu_us;
    switch (result) {
    case 0:
        if (outcome->facts.verdict == PHOTO_OK)
            return keep(judging, outcome);
        judging->rejected = photo_verdict_slug(outcome->facts.verdict);
        return conclude(judging);
    case POOL_CRASHED:
    case POOL_DEADLINE:
    case POOL_GARBLED:
        log_event(LOG_WARN, "photo.worker_failed", "photo=%s result=%s signal=%d attempt=%d",
                  judging->photo.id, photo_pool_result_name(result), outcome->signal,
                  judging->job->attempts);
        return JOB_AGAIN;
    default:
        return JOB_LATER;
    }
}

static int judge_input(struct judging *judging, struct photo_input *input)
{
    struct photo_outcome outcome = {0};
    int result = photo_pool_judge(judging->judge->pool, input, &outcome);
    result = after_pool(judging, result, &outcome);
    photo_outcome_free(&outcome);
    return result;
}

static int run(void *context, const struct store_job *job, const struct store_lease *lease,
               struct arena *arena)
{
    struct judging judging = {
        .judge = context, .job = job, .lease = lease, .arena = arena, .key_slot = -1};
    struct photo_input input = {.fd = -1};
    judging.photo.key_slot = -1;
    int result = read_subject(&judging);
    if (result == JUDGE_GONE) {
        tell_verdict(&judging);
        return JOB_DONE;
    }
    if (result == 0)
        result = read_staging(&judging, &input);
    if (result == READ_LOST) {
        judging.lost = true;
        return conclude(&judging);
    }
    if (result == READ_TOO_LARGE) {
        judging.rejected = photo_verdict_slug(PHOTO_TOO_LARGE);
        return conclude(&judging);
    }
    if (result == 0)
        result = judge_input(&judging, &input);
    photo_input_close(&input);
    return result < 0 ? JOB_LATER : result;
}

static int give_up(void *context, struct db_tx *tx, const struct store_job *job, enum job_end end,
                   struct arena *arena)
{
    const char *reason = end == JOB_END_PUT_OFF ? "server_failed" : "worker_failed";
    return judge_set_aside(tx, job->subject, reason, arena);
}

/* What an attempt that crashed may have put is no use: its key is gone, or goes at the next start.
 */
static void given_up(void *context, const struct store_job *job)
{
    struct judge *judge = context;
    log_event(LOG_ERROR, "photo.set_aside", "photo=%s", job->subject);
    forget_object(judge, job->subject);
    verdicts_tell(judge->verdicts, job->subject, &(struct verdict){VERDICT_PENDING, NULL});
}

struct job_kind judge_kind(struct judge *judge)
{
    const struct settings *settings = judge->settings;
    unsigned slots = settings->photo.slots > 0 ? (unsigned)settings->photo.slots : 1;
    return (struct job_kind){
        .name = JUDGE_KIND,
        .threads = slots + SPARE_THREADS,
        .attempts = (unsigned)settings->jobs.attempts,
        .put_offs = (unsigned)settings->jobs.put_offs,
        .run = run,
        .give_up = give_up,
        .given_up = given_up,
        .context = judge,
    };
}
