/* SPDX-License-Identifier: Apache-2.0
 *
 * Photos through the whole job, with the real worker: what becomes of them, what agents are told,
 * and that nothing of what came in is left.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "jobs/test_stage.h"
#include "picture/draw.h"

static struct span draw(struct stage *stage, uint64_t seed, uint32_t flags)
{
    struct draw_options options = {
        .seed = seed, .width = 800, .height = 600, .flags = flags | DRAW_GPS};
    uint8_t *jpeg = NULL, *kept;
    size_t len;
    STAGE_MUST(draw_picture(&options, &jpeg, &len));
    kept = arena_alloc(stage->arena, len);
    if (kept)
        memcpy(kept, jpeg, len);
    free(jpeg);
    return (struct span){kept, len};
}

/* Only the kept photo's key, object and row are left of it. */
static void check_kept(struct stage *stage, const struct photo *row)
{
    uint8_t id[16], key[KEYS_KEY], sha256[32];
    struct sealed_reader reader;
    uint64_t len = 0;
    CHECK_INT(row->staging_slot, -1);
    CHECK(id_to_bytes(row->id, id));
    CHECK_INT(keys_load(stage->keys, (uint32_t)row->key_slot, id, key), 0);
    CHECK_INT(sealed_open(stage->photos, row->id, key, &reader), 0);
    CHECK_INT(sealed_length(&reader, SEALED_POSTED, &len), 0);
    CHECK_INT(len, row->posted_size);
    AUTO_FREE uint8_t *bytes = malloc(len + 1);
    CHECK_INT(sealed_read(&reader, SEALED_POSTED, 0, bytes, len), 0);
    hash_sha256((struct span){bytes, len}, sha256);
    CHECK(memcmp(sha256, row->posted_sha256, 32) == 0);
    CHECK_INT(sealed_length(&reader, SEALED_PREVIEW, &len), 0);
    CHECK_INT(len, row->preview_size);
    sealed_close(&reader);
}

static void check_left(struct stage *stage, int keys, int files, int objects)
{
    stage_wait_idle(stage, JUDGE_KIND);
    stage_wait_idle(stage, DESTROY_KIND);
    CHECK_INT(stage_keys_used(stage), keys);
    CHECK_INT(stage_files(stage), files);
    CHECK_INT(stage_objects(stage), objects);
    for (int i = 0; i < 1000 && conveyor_waiting(stage->conveyor, JUDGE_KIND) > 0; i++)
        usleep(2000); /* its row goes before its thread is free */
    CHECK_INT(conveyor_waiting(stage->conveyor, JUDGE_KIND), 0);
}

TEST(a_good_photo_is_posted)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {.payload = "52.5001 13.2501"};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 1, 0));
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_STORED);
    check_left(&stage, 1, 0, 1);
    struct photo row = stage_photo_row(&stage, photo.row.id);
    CHECK_INT(row.state, PHOTO_POSTED);
    CHECK_STR(row.reason, NULL);
    CHECK_INT(row.flags, 0);
    CHECK_INT(row.place, PLACE_WITHIN);
    CHECK_INT(row.width, 800);
    CHECK_INT(row.height, 600);
    CHECK_INT(row.delete_by, row.posted_at + 30 * CLOCK_DAY);
    CHECK(row.fingerprint != 0);
    check_kept(&stage, &row);
    struct delivery now = stage_delivery_row(&stage, delivery.id);
    CHECK_INT(now.photo_state, PHOTO_POSTED);
    CHECK_STR(now.photo_id, row.id);
    stage_close(&stage);
}

TEST(what_is_no_picture_is_rejected_with_its_reason)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, HASH_TEXT("<svg onload=alert(1)>"));
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_REJECTED);
    CHECK_STR(photo.verdict.reason, "not_jpeg");
    check_left(&stage, 0, 0, 0);
    struct photo row = stage_photo_row(&stage, photo.row.id);
    CHECK_INT(row.state, PHOTO_REJECTED);
    CHECK_STR(row.reason, "not_jpeg");
    CHECK_INT(stage_delivery_row(&stage, delivery.id).photo_state, PHOTO_REJECTED);
    stage_close(&stage);
}

TEST(dark_is_refused_where_the_shipper_says_so_unless_the_driver_says_why)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    shipper.refuse_dark = true;
    struct delivery first = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct delivery second = stage_delivery(&stage, 2, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo refused = {0}, kept = {.anyway = "the lamp is broken"};
    stage_accept(&stage, &refused, &first, draw(&stage, 2, DRAW_DARK));
    stage_judge(&stage, &refused);
    CHECK_INT(refused.verdict.kind, VERDICT_REJECTED);
    CHECK_STR(refused.verdict.reason, "dark");
    stage_accept(&stage, &kept, &second, draw(&stage, 2, DRAW_DARK));
    stage_judge(&stage, &kept);
    CHECK_INT(kept.verdict.kind, VERDICT_STORED);
    check_left(&stage, 1, 0, 1);
    CHECK(stage_photo_row(&stage, kept.row.id).flags & 1u << FLAG_DARK);
    stage_close(&stage);
}

TEST(repeated_far_and_late_are_flagged)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery first = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct delivery second = stage_delivery(&stage, 2, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo once = {0},
                       twice = {.payload = "52.6 13.25", .captured_ago = 5 * CLOCK_HOUR};
    stage_accept(&stage, &once, &first, draw(&stage, 3, 0));
    stage_judge(&stage, &once);
    stage_accept(&stage, &twice, &second, draw(&stage, 3, 0));
    stage_judge(&stage, &twice);
    check_left(&stage, 2, 0, 2);
    CHECK_INT(stage_photo_row(&stage, once.row.id).flags, 0);
    CHECK_INT(stage_photo_row(&stage, once.row.id).place, PLACE_UNKNOWN);
    struct photo row = stage_photo_row(&stage, twice.row.id);
    CHECK_INT(row.flags, 1u << FLAG_REPEATED | 1u << FLAG_FAR | 1u << FLAG_LATE);
    CHECK_INT(row.place, PLACE_NOT_WITHIN);
    stage_close(&stage);
}

TEST(a_photo_is_compared_with_as_many_of_its_drivers_as_the_setting_says)
{
    static const uint64_t seeds[] = {21, 22, 21};
    for (int among = 1; among <= 2; among++) {
        struct stage stage;
        struct stage_photo photos[ARRAY_LEN(seeds)] = {0};
        stage_open(&stage, "porchlight-photo");
        stage.settings.photo.repeated_among = among;
        struct shipper shipper = stage_shipper();
        for (unsigned i = 0; i < ARRAY_LEN(seeds); i++) {
            struct delivery delivery = stage_delivery(&stage, i + 1, &shipper, NOT_CONFIDENTIAL);
            stage_accept(&stage, &photos[i], &delivery, draw(&stage, seeds[i], 0));
            stage_judge(&stage, &photos[i]);
        }
        CHECK_INT(stage_photo_row(&stage, photos[2].row.id).flags,
                  among == 1 ? 0 : 1u << FLAG_REPEATED);
        stage_close(&stage);
    }
}

/* A photo of the future was not late: the phone's clock is wrong. */
TEST(a_clock_that_runs_ahead_is_flagged_as_that)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    static const struct {
        int64_t ahead;
        unsigned flags;
    } cases[] = {{5 * CLOCK_MINUTE, 0},
                 {15 * CLOCK_MINUTE, 1u << FLAG_CLOCK_AHEAD},
                 {CLOCK_DAY * 365 * 900, 1u << FLAG_CLOCK_AHEAD}};
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct delivery delivery = stage_delivery(&stage, i + 1, &shipper, NOT_CONFIDENTIAL);
        struct stage_photo photo = {.captured_ago = -cases[i].ahead};
        stage_accept(&stage, &photo, &delivery, draw(&stage, 30 + i, 0));
        stage_judge(&stage, &photo);
        CHECK_INT(stage_photo_row(&stage, photo.row.id).flags, cases[i].flags);
    }
    stage_close(&stage);
}

TEST(at_a_confidential_address_it_is_withheld)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, CONFIDENTIAL_REGISTRY);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 4, 0));
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_STORED); /* the driver is not told */
    check_left(&stage, 1, 0, 1);
    struct photo row = stage_photo_row(&stage, photo.row.id);
    CHECK_INT(row.state, PHOTO_WITHHELD);
    CHECK_STR(row.reason, "registry");
    check_kept(&stage, &row);
    stage_close(&stage);
}

/* ---- what happens meanwhile ---- */

static int refuse_in(struct db_tx *tx, void *arg)
{
    struct delivery *delivery = arg;
    delivery->consent = CONSENT_REFUSED;
    return store_delivery_update(tx, delivery);
}

TEST(a_recipient_who_refuses_while_it_waits_is_obeyed)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 5, 0));
    STAGE_MUST(db_write(stage.db, refuse_in, &delivery));
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_REFUSED);
    CHECK_STR(photo.verdict.reason, "declined");
    check_left(&stage, 0, 0, 0);
    CHECK_INT(stage_photo_row(&stage, photo.row.id).state, PHOTO_DECLINED);
    struct delivery now = stage_delivery_row(&stage, delivery.id);
    CHECK_INT(now.photo_state, PHOTO_DECLINED);
    CHECK_STR(now.photo_reason, "by_recipient");
    stage_close(&stage);
}

static int erase_in(struct db_tx *tx, void *arg)
{
    struct stage_photo *photo = arg;
    struct store_job job;
    int result = destroy_job_for_upload(photo->stage->conveyor, photo->row.upload_id,
                                        photo->row.staging_slot, photo->stage->arena, &job);
    if (result == 0)
        result = store_job_insert(tx, &job);
    if (result == 0)
        result = store_job_drop_subject(tx, JUDGE_KIND, photo->row.id);
    struct photo row = photo->row;
    row.state = PHOTO_ERASED;
    row.reason = "by_recipient";
    return result ? result : store_photo_update(tx, &row);
}

TEST(a_photo_erased_while_it_waits_is_not_posted)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 6, 0));
    STAGE_MUST(db_write(stage.db, erase_in, &photo));
    conveyor_wake(stage.conveyor, DESTROY_KIND);
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_STORED);
    check_left(&stage, 0, 0, 0);
    CHECK_INT(stage_photo_row(&stage, photo.row.id).state, PHOTO_ERASED);
    stage_close(&stage);
}

/* The recipient erases at the worst moment: between the worker's answer and the commit. Runs many
 * rounds, since nobody can say which of the two is quicker: either way nothing is left. */
TEST(an_erasure_that_races_with_the_verdict_leaves_nothing)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct span jpeg = draw(&stage, 7, 0);
    for (unsigned n = 1; n <= 20; n++) {
        struct delivery delivery = stage_delivery(&stage, n, &shipper, NOT_CONFIDENTIAL);
        struct stage_photo photo = {0};
        stage_accept(&stage, &photo, &delivery, jpeg);
        conveyor_hand_over(stage.conveyor, &photo.job);
        usleep(n * 1500);
        (void)!db_write(stage.db, erase_in, &photo); /* also when it was posted already */
        stage_wait_idle(&stage, JUDGE_KIND);
    }
    conveyor_wake(stage.conveyor, DESTROY_KIND);
    stage_wait_idle(&stage, DESTROY_KIND);
    while (conveyor_waiting(stage.conveyor, JUDGE_KIND) > 0)
        usleep(2000);
    /* Those that were posted first keep key and object in this test: erase_in knows their staging
     * only. What matters is that the two numbers are the same: no key and no object is astray. */
    CHECK_INT(stage_files(&stage), 0);
    CHECK_INT(stage_keys_used(&stage), stage_objects(&stage));
    stage_close(&stage);
}

TEST(a_photo_whose_process_died_is_judged_by_the_next_start)
{
    struct stage stage;
    stage_init(&stage);
    stage_open_disk(&stage);
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 8, 0));
    stage_close_disk(&stage); /* the job was never handed over */
    stage_open_disk(&stage);
    stage_start(&stage, "porchlight-photo");
    check_left(&stage, 1, 0, 1);
    CHECK_INT(stage_photo_row(&stage, photo.row.id).state, PHOTO_POSTED);
    stage_close(&stage);
}

/* Accepts a photo in a process of its own, says which, and goes on until it is killed. */
static void accept_until_killed(struct stage *stage, int told)
{
    struct shipper shipper = stage_shipper();
    stage_open_disk(stage);
    stage_start(stage, "porchlight-photo");
    struct delivery delivery = stage_delivery(stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(stage, &photo, &delivery, draw(stage, 10, 0));
    if (write(told, photo.row.id, ID_ROOM) != ID_ROOM)
        _exit(1);
    conveyor_hand_over(stage->conveyor, &photo.job);
    sleep(20);
    _exit(1);
}

TEST(a_kill_at_any_moment_loses_nothing_and_posts_once)
{
    for (useconds_t after = 0; after < 60000; after += 4000) {
        struct stage stage;
        char id[ID_ROOM] = "";
        int ends[2];
        stage_init(&stage);
        STAGE_MUST(pipe(ends));
        pid_t child = fork();
        if (child == 0)
            accept_until_killed(&stage, ends[1]);
        CHECK_INT(read(ends[0], id, sizeof id), ID_ROOM); /* from here on it is acknowledged */
        usleep(after);
        kill(child, SIGKILL);
        CHECK_INT(waitpid(child, NULL, 0), child);
        close(ends[0]);
        close(ends[1]);
        stage_open_disk(&stage);
        stage_start(&stage, "porchlight-photo");
        stage_wait_idle(&stage, JUDGE_KIND);
        stage_wait_idle(&stage, DESTROY_KIND);
        struct photo row = stage_photo_row(&stage, id);
        CHECK_INT(row.state, PHOTO_POSTED);
        check_kept(&stage, &row);
        CHECK_INT(stage_files(&stage), 0);
        CHECK_INT(stage_objects(&stage), 1);
        CHECK(stage_keys_used(&stage) <= 2); /* one may be an orphan until the next start */
        stage_close(&stage);
    }
}

/* ---- a worker that has been taken over ---- */

static struct store_job stage_job(struct stage *stage, const char *photo_id)
{
    struct db_tx *tx = NULL;
    struct store_job job = {0};
    STAGE_MUST(db_read_begin(stage->db, &tx));
    CHECK_INT(store_job_by_subject(tx, JUDGE_KIND, photo_id, stage->arena, &job), 0);
    db_read_end(&tx);
    return job;
}

static int retry_in(struct db_tx *tx, void *arg)
{
    return store_job_retry(tx, arg, clock_now());
}

/* The only child that a thread of ours has: the zygote. 0 when there is none. */
static pid_t zygote_of_us(void)
{
    pid_t found = 0;
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads && (entry = readdir(threads)) != NULL;) {
        char path[300];
        int pid = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/children", entry->d_name);
        AUTO_FCLOSE FILE *file = fopen(path, "re");
        if (file && fscanf(file, "%d", &pid) == 1)
            found = pid;
    }
    if (threads)
        closedir(threads);
    return found;
}

TEST(a_poisoned_photo_is_set_aside_after_its_attempts_and_the_queue_goes_on)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo-hostile");
    struct shipper shipper = stage_shipper();
    struct delivery first = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct delivery second = stage_delivery(&stage, 2, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo poisoned = {0}, good = {0};
    stage_accept(&stage, &poisoned, &first, HASH_TEXT("touch_nothing"));
    stage_judge(&stage, &poisoned);
    CHECK_INT(poisoned.verdict.kind, VERDICT_PENDING);
    stage_accept(&stage, &good, &second, HASH_TEXT("nothing of the kind"));
    stage_judge(&stage, &good);
    CHECK_INT(good.verdict.kind, VERDICT_STORED);
    check_left(&stage, 2, 1, 1); /* the poisoned one's staging stays for whoever looks into it */
    struct photo row = stage_photo_row(&stage, poisoned.row.id);
    CHECK_INT(row.state, PHOTO_SET_ASIDE);
    CHECK_STR(row.reason, "worker_failed");
    CHECK(row.delete_by > row.received_at);
    CHECK_INT(stage_delivery_row(&stage, first.id).photo_state, PHOTO_SET_ASIDE);
    struct store_job job = stage_job(&stage, row.id);
    CHECK_INT(job.attempts, 3);
    CHECK(job.set_aside_at > 0);
    stage_close(&stage);
}

TEST(the_zygotes_end_does_not_count_against_the_photo_it_held)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo-hostile");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, HASH_TEXT("never_answer"));
    conveyor_hand_over(stage.conveyor, &photo.job);
    for (int i = 0; i < 4; i++) { /* more often than it has attempts */
        struct photo_pool_figures figures = {0};
        for (int wait = 0; wait < 2000 && figures.busy == 0; wait++) {
            usleep(2000);
            photo_pool_figures(stage.pool, &figures);
        }
        usleep(50000);
        kill(zygote_of_us(), SIGKILL);
        while (figures.busy > 0) {
            usleep(2000);
            photo_pool_figures(stage.pool, &figures);
        }
    }
    stage_stop(&stage);
    struct store_job job = stage_job(&stage, photo.row.id);
    CHECK_INT(stage_photo_row(&stage, photo.row.id).state, PHOTO_RECEIVED);
    CHECK(job.attempts <= 1);
    CHECK(job.put_off >= 4);
    stage_close_disk(&stage);
    arena_free(&stage.arena);
    tap_folder_remove(stage.folder);
}

/* ---- bytes that cannot be read, and bytes that are lost ---- */

/* Reading a folder is a fault (EISDIR) as an error of the disk is. */
TEST(a_photo_that_cannot_be_read_is_set_aside_in_the_end_and_loses_nothing)
{
    struct stage stage;
    char path[STAGE_PATH + ID_ROOM], moved[STAGE_PATH];
    stage_init(&stage);
    stage.settings.jobs.put_offs = 5;
    stage_open_disk(&stage);
    stage_start(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 9, 0));
    snprintf(path, sizeof path, "%s/intake/%s", stage.folder, photo.row.upload_id);
    snprintf(moved, sizeof moved, "%s/moved", stage.folder);
    STAGE_MUST(rename(path, moved));
    STAGE_MUST(mkdir(path, 0700));
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_PENDING); /* durable, as far as anyone knows */
    struct photo row = stage_photo_row(&stage, photo.row.id);
    CHECK_INT(row.state, PHOTO_SET_ASIDE);
    CHECK_STR(row.reason, "server_failed");
    CHECK_STR(stage_delivery_row(&stage, delivery.id).photo_reason, "server_failed");
    usleep(50000);
    CHECK_INT(conveyor_waiting(stage.conveyor, JUDGE_KIND), 0); /* it does not hold up the intake */
    struct store_job job = stage_job(&stage, row.id);
    CHECK_INT(job.put_off, 5);
    CHECK(job.set_aside_at > 0);
    STAGE_MUST(rmdir(path));
    STAGE_MUST(rename(moved, path));
    STAGE_MUST(db_write(stage.db, retry_in, job.id));
    conveyor_wake(stage.conveyor, JUDGE_KIND);
    check_left(&stage, 1, 0, 1);
    CHECK_INT(stage_photo_row(&stage, photo.row.id).state, PHOTO_POSTED);
    stage_close(&stage);
}

TEST(a_photo_whose_bytes_are_lost_is_missing_and_nothing_is_kept_of_it)
{
    struct stage stage;
    stage_open(&stage, "porchlight-photo");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0}, again = {0};
    stage_accept(&stage, &photo, &delivery, draw(&stage, 9, 0));
    STAGE_MUST(
        uploads_destroy(stage.uploads, &(struct upload_place){photo.row.upload_id,
                                                              (uint32_t)photo.row.staging_slot}));
    stage_judge(&stage, &photo);
    CHECK_INT(photo.verdict.kind, VERDICT_LOST);
    check_left(&stage, 0, 0, 0);
    struct photo row = stage_photo_row(&stage, photo.row.id);
    CHECK_INT(row.state, PHOTO_MISSING);
    CHECK_STR(row.reason, "staging_lost");
    struct delivery now = stage_delivery_row(&stage, delivery.id);
    CHECK_INT(now.photo_state, PHOTO_MISSING);
    CHECK_STR(now.photo_reason, "staging_lost");
    stage_accept(&stage, &again, &delivery, draw(&stage, 9, 0)); /* of the same attempt */
    stage_judge(&stage, &again);
    CHECK_INT(again.verdict.kind, VERDICT_STORED);
    CHECK_INT(stage_delivery_row(&stage, delivery.id).photo_state, PHOTO_POSTED);
    stage_close(&stage);
}

TAP_MAIN(TAP(a_good_photo_is_posted), TAP(what_is_no_picture_is_rejected_with_its_reason),
         TAP(dark_is_refused_where_the_shipper_says_so_unless_the_driver_says_why),
         TAP(repeated_far_and_late_are_flagged),
         TAP(a_photo_is_compared_with_as_many_of_its_drivers_as_the_setting_says),
         TAP(a_clock_that_runs_ahead_is_flagged_as_that),
         TAP(at_a_confidential_address_it_is_withheld),
         TAP(a_recipient_who_refuses_while_it_waits_is_obeyed),
         TAP(a_photo_erased_while_it_waits_is_not_posted),
         TAP(an_erasure_that_races_with_the_verdict_leaves_nothing),
         TAP(a_photo_whose_process_died_is_judged_by_the_next_start),
         TAP(a_kill_at_any_moment_loses_nothing_and_posts_once),
         TAP(a_poisoned_photo_is_set_aside_after_its_attempts_and_the_queue_goes_on),
         TAP(the_zygotes_end_does_not_count_against_the_photo_it_held),
         TAP(a_photo_that_cannot_be_read_is_set_aside_in_the_end_and_loses_nothing),
         TAP(a_photo_whose_bytes_are_lost_is_missing_and_nothing_is_kept_of_it))
