/* SPDX-License-Identifier: Apache-2.0
 *
 * The same list twice gives the same round, and a list that names what was delivered meanwhile is
 * still taken: a dispatcher's program may send the morning's list again at noon.
 */
#include "api/rounds.h"

#include "api/api.h"
#include "api/call.h"
#include "api/drivers.h"
#include "api/shapes.h"
#include "api/terms.h"
#include "base/log.h"
#include "domain/states.h"
#include "store/delivery.h"
#include "store/photo.h"
#include "store/round.h"
#include "store/shipper.h"

const char *rounds_sentence(enum rounds_result result)
{
    switch (result) {
    case ROUNDS_UNKNOWN:
        return "There is no such delivery.";
    case ROUNDS_TWICE:
        return "This delivery stands in the list already.";
    case ROUNDS_ENDED:
        return "This delivery has ended.";
    }
    return "";
}

/* ---- setting a round ---- */

static int check_stop(struct db_tx *tx, struct arena *arena, const struct round *round, int place)
{
    struct delivery delivery;
    const char *id = round->delivery_ids[place];
    for (int i = 0; i < place; i++)
        if (strcmp(round->delivery_ids[i], id) == 0)
            return ROUNDS_TWICE;
    int result = store_delivery_get(tx, id, arena, &delivery);
    if (result < 0)
        return result;
    if (result > 0 || strcmp(delivery.shipper_id, round->driver->shipper_id) != 0)
        return ROUNDS_UNKNOWN;
    bool ended = states_is_final(delivery.state);
    return ended && strcmp(delivery.driver_id, round->driver->id) != 0 ? ROUNDS_ENDED : 0;
}

int rounds_set(struct db_tx *tx, struct arena *arena, const struct round *round, int *wrong_out)
{
    int result = store_round_clear(tx, round->driver->id);
    for (int i = 0; result == 0 && i < round->count; i++) {
        *wrong_out = i;
        result = check_stop(tx, arena, round, i);
        if (result == 0)
            result =
                store_round_place(tx, round->delivery_ids[i], round->driver->id, i + 1, round->now);
    }
    return result != 0 ? result : store_round_leave(tx, round->driver->id, round->now);
}

/* ---- as JSON ---- */

static int answer_round(struct call *call, struct db_tx *tx, const struct store_driver *driver,
                        struct answer *answer)
{
    struct store_deliveries found;
    struct shipper shipper;
    json_t *items = json_array();
    int result = store_shipper_get(tx, driver->shipper_id, call->arena, &shipper);
    if (result == 0)
        result = store_delivery_stops(tx, driver->id, STORE_PAGE_LIMIT, call->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        struct photo photo;
        const struct delivery *delivery = &found.items[i];
        bool has = delivery->photo_id[0] &&
                   store_photo_get(tx, delivery->photo_id, call->arena, &photo) == 0;
        json_t *item = shape_delivery(call, delivery, has ? &photo : NULL, &shipper);
        result = terms_put_facts(call, tx, has ? &photo : NULL, item);
        json_array_append_new(items, item);
    }
    if (result == 0)
        return call_ok(answer, 200, call_list(items, NULL));
    json_decref(items);
    return result;
}

int rounds_op_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_driver driver;
    int result = drivers_need(call, tx, answer, &driver);
    return result != 0 ? result : answer_round(call, tx, &driver, answer);
}

void rounds_get(struct http_request *req)
{
    call_read(call_of(req), rounds_op_get);
}

static int refuse_stop(struct answer *answer, enum rounds_result result, int place)
{
    snprintf(answer->field, sizeof answer->field, "delivery_ids[%d]", place);
    return call_refuse(answer, result == ROUNDS_ENDED ? &api_wrong_state : &api_invalid_field,
                       rounds_sentence(result));
}

static int put(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct store_driver driver;
    const char *ids[STORE_PAGE_LIMIT];
    int wrong = 0;
    int result = drivers_need(call, tx, answer, &driver);
    if (result != 0)
        return result;
    if (driver.disabled_at)
        return call_refuse(answer, &api_wrong_state, MSG("The driver is revoked."));
    fields_begin(&body, call->body, &failure);
    int count = fields_ids(&body, "delivery_ids", ID_DELIVERY, ids,
                           (int)call->api->settings->delivery.round_stops);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    struct round round = {&driver, ids, count, call->now};
    result = rounds_set(tx, call->arena, &round, &wrong);
    if (result > 0)
        return refuse_stop(answer, (enum rounds_result)result, wrong);
    if (result < 0)
        return result;
    log_event(LOG_INFO, "round.set", "driver=%s stops=%d", driver.id, count);
    return answer_round(call, tx, &driver, answer);
}

void rounds_put(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, put);
}
