/* SPDX-License-Identifier: Apache-2.0
 *
 * The dispatcher's actions: a file of deliveries, who drives which in what order, and phones that
 * are shut out. What they do is the API's own (api/import.h, api/rounds.h); here is only who asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/call.h"
#include "api/import.h"
#include "api/rounds.h"
#include "api/shapes.h"
#include "base/log.h"
#include "cli/admin.h"
#include "store/delivery.h"
#include "store/driver.h"
#include "store/shipper.h"

/* ---- a file of deliveries ---- */

int rounds_prepare_import(struct admin_call *call)
{
    const char *path = call->words[0];
    struct stat facts;
    int64_t most = call->api->settings->api.import_bytes;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return admin_refuse(call, "cannot read %.120s: %s", path, strerror(errno));
    int result = 0;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        result = admin_refuse(call, "%.120s is no file", path);
    else if (facts.st_size > most)
        result = admin_refuse(call, "%.120s is longer than the %lld bytes of api-import_bytes",
                              path, (long long)most);
    size_t len = result == 0 ? (size_t)facts.st_size : 0;
    char *text = arena_alloc(call->arena, len + 1);
    if (!text)
        result = log_fault("admin.import", -ENOMEM, "bytes=%zu", len);
    if (result == 0 && read(fd, text, len) != (ssize_t)len)
        result = admin_refuse(call, "cannot read %.120s", path);
    close(fd);
    if (result != 0 || !text)
        return result;
    text[len] = 0;
    call->file = text;
    call->file_len = len;
    return 0;
}

/* Says what was wrong, one line an error, and refuses with their number. */
static int refuse_import(struct admin_call *call, const struct import *import)
{
    for (int i = 0; i < import->error_count; i++) {
        const struct import_error *error = &import->errors[i];
        fprintf(stderr, "row %d%s%s: %s\n", error->row, error->field[0] ? ", " : "", error->field,
                error->detail);
    }
    return admin_refuse(call, "nothing was imported: %d thing%s not right%s", import->error_count,
                        import->error_count == 1 ? " is" : "s are",
                        import->error_count == IMPORT_ERRORS ? ", at least" : "");
}

static int import_text(struct db_tx *tx, struct admin_call *call, const struct shipper *shipper,
                       struct import *import)
{
    import->announce.telling = &call->telling;
    int result = import_insert(import, tx, shipper);
    if (result != 0)
        return result;
    if (import->error_count > 0)
        return refuse_import(call, import);
    json_t *made = json_array();
    for (int i = 0; i < import->count; i++)
        json_array_append_new(made, json_pack("{s:s, s:s}", "id", import->deliveries[i].id,
                                              "reference", import->deliveries[i].reference));
    return admin_answer(call,
                        json_pack("{s:i, s:o}", "created", import->count, "deliveries", made));
}

int rounds_import(struct db_tx *tx, struct admin_call *call)
{
    struct shipper shipper;
    struct import *import = arena_alloc(call->arena, sizeof *import);
    if (!call->shippers[0])
        return admin_refuse(call, "whose deliveries are they? --shipper says it");
    int result = store_shipper_get(tx, call->shippers[0], call->arena, &shipper);
    if (result > 0)
        return admin_refuse(call, "there is no shipper %.40s", call->shippers[0]);
    if (result != 0 || !import)
        return result != 0 ? result : log_fault("admin.import", -ENOMEM, "what=memory");
    result = import_read(import, call->api->settings, &shipper, call->file, call->file_len);
    if (result == 0)
        result = import_text(tx, call, &shipper, import);
    import_free(import);
    return result;
}

/* ---- rounds ---- */

static int need_driver(struct db_tx *tx, struct admin_call *call, struct store_driver *driver)
{
    int result = store_driver_get(tx, call->words[0], call->arena, driver);
    return result > 0 ? admin_refuse(call, "there is no driver %.40s", call->words[0]) : result;
}

static int show_round(struct db_tx *tx, struct admin_call *call, const struct store_driver *driver)
{
    struct store_deliveries found;
    json_t *items = json_array();
    int result = store_delivery_stops(tx, driver->id, STORE_PAGE_LIMIT, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++)
        result = json_array_append_new(
            items, json_pack("{s:s, s:s, s:s}", "id", found.items[i].id, "reference",
                             found.items[i].reference, "state",
                             words_name(&words_delivery_state, found.items[i].state)));
    if (result == 0)
        return admin_answer(call, json_pack("{s:s, s:s, s:o}", "driver_id", driver->id, "name",
                                            driver->name, "round", items));
    json_decref(items);
    return result;
}

int rounds_show_round(struct db_tx *tx, struct admin_call *call)
{
    struct store_driver driver;
    int result = need_driver(tx, call, &driver);
    return result != 0 ? result : show_round(tx, call, &driver);
}

int rounds_set_round(struct db_tx *tx, struct admin_call *call)
{
    struct store_driver driver;
    int wrong = 0;
    int64_t most = call->api->settings->delivery.round_stops;
    int result = need_driver(tx, call, &driver);
    if (result != 0)
        return result;
    if (driver.disabled_at)
        return admin_refuse(call, "the driver is revoked");
    if (call->rest_count > most)
        return admin_refuse(call, "a round has at most %lld stops", (long long)most);
    struct round round = {&driver, call->rest, call->rest_count, call->now};
    result = rounds_set(tx, call->arena, &round, &wrong);
    if (result > 0)
        return admin_refuse(call, "%.40s: %s", call->rest[wrong],
                            rounds_sentence((enum rounds_result)result));
    return result != 0 ? result : show_round(tx, call, &driver);
}

/* ---- drivers and their phones ---- */

static int add_driver(struct db_tx *tx, struct admin_call *call, const struct store_driver *driver,
                      json_t *items)
{
    struct store_devices devices;
    int result = store_device_list(tx, driver->id, call->arena, &devices);
    if (result != 0)
        return result;
    json_t *phones = json_array();
    for (int i = 0; i < devices.count; i++)
        json_array_append_new(phones, shape_device(&devices.items[i]));
    json_t *item = shape_driver(driver, 0);
    json_object_set_new(item, "devices", phones);
    return json_array_append_new(items, item);
}

int rounds_list_drivers(struct db_tx *tx, struct admin_call *call)
{
    struct store_drivers page;
    struct shipper shipper;
    char after[ID_ROOM] = "";
    json_t *items = json_array();
    int result = admin_answer(call, json_pack("{s:o}", "drivers", items));
    if (result == 0)
        result = store_shipper_get(tx, call->words[0], call->arena, &shipper);
    if (result != 0)
        return result > 0 ? admin_refuse(call, "there is no shipper %.40s", call->words[0])
                          : result;
    do {
        result = store_driver_list(tx, shipper.id, &(struct store_page){after, STORE_PAGE_LIMIT},
                                   call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++)
            result = add_driver(tx, call, &page.items[i], items);
        if (result == 0 && page.count > 0)
            memcpy(after, page.items[page.count - 1].id, ID_ROOM);
    } while (result == 0 && page.more);
    return result;
}

int rounds_revoke_device(struct db_tx *tx, struct admin_call *call)
{
    struct store_device device;
    int result = store_device_get(tx, call->words[0], call->arena, &device);
    if (result > 0)
        return admin_refuse(call, "there is no device %.40s; `admin driver-list` shows them",
                            call->words[0]);
    if (result == 0 && device.revoked_at == 0) {
        result = store_device_revoke(tx, device.id, call->now);
        device.revoked_at = call->now;
    }
    return result != 0 ? result : admin_answer(call, shape_device(&device));
}
