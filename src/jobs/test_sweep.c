/* SPDX-License-Identifier: Apache-2.0
 *
 * The housekeeping against real photos and uploads: what has run out goes, with its key and its
 * bytes; what is held or not due stays.
 */
#include "jobs/sweep.h"

#include "jobs/test_stage.h"
#include "picture/draw.h"
#include "store/case.h"

struct fence {
    int cuts, lifts;
    char delivery_id[ID_ROOM];
};

static void cut(void *context, const char *delivery_id)
{
    struct fence *fence = context;
    fence->cuts++;
    snprintf(fence->delivery_id, sizeof fence->delivery_id, "%s", delivery_id);
}

static void lift(void *context, const char *delivery_id)
{
    ((struct fence *)context)->lifts++;
}

/* One round on its own: the thread's first round is over when it returns. */
static void sweep_once(struct stage *stage, struct fence *fence)
{
    struct sweep *sweep = NULL;
    struct sweep_config config = {.settings = &stage->settings,
                                  .db = stage->db,
                                  .conveyor = stage->conveyor,
                                  .uploads = stage->uploads,
                                  .cut = cut,
                                  .lift = lift,
                                  .context = fence};
    STAGE_MUST(sweep_new(&config, &sweep));
    CHECK_INT(sweep_now(sweep), 0);
    sweep_free(&sweep);
    stage_wait_idle(stage, DESTROY_KIND);
}

static struct photo post(struct stage *stage, unsigned n, struct delivery *delivery)
{
    struct shipper shipper = stage_shipper();
    struct draw_options options = {.seed = n, .width = 320, .height = 240};
    struct stage_photo photo = {0};
    uint8_t *jpeg = NULL;
    size_t len;
    *delivery = stage_delivery(stage, n, &shipper, NOT_CONFIDENTIAL);
    STAGE_MUST(draw_picture(&options, &jpeg, &len));
    stage_accept(stage, &photo, delivery, (struct span){jpeg, len});
    stage_judge(stage, &photo);
    free(jpeg);
    stage_wait_idle(stage, DESTROY_KIND);
    return stage_photo_row(stage, photo.row.id);
}

static int update_photo_in(struct db_tx *tx, void *arg)
{
    return store_photo_update(tx, arg);
}

static int open_case_in(struct db_tx *tx, void *arg)
{
    struct store_case *row = arg;
    int64_t number;
    return store_case_insert(tx, row, &number);
}

static void open_case(struct stage *stage, const struct delivery *delivery, int64_t opened_at)
{
    struct store_case row = {.kind = CASE_DID_NOT_ARRIVE, .opened_at = opened_at};
    id_new(ID_CASE, row.id);
    memcpy(row.delivery_id, delivery->id, ID_ROOM);
    memcpy(row.shipper_id, delivery->shipper_id, ID_ROOM);
    STAGE_MUST(db_write(stage->db, open_case_in, &row));
}

TEST(a_photo_whose_day_has_come_is_erased_with_its_key)
{
    struct stage stage;
    struct delivery delivery, later;
    struct fence fence = {0};
    stage_open(&stage, "porchlight-photo");
    struct photo row = post(&stage, 1, &delivery);
    struct photo stays = post(&stage, 2, &later);
    row.delete_by = clock_now() - 1;
    STAGE_MUST(db_write(stage.db, update_photo_in, &row));
    sweep_once(&stage, &fence);
    CHECK_INT(fence.cuts, 1);
    CHECK_INT(fence.lifts, 1);
    CHECK_STR(fence.delivery_id, delivery.id);
    CHECK_INT(stage_keys_used(&stage), 1);
    CHECK_INT(stage_objects(&stage), 1);
    struct photo now = stage_photo_row(&stage, row.id);
    CHECK_INT(now.state, PHOTO_ERASED);
    CHECK_STR(now.reason, "retention");
    CHECK_INT(now.key_slot, -1);
    CHECK_INT(now.fingerprint, 0);
    CHECK_INT(stage_delivery_row(&stage, delivery.id).photo_state, PHOTO_ERASED);
    CHECK_INT(stage_photo_row(&stage, stays.id).state, PHOTO_POSTED);
    stage_close(&stage);
}

TEST(an_open_case_holds_its_photo_but_not_for_ever)
{
    struct stage stage;
    struct delivery held, forgotten;
    struct fence fence = {0};
    stage_open(&stage, "porchlight-photo");
    struct photo first = post(&stage, 1, &held), second = post(&stage, 2, &forgotten);
    first.delete_by = second.delete_by = clock_now() - 1;
    STAGE_MUST(db_write(stage.db, update_photo_in, &first));
    STAGE_MUST(db_write(stage.db, update_photo_in, &second));
    open_case(&stage, &held, clock_now() - CLOCK_DAY);
    open_case(&stage, &forgotten, clock_now() - 91 * CLOCK_DAY);
    sweep_once(&stage, &fence);
    struct photo now = stage_photo_row(&stage, first.id);
    CHECK_INT(now.state, PHOTO_POSTED);
    CHECK(now.delete_by > clock_now());
    CHECK_INT(stage_photo_row(&stage, second.id).state, PHOTO_ERASED);
    stage_close(&stage);
}

TEST(a_photo_that_was_set_aside_is_erased_with_its_staging_and_its_job)
{
    struct stage stage;
    struct fence fence = {0};
    stage_open(&stage, "porchlight-photo-hostile");
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct stage_photo photo = {0};
    stage_accept(&stage, &photo, &delivery, HASH_TEXT("touch_nothing"));
    stage_judge(&stage, &photo);
    struct photo row = stage_photo_row(&stage, photo.row.id);
    row.delete_by = clock_now() - 1;
    STAGE_MUST(db_write(stage.db, update_photo_in, &row));
    sweep_once(&stage, &fence);
    CHECK_INT(stage_photo_row(&stage, row.id).state, PHOTO_ERASED);
    CHECK_INT(stage_keys_used(&stage), 0);
    CHECK_INT(stage_files(&stage), 0);
    struct db_tx *tx = NULL;
    struct store_job job;
    STAGE_MUST(db_read_begin(stage.db, &tx));
    CHECK_INT(store_job_by_subject(tx, JUDGE_KIND, row.id, stage.arena, &job), STORE_NOT_FOUND);
    db_read_end(&tx);
    stage_close(&stage);
}

static int insert_upload_in(struct db_tx *tx, void *arg)
{
    return store_upload_insert(tx, arg);
}

/* An open upload with a few bytes; gives its id. */
static void begin_upload(struct stage *stage, const struct delivery *delivery, int64_t expires_at,
                         char id[ID_ROOM])
{
    uint32_t slot;
    struct upload_body *body;
    struct tus_checksum none = {.algorithm = TUS_NO_CHECKSUM};
    struct upload_start start = {.offset = 0, .room = 100, .checksum = &none};
    id_new(ID_UPLOAD, id);
    STAGE_MUST(uploads_create(stage->uploads, id, &slot));
    STAGE_MUST(uploads_begin(stage->uploads, &(struct upload_place){id, slot}, &start, &body));
    STAGE_MUST(uploads_add(body, HASH_TEXT("the first bytes")));
    uploads_abandon(&body);
    struct store_upload row = {.attempt = 1,
                               .length = 100,
                               .captured_at = 1,
                               .slot = slot,
                               .created_at = 1,
                               .expires_at = expires_at,
                               .state = UPLOAD_OPEN};
    memcpy(row.id, id, ID_ROOM);
    memcpy(row.delivery_id, delivery->id, ID_ROOM);
    memcpy(row.driver_id, delivery->driver_id, ID_ROOM);
    help_id(ID_DEVICE, 1, row.device_id);
    crypto_random(row.challenge, sizeof row.challenge);
    STAGE_MUST(db_write(stage->db, insert_upload_in, &row));
}

TEST(uploads_that_were_never_finished_go_and_the_others_stay)
{
    struct stage stage;
    struct fence fence = {0};
    char old[ID_ROOM], fresh[ID_ROOM];
    stage_open(&stage, NULL);
    struct shipper shipper = stage_shipper();
    struct delivery delivery = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    begin_upload(&stage, &delivery, clock_now() - 1, old);
    begin_upload(&stage, &delivery, clock_now() + CLOCK_DAY, fresh);
    CHECK_INT(uploads_bodies(stage.uploads), 2);
    sweep_once(&stage, &fence);
    CHECK_INT(uploads_bodies(stage.uploads), 0); /* the abandoned bodies were closed */
    CHECK_INT(stage_files(&stage), 1);
    CHECK_INT(stage_keys_used(&stage), 1);
    struct db_tx *tx = NULL;
    struct store_upload row;
    STAGE_MUST(db_read_begin(stage.db, &tx));
    CHECK_INT(store_upload_get(tx, old, stage.arena, &row), STORE_NOT_FOUND);
    CHECK_INT(store_upload_get(tx, fresh, stage.arena, &row), 0);
    db_read_end(&tx);
    stage_close(&stage);
}

static int deliver_in(struct db_tx *tx, void *arg)
{
    return store_delivery_move(tx, arg);
}

TEST(a_photo_that_did_not_come_is_missing)
{
    struct stage stage;
    struct fence fence = {0};
    stage_open(&stage, NULL);
    struct shipper shipper = stage_shipper();
    struct delivery late = stage_delivery(&stage, 1, &shipper, NOT_CONFIDENTIAL);
    struct delivery fresh = stage_delivery(&stage, 2, &shipper, NOT_CONFIDENTIAL);
    late.state = fresh.state = DELIVERY_DELIVERED;
    late.delivered_received_at = clock_now() - 49 * CLOCK_HOUR;
    fresh.delivered_received_at = clock_now() - 47 * CLOCK_HOUR;
    STAGE_MUST(db_write(stage.db, deliver_in, &late));
    STAGE_MUST(db_write(stage.db, deliver_in, &fresh));
    sweep_once(&stage, &fence);
    struct delivery now = stage_delivery_row(&stage, late.id);
    CHECK_INT(now.photo_state, PHOTO_MISSING);
    CHECK_STR(now.photo_reason, "deadline_passed");
    CHECK_INT(stage_delivery_row(&stage, fresh.id).photo_state, PHOTO_EXPECTED);
    stage_close(&stage);
}

TAP_MAIN(TAP(a_photo_whose_day_has_come_is_erased_with_its_key),
         TAP(an_open_case_holds_its_photo_but_not_for_ever),
         TAP(a_photo_that_was_set_aside_is_erased_with_its_staging_and_its_job),
         TAP(uploads_that_were_never_finished_go_and_the_others_stay),
         TAP(a_photo_that_did_not_come_is_missing))
