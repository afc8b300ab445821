/* SPDX-License-Identifier: Apache-2.0
 *
 * A form moves one stop in the round as it stands then, not as the page showed it: two who plan at
 * once, or a driver who delivers meanwhile, undo nothing of each other. What is not on the round
 * any more is not moved, and nothing is wrong.
 */
#include "api/desk_rounds.h"

#include <errno.h>

#include "api/api.h"
#include "api/drivers.h"
#include "api/page.h"
#include "api/rounds.h"
#include "base/log.h"
#include "store/delivery.h"

enum { REFERENCE_MOST = 100 };

/* What one form asks for; one of them is given. */
struct edit {
    const char *up, *down, *off, *add;
};

/* The stops in their order, with room for one more; all of one shipper. */
struct stops {
    const char *shipper_id;
    const char *ids[STORE_PAGE_LIMIT + 1];
    int count;
};

static int place_of(const struct stops *stops, const char *id)
{
    for (int i = 0; id && i < stops->count; i++)
        if (strcmp(stops->ids[i], id) == 0)
            return i;
    return -1;
}

static void swap(struct stops *stops, int a, int b)
{
    if (a < 0 || b < 0 || a >= stops->count || b >= stops->count)
        return;
    const char *id = stops->ids[a];
    stops->ids[a] = stops->ids[b];
    stops->ids[b] = id;
}

static void move(struct stops *stops, const struct edit *edit)
{
    int up = place_of(stops, edit->up), down = place_of(stops, edit->down);
    int off = place_of(stops, edit->off);
    if (up >= 0)
        swap(stops, up, up - 1);
    if (down >= 0)
        swap(stops, down, down + 1);
    if (off < 0)
        return;
    stops->count--;
    memmove(&stops->ids[off], &stops->ids[off + 1],
            (size_t)(stops->count - off) * sizeof stops->ids[0]);
}

static int refuse_add(struct answer *answer, const char *sentence)
{
    snprintf(answer->field, sizeof answer->field, "add");
    return call_refuse(answer, &api_invalid_field, sentence);
}

/* A delivery of the shipper, by its id or reference. */
static int add(struct call *call, struct db_tx *tx, const char *text, struct stops *stops,
               struct answer *answer)
{
    struct delivery delivery;
    int result = id_is(ID_DELIVERY, text) ? store_delivery_get(tx, text, call->arena, &delivery)
                                          : store_delivery_by_reference(tx, stops->shipper_id, text,
                                                                        call->arena, &delivery);
    if (result < 0)
        return result;
    if (result > 0)
        return refuse_add(answer, rounds_sentence(ROUNDS_UNKNOWN));
    if (stops->count >= (int)call->api->settings->delivery.round_stops)
        return refuse_add(answer, MSG("This round is full."));
    stops->ids[stops->count] = arena_printf(call->arena, "%s", delivery.id);
    return stops->ids[stops->count++]
               ? 0
               : log_fault("desk.round", -ENOMEM, "request=%s", http_id(call->req));
}

static bool read_edit(struct call *call, struct edit *edit, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    edit->up = fields_id(&body, "up", FIELDS_OPTIONAL, ID_DELIVERY);
    edit->down = fields_id(&body, "down", FIELDS_OPTIONAL, ID_DELIVERY);
    edit->off = fields_id(&body, "off", FIELDS_OPTIONAL, ID_DELIVERY);
    edit->add =
        fields_text(&body, "add", FIELDS_OPTIONAL, (struct fields_length){1, REFERENCE_MOST});
    fields_end(&body);
    if (failure.failed)
        (void)call_refuse_field(answer, &failure);
    return !failure.failed;
}

static int edit_round(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    struct store_deliveries found;
    struct edit edit;
    struct stops stops = {.count = 0};
    int wrong = 0, result = drivers_need(call, tx, answer, &driver);
    if (result != 0)
        return result;
    if (driver.disabled_at)
        return call_refuse(answer, &api_wrong_state, MSG("The driver is revoked."));
    if (!read_edit(call, &edit, answer))
        return CALL_REFUSE;
    stops.shipper_id = driver.shipper_id;
    result = store_delivery_stops(tx, driver.id, STORE_PAGE_LIMIT, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++)
        stops.ids[stops.count++] = found.items[i].id;
    move(&stops, &edit);
    if (result == 0 && edit.add)
        result = add(call, tx, edit.add, &stops, answer);
    if (result != 0)
        return result;
    struct round round = {&driver, stops.ids, stops.count, call->now};
    result = rounds_set(tx, call->arena, &round, &wrong);
    if (result > 0)
        return refuse_add(answer, rounds_sentence((enum rounds_result)result));
    if (result < 0)
        return result;
    log_event(LOG_INFO, "round.edited", "driver=%s stops=%d", driver.id, stops.count);
    return call_ok(answer, 200, json_object());
}

/* ---- the page ---- */

static int round_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    int result = drivers_need(call, tx, answer, &driver);
    if (result == 0)
        result = rounds_op_get(call, tx, answer);
    if (result == 0)
        json_object_set_new(answer->body, "driver",
                            json_pack("{s:s, s:s, s:b}", "id", driver.id, "name", driver.name,
                                      "revoked", driver.disabled_at != 0));
    return result;
}

void face_desk_round(struct http_request *req)
{
    page_read(call_of(req), round_page, PAGE_DESK_ROUND, NULL);
}

void face_desk_round_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    const char *path = arena_printf(call->arena, "/desk/rounds/%s", http_param(req, "id"));
    int result = call_perform(call, edit_round, &answer);
    if (result == 0 && answer.problem == &api_invalid_field)
        page_again(call, round_page, PAGE_DESK_ROUND, &answer);
    else
        page_done(call, result, &answer, path ? path : "/desk/drivers", "round_changed");
}
