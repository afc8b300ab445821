/* SPDX-License-Identifier: Apache-2.0
 *
 * For the store's tests: a fresh database a test, and tests that run as one writing function.
 *
 *     STORE_TEST(a_case) { CHECK_INT(store_…(tx, …, arena, …), 0); }
 */
#ifndef PORCHLIGHT_STORE_TEST_HELP_H
#define PORCHLIGHT_STORE_TEST_HELP_H

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "domain/delivery.h"
#include "store/store.h"

struct help_run {
    void (*body)(struct db_tx *tx, struct arena *arena);
    struct arena *arena;
};

static inline int help_run_body(struct db_tx *tx, void *arg)
{
    struct help_run *run = arg;
    run->body(tx, run->arena);
    return 0;
}

/* Opens a database in a fresh folder, whose name goes to `folder`. */
static inline struct db *help_open(char folder[TAP_FOLDER_ROOM])
{
    char path[TAP_FOLDER_ROOM + 16];
    struct db *db = NULL;
    log_set_level(LOG_ERROR);
    tap_folder_new(folder);
    snprintf(path, sizeof path, "%s/porchlight.db", folder);
    struct db_config config = {.path = path, .create = true};
    if (store_open(&config, &db) != 0)
        abort();
    return db;
}

static inline void help_run_test(void (*body)(struct db_tx *tx, struct arena *arena))
{
    char folder[TAP_FOLDER_ROOM];
    struct db *db = help_open(folder);
    struct help_run run = {body, arena_new((size_t)16 << 20)};
    CHECK_INT(db_write(db, help_run_body, &run), 0);
    arena_free(&run.arena);
    db_close(&db);
    tap_folder_remove(folder);
}

#define STORE_TEST(name)                                                                           \
    static void name##_body(struct db_tx *tx, struct arena *arena);                                \
    static void name(void)                                                                         \
    {                                                                                              \
        help_run_test(name##_body);                                                                \
    }                                                                                              \
    static void name##_body(struct db_tx *tx, struct arena *arena)

/* The n-th id of a kind: ids of a larger n sort after it. */
static inline const char *help_id(const char *prefix, unsigned n, char out[ID_ROOM])
{
    uint8_t bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    for (int i = 0; i < 4; i++)
        bytes[12 + i] = (uint8_t)(n >> (24 - 8 * i));
    id_from_bytes(prefix, bytes, out);
    return out;
}

/* A delivery of shipper and driver number 1, number n, ready to insert; texts are constants. */
static inline struct delivery help_delivery(unsigned n)
{
    struct delivery delivery = {
        .recipient_name = "Ada Example",
        .recipient_email = "ada@example.org",
        .address = {.lines = {"1 Long Lane", "Smallville"},
                    .line_count = 2,
                    .located = true,
                    .lat = 52.5,
                    .lon = 13.25},
        .time_zone = "Europe/Berlin",
        .photo_want = WANT_REQUIRED,
        .state = DELIVERY_CREATED,
        .attempt = 1,
        .photo_state = PHOTO_EXPECTED,
        .token_version = 1,
        .created_at = 1000 + (int64_t)n,
        .changed_at = 1000 + (int64_t)n,
    };
    help_id(ID_DELIVERY, n, delivery.id);
    help_id(ID_SHIPPER, 1, delivery.shipper_id);
    help_id(ID_DRIVER, 1, delivery.driver_id);
    return delivery;
}

#endif
