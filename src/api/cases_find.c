/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's search: one delivery, by its id or by the shipper's own reference.
 */
#include "api/api.h"
#include "api/cases.h"
#include "api/shapes.h"
#include "store/delivery.h"

int cases_op_find(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *text = call->work;
    struct subject subject;
    struct delivery delivery;
    json_t *items = json_array();
    int result = STORE_NOT_FOUND;
    if (text && id_is(ID_DELIVERY, text))
        result = subject_load(call, tx, text, &subject);
    else if (text && call->actor.shipper_id[0]) {
        result =
            store_delivery_by_reference(tx, call->actor.shipper_id, text, call->arena, &delivery);
        if (result == 0)
            result = subject_load(call, tx, delivery.id, &subject);
    }
    if (result < 0) {
        json_decref(items);
        return result;
    }
    if (result == 0 && subject.facts.actor == ACTOR_AGENT) {
        json_t *item = shape_desk_delivery(&subject, NULL);
        json_object_set_new(item, "case_id",
                            subject.has_case ? json_string(subject.open_case.id) : json_null());
        json_array_append_new(items, item);
    }
    return call_ok(answer, 200, items);
}
