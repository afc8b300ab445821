/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's page of drivers: who drives, with which phones, and the code that pairs one. A pairing
 * code is the answer to its form itself, not a redirect: it is shown this once, and has no address
 * under which it could be found again.
 */
#include <errno.h>

#include "api/api.h"
#include "api/drivers.h"
#include "api/faces.h"
#include "api/page.h"
#include "api/shapes.h"
#include "store/shipper.h"

/* ---- the list ---- */

/* Whose drivers: an agent of several shippers chooses, unless there is only one to choose. */
struct choice {
    json_t *shippers;    /* those to choose among */
    const char *asked;   /* or NULL */
    const char **id_out; /* "" when none is chosen */
};

static int offer(struct choice *choice, const struct shipper *shipper, bool only)
{
    bool here = only || (choice->asked && strcmp(choice->asked, shipper->id) == 0);
    if (here)
        *choice->id_out = shipper->id;
    return json_array_append_new(choice->shippers, json_pack("{s:s, s:s, s:b}", "id", shipper->id,
                                                             "name", shipper->name, "here", here));
}

static int choose_among(struct call *call, struct db_tx *tx, struct choice *choice)
{
    const struct store_agent_shippers *of = &call->actor.shippers;
    int result = 0;
    for (int i = 0; result == 0 && i < of->count; i++) {
        struct shipper *shipper = arena_alloc(call->arena, sizeof *shipper);
        result = shipper ? store_shipper_get(tx, of->ids[i], call->arena, shipper) : -ENOMEM;
        if (result == 0)
            result = offer(choice, shipper, false);
        else if (result == STORE_NOT_FOUND)
            result = 0;
    }
    return result;
}

static int choose_shipper(struct call *call, struct db_tx *tx, struct choice *choice)
{
    const struct store_agent_shippers *of = &call->actor.shippers;
    struct store_shippers all;
    *choice->id_out = !of->all && of->count == 1 ? of->ids[0] : "";
    if (!of->all)
        return of->count > 1 ? choose_among(call, tx, choice) : 0;
    int result =
        store_shipper_list(tx, &(struct store_page){.limit = STORE_PAGE_LIMIT}, call->arena, &all);
    for (int i = 0; result == 0 && i < all.count; i++)
        result = offer(choice, &all.items[i], all.count == 1);
    return result;
}

int face_choose_shipper(struct call *call, struct db_tx *tx, json_t *shippers, const char **id_out)
{
    struct choice choice = {shippers, http_query(call->req, "shipper"), id_out};
    return choose_shipper(call, tx, &choice);
}

static int add_driver(struct call *call, struct db_tx *tx, const struct store_driver *driver,
                      json_t *items)
{
    json_t *devices = NULL;
    int result = drivers_devices(call, tx, driver->id, &devices);
    if (result != 0)
        return result;
    json_t *item = shape_driver(driver, 0);
    json_object_set_new(item, "devices", devices);
    return json_array_append_new(items, item);
}

static int list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_DRIVER};
    struct store_drivers found = {0};
    const char *shipper_id;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    json_t *shippers = json_array(), *items = json_array();
    int result = face_choose_shipper(call, tx, shippers, &shipper_id);
    if (result == 0 && shipper_id[0])
        result = store_driver_list(tx, shipper_id, &(struct store_page){page.after, page.limit},
                                   call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++)
        result = add_driver(call, tx, &found.items[i], items);
    json_t *data = json_pack("{s:o, s:o, s:s?, s:s?}", "shippers", shippers, "items", items,
                             "shipper_id", shipper_id[0] ? shipper_id : NULL, "next",
                             found.more ? found.items[found.count - 1].id : NULL);
    if (result == 0)
        return call_ok(answer, 200, data);
    json_decref(data);
    return result;
}

void face_drivers(struct http_request *req)
{
    page_read(call_of(req), list, PAGE_DESK_DRIVERS, NULL);
}

/* ---- its forms ---- */

/* The driver's code, shown this once; or why there is none. */
static void show_code(struct call *call, int result, struct answer *answer)
{
    if (result != 0 || answer->problem) {
        page_done(call, result, answer, "/desk/drivers", NULL);
        return;
    }
    const char *code = json_string_value(json_object_get(answer->body, "pairing_code"));
    json_t *data = json_pack("{s:O, s:o}", "driver", answer->body, "pairing_url",
                             json_sprintf("%s/drive/#pair=%s", call->api->origin, code));
    answer_clear(answer);
    page_reply(call, 200, PAGE_DESK_PAIRING, data);
}

void face_driver_pairing_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = call_perform(call, drivers_op_pairing_code, &answer);
    show_code(call, result, &answer);
}

void face_driver_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = call_perform(call, drivers_op_add, &answer);
    if (result == 0 && answer.problem == &api_invalid_field)
        page_again(call, list, PAGE_DESK_DRIVERS, &answer);
    else
        show_code(call, result, &answer);
}

/* The page that the form stood on, of this driver's shipper. */
static const char *list_path(struct call *call)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    struct store_driver driver;
    const struct store_agent_shippers *of = &call->actor.shippers;
    if ((!of->all && of->count == 1) || db_read_begin(call->api->db, &tx) != 0 ||
        drivers_need(call, tx, &answer, &driver) != 0)
        return "/desk/drivers";
    const char *path = arena_printf(call->arena, "/desk/drivers?shipper=%s", driver.shipper_id);
    return path ? path : "/desk/drivers";
}

static void list_form(struct http_request *req, operation *run, const char *done)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_OPTIONAL))
        return;
    int result = call_perform(call, run, &answer);
    page_done(call, result, &answer, list_path(call), done);
}

void face_driver_revoke_post(struct http_request *req)
{
    list_form(req, drivers_op_revoke, "driver_revoked");
}

void face_device_revoke_post(struct http_request *req)
{
    list_form(req, drivers_op_revoke_device, "device_revoked");
}
