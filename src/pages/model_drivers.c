/* SPDX-License-Identifier: Apache-2.0
 *
 * What dispatchers read: drivers with their phones, and a pairing code with its QR code. A shipper
 * has no time zone of its own, so times are read in UTC and say so.
 */
#include "html/qr.h"
#include "pages/model.h"

static const char zone[] = "UTC";

static bool is_active(const json_t *object)
{
    const char *state = model_text(object, "state");
    return state && strcmp(state, "active") == 0;
}

static json_t *device_view(struct model *m, const json_t *device, const json_t *driver)
{
    json_t *view = json_object();
    json_object_set(view, "driver_id", json_object_get(driver, "id"));
    const char *name = model_text(device, "name");
    model_copy(view, device, "id");
    json_object_set_new(view, "name",
                        json_string(name ? name : lang_text(m->lang, "A phone without a name")));
    json_object_set_new(view, "active", json_boolean(is_active(device)));
    model_put_moment(m, view, "paired", model_time(device, "created_at"), zone);
    model_put_moment(m, view, "revoked", model_time(device, "revoked_at"), zone);
    return view;
}

static json_t *driver_view(struct model *m, const json_t *driver)
{
    json_t *view = json_object(), *devices = json_array();
    const json_t *list = json_object_get(driver, "devices");
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(devices, device_view(m, json_array_get(list, i), driver));
    model_copy(view, driver, "id");
    model_copy(view, driver, "name");
    json_object_set_new(view, "active", json_boolean(is_active(driver)));
    json_object_set_new(view, "paired", json_boolean(json_array_size(devices) > 0));
    json_object_set_new(view, "devices", devices);
    return view;
}

void model_desk_drivers(struct model *m)
{
    static const char *const fields[] = {"name", NULL};
    const json_t *list = json_object_get(m->data, "items");
    const json_t *shippers = json_object_get(m->data, "shippers");
    json_t *items = json_array();
    if (!json_is_array(list))
        m->missing = "items";
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(items, driver_view(m, json_array_get(list, i)));
    json_object_set_new(m->view, "items", items);
    json_object_set_new(m->view, "choice", json_boolean(json_array_size(shippers) > 1));
    model_copy(m->view, m->data, "shippers");
    model_copy_or_null(m->view, m->data, "shipper_id");
    model_copy_or_null(m->view, m->data, "next");
    json_object_set_new(m->view, "adding", json_boolean(json_object_get(m->data, "errors")));
    model_form(m, fields);
}

/* Digits in groups, as they are read out: 12345 67890. */
static json_t *spaced(const char *code)
{
    int half = (int)strlen(code) / 2;
    return json_sprintf("%.*s %s", half, code, code + half);
}

void model_desk_pairing(struct model *m)
{
    const json_t *driver = json_object_get(m->data, "driver");
    const char *url = model_need_text(m, m->data, "pairing_url");
    struct buf path;
    int side = 0;
    buf_init(&path, QR_PATH_MAX);
    if (qr_path(url, &path, &side) != 0)
        m->missing = "pairing_url";
    json_object_set_new(m->view, "side", json_integer(side));
    model_put(m->view, "path", &path);
    json_object_set_new(m->view, "code", spaced(model_need_text(m, driver, "pairing_code")));
    model_copy(m->view, driver, "id");
    model_copy(m->view, driver, "name");
    model_copy(m->view, m->data, "pairing_url");
    model_put_moment(m, m->view, "expires", model_time(driver, "pairing_expires_at"), zone);
}
