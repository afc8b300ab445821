/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver is added with a pairing code; a new code does not end the devices paired before,
 * revoking does, at once: a credential is looked up with every request.
 */
#include "api/drivers.h"

#include "api/api.h"
#include "api/pairing.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/shipper.h"

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

int drivers_need(struct call *call, struct db_tx *tx, struct answer *answer,
                 struct store_driver *driver)
{
    int result = store_driver_get(tx, http_param(call->req, "id"), call->arena, driver);
    if (result < 0)
        return result;
    if (result == 0 && actor_serves(&call->actor, driver->shipper_id))
        return 0;
    return call_refuse(answer, &http_not_found, NULL);
}

/* ---- add and list ---- */

/* Begins a pairing and answers the driver with its code, which is shown this once. */
static int answer_code(struct call *call, struct db_tx *tx, const struct store_driver *driver,
                       struct answer *answer)
{
    char code[PAIRING_CODE_ROOM];
    int64_t expires_at = call->now + call->api->settings->auth.pairing_minutes * CLOCK_MINUTE;
    int result = pairing_begin(tx, call->api->code_secret, driver->id, expires_at, code);
    if (result != 0)
        return result;
    json_t *shape = shape_driver(driver, count_devices(call, tx, driver->id));
    json_object_set_new(shape, "pairing_code", json_string(code));
    json_object_set_new(shape, "pairing_expires_at", json_of_time(expires_at));
    return call_ok(answer, 201, shape);
}

/* Whose driver it will be: the caller's shipper's; an agent of several names one in the query. */
static int need_shipper(struct call *call, struct db_tx *tx, struct answer *answer,
                        char id_out[ID_ROOM])
{
    struct shipper shipper;
    const struct store_agent_shippers *of = &call->actor.shippers;
    const char *asked = call->actor.kind == WHO_SHIPPER ? call->actor.shipper_id
                        : !of->all && of->count == 1    ? of->ids[0]
                                                        : http_query(call->req, "shipper");
    bool may = asked && actor_serves(&call->actor, asked);
    int result = may ? store_shipper_get(tx, asked, call->arena, &shipper) : 1;
    if (result == 0)
        memcpy(id_out, shipper.id, ID_ROOM);
    return result <= 0 ? result : call_refuse(answer, &http_not_found, NULL);
}

int drivers_op_add(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_driver driver = {.created_at = call->now};
    fields_begin(&body, call->body, &failure);
    driver.name = fields_text(&body, "name", FIELDS_REQUIRED,
                              (struct fields_length){1, (size_t)call->api->settings->text.name});
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    id_new(ID_DRIVER, driver.id);
    int result = need_shipper(call, tx, answer, driver.shipper_id);
    if (result == 0)
        result = store_driver_insert(tx, &driver);
    return result != 0 ? result : answer_code(call, tx, &driver, answer);
}

void drivers_add(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, drivers_op_add);
}

static int list(struct call *call, struct db_tx *tx, struct answer *answer)
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

void drivers_list(struct http_request *req)
{
    call_read(call_of(req), list);
}

/* ---- pairing and revoking ---- */

int drivers_op_pairing_code(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    int result = drivers_need(call, tx, answer, &driver);
    if (result == 0 && driver.disabled_at) { /* so a revoked driver is let in again */
        result = store_driver_disable(tx, driver.id, 0);
        driver.disabled_at = 0;
    }
    return result != 0 ? result : answer_code(call, tx, &driver, answer);
}

void drivers_new_pairing_code(struct http_request *req)
{
    call_write(call_of(req), drivers_op_pairing_code);
}

int drivers_op_revoke(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    struct store_devices devices;
    int result = drivers_need(call, tx, answer, &driver);
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
    log_event(LOG_INFO, "driver.revoked", "driver=%s", driver.id);
    return call_ok(answer, 200, shape_driver(&driver, 0));
}

void drivers_revoke(struct http_request *req)
{
    call_write(call_of(req), drivers_op_revoke);
}

/* ---- devices ---- */

int drivers_devices(struct call *call, struct db_tx *tx, const char *driver_id, json_t **items_out)
{
    struct store_devices devices;
    *items_out = NULL;
    int result = store_device_list(tx, driver_id, call->arena, &devices);
    if (result != 0)
        return result;
    *items_out = json_array();
    for (int i = 0; i < devices.count; i++)
        json_array_append_new(*items_out, shape_device(&devices.items[i]));
    return 0;
}

static int list_devices(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    json_t *items = NULL;
    int result = drivers_need(call, tx, answer, &driver);
    if (result == 0)
        result = drivers_devices(call, tx, driver.id, &items);
    return result != 0 ? result : call_ok(answer, 200, call_list(items, NULL));
}

void drivers_list_devices(struct http_request *req)
{
    call_read(call_of(req), list_devices);
}

/* One that is revoked already stays so, with its own time, and is answered the same again. */
int drivers_op_revoke_device(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    struct store_device device;
    int result = drivers_need(call, tx, answer, &driver);
    if (result != 0)
        return result;
    result = store_device_get(tx, http_param(call->req, "device_id"), call->arena, &device);
    if (result > 0 || (result == 0 && strcmp(device.driver_id, driver.id) != 0))
        return call_refuse(answer, &http_not_found, NULL);
    if (result == 0 && device.revoked_at == 0) {
        result = store_device_revoke(tx, device.id, call->now);
        device.revoked_at = call->now;
        log_event(LOG_INFO, "device.revoked", "device=%s driver=%s", device.id, driver.id);
    }
    return result != 0 ? result : call_ok(answer, 200, shape_device(&device));
}

void drivers_revoke_device(struct http_request *req)
{
    call_write(call_of(req), drivers_op_revoke_device);
}
