/* SPDX-License-Identifier: Apache-2.0
 *
 * The administrator's word on webhooks: to see where a shipper's systems are told, and to stop one
 * that does harm. What an administrator stopped only an administrator starts.
 */
#include "api/call.h"
#include "base/log.h"
#include "cli/admin.h"
#include "store/endpoint.h"
#include "store/shipper.h"

static json_t *shape(const struct store_endpoint *endpoint)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "id", endpoint->id, "shipper",
                     endpoint->shipper_id, "url", endpoint->url, "enabled",
                     endpoint->stopped_at == 0, "stop_reason",
                     json_of_text(words_name(&words_endpoint_stop, (int)endpoint->stop)),
                     "stopped_at", json_of_time(endpoint->stopped_at), "failing_since",
                     json_of_time(endpoint->failing_since), "succeeded_at",
                     json_of_time(endpoint->succeeded_at));
}

int webhooks_list_of(struct db_tx *tx, struct admin_call *call)
{
    struct store_endpoints found;
    struct shipper shipper;
    int result = store_shipper_get(tx, call->words[0], call->arena, &shipper);
    if (result != 0)
        return result;
    result = store_endpoint_list(tx, shipper.id, &(struct store_page){NULL, STORE_PAGE_LIMIT},
                                 call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        json_array_append_new(items, shape(&found.items[i]));
    return admin_answer(call, json_pack("{s:o}", "webhooks", items));
}

int webhooks_stop(struct db_tx *tx, struct admin_call *call)
{
    struct store_endpoint endpoint;
    int result = store_endpoint_get(tx, call->words[0], call->arena, &endpoint);
    if (result != 0)
        return result;
    endpoint.stop = STOP_BY_ADMINISTRATOR; /* also over another reason */
    endpoint.stopped_at = call->now;
    result = store_endpoint_update(tx, &endpoint);
    return result != 0 ? result : admin_answer(call, shape(&endpoint));
}

int webhooks_start(struct db_tx *tx, struct admin_call *call)
{
    struct store_endpoint endpoint;
    int result = store_endpoint_get(tx, call->words[0], call->arena, &endpoint);
    if (result != 0)
        return result;
    endpoint.stop = STOP_NONE;
    endpoint.stopped_at = endpoint.failing_since = 0;
    result = store_endpoint_update(tx, &endpoint);
    return result != 0 ? result : admin_answer(call, shape(&endpoint));
}
