/* SPDX-License-Identifier: Apache-2.0
 *
 * Cost must not grow with age. Reads and writes are measured, in steps of the database's machine
 * and not in time, when a shipper has 2000 deliveries and again when it has 200 000: no figure may
 * have grown by more than a tenth.
 *
 * PORCHLIGHT_AGE=n fills to n instead.
 */
#include "store/delivery.h"
#include "store/driver.h"
#include "store/photo.h"
#include "store/test_help.h"

enum { AGE_YOUNG = 2000, AGE_OLD = 200000, AGE_BATCH = 2000, AGE_DRIVERS = 50 };

static const char *const emails[] = {"ada@example.org", "bob@example.org"};

/* Most deliveries are long done; the youngest of each driver are under way. The two addresses that
 * are asked for get one in a thousand. */
static struct delivery aged(unsigned n, char *email, char *reference)
{
    struct delivery delivery = help_delivery(n);
    snprintf(email, 40, "person%u@example.org", n / 3);
    snprintf(reference, 24, "ORDER-%u", n);
    delivery.reference = reference;
    delivery.recipient_email = n % 1000 == 7 ? emails[0] : email;
    delivery.buyer_email = n % 1000 == 8 ? emails[0] : NULL;
    delivery.state = n % 1000 < 990   ? DELIVERY_DELIVERED
                     : n % 1000 < 995 ? DELIVERY_RETURNED
                     : n % 1000 < 998 ? DELIVERY_CANCELLED
                                      : DELIVERY_OUT_FOR_DELIVERY;
    delivery.delivered_received_at = (int64_t)n + 1;
    delivery.photo_state = n % 1000 == 500 ? PHOTO_EXPECTED : PHOTO_ERASED;
    help_id(ID_DRIVER, n % AGE_DRIVERS, delivery.driver_id);
    return delivery;
}

static int fill(struct db_tx *tx, void *arg)
{
    unsigned first = *(unsigned *)arg;
    int result = 0;
    for (unsigned n = first; n < first + AGE_BATCH && !result; n++) {
        char email[40], reference[24];
        struct delivery delivery = aged(n, email, reference);
        result = store_delivery_insert(tx, &delivery);
        struct photo photo = {.attempt = 1, .state = PHOTO_ERASED, .staging_slot = -1};
        photo.state = n % 1000 < 10 ? PHOTO_POSTED : PHOTO_ERASED;
        photo.key_slot = n % 1000 < 10 ? (int64_t)n : -1;
        photo.delete_by = (int64_t)n + 1;
        help_id(ID_PHOTO, n, photo.id);
        help_id(ID_DELIVERY, n, photo.delivery_id);
        help_id(ID_DRIVER, n % AGE_DRIVERS, photo.driver_id);
        help_id(ID_DEVICE, 1, photo.device_id);
        if (!result)
            result = store_photo_insert(tx, &photo);
    }
    return result;
}

static int add_drivers(struct db_tx *tx, void *arg)
{
    int result = 0;
    for (unsigned n = 0; n < AGE_DRIVERS && !result; n++) {
        struct store_driver driver = {.name = "Dora", .created_at = 1};
        help_id(ID_DRIVER, n, driver.id);
        help_id(ID_SHIPPER, 1, driver.shipper_id);
        result = store_driver_insert(tx, &driver);
    }
    return result;
}

/* --- what is measured ------------------------------------------------------------------------ */

static void read_list(struct db_tx *tx, struct arena *arena, struct store_delivery_filter filter,
                      const char *after)
{
    char shipper[ID_ROOM];
    struct store_deliveries list;
    struct store_page page = {.after = after, .limit = 20};
    filter.shipper_id = help_id(ID_SHIPPER, 1, shipper);
    CHECK_INT(store_delivery_list(tx, &filter, &page, arena, &list), 0);
}

static void measure_first_page(struct db_tx *tx, struct arena *arena)
{
    read_list(tx, arena, (struct store_delivery_filter){0}, NULL);
}

static void measure_middle_page(struct db_tx *tx, struct arena *arena)
{
    char after[ID_ROOM];
    read_list(tx, arena, (struct store_delivery_filter){0}, help_id(ID_DELIVERY, 1000, after));
}

static void measure_rare_state(struct db_tx *tx, struct arena *arena)
{
    struct store_delivery_filter filter = {.by_state = true, .state = DELIVERY_ATTEMPTED};
    read_list(tx, arena, filter, NULL); /* there is none */
}

static void measure_common_state(struct db_tx *tx, struct arena *arena)
{
    struct store_delivery_filter filter = {.by_state = true, .state = DELIVERY_DELIVERED};
    read_list(tx, arena, filter, NULL);
}

static void measure_driver(struct db_tx *tx, struct arena *arena)
{
    char driver[ID_ROOM];
    read_list(tx, arena, (struct store_delivery_filter){.driver_id = help_id(ID_DRIVER, 3, driver)},
              NULL);
}

static void measure_reference(struct db_tx *tx, struct arena *arena)
{
    read_list(tx, arena, (struct store_delivery_filter){.reference = "ORDER-1234"}, NULL);
}

static void measure_stops(struct db_tx *tx, struct arena *arena)
{
    char driver[ID_ROOM];
    struct store_deliveries list;
    CHECK_INT(store_delivery_stops(tx, help_id(ID_DRIVER, 48, driver), 2, arena, &list), 0);
    CHECK_INT(list.count, 2);
}

static void measure_orders(struct db_tx *tx, struct arena *arena)
{
    struct store_deliveries list;
    struct store_page page = {.limit = 2};
    CHECK_INT(store_delivery_orders(tx, emails[0], &page, arena, &list), 0);
    CHECK_INT(list.count, 2);
}

static void measure_overdue(struct db_tx *tx, struct arena *arena)
{
    struct store_deliveries list;
    CHECK_INT(store_delivery_overdue(tx, INT64_MAX, 2, arena, &list), 0);
    CHECK_INT(list.count, 2);
}

static void measure_due_photos(struct db_tx *tx, struct arena *arena)
{
    struct store_photos list;
    CHECK_INT(store_photo_due(tx, INT64_MAX, 10, arena, &list), 0);
    CHECK_INT(list.count, 10);
}

static void measure_fingerprints(struct db_tx *tx, struct arena *arena)
{
    char driver[ID_ROOM];
    struct store_fingerprints list;
    CHECK_INT(store_photo_fingerprints(tx, help_id(ID_DRIVER, 3, driver), 2, arena, &list), 0);
    CHECK_INT(list.count, 2);
}

static void measure_waiting(struct db_tx *tx, struct arena *arena)
{
    int64_t count;
    CHECK_INT(store_photo_count(tx, PHOTO_RECEIVED, &count), 0);
}

static const struct measured {
    const char *name;
    void (*run)(struct db_tx *tx, struct arena *arena);
} measures[] = {
    {"the first page of a shipper", measure_first_page},
    {"a page in the middle", measure_middle_page},
    {"a state that nothing is in", measure_rare_state},
    {"a state that most are in", measure_common_state},
    {"a driver's deliveries", measure_driver},
    {"a reference", measure_reference},
    {"a driver's stops", measure_stops},
    {"an account's orders", measure_orders},
    {"overdue photos", measure_overdue},
    {"photos due for deletion", measure_due_photos},
    {"a driver's fingerprints", measure_fingerprints},
    {"photos that wait", measure_waiting},
};

static void measure_all(struct db *db, struct db_effort *out)
{
    for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
        struct db_tx *tx = NULL;
        struct arena *arena = arena_new((size_t)1 << 20);
        CHECK_INT(db_read_begin(db, &tx), 0);
        measures[i].run(tx, arena);
        db_effort(tx, &out[i]);
        db_read_end(&tx);
        arena_free(&arena);
    }
}

TEST(cost_does_not_grow_with_age)
{
    char folder[TAP_FOLDER_ROOM];
    struct db *db = help_open(folder);
    struct db_effort young[ARRAY_LEN(measures)], old[ARRAY_LEN(measures)];
    const char *asked = getenv("PORCHLIGHT_AGE");
    unsigned most = asked ? (unsigned)strtoul(asked, NULL, 10) : AGE_OLD, n;
    CHECK_INT(db_write(db, add_drivers, NULL), 0);
    for (n = 0; n < AGE_YOUNG; n += AGE_BATCH)
        CHECK_INT(db_write(db, fill, &n), 0);
    measure_all(db, young);
    for (; n < most; n += AGE_BATCH)
        CHECK_INT(db_write(db, fill, &n), 0);
    measure_all(db, old);
    for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
        printf("# %-28s %5lld steps, %5lld with %u deliveries\n", measures[i].name,
               (long long)young[i].steps, (long long)old[i].steps, n);
        CHECK(old[i].steps <= young[i].steps * 11 / 10 + 5);
        CHECK_INT(old[i].scanned, young[i].scanned);
        CHECK_INT(old[i].sorts, 0);
    }
    db_close(&db);
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(cost_does_not_grow_with_age))
