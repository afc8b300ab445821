/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking stock at start: what a crash left behind goes, and nothing that a row names.
 */
#include <sys/stat.h>

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "blob/blob_files.h"
#include "cli/orphans.h"
#include "crypto/crypto.h"
#include "intake/staging.h"
#include "keys/keys.h"
#include "store/photo.h"
#include "store/upload.h"

enum { PATH = 2 * TAP_FOLDER_ROOM };

struct stock {
    char folder[TAP_FOLDER_ROOM];
    struct orphans orphans;
};

static const char *path_in(const struct stock *stock, const char *name, char room[PATH])
{
    snprintf(room, PATH, "%s/%s", stock->folder, name);
    return room;
}

static void stock_new(struct stock *stock)
{
    char path[PATH];
    *stock = (struct stock){0};
    log_set_level(LOG_ERROR);
    CHECK_INT(crypto_init(), 0);
    tap_folder_new(stock->folder);
    struct keys_config keys = {.folder = path_in(stock, "keys", path), .make = KEYS_MAKE_MISSING};
    CHECK_INT(keys_open(&keys, &stock->orphans.keys), 0);
    CHECK_INT(staging_open(path_in(stock, "intake", path), &stock->orphans.staging), 0);
    CHECK_INT(blob_files_open(path_in(stock, "photos", path), &stock->orphans.photos), 0);
    struct db_config config = {.path = path_in(stock, "porchlight.db", path), .create = true};
    CHECK_INT(store_open(&config, &stock->orphans.db), 0);
}

static void stock_free(struct stock *stock)
{
    db_close(&stock->orphans.db);
    blob_store_free(&stock->orphans.photos);
    staging_close(&stock->orphans.staging);
    keys_close(&stock->orphans.keys);
    tap_folder_remove(stock->folder);
}

/* A key under this id; its slot. */
static uint32_t add_key(struct stock *stock, const char *id)
{
    uint8_t bytes[16], key[KEYS_KEY];
    uint32_t slot = 0;
    CHECK(id_to_bytes(id, bytes));
    CHECK_INT(keys_new(stock->orphans.keys, bytes, key, &slot), 0);
    return slot;
}

static bool has_key(struct stock *stock, const char *id, uint32_t slot)
{
    uint8_t bytes[16], key[KEYS_KEY];
    return id_to_bytes(id, bytes) && keys_load(stock->orphans.keys, slot, bytes, key) == 0;
}

/* An upload's staging file with its key; its slot. */
static uint32_t add_staging(struct stock *stock, const char *id)
{
    static const uint8_t key[STAGING_KEY];
    struct staging_state state;
    CHECK_INT(staging_create(stock->orphans.staging, id, key, &state), 0);
    return add_key(stock, id);
}

static bool has_staging(struct stock *stock, const char *id)
{
    char path[PATH], name[64];
    struct stat st;
    snprintf(name, sizeof name, "intake/%s", id);
    return stat(path_in(stock, name, path), &st) == 0;
}

static bool has_blob(struct stock *stock, const char *id)
{
    struct blob blob;
    bool found = blob_open(stock->orphans.photos, id, &blob) == 0;
    if (found)
        blob_close(&blob);
    return found;
}

static int insert_upload(struct db_tx *tx, void *arg)
{
    return store_upload_insert(tx, arg);
}

/* A photo is inserted as received, and then made what it is to be. */
static int insert_photo(struct db_tx *tx, void *arg)
{
    struct photo as_received = *(const struct photo *)arg;
    as_received.state = PHOTO_RECEIVED;
    int result = store_photo_insert(tx, &as_received);
    return result == 0 ? store_photo_update(tx, arg) : result;
}

static struct store_upload upload_row(const char *id, int64_t slot)
{
    struct store_upload row = {.attempt = 1, .length = 10, .slot = slot, .expires_at = 1000};
    memcpy(row.id, id, ID_ROOM);
    id_new(ID_DELIVERY, row.delivery_id);
    id_new(ID_DEVICE, row.device_id);
    id_new(ID_DRIVER, row.driver_id);
    crypto_random(row.challenge, sizeof row.challenge);
    return row;
}

static struct photo photo_row(const char *id, const char *upload_id, enum photo_state state)
{
    struct photo row = {.attempt = 1, .state = state, .staging_slot = -1, .key_slot = -1};
    memcpy(row.id, id, ID_ROOM);
    memcpy(row.upload_id, upload_id, ID_ROOM);
    id_new(ID_DELIVERY, row.delivery_id);
    id_new(ID_DRIVER, row.driver_id);
    id_new(ID_DEVICE, row.device_id);
    return row;
}

static const struct span some_bytes = {(const uint8_t *)"sealed", 6};

TEST(what_no_row_names_goes)
{
    struct stock stock;
    char upload[ID_ROOM], photo[ID_ROOM], bare[ID_ROOM];
    stock_new(&stock);
    id_new(ID_UPLOAD, upload);
    id_new(ID_PHOTO, photo);
    id_new(ID_PHOTO, bare);
    uint32_t staging = add_staging(&stock, upload), key = add_key(&stock, photo);
    uint32_t alone = add_key(&stock, bare);
    CHECK_INT(blob_put_bytes(stock.orphans.photos, photo, some_bytes), 0);
    CHECK_INT(orphans_sweep(&stock.orphans), 0);
    CHECK_INT(stock.orphans.slots, 3);
    CHECK_INT(stock.orphans.files, 1);
    CHECK(!has_key(&stock, upload, staging) && !has_staging(&stock, upload));
    CHECK(!has_key(&stock, photo, key) && !has_blob(&stock, photo));
    CHECK(!has_key(&stock, bare, alone));
    stock_free(&stock);
}

TEST(an_open_upload_a_waiting_and_a_posted_photo_stay)
{
    struct stock stock;
    char upload[ID_ROOM], whole[ID_ROOM], waiting[ID_ROOM], posted[ID_ROOM];
    stock_new(&stock);
    id_new(ID_UPLOAD, upload);
    id_new(ID_UPLOAD, whole);
    id_new(ID_PHOTO, waiting);
    id_new(ID_PHOTO, posted);
    struct store_upload open = upload_row(upload, add_staging(&stock, upload));
    struct store_upload complete = upload_row(whole, -1);
    struct photo received = photo_row(waiting, whole, PHOTO_RECEIVED);
    struct photo shown = photo_row(posted, whole, PHOTO_POSTED);
    complete.state = UPLOAD_COMPLETE;
    memcpy(complete.photo_id, waiting, ID_ROOM);
    received.staging_slot = add_staging(&stock, whole);
    shown.key_slot = add_key(&stock, posted);
    CHECK_INT(db_write(stock.orphans.db, insert_upload, &open), 0);
    CHECK_INT(db_write(stock.orphans.db, insert_upload, &complete), 0);
    CHECK_INT(db_write(stock.orphans.db, insert_photo, &received), 0);
    CHECK_INT(db_write(stock.orphans.db, insert_photo, &shown), 0);
    CHECK_INT(blob_put_bytes(stock.orphans.photos, posted, some_bytes), 0);
    CHECK_INT(orphans_sweep(&stock.orphans), 0);
    CHECK_INT(stock.orphans.slots, 0);
    CHECK_INT(stock.orphans.files, 0);
    CHECK(has_key(&stock, upload, (uint32_t)open.slot) && has_staging(&stock, upload));
    CHECK(has_key(&stock, whole, (uint32_t)received.staging_slot) && has_staging(&stock, whole));
    CHECK(has_key(&stock, posted, (uint32_t)shown.key_slot) && has_blob(&stock, posted));
    stock_free(&stock);
}

/* A crash after the photo's bytes and before its commit: the next attempt posts under another key.
 */
TEST(an_older_key_of_a_posted_photo_goes_and_its_file_stays)
{
    struct stock stock;
    char upload[ID_ROOM], posted[ID_ROOM];
    stock_new(&stock);
    id_new(ID_UPLOAD, upload);
    id_new(ID_PHOTO, posted);
    uint32_t older = add_key(&stock, posted);
    struct photo shown = photo_row(posted, upload, PHOTO_POSTED);
    shown.key_slot = add_key(&stock, posted);
    CHECK_INT(db_write(stock.orphans.db, insert_photo, &shown), 0);
    CHECK_INT(blob_put_bytes(stock.orphans.photos, posted, some_bytes), 0);
    CHECK_INT(orphans_sweep(&stock.orphans), 0);
    CHECK_INT(stock.orphans.slots, 1);
    CHECK(!has_key(&stock, posted, older));
    CHECK(has_key(&stock, posted, (uint32_t)shown.key_slot) && has_blob(&stock, posted));
    stock_free(&stock);
}

TEST(the_staging_file_of_a_judged_photo_goes)
{
    struct stock stock;
    char upload[ID_ROOM], posted[ID_ROOM];
    stock_new(&stock);
    id_new(ID_UPLOAD, upload);
    id_new(ID_PHOTO, posted);
    uint32_t slot = add_staging(&stock, upload);
    struct store_upload complete = upload_row(upload, -1);
    struct photo shown = photo_row(posted, upload, PHOTO_POSTED);
    complete.state = UPLOAD_COMPLETE;
    memcpy(complete.photo_id, posted, ID_ROOM);
    CHECK_INT(db_write(stock.orphans.db, insert_upload, &complete), 0);
    CHECK_INT(db_write(stock.orphans.db, insert_photo, &shown), 0);
    CHECK_INT(orphans_sweep(&stock.orphans), 0);
    CHECK(!has_staging(&stock, upload) && !has_key(&stock, upload, slot));
    stock_free(&stock);
}

TAP_MAIN(TAP(what_no_row_names_goes), TAP(an_open_upload_a_waiting_and_a_posted_photo_stay),
         TAP(an_older_key_of_a_posted_photo_goes_and_its_file_stays),
         TAP(the_staging_file_of_a_judged_photo_goes))
