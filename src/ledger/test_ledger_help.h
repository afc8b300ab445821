/* SPDX-License-Identifier: Apache-2.0
 *
 * For the ledger's tests: a data folder, a keys folder and a database, opened and opened again.
 */
#ifndef PORCHLIGHT_TEST_LEDGER_HELP_H
#define PORCHLIGHT_TEST_LEDGER_HELP_H

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "keys/keys.h"
#include "ledger/ledger.h"
#include "store/look.h"

struct site {
    char folder[TAP_FOLDER_ROOM];
    char data[TAP_FOLDER_ROOM + 8], keys_folder[TAP_FOLDER_ROOM + 8];
    struct keys *keys;
    struct db *db;
    struct ledger *ledger;
};

/* Opens what the last call closed. The ledger's thread is not started: rounds are the test's. */
static inline void site_open(struct site *site)
{
    char path[TAP_FOLDER_ROOM + 32];
    snprintf(path, sizeof path, "%s/porchlight.db", site->data);
    struct keys_config keys = {site->keys_folder, site->data, NULL, KEYS_MAKE_MISSING};
    struct db_config db = {.path = path, .create = true};
    CHECK_INT(keys_open(&keys, &site->keys), 0);
    CHECK_INT(store_open(&db, &site->db), 0);
    struct ledger_config config = {.db = site->db,
                                   .keys = site->keys,
                                   .data_folder = site->data,
                                   .name = "photos.example/log",
                                   .interval_ms = 10};
    CHECK_INT(ledger_open(&config, &site->ledger), 0);
}

static inline void site_close(struct site *site)
{
    ledger_free(&site->ledger);
    db_close(&site->db);
    keys_close(&site->keys);
}

static inline void site_new(struct site *site)
{
    *site = (struct site){.keys = NULL};
    log_set_level((enum log_level) - 1);
    CHECK_INT(crypto_init(), 0);
    tap_folder_new(site->folder);
    snprintf(site->data, sizeof site->data, "%s/data", site->folder);
    snprintf(site->keys_folder, sizeof site->keys_folder, "%s/keys", site->folder);
    CHECK_INT(mkdir(site->data, 0700), 0);
    site_open(site);
}

static inline void site_end(struct site *site)
{
    site_close(site);
    tap_folder_remove(site->folder);
}

/* A photo with keys of its own, as it is after its verdict. */
static inline struct photo site_photo(struct site *site)
{
    struct photo photo = {.attempt = 1,
                          .state = PHOTO_POSTED,
                          .size = 1000,
                          .posted_size = 900,
                          .captured_at = 1764000000000,
                          .received_at = 1764000001000,
                          .sha256 = {1},
                          .posted_sha256 = {2}};
    uint8_t id[KEYS_ID], key[KEYS_KEY];
    uint32_t slot;
    id_new(ID_PHOTO, photo.id);
    id_new(ID_DELIVERY, photo.delivery_id);
    id_new(ID_DRIVER, photo.driver_id);
    id_new(ID_UPLOAD, photo.upload_id);
    CHECK(id_to_bytes(photo.upload_id, id));
    CHECK_INT(keys_new(site->keys, id, key, &slot), 0);
    photo.staging_slot = slot;
    CHECK(id_to_bytes(photo.id, id));
    CHECK_INT(keys_new(site->keys, id, key, &slot), 0);
    photo.key_slot = slot;
    return photo;
}

struct site_step {
    struct site *site;
    const struct step *record;
    bool ends;
};

static inline int site_step_in(struct db_tx *tx, void *arg)
{
    struct site_step *step = arg;
    const struct recorder *recorder = ledger_recorder(step->site->ledger);
    return step->ends ? step_end(recorder, tx, step->record)
                      : step_record(recorder, tx, step->record);
}

/* Records a step in a transaction of its own. */
static inline void site_record(struct site *site, enum ledger_step step, const struct photo *photo)
{
    struct step record = {.step = step, .photo = photo, .at = 1764000002000};
    struct site_step in = {site, &record, step >= STEP_REJECTED};
    CHECK_INT(db_write(site->db, site_step_in, &in), 0);
}

#endif
