/* SPDX-License-Identifier: Apache-2.0
 *
 * For the jobs' tests: everything a photo passes through after the answer, in a fresh folder: the
 * database, keys, staging, photos, the real worker, verdicts and the conveyor.
 */
#ifndef PORCHLIGHT_JOBS_TEST_STAGE_H
#define PORCHLIGHT_JOBS_TEST_STAGE_H

#include <pthread.h>

#include "base/clock.h"
#include "blob/blob_files.h"
#include "blob/seal.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "intake/uploads.h"
#include "jobs/destroy.h"
#include "jobs/judge.h"
#include "jobs/verdicts.h"
#include "keys/keys.h"
#include "photo/pool.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/shipper.h"
#include "store/test_help.h"
#include "store/upload.h"

/* A path in the stage's folder. */
enum { STAGE_PATH = TAP_FOLDER_ROOM + 32 };

struct stage {
    char folder[TAP_FOLDER_ROOM];
    struct settings settings;
    struct db *db;
    struct keys *keys;
    struct staging *staging;
    struct uploads *uploads;
    struct blob_store *photos;
    struct photo_pool *pool;
    struct verdicts *verdicts;
    struct conveyor *conveyor;
    struct judge judge;
    struct destroy destroy;
    struct job_kind kinds[2];
    struct arena *arena;
    int64_t boot;
};

#define STAGE_MUST(call)                                                                           \
    do {                                                                                           \
        int must_result = (call);                                                                  \
        if (must_result != 0) {                                                                    \
            printf("# %s:%d: %s gave %d\n", __FILE__, __LINE__, #call, must_result);               \
            fflush(stdout);                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline int stage_boot_in(struct db_tx *tx, void *arg)
{
    return store_meta_boot(tx, arg);
}

static inline const char *stage_beside(const char *name, char out[4200])
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/'); /* build/src/jobs/test_x: the worker is in build/src/photo */
    if (slash)
        *slash = '\0';
    snprintf(out, 4200, "%s/../photo/%s", self, name);
    return out;
}

/* Opens or makes what is on the disk, in stage->folder. */
static inline void stage_open_disk(struct stage *stage)
{
    char path[STAGE_PATH];
    snprintf(path, sizeof path, "%s/porchlight.db", stage->folder);
    struct db_config db = {.path = path, .create = true};
    STAGE_MUST(store_open(&db, &stage->db));
    STAGE_MUST(db_write(stage->db, stage_boot_in, &stage->boot));
    snprintf(path, sizeof path, "%s/keys", stage->folder);
    struct keys_config keys = {.folder = path, .make = KEYS_MAKE_MISSING};
    STAGE_MUST(keys_open(&keys, &stage->keys));
    snprintf(path, sizeof path, "%s/intake", stage->folder);
    STAGE_MUST(staging_open(path, &stage->staging));
    snprintf(path, sizeof path, "%s/photos", stage->folder);
    STAGE_MUST(blob_files_open(path, &stage->photos));
    struct uploads_config uploads = {stage->staging, stage->keys, 100, 1000};
    STAGE_MUST(uploads_new(&uploads, &stage->uploads));
}

static inline void stage_close_disk(struct stage *stage)
{
    uploads_free(&stage->uploads);
    blob_store_free(&stage->photos);
    staging_close(&stage->staging);
    keys_close(&stage->keys);
    db_close(&stage->db);
}

/* `worker` NULL: no pool. */
static inline void stage_start(struct stage *stage, const char *worker)
{
    char path[4200];
    struct photo_pool_config pool = {.worker_path = worker ? stage_beside(worker, path) : NULL,
                                     .slots = 2,
                                     .deadline_ms = 4000,
                                     .flags = POOL_KEEP_STDERR};
    if (worker)
        STAGE_MUST(photo_pool_new(&pool, &stage->pool));
    STAGE_MUST(verdicts_new(&stage->verdicts));
    stage->judge = (struct judge){.settings = &stage->settings,
                                  .db = stage->db,
                                  .keys = stage->keys,
                                  .photos = stage->photos,
                                  .uploads = stage->uploads,
                                  .pool = stage->pool,
                                  .verdicts = stage->verdicts};
    stage->destroy = (struct destroy){
        .keys = stage->keys, .photos = stage->photos, .uploads = stage->uploads, .copies_days = 7};
    stage->kinds[0] = judge_kind(&stage->judge);
    stage->kinds[1] = destroy_kind(&stage->destroy);
    struct conveyor_config config = {.db = stage->db,
                                     .boot = stage->boot,
                                     .backoff_ms = 20,
                                     .backoff_max_ms = 100,
                                     .kinds = stage->kinds,
                                     .kind_count = 2};
    STAGE_MUST(conveyor_new(&config, &stage->judge.conveyor));
    stage->conveyor = stage->judge.conveyor;
}

static inline void stage_stop(struct stage *stage)
{
    conveyor_free(&stage->conveyor);
    verdicts_free(&stage->verdicts);
    photo_pool_free(&stage->pool);
}

static inline void stage_init(struct stage *stage)
{
    *stage = (struct stage){.arena = arena_new((size_t)16 << 20)};
    log_set_level(LOG_ERROR);
    STAGE_MUST(crypto_init());
    settings_defaults(&stage->settings);
    stage->settings.photo.slots = 2;
    tap_folder_new(stage->folder);
}

static inline void stage_open(struct stage *stage, const char *worker)
{
    stage_init(stage);
    stage_open_disk(stage);
    stage_start(stage, worker);
}

static inline void stage_close(struct stage *stage)
{
    stage_stop(stage);
    stage_close_disk(stage);
    arena_free(&stage->arena);
    tap_folder_remove(stage->folder);
}

/* ---- rows ---- */

struct stage_rows {
    struct delivery *delivery;
    struct shipper *shipper;
};

static inline int stage_insert_in(struct db_tx *tx, void *arg)
{
    struct stage_rows *rows = arg;
    int result = store_shipper_insert(tx, rows->shipper);
    if (result == STORE_EXISTS)
        result = store_shipper_update(tx, rows->shipper);
    return result ? result : store_delivery_insert(tx, rows->delivery);
}

static inline struct shipper stage_shipper(void)
{
    struct shipper shipper = {.name = "Parcels & Sons",
                              .retention_days = 30,
                              .far_metres = 150,
                              .photo_default = WANT_REQUIRED,
                              .created_at = 1};
    help_id(ID_SHIPPER, 1, shipper.id);
    return shipper;
}

/* Delivery number n of the shipper, inserted. */
static inline struct delivery stage_delivery(struct stage *stage, unsigned n,
                                             struct shipper *shipper,
                                             enum confidentiality confidential)
{
    struct delivery delivery = help_delivery(n);
    delivery.reference = arena_printf(stage->arena, "R-%u", n);
    delivery.state = DELIVERY_OUT_FOR_DELIVERY;
    delivery.confidential = confidential;
    struct stage_rows rows = {&delivery, shipper};
    STAGE_MUST(db_write(stage->db, stage_insert_in, &rows));
    return delivery;
}

/* ---- a photo on its way in ---- */

struct stage_photo {
    const char *anyway;
    const char *payload;
    int64_t captured_ago;
    struct photo row; /* as inserted */
    struct store_job job;
    struct delivery *delivery;
    struct verdict verdict;
    bool told;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct stage *stage;
};

static inline int stage_accept_in(struct db_tx *tx, void *arg)
{
    struct stage_photo *photo = arg;
    struct delivery *delivery = photo->delivery;
    struct store_upload upload = {.attempt = 1,
                                  .length = photo->row.size,
                                  .captured_at = photo->row.captured_at,
                                  .slot = photo->row.staging_slot,
                                  .created_at = clock_now(),
                                  .expires_at = clock_now() + CLOCK_DAY,
                                  .state = UPLOAD_COMPLETE};
    memcpy(upload.id, photo->row.upload_id, ID_ROOM);
    memcpy(upload.delivery_id, delivery->id, ID_ROOM);
    memcpy(upload.device_id, photo->row.device_id, ID_ROOM);
    memcpy(upload.driver_id, photo->row.driver_id, ID_ROOM);
    memcpy(upload.photo_id, photo->row.id, ID_ROOM);
    crypto_random(upload.challenge, sizeof upload.challenge);
    int result = store_upload_insert(tx, &upload);
    if (result == 0)
        result = store_photo_insert(tx, &photo->row);
    if (result == 0)
        result = store_job_insert_leased(tx, &photo->job);
    delivery->photo_state = PHOTO_RECEIVED;
    memcpy(delivery->photo_id, photo->row.id, ID_ROOM);
    return result ? result : store_delivery_move(tx, delivery);
}

/* Stages the bytes and accepts the photo, as the upload's end does; the job is in photo->job. */
static inline void stage_accept(struct stage *stage, struct stage_photo *photo,
                                struct delivery *delivery, struct span jpeg)
{
    struct photo *row = &photo->row;
    uint32_t slot;
    struct upload_body *body;
    struct staging_state state;
    struct tus_checksum none = {.algorithm = TUS_NO_CHECKSUM};
    *row = (struct photo){.attempt = 1,
                          .state = PHOTO_RECEIVED,
                          .size = (int64_t)jpeg.len,
                          .received_at = clock_now(),
                          .captured_at = clock_now() - photo->captured_ago,
                          .anyway = photo->anyway,
                          .key_slot = -1};
    id_new(ID_PHOTO, row->id);
    id_new(ID_UPLOAD, row->upload_id);
    help_id(ID_DEVICE, 1, row->device_id);
    memcpy(row->delivery_id, delivery->id, ID_ROOM);
    memcpy(row->driver_id, delivery->driver_id, ID_ROOM);
    hash_sha256(jpeg, row->sha256);
    STAGE_MUST(uploads_create(stage->uploads, row->upload_id, &slot));
    struct upload_start start = {.offset = 0, .room = jpeg.len, .checksum = &none};
    STAGE_MUST(
        uploads_begin(stage->uploads, &(struct upload_place){row->upload_id, slot}, &start, &body));
    STAGE_MUST(uploads_add(body, jpeg));
    STAGE_MUST(uploads_end(&body, &state));
    row->staging_slot = slot;
    photo->delivery = delivery;
    photo->stage = stage;
    if (stage->conveyor)
        conveyor_prepare(stage->conveyor, JUDGE_KIND, &photo->job);
    else {
        photo->job = (struct store_job){.kind = JUDGE_KIND,
                                        .attempts = 1,
                                        .taken = 1,
                                        .lease_owner = stage->boot,
                                        .run_at = clock_now(),
                                        .created_at = clock_now()};
        id_new(ID_JOB, photo->job.id);
    }
    memcpy(photo->job.subject, row->id, ID_ROOM);
    photo->job.payload = photo->payload;
    STAGE_MUST(db_write(stage->db, stage_accept_in, photo));
}

static inline void stage_told(void *arg, const struct verdict *verdict)
{
    struct stage_photo *photo = arg;
    pthread_mutex_lock(&photo->lock);
    photo->verdict = *verdict;
    photo->told = true;
    pthread_cond_signal(&photo->changed);
    pthread_mutex_unlock(&photo->lock);
}

/* Hands the job over and waits for the verdict. */
static inline void stage_judge(struct stage *stage, struct stage_photo *photo)
{
    pthread_mutex_init(&photo->lock, NULL);
    pthread_cond_init(&photo->changed, NULL);
    STAGE_MUST(verdicts_wait(stage->verdicts, photo->row.id, 20000, stage_told, photo));
    conveyor_hand_over(stage->conveyor, &photo->job);
    pthread_mutex_lock(&photo->lock);
    while (!photo->told)
        pthread_cond_wait(&photo->changed, &photo->lock);
    pthread_mutex_unlock(&photo->lock);
    pthread_cond_destroy(&photo->changed);
    pthread_mutex_destroy(&photo->lock);
}

/* Waits until a kind has no job left. */
static inline void stage_wait_idle(struct stage *stage, const char *kind)
{
    for (int i = 0; i < 2000; i++) {
        int64_t count = 0;
        struct db_tx *tx = NULL;
        STAGE_MUST(db_read_begin(stage->db, &tx));
        STAGE_MUST(store_job_count(tx, kind, &count));
        db_read_end(&tx);
        if (count == 0)
            return;
        usleep(5000);
    }
    CHECK(!"the conveyor came to rest");
}

/* The rows as they are. */
static inline struct photo stage_photo_row(struct stage *stage, const char *id)
{
    struct photo photo = {.state = PHOTO_NONE};
    struct db_tx *tx = NULL;
    STAGE_MUST(db_read_begin(stage->db, &tx));
    CHECK_INT(store_photo_get(tx, id, stage->arena, &photo), 0);
    db_read_end(&tx);
    return photo;
}

static inline struct delivery stage_delivery_row(struct stage *stage, const char *id)
{
    struct delivery delivery = {.photo_state = PHOTO_NONE};
    struct db_tx *tx = NULL;
    STAGE_MUST(db_read_begin(stage->db, &tx));
    CHECK_INT(store_delivery_get(tx, id, stage->arena, &delivery), 0);
    db_read_end(&tx);
    return delivery;
}

static inline uint64_t stage_keys_used(struct stage *stage)
{
    struct keys_facts facts;
    keys_look(stage->keys, &facts);
    return facts.slots_used;
}

static inline int stage_count_name(void *context, const char *name)
{
    ++*(int *)context;
    return 0;
}

static inline int stage_files(struct stage *stage)
{
    int count = 0;
    STAGE_MUST(staging_each(stage->staging, stage_count_name, &count));
    return count;
}

static inline int stage_objects(struct stage *stage)
{
    int count = 0;
    STAGE_MUST(blob_each(stage->photos, stage_count_name, &count));
    return count;
}

#endif
