/* SPDX-License-Identifier: Apache-2.0
 *
 * The cursor is the id of the last event that one has: it keeps its place also where the event has
 * been swept, so whoever polls needs to remember nothing else.
 */
#include "api/events.h"

#include "api/api.h"
#include "api/call.h"
#include "base/log.h"
#include "store/event.h"

static json_t *shape_event(const struct store_event *event)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o}", "id", event->id, "type",
                     words_name(&words_event_kind, (int)event->kind), "delivery_id",
                     event->delivery_id, "number", event->number, "timestamp",
                     json_of_time(event->at), "data", json_loads(event->data, 0, NULL));
}

static int list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_EVENT};
    struct store_event_filter filter = {call->actor.shipper_id,
                                        http_query(call->req, "delivery_id")};
    struct store_events found;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    if (filter.delivery_id && !id_is(ID_DELIVERY, filter.delivery_id)) {
        snprintf(answer->field, sizeof answer->field, "delivery_id");
        return call_refuse(answer, &api_invalid_field, "This must be a delivery's id.");
    }
    int result = store_event_list(tx, &filter, &(struct store_page){page.after, page.limit},
                                  call->arena, &found);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < found.count; i++)
        json_array_append_new(items, shape_event(&found.items[i]));
    return call_ok(answer, 200,
                   call_list(items, found.more ? found.items[found.count - 1].id : NULL));
}

void events_list(struct http_request *req)
{
    call_read(call_of(req), list);
}
