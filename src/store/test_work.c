/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploads, jobs, kept answers and the installation's facts.
 */
#include "store/idempotency.h"
#include "store/job.h"
#include "store/test_help.h"
#include "store/upload.h"

/* --- uploads --------------------------------------------------------------------------------- */

static struct store_upload make_upload(unsigned n)
{
    struct store_upload upload = {.attempt = 1,
                                  .length = -1,
                                  .metadata = "delivery_id ZGx2",
                                  .captured_at = 9,
                                  .slot = (int64_t)n,
                                  .created_at = 10,
                                  .expires_at = 100 + (int64_t)n};
    help_id(ID_UPLOAD, n, upload.id);
    help_id(ID_DELIVERY, n, upload.delivery_id);
    help_id(ID_DEVICE, n % 2, upload.device_id);
    help_id(ID_DRIVER, 1, upload.driver_id);
    memset(upload.challenge, 7, STORE_HASH);
    memset(upload.sha256, 8, STORE_HASH);
    return upload;
}

STORE_TEST(an_upload_is_kept_with_its_answer)
{
    struct store_upload upload = make_upload(0), got;
    CHECK_INT(store_upload_insert(tx, &upload), 0);
    CHECK_INT(store_upload_insert(tx, &upload), STORE_EXISTS);
    CHECK_INT(store_upload_get(tx, upload.id, arena, &got), 0);
    CHECK_INT(got.length, -1);
    CHECK_INT(got.slot, 0);
    CHECK_INT(got.state, UPLOAD_OPEN);
    CHECK_STR(got.photo_id, "");
    CHECK_STR(got.metadata, upload.metadata);
    CHECK(memcmp(got.sha256, upload.sha256, STORE_HASH) == 0);
    CHECK_INT(store_upload_tell_length(tx, upload.id, 4711), 0);
    help_id(ID_PHOTO, 3, upload.photo_id);
    CHECK_INT(store_upload_complete(tx, upload.id, upload.photo_id, "sha256 eA=="), 0);
    CHECK_INT(store_upload_keep(tx, upload.id, 900), 0);
    CHECK_INT(store_upload_get(tx, upload.id, arena, &got), 0);
    CHECK_INT(got.length, 4711);
    CHECK_STR(got.metadata, "sha256 eA==");
    CHECK_INT(got.state, UPLOAD_COMPLETE);
    CHECK_STR(got.photo_id, upload.photo_id);
    CHECK_STR(got.driver_id, upload.driver_id);
    CHECK_INT(got.expires_at, 900);
    CHECK_INT(store_upload_delete(tx, upload.id), 0);
    CHECK_INT(store_upload_delete(tx, upload.id), STORE_NOT_FOUND);
}

STORE_TEST(an_upload_that_is_not_open_takes_no_word_more)
{
    struct store_upload upload = make_upload(0), got;
    char photo[ID_ROOM];
    help_id(ID_PHOTO, 3, photo);
    CHECK_INT(store_upload_tell_length(tx, upload.id, 4711), STORE_NOT_FOUND);
    CHECK_INT(store_upload_insert(tx, &upload), 0);
    CHECK_INT(store_upload_tell_length(tx, upload.id, 4711), 0);
    CHECK_INT(store_upload_tell_length(tx, upload.id, 4712), STORE_NOT_FOUND); /* once */
    CHECK_INT(store_upload_end(tx, upload.id, "cancelled"), 0);
    CHECK_INT(store_upload_end(tx, upload.id, NULL), STORE_NOT_FOUND);
    CHECK_INT(store_upload_complete(tx, upload.id, photo, "x"), STORE_NOT_FOUND);
    CHECK_INT(store_upload_get(tx, upload.id, arena, &got), 0);
    CHECK_INT(got.state, UPLOAD_ENDED);
    CHECK_INT(got.length, 4711);
    CHECK_INT(got.slot, -1);
    CHECK(got.metadata == NULL);
    CHECK_STR(got.photo_id, "");
    CHECK_STR(got.answer, "cancelled");
    upload = make_upload(1);
    CHECK_INT(store_upload_insert(tx, &upload), 0);
    CHECK_INT(store_upload_complete(tx, upload.id, photo, "x"), 0);
    CHECK_INT(store_upload_end(tx, upload.id, NULL), STORE_NOT_FOUND);
    CHECK_INT(store_upload_tell_length(tx, upload.id, 1), STORE_NOT_FOUND);
    CHECK_INT(store_upload_get(tx, upload.id, arena, &got), 0);
    CHECK_INT(got.state, UPLOAD_COMPLETE);
    CHECK_INT(got.length, -1);
}

STORE_TEST(a_challenge_finds_the_devices_newest_upload)
{
    char device[ID_ROOM];
    struct store_upload got;
    uint8_t other[STORE_HASH] = {1};
    for (unsigned n = 0; n < 5; n++) {
        struct store_upload upload = make_upload(n);
        CHECK_INT(store_upload_insert(tx, &upload), 0);
    }
    struct store_upload third = make_upload(3);
    help_id(ID_DEVICE, 1, device);
    CHECK_INT(store_upload_by_challenge(tx, device, third.challenge, arena, &got), 0);
    CHECK_STR(got.id, third.id);
    CHECK_INT(store_upload_by_challenge(tx, device, other, arena, &got), STORE_NOT_FOUND);
    help_id(ID_DEVICE, 5, device);
    CHECK_INT(store_upload_by_challenge(tx, device, third.challenge, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(uploads_are_counted_and_expire)
{
    char device[ID_ROOM];
    int64_t count = -1;
    struct store_uploads list;
    for (unsigned n = 0; n < 9; n++) {
        struct store_upload upload = make_upload(n);
        upload.state = n < 6 ? UPLOAD_OPEN : UPLOAD_ENDED;
        CHECK_INT(store_upload_insert(tx, &upload), 0);
    }
    CHECK_INT(store_upload_count(tx, NULL, 100, &count), 0);
    CHECK_INT(count, 6);
    CHECK_INT(store_upload_count(tx, NULL, 4, &count), 0);
    CHECK_INT(count, 4);
    CHECK_INT(store_upload_count(tx, help_id(ID_DEVICE, 1, device), 100, &count), 0);
    CHECK_INT(count, 3);
    CHECK_INT(store_upload_expired(tx, 102, 10, arena, &list), 0);
    CHECK_INT(list.count, 3);
    CHECK_INT(list.items[0].expires_at, 100);
    struct store_page page = {.limit = 4};
    CHECK_INT(store_upload_list_open(tx, &page, arena, &list), 0);
    CHECK(list.count == 4 && list.more);
    page.after = list.items[3].id;
    CHECK_INT(store_upload_list_open(tx, &page, arena, &list), 0);
    CHECK(list.count == 2 && !list.more);
}

/* --- jobs ------------------------------------------------------------------------------------ */

static struct store_job make_job(unsigned n, int64_t run_at)
{
    struct store_job job = {
        .kind = "judge", .payload = "52.5 13.25", .run_at = run_at, .created_at = 1};
    help_id(ID_JOB, n, job.id);
    help_id(ID_PHOTO, n, job.subject);
    return job;
}

static struct store_lease lease_of(const struct store_job *job)
{
    return (struct store_lease){job->id, job->lease_owner, job->taken};
}

STORE_TEST(the_longest_due_job_is_taken_first)
{
    struct store_job got;
    int64_t due = 0, count = 0;
    struct store_take take = {.owner = 1, .now = 100};
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_job_next_due(tx, "judge", &due), STORE_NOT_FOUND);
    for (unsigned n = 1; n <= 3; n++) {
        struct store_job job = make_job(n, n == 3 ? 150 : 60 - (int64_t)n);
        CHECK_INT(store_job_insert(tx, &job), 0);
    }
    CHECK_INT(store_job_next_due(tx, "judge", &due), 0);
    CHECK_INT(due, 58);
    CHECK_INT(store_job_take(tx, "mail", &take, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    CHECK_STR(got.subject, make_job(2, 0).subject);
    CHECK_STR(got.payload, "52.5 13.25");
    CHECK_INT(got.attempts, 1);
    CHECK_INT(got.lease_owner, 1);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    CHECK_STR(got.subject, make_job(1, 0).subject);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), STORE_NOT_FOUND); /* 3 is not due */
    CHECK_INT(store_job_count(tx, "judge", &count), 0);
    CHECK_INT(count, 3);
}

STORE_TEST(a_job_can_be_born_leased)
{
    struct store_job job = make_job(1, 200), got;
    struct store_take take = {.owner = 1, .now = 100};
    job.lease_owner = 1;
    CHECK_INT(store_job_insert_leased(tx, &job), 0);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_job_get(tx, job.id, arena, &got), 0);
    CHECK_INT(got.attempts, 1);
    struct store_lease lease = lease_of(&got);
    CHECK_INT(store_job_finish(tx, &lease), 0);
    CHECK_INT(store_job_get(tx, job.id, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(a_job_that_is_held_is_nobody_elses_whatever_the_clock_says)
{
    struct store_job job = make_job(1, 50), got;
    struct store_take take = {.owner = 1, .now = 100}, late = {.owner = 1, .now = INT64_MAX};
    int64_t due = 0, released = -1, count = -1;
    CHECK_INT(store_job_insert(tx, &job), 0);
    CHECK_INT(store_job_count_queued(tx, "judge", &count), 0);
    CHECK_INT(count, 1);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    job = make_job(2, 50);
    job.lease_owner = 1;
    CHECK_INT(store_job_insert_leased(tx, &job), 0);
    CHECK_INT(store_job_take(tx, "judge", &late, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_job_next_due(tx, "judge", &due), STORE_NOT_FOUND);
    CHECK_INT(store_job_release(tx, 1, INT64_MAX, &released), 0);
    CHECK_INT(released, 0);
    CHECK_INT(store_job_count_queued(tx, "judge", &count), 0);
    CHECK_INT(count, 0);
    CHECK_INT(store_job_count(tx, "judge", &count), 0);
    CHECK_INT(count, 2);
}

STORE_TEST(an_earlier_lease_says_nothing_any_more)
{
    struct store_job job = make_job(1, 50), first, second;
    struct store_take take = {.owner = 1, .now = 100};
    CHECK_INT(store_job_insert(tx, &job), 0);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &first), 0);
    struct store_lease early = lease_of(&first);
    CHECK_INT(store_job_put_back(tx, &early, 100, "later"), 0);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &second), 0);
    CHECK_INT(second.attempts, first.attempts); /* the same boot, the same attempt */
    CHECK_INT(second.put_off, 1);
    CHECK_INT(store_job_put_back(tx, &early, 900, "early"), STORE_NOT_FOUND);
    CHECK_INT(store_job_finish(tx, &early), STORE_NOT_FOUND);
    CHECK_INT(store_job_back_off(tx, &early, 900, "early"), STORE_NOT_FOUND);
    CHECK_INT(store_job_set_aside(tx, &early, 900, "early"), STORE_NOT_FOUND);
    struct store_lease held = lease_of(&second);
    CHECK_INT(store_job_finish(tx, &held), 0);
}

STORE_TEST(a_job_backs_off_and_is_set_aside)
{
    struct store_job job = make_job(1, 50), got;
    struct store_jobs list;
    struct store_page page = {.limit = 10};
    struct store_take take = {.owner = 1, .now = 100};
    CHECK_INT(store_job_insert(tx, &job), 0);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    struct store_lease lease = lease_of(&got);
    CHECK_INT(store_job_back_off(tx, &lease, 300, "crashed"), 0);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), STORE_NOT_FOUND);
    take.now = 300;
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    CHECK_INT(got.attempts, 2);
    CHECK_STR(got.last_error, "crashed");
    lease = lease_of(&got);
    CHECK_INT(store_job_set_aside(tx, &lease, 310, "crashed again"), 0);
    take.now = 100000;
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_job_list_set_aside(tx, &page, arena, &list), 0);
    CHECK_INT(list.count, 1);
    CHECK_INT(list.items[0].set_aside_at, 310);
    CHECK_INT(store_job_by_subject(tx, "judge", job.subject, arena, &got), 0);
    CHECK_STR(got.last_error, "crashed again");
    CHECK_INT(store_job_retry(tx, job.id, 400), 0);
    CHECK_INT(store_job_retry(tx, job.id, 400), STORE_NOT_FOUND);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    CHECK_INT(got.attempts, 1);
    CHECK_INT(got.taken, 3); /* no lease is like an earlier one */
    CHECK_INT(got.created_at, 400);
    CHECK_INT(store_job_drop_subject(tx, "judge", job.subject), 0);
    CHECK_INT(store_job_drop_subject(tx, "judge", job.subject), 0);
    CHECK_INT(store_job_by_subject(tx, "judge", job.subject, arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(a_new_boot_frees_the_leases_of_others)
{
    int64_t boot = 0, released = 0;
    struct store_job got;
    CHECK_INT(store_meta_boot(tx, &boot), 0);
    CHECK_INT(boot, 1);
    for (unsigned n = 1; n <= 4; n++) {
        struct store_job job = make_job(n, 100000);
        job.lease_owner = n == 4 ? 2 : 1;
        CHECK_INT(n == 3 ? store_job_insert(tx, &job) : store_job_insert_leased(tx, &job), 0);
    }
    CHECK_INT(store_meta_boot(tx, &boot), 0);
    CHECK_INT(boot, 2);
    CHECK_INT(store_job_release(tx, boot, 500, &released), 0);
    CHECK_INT(released, 2); /* 3 was queued, 4 is this boot's own */
    struct store_take take = {.owner = boot, .now = 500};
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    CHECK_INT(got.attempts, 2); /* the crash is remembered */
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), 0);
    CHECK_INT(store_job_take(tx, "judge", &take, arena, &got), STORE_NOT_FOUND);
}

/* --- answers and facts ----------------------------------------------------------------------- */

STORE_TEST(an_answer_is_kept_under_actor_and_key)
{
    static const uint8_t body[] = {0, 9, 8};
    int deleted = -1;
    struct store_idempotency answer = {.actor = "shp_1",
                                       .key_hash = {1},
                                       .request_hash = {2},
                                       .status = 201,
                                       .salt = {3},
                                       .body = {body, sizeof body},
                                       .created_at = 100},
                             got;
    CHECK_INT(store_idempotency_insert(tx, &answer), 0);
    CHECK_INT(store_idempotency_insert(tx, &answer), STORE_EXISTS);
    CHECK_INT(store_idempotency_get(tx, "shp_1", answer.key_hash, arena, &got), 0);
    CHECK_INT(got.status, 201);
    CHECK(got.body.len == 3 && memcmp(got.body.data, body, 3) == 0);
    CHECK(memcmp(got.request_hash, answer.request_hash, STORE_HASH) == 0);
    CHECK(memcmp(got.salt, answer.salt, STORE_HASH) == 0);
    CHECK_INT(store_idempotency_get(tx, "shp_2", answer.key_hash, arena, &got), STORE_NOT_FOUND);
    answer.actor = "shp_2";
    answer.body = (struct span){0};
    CHECK_INT(store_idempotency_insert(tx, &answer), 0);
    CHECK_INT(store_idempotency_get(tx, "shp_2", answer.key_hash, arena, &got), 0);
    CHECK_INT(got.body.len, 0);
    CHECK_INT(store_idempotency_sweep(tx, 100, 10, &deleted), 0);
    CHECK_INT(deleted, 0);
    CHECK_INT(store_idempotency_sweep(tx, 101, 1, &deleted), 0);
    CHECK_INT(deleted, 1);
}

STORE_TEST(facts_are_set_and_got)
{
    const char *value = NULL;
    CHECK_INT(store_meta_get(tx, "made_by", arena, &value), STORE_NOT_FOUND);
    CHECK_INT(store_meta_set(tx, "made_by", "0.1.0"), 0);
    CHECK_INT(store_meta_set(tx, "made_by", "0.2.0"), 0);
    CHECK_INT(store_meta_get(tx, "made_by", arena, &value), 0);
    CHECK_STR(value, "0.2.0");
}

TAP_MAIN(TAP(an_upload_is_kept_with_its_answer), TAP(an_upload_that_is_not_open_takes_no_word_more),
         TAP(a_challenge_finds_the_devices_newest_upload), TAP(uploads_are_counted_and_expire),
         TAP(the_longest_due_job_is_taken_first), TAP(a_job_can_be_born_leased),
         TAP(a_job_that_is_held_is_nobody_elses_whatever_the_clock_says),
         TAP(an_earlier_lease_says_nothing_any_more), TAP(a_job_backs_off_and_is_set_aside),
         TAP(a_new_boot_frees_the_leases_of_others), TAP(an_answer_is_kept_under_actor_and_key),
         TAP(facts_are_set_and_got))
