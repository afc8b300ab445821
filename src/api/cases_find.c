/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's search: one delivery, by its id or by the shipper's own reference.
 */
#include "api/api.h"
#include "api/cases.h"
#include "api/shapes.h"
#include "store/delivery.h"

/* Adds the delivery, if it is one that this agent answers for. */
static int add_found(struct call *call, struct db_tx *tx, const char *delivery_id, json_t *items)
{
    struct subject subject;
    int result = subject_load(call, tx, delivery_id, &subject);
    if (result != 0 || subject.facts.actor != ACTOR_AGENT)
        return result < 0 ? result : 0;
    json_t *item = shape_desk_delivery(&subject, NULL);
    json_object_set_new(item, "case_id",
                        subject.has_case ? json_string(subject.open_case.id) : json_null());
    return json_array_append_new(items, item);
}

/* A reference is one shipper's word: each of the agent's may have used it. */
static int find_reference(struct call *call, struct db_tx *tx, const char *reference, json_t *items)
{
    enum { MOST = 20 };
    const struct store_agent_shippers *of = &call->actor.shippers;
    struct store_deliveries all = {.count = 0};
    struct delivery one;
    int result = of->all ? store_delivery_of_reference(tx, reference, MOST, call->arena, &all) : 0;
    for (int i = 0; result == 0 && i < all.count; i++)
        result = add_found(call, tx, all.items[i].id, items);
    for (int i = 0; result >= 0 && !of->all && i < of->count; i++) {
        result = store_delivery_by_reference(tx, of->ids[i], reference, call->arena, &one);
        if (result == 0)
            result = add_found(call, tx, one.id, items);
    }
    return result < 0 ? result : 0;
}

int cases_op_find(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *text = call->work;
    json_t *items = json_array();
    int result = !text                      ? 0
                 : id_is(ID_DELIVERY, text) ? add_found(call, tx, text, items)
                                            : find_reference(call, tx, text, items);
    if (result == 0)
        return call_ok(answer, 200, items);
    json_decref(items);
    return result;
}
