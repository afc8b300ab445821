/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver is added with a pairing code; a new code does not end the devices paired before,
 * revoking does, at once.
 */
#include "api/shippers.h"

#include "api/api.h"
#include "api/pairing.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "store/driver.h"
#include "store/shipper.h"

static int get_settings(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    return result != 0 ? result : call_ok(answer, 200, shape_settings(&shipper));
}

void shippers_get_settings(struct http_request *req)
{
    call_read(call_of(req), get_settings);
}

static int put_settings(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    shipper.retention_days =
        (int)fields_integer(&body, "retention_days", 1, 365, shipper.retention_days);
    shipper.far_metres = (int)fields_integer(&body, "far_metres", 10, 100000, shipper.far_metres);
    shipper.confidential_photos = (enum confidential_photos)fields_word(
        &body, "confidential_photos", FIELDS_OPTIONAL, &words_confidential_photos,
        (int)shipper.confidential_photos);
    shipper.refuse_dark = fields_flag(&body, "refuse_dark", shipper.refuse_dark);
    shipper.refuse_blurred = fields_flag(&body, "refuse_blurred", shipper.refuse_blurred);
    shipper.photo_default = (enum photo_want)fields_word(
        &body, "photo_default", FIELDS_OPTIONAL, &words_photo_want, (int)shipper.photo_default);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = store_shipper_update(tx, &shipper);
    return result != 0 ? result : call_ok(answer, 200, shape_settings(&shipper));
}

void shippers_put_settings(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, put_settings);
}

/* ---- drivers ---- */

/* Devices that may be used now; one that cannot be counted is not shown. */
static int count_devices(struct call *call, struct db_tx *tx, const char *driver_id)
{
    struct store_devices devices;
    int paired = 0;
    if (store_device_list(tx, driver_id, call->arena, &devices) != 0)
        return 0;
    for (int i = 0; i < devices.count; i++)
        paired += devices.items[i].revoked_at == 0;
    return paired;
}

static json_t *with_code(struct call *call, json_t *driver, const char *code)
{
    int64_t expires = call->now + call->api->settings->auth.pairing_minutes * CLOCK_MINUTE;
    if (driver && (json_object_set_new(driver, "pairing_code", json_string(code)) != 0 ||
                   json_object_set_new(driver, "pairing_expires_at", json_of_time(expires)) != 0)) {
        json_decref(driver);
        return NULL;
    }
    return driver;
}

static int add_driver(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_driver driver = {.created_at = call->now};
    char code[PAIRING_CODE_ROOM];
    int devices = 0;
    fields_begin(&body, call->body, &failure);
    driver.name = fields_text(&body, "name", FIELDS_REQUIRED,
                              (struct fields_length){1, (size_t)call->api->settings->text.name});
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    id_new(ID_DRIVER, driver.id);
    memcpy(driver.shipper_id, call->actor.shipper_id, ID_ROOM);
    int result = store_driver_insert(tx, &driver);
    if (result == 0)
        result = pairing_begin(tx, call->api->code_secret, driver.id,
                               call->now + call->api->settings->auth.pairing_minutes * CLOCK_MINUTE,
                               code);
    return result != 0
               ? result
               : call_ok(answer, 201, with_code(call, shape_driver(&driver, devices), code));
}

void shippers_add_driver(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, add_driver);
}

static int list_drivers(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_DRIVER};
    struct store_drivers found;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    int result =
        store_driver_list(tx, call->actor.shipper_id, &(struct store_page){page.after, page.limit},
                          call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        json_array_append_new(
            items, shape_driver(&found.items[i], count_devices(call, tx, found.items[i].id)));
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void shippers_list_drivers(struct http_request *req)
{
    call_read(call_of(req), list_drivers);
}

/* The shipper's own driver of the path. 0, CALL_REFUSE or a fault. */
static int need_driver(struct call *call, struct db_tx *tx, struct answer *answer,
                       struct store_driver *driver)
{
    int result = store_driver_get(tx, http_param(call->req, "id"), call->arena, driver);
    if (result < 0)
        return result;
    if (result == 0 && strcmp(driver->shipper_id, call->actor.shipper_id) == 0)
        return 0;
    return call_refuse(answer, &http_not_found, NULL);
}

static int new_pairing_code(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    char code[PAIRING_CODE_ROOM];
    int devices = 0;
    int result = need_driver(call, tx, answer, &driver);
    if (result != 0)
        return result;
    devices = count_devices(call, tx, driver.id);
    if (driver.disabled_at) { /* a new code is how a revoked driver is let in again */
        result = store_driver_disable(tx, driver.id, 0);
        driver.disabled_at = 0;
    }
    if (result == 0)
        result = pairing_begin(tx, call->api->code_secret, driver.id,
                               call->now + call->api->settings->auth.pairing_minutes * CLOCK_MINUTE,
                               code);
    return result != 0
               ? result
               : call_ok(answer, 201, with_code(call, shape_driver(&driver, devices), code));
}

void shippers_new_pairing_code(struct http_request *req)
{
    call_write(call_of(req), new_pairing_code);
}

static int revoke_driver(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    struct store_devices devices;
    int result = need_driver(call, tx, answer, &driver);
    if (result == 0)
        result = store_driver_disable(tx, driver.id, call->now);
    if (result == 0)
        result = store_device_list(tx, driver.id, call->arena, &devices);
    for (int i = 0; result == 0 && i < devices.count; i++)
        if (devices.items[i].revoked_at == 0)
            result = store_device_revoke(tx, devices.items[i].id, call->now);
    if (result != 0)
        return result;
    driver.disabled_at = call->now;
    return call_ok(answer, 200, shape_driver(&driver, 0));
}

void shippers_revoke_driver(struct http_request *req)
{
    call_write(call_of(req), revoke_driver);
}
