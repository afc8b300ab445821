/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-due DATA KEYS SHIPPER DRIVER COUNT: makes COUNT photos whose day has come, in the folders
 * of a server that is stopped: delivery, photo, key slot, two entries of the ledger with records of
 * their real size, and a file, which is 4 KB of nothing, since removing a name costs the same
 * whatever it stood for. Nobody could open them, and nobody is going to.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "keys/keys.h"
#include "store/delivery.h"
#include "store/entry.h"
#include "store/photo.h"

enum { BATCH = 500, RECORD = 480 };

struct seed {
    struct keys *keys;
    const char *shipper, *driver, *data;
    unsigned made, count;
    int64_t now;
};

static void die(const char *what) __attribute__((noreturn));
static void die(const char *what)
{
    fprintf(stderr, "bench-due: %s\n", what);
    exit(1);
}

static int add_entries(struct db_tx *tx, const struct photo *photo)
{
    static uint8_t record[RECORD];
    static const enum ledger_step steps[] = {STEP_RECEIVED, STEP_POSTED};
    int result = 0;
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(steps); i++) {
        struct store_entry entry = {
            .step = steps[i], .at = photo->posted_at, .sealed = {record, sizeof record}};
        memcpy(entry.photo_id, photo->id, ID_ROOM);
        crypto_random(entry.commitment, sizeof entry.commitment);
        result = store_entry_add(tx, &entry);
    }
    return result;
}

static void make_file(const struct seed *seed, const char *id)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/photos/%c", seed->data, id[strlen(id) - 1]);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/photos/%c/%s", seed->data, id[strlen(id) - 1], id);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0)
        die("cannot make a photo's file");
    close(fd);
}

static int add_one(struct seed *seed, struct db_tx *tx)
{
    uint8_t id[KEYS_ID], key[KEYS_KEY];
    uint32_t slot = 0;
    char reference[32];
    struct photo photo = {.state = PHOTO_POSTED,
                          .attempt = 1,
                          .posted_at = seed->now - CLOCK_DAY,
                          .received_at = seed->now - CLOCK_DAY,
                          .captured_at = seed->now - CLOCK_DAY,
                          .delete_by = seed->now,
                          .size = 300000,
                          .posted_size = 290000,
                          .preview_size = 15000,
                          .width = 1600,
                          .height = 1200,
                          .staging_slot = -1};
    id_new(ID_PHOTO, photo.id);
    id_new(ID_DELIVERY, photo.delivery_id);
    id_new(ID_UPLOAD, photo.upload_id);
    id_new(ID_DEVICE, photo.device_id);
    snprintf(photo.driver_id, ID_ROOM, "%s", seed->driver);
    snprintf(reference, sizeof reference, "due-%u", seed->made);
    struct delivery delivery = {.reference = reference,
                                .recipient_name = "Robin Vale",
                                .recipient_email = "due@example.org",
                                .time_zone = "Europe/Berlin",
                                .parcel_count = 1,
                                .photo_want = WANT_REQUIRED,
                                .state = DELIVERY_DELIVERED,
                                .attempt = 1,
                                .photo_state = PHOTO_POSTED,
                                .created_at = photo.posted_at,
                                .changed_at = photo.posted_at,
                                .delivered_received_at = photo.posted_at,
                                .delivered_captured_at = photo.posted_at,
                                .token_version = 1};
    delivery.parcels[0].code = reference;
    delivery.address.lines[0] = "12 Lantern Lane";
    delivery.address.line_count = 1;
    memcpy(delivery.id, photo.delivery_id, ID_ROOM);
    memcpy(delivery.photo_id, photo.id, ID_ROOM);
    snprintf(delivery.shipper_id, ID_ROOM, "%s", seed->shipper);
    snprintf(delivery.driver_id, ID_ROOM, "%s", seed->driver);
    crypto_random(photo.sha256, sizeof photo.sha256);
    crypto_random(photo.posted_sha256, sizeof photo.posted_sha256);
    if (!id_to_bytes(photo.id, id) || keys_new(seed->keys, id, key, &slot) != 0)
        die("no key");
    photo.key_slot = slot;
    int result = store_delivery_insert(tx, &delivery);
    if (result == 0)
        result = store_photo_insert(tx, &photo);
    if (result == 0)
        result = add_entries(tx, &photo);
    make_file(seed, photo.id);
    seed->made++;
    return result;
}

static int add_in(struct db_tx *tx, void *arg)
{
    struct seed *seed = arg;
    int result = 0;
    for (int i = 0; result == 0 && i < BATCH && seed->made < seed->count; i++)
        result = add_one(seed, tx);
    return result;
}

int main(int argc, char **argv)
{
    char path[1100];
    struct db *db = NULL;
    if (argc != 6 || crypto_init() != 0)
        die("wants DATA KEYS SHIPPER DRIVER COUNT");
    struct seed seed = {.shipper = argv[3],
                        .driver = argv[4],
                        .data = argv[1],
                        .count = (unsigned)strtoul(argv[5], NULL, 10),
                        .now = clock_now()};
    struct keys_config config = {.folder = argv[2], .make = KEYS_MUST_EXIST};
    snprintf(path, sizeof path, "%s/porchlight.db", argv[1]);
    if (keys_open(&config, &seed.keys) != 0 ||
        store_open(&(struct db_config){.path = path}, &db) != 0)
        die("the folders do not open; is the server stopped?");
    while (seed.made < seed.count)
        if (db_write(db, add_in, &seed) != 0)
            die("a row was not taken");
    if (keys_sync(seed.keys) != 0)
        die("the keys are not on the disk");
    db_close(&db);
    keys_close(&seed.keys);
    return 0;
}
