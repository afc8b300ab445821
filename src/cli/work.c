/* SPDX-License-Identifier: Apache-2.0
 *
 * What an administrator does about single deliveries and photos, and what there is to see.
 */
#include "api/call.h"
#include "api/tracking.h"
#include "base/log.h"
#include "cli/admin.h"
#include "jobs/destroy.h"
#include "jobs/erase.h"
#include "jobs/judge.h"
#include "jobs/mail.h"
#include "store/delivery.h"
#include "store/job.h"
#include "store/notice.h"
#include "store/photo.h"
#include "store/upload.h"

/* 0, ADMIN_REFUSED or a fault. */
static int need_delivery(struct db_tx *tx, struct admin_call *call, struct delivery *out)
{
    int result = store_delivery_get(tx, call->words[0], call->arena, out);
    return result > 0 ? admin_refuse(call, "there is no delivery %.40s", call->words[0]) : result;
}

static int answer_tracking(struct admin_call *call, const struct delivery *delivery)
{
    char token[TRACKING_TOKEN_ROOM];
    tracking_token(call->api, delivery->id, delivery->token_version, token);
    char *url = arena_printf(call->arena, "%s/t/%s", call->api->origin, token);
    return admin_answer(call, json_pack("{s:s, s:s}", "id", delivery->id, "tracking_url", url));
}

int work_tracking(struct db_tx *tx, struct admin_call *call)
{
    struct delivery delivery;
    int result = need_delivery(tx, call, &delivery);
    return result == 0 ? answer_tracking(call, &delivery) : result;
}

int work_renew_tracking(struct db_tx *tx, struct admin_call *call)
{
    struct delivery delivery;
    int result = need_delivery(tx, call, &delivery);
    if (result == 0)
        result = store_delivery_set_token_version(tx, delivery.id, ++delivery.token_version);
    return result == 0 ? answer_tracking(call, &delivery) : result;
}

/* ---- photos that were set aside ---- */

int work_list_set_aside(struct db_tx *tx, struct admin_call *call)
{
    struct store_photos page;
    char after[ID_ROOM] = "";
    json_t *items = json_array();
    int result = admin_answer(call, json_pack("{s:o}", "photos", items));
    while (result == 0) {
        result = store_photo_waiting(
            tx, PHOTO_SET_ASIDE, &(struct store_page){after, STORE_PAGE_LIMIT}, call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++) {
            const struct photo *photo = &page.items[i];
            json_array_append_new(items,
                                  json_pack("{s:s, s:s, s:s?, s:o}", "id", photo->id, "delivery_id",
                                            photo->delivery_id, "reason", photo->reason,
                                            "received_at", json_of_time(photo->received_at)));
            memcpy(after, photo->id, ID_ROOM);
        }
        if (result != 0 || !page.more)
            break;
    }
    return result;
}

/* A photo that was set aside, with its delivery and the job that failed on it. */
struct set_aside {
    struct photo photo;
    struct delivery delivery;
    struct store_job job;
    bool is_current; /* the delivery is still at this photo's attempt */
};

static int need_set_aside(struct db_tx *tx, struct admin_call *call, struct set_aside *found)
{
    int result = store_photo_get(tx, call->words[0], call->arena, &found->photo);
    if (result > 0)
        return admin_refuse(call, "there is no photo %.40s", call->words[0]);
    if (result == 0 && found->photo.state != PHOTO_SET_ASIDE)
        return admin_refuse(call, "this photo is %s, not set aside",
                            words_name(&words_photo_state, (int)found->photo.state));
    if (result == 0)
        result = store_job_by_subject(tx, JUDGE_KIND, found->photo.id, call->arena, &found->job);
    if (result > 0)
        return admin_refuse(call, "its job is gone");
    if (result == 0)
        result = store_delivery_get(tx, found->photo.delivery_id, call->arena, &found->delivery);
    found->is_current = result == 0 && strcmp(found->delivery.photo_id, found->photo.id) == 0;
    return result;
}

/* Photo and delivery together. */
static int move_photo(struct db_tx *tx, struct admin_call *call, struct set_aside *found,
                      enum photo_state state, const char *reason)
{
    found->photo.state = state;
    found->photo.reason = reason;
    int result = store_photo_update(tx, &found->photo);
    if (result != 0 || !found->is_current)
        return result;
    found->delivery.photo_state = state;
    found->delivery.photo_reason = reason;
    found->delivery.changed_at = call->now;
    return store_delivery_move(tx, &found->delivery);
}

static int answer_photo(struct admin_call *call, const struct set_aside *found)
{
    return admin_answer(call, json_pack("{s:s, s:s, s:s}", "id", found->photo.id, "delivery_id",
                                        found->photo.delivery_id, "state",
                                        words_name(&words_photo_state, (int)found->photo.state)));
}

int work_retry_photo(struct db_tx *tx, struct admin_call *call)
{
    struct set_aside found;
    int result = need_set_aside(tx, call, &found);
    if (result == 0)
        result = store_job_retry(tx, found.job.id, call->now);
    if (result == 0)
        result = move_photo(tx, call, &found, PHOTO_RECEIVED, NULL);
    return result != 0 ? result : answer_photo(call, &found);
}

int work_drop_photo(struct db_tx *tx, struct admin_call *call)
{
    struct set_aside found;
    int result = need_set_aside(tx, call, &found);
    struct erasure erasure = {.recorder = call->api->recorder,
                              .arena = call->arena,
                              .now = call->now,
                              .reason = "by_administrator",
                              .telling = &call->telling};
    if (result == 0)
        result = erase_photo(&erasure, tx, &found.photo);
    return result != 0 ? result : answer_photo(call, &found);
}

/* ---- work of every kind that was set aside ---- */

static json_t *job_item(const struct store_job *job)
{
    return json_pack("{s:s, s:s, s:s?, s:i, s:i, s:s?, s:o, s:o}", "id", job->id, "kind", job->kind,
                     "subject", *job->subject ? job->subject : NULL, "attempts", job->attempts,
                     "put_off", job->put_off, "reason", job->last_error, "created_at",
                     json_of_time(job->created_at), "set_aside_at",
                     json_of_time(job->set_aside_at));
}

int work_list_jobs(struct db_tx *tx, struct admin_call *call)
{
    struct store_jobs page = {.more = true};
    char after[ID_ROOM] = "";
    json_t *items = json_array();
    int result = admin_answer(call, json_pack("{s:o}", "jobs", items));
    while (result == 0 && page.more) {
        result = store_job_list_set_aside(tx, &(struct store_page){after, STORE_PAGE_LIMIT},
                                          call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++) {
            json_array_append_new(items, job_item(&page.items[i]));
            memcpy(after, page.items[i].id, ID_ROOM);
        }
    }
    return result;
}

/* A photo's goes together with the photo. */
int work_retry_job(struct db_tx *tx, struct admin_call *call)
{
    struct store_job job;
    int result = store_job_get(tx, call->words[0], call->arena, &job);
    if (result > 0)
        return admin_refuse(call, "there is no job %.40s", call->words[0]);
    if (result == 0 && strcmp(job.kind, JUDGE_KIND) == 0)
        return admin_refuse(call, "this job is a photo's: photo-retry %s", job.subject);
    if (result == 0)
        result = store_job_retry(tx, job.id, call->now);
    if (result > 0)
        return admin_refuse(call, "this job is not set aside");
    return result != 0
               ? result
               : admin_answer(call, json_pack("{s:s, s:s}", "id", job.id, "kind", job.kind));
}

/* ---- notices that were set aside ---- */

static json_t *notice_item(const struct store_notice *notice)
{
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:i, s:s?, s:o, s:o}", "id", notice->id,
                     "channel", words_name(&words_notice_channel, (int)notice->channel), "target",
                     *notice->target ? notice->target : NULL, "event_id",
                     *notice->event_id ? notice->event_id : NULL, "delivery_id",
                     *notice->delivery_id ? notice->delivery_id : NULL, "attempts",
                     notice->attempts, "reason", notice->last_error, "created_at",
                     json_of_time(notice->created_at), "set_aside_at",
                     json_of_time(notice->set_aside_at));
}

int work_list_notices(struct db_tx *tx, struct admin_call *call)
{
    struct store_notices page = {.more = true};
    char after[ID_ROOM] = "";
    json_t *items = json_array();
    int result = admin_answer(call, json_pack("{s:o}", "notices", items));
    while (result == 0 && page.more) {
        result = store_notice_list_set_aside(tx, &(struct store_page){after, STORE_PAGE_LIMIT},
                                             call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++) {
            json_array_append_new(items, notice_item(&page.items[i]));
            memcpy(after, page.items[i].id, ID_ROOM);
        }
    }
    return result;
}

int work_retry_notice(struct db_tx *tx, struct admin_call *call)
{
    struct store_notice notice;
    int result = store_notice_get(tx, call->words[0], call->arena, &notice);
    if (result > 0)
        return admin_refuse(call, "there is no notice %.40s", call->words[0]);
    if (result == 0)
        result = store_notice_retry(tx, notice.id, call->now);
    if (result > 0)
        return admin_refuse(call, "this notice is not set aside");
    return result != 0
               ? result
               : admin_answer(call,
                              json_pack("{s:s, s:s}", "id", notice.id, "channel",
                                        words_name(&words_notice_channel, (int)notice.channel)));
}

/* ---- figures ---- */

int work_stats(struct db_tx *tx, struct admin_call *call)
{
    static const char *const kinds[] = {JUDGE_KIND, DESTROY_KIND, MAIL_KIND};
    int64_t received, set_aside, uploads, waiting[ARRAY_LEN(kinds)] = {0};
    int result = store_photo_count(tx, PHOTO_RECEIVED, &received);
    if (result == 0)
        result = store_photo_count(tx, PHOTO_SET_ASIDE, &set_aside);
    if (result == 0)
        result = store_upload_count(tx, NULL, call->api->settings->intake.uploads_open, &uploads);
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(kinds); i++)
        result = store_job_count(tx, kinds[i], &waiting[i]);
    return result != 0 ? result
                       : admin_answer(call, json_pack("{s:{s:I, s:I}, s:I, s:{s:I, s:I, s:I}}",
                                                      "photos", "received", received, "set_aside",
                                                      set_aside, "uploads_open", uploads,
                                                      "jobs_waiting", kinds[0], waiting[0],
                                                      kinds[1], waiting[1], kinds[2], waiting[2]));
}
