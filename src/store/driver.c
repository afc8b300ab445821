/* SPDX-License-Identifier: Apache-2.0
 *
 * Drivers, pairing codes and devices. A code is spent by deleting it, so that two phones that send
 * it at once cannot both be paired.
 */
#include "store/driver.h"

#include "store/row.h"

#define DRIVER_COLUMNS "r.id, r.shipper_id, r.name, r.created_at, r.disabled_at"
#define DEVICE_COLUMNS "d.id, d.driver_id, d.token_hash, d.name, d.created_at, d.revoked_at"
enum { DEVICE_COLUMN_COUNT = 6 };

STORE_SQL(sql_driver_insert, "INSERT INTO driver (id, shipper_id, name, created_at, disabled_at)"
                             " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
STORE_SQL(sql_driver_get, "SELECT " DRIVER_COLUMNS " FROM driver r WHERE r.id = ?1");
STORE_SQL(sql_driver_disable, "UPDATE driver SET disabled_at = ?2 WHERE id = ?1");
STORE_SQL(sql_driver_list, "SELECT " DRIVER_COLUMNS " FROM driver r"
                           " WHERE r.shipper_id = ?1 AND r.id < ?2 ORDER BY r.id DESC LIMIT ?3");
STORE_SQL(sql_pairing_put,
          "INSERT INTO pairing (code_hash, driver_id, expires_at) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (driver_id) DO UPDATE SET code_hash = excluded.code_hash,"
          " expires_at = excluded.expires_at");
STORE_SQL(sql_pairing_take, "DELETE FROM pairing WHERE code_hash = ?1 AND expires_at > ?2"
                            " RETURNING driver_id");
STORE_SQL(sql_pairing_sweep, "DELETE FROM pairing WHERE code_hash IN (SELECT code_hash FROM pairing"
                             " WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");
STORE_SQL(sql_device_insert,
          "INSERT INTO device (id, driver_id, token_hash, name, created_at, revoked_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING");
STORE_SQL(sql_device_by_token, "SELECT " DEVICE_COLUMNS ", " DRIVER_COLUMNS
                               " FROM device d JOIN driver r ON r.id = d.driver_id"
                               " WHERE d.token_hash = ?1");
STORE_SQL(sql_device_revoke,
          "UPDATE device SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL");
STORE_SQL(sql_device_list, "SELECT " DEVICE_COLUMNS " FROM device d"
                           " WHERE d.driver_id = ?1 ORDER BY d.id DESC LIMIT ?2");

/* --- drivers --------------------------------------------------------------------------------- */

/* From column `first` on, since a query may bring the device in front of it. */
static void driver_read_at(struct db_stmt *stmt, int first, struct arena *arena,
                           struct store_driver *driver)
{
    *driver = (struct store_driver){
        .name = db_text(stmt, first + 2, arena),
        .created_at = db_int(stmt, first + 3),
        .disabled_at = db_int(stmt, first + 4),
    };
    row_id(stmt, first, ID_DRIVER, driver->id);
    row_id(stmt, first + 1, ID_SHIPPER, driver->shipper_id);
}

static void driver_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    driver_read_at(stmt, 0, arena, out);
}

int store_driver_insert(struct db_tx *tx, const struct store_driver *driver)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_driver_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, driver->id);
    row_bind_id(stmt, 2, ID_SHIPPER, driver->shipper_id);
    db_bind_text(stmt, 3, driver->name);
    db_bind_int(stmt, 4, driver->created_at);
    row_bind_time(stmt, 5, driver->disabled_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_driver_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_driver *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_driver_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, id);
    return row_one(stmt, driver_read, arena, out);
}

int store_driver_disable(struct db_tx *tx, const char *id, int64_t disabled_at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_driver_disable, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, id);
    row_bind_time(stmt, 2, disabled_at);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_driver_list(struct db_tx *tx, const char *shipper_id, const struct store_page *page,
                      struct arena *arena, struct store_drivers *out)
{
    static const struct row_shape shape = {driver_read, sizeof(struct store_driver)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_driver_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    row_bind_after(stmt, 2, ID_DRIVER, page->after, ROW_NEWEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

/* --- pairing codes --------------------------------------------------------------------------- */

int store_pairing_put(struct db_tx *tx, const uint8_t code_hash[STORE_HASH], const char *driver_id,
                      int64_t expires_at)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_pairing_put, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, code_hash, STORE_HASH);
    row_bind_id(stmt, 2, ID_DRIVER, driver_id);
    db_bind_int(stmt, 3, expires_at);
    return row_write(tx, stmt, 0);
}

static void pairing_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    row_id(stmt, 0, ID_DRIVER, out);
}

int store_pairing_take(struct db_tx *tx, const uint8_t code_hash[STORE_HASH], int64_t now,
                       char driver_id_out[ID_ROOM])
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_pairing_take, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, code_hash, STORE_HASH);
    db_bind_int(stmt, 2, now);
    return row_one(stmt, pairing_read, NULL, driver_id_out);
}

int store_pairing_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_pairing_sweep, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    return row_sweep(tx, stmt, 2, limit, deleted_out);
}

/* --- devices --------------------------------------------------------------------------------- */

static void device_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_device *device = out;
    *device = (struct store_device){
        .name = db_text(stmt, 3, arena),
        .created_at = db_int(stmt, 4),
        .revoked_at = db_int(stmt, 5),
    };
    row_id(stmt, 0, ID_DEVICE, device->id);
    row_id(stmt, 1, ID_DRIVER, device->driver_id);
    db_blob_fixed(stmt, 2, device->token_hash, STORE_HASH);
}

int store_device_insert(struct db_tx *tx, const struct store_device *device)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_device_insert, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DEVICE, device->id);
    row_bind_id(stmt, 2, ID_DRIVER, device->driver_id);
    db_bind_blob(stmt, 3, device->token_hash, STORE_HASH);
    db_bind_text(stmt, 4, device->name);
    db_bind_int(stmt, 5, device->created_at);
    row_bind_time(stmt, 6, device->revoked_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

struct device_and_driver {
    struct store_device *device;
    struct store_driver *driver;
};

static void device_read_with_driver(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct device_and_driver *both = out;
    device_read(stmt, arena, both->device);
    driver_read_at(stmt, DEVICE_COLUMN_COUNT, arena, both->driver);
}

int store_device_by_token(struct db_tx *tx, const uint8_t token_hash[STORE_HASH],
                          struct arena *arena, struct store_device *device_out,
                          struct store_driver *driver_out)
{
    struct device_and_driver both = {device_out, driver_out};
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_device_by_token, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, token_hash, STORE_HASH);
    return row_one(stmt, device_read_with_driver, arena, &both);
}

int store_device_revoke(struct db_tx *tx, const char *id, int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_device_revoke, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DEVICE, id);
    db_bind_int(stmt, 2, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_device_list(struct db_tx *tx, const char *driver_id, struct arena *arena,
                      struct store_devices *out)
{
    static const struct row_shape shape = {device_read, sizeof(struct store_device)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_device_list, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, driver_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
