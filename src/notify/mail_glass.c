/* SPDX-License-Identifier: Apache-2.0
 *
 * A notice holds the agent's id, never an address; who is disabled or no administrator any more by
 * the time of sending is not told.
 */
#include "notify/mail_glass.h"

#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "store/agent.h"

enum { AGENTS_MEMORY = 1 << 20 };

static const char of_desk[] = "desk";

int mail_glass_address(struct db_tx *tx, const struct tell_about *about, struct notice_list *list)
{
    struct store_agents agents = {0};
    if (!store_event_breaks_glass(about->event))
        return 0;
    struct arena *arena = arena_new(AGENTS_MEMORY);
    if (!arena)
        return log_fault("mail.glass", -ENOMEM, "event=%s", about->event->id);
    int result =
        store_agent_of_role(tx, ROLE_ADMINISTRATOR, about->event->shipper_id, arena, &agents);
    for (int i = 0; result == 0 && i < agents.count; i++)
        result =
            notice_add(list, &(struct notice_to){.target = of_desk, .payload = agents.items[i].id});
    arena_free(&arena);
    return result;
}

bool mail_glass_is(const struct notice *notice)
{
    return notice->event.id[0] && strcmp(notice->row.target, of_desk) == 0;
}

/* A number of the event's data. */
static json_int_t number_of(const struct store_event *event, const char *name)
{
    json_t *data = event->data ? json_loads(event->data, 0, NULL) : NULL;
    json_int_t number = json_integer_value(json_object_get(data, name));
    json_decref(data);
    return number;
}

int mail_glass_read(struct db_tx *tx, const struct notice *notice, const char **email_out,
                    json_t **data_out)
{
    struct store_agent agent;
    const char *id = notice->row.payload;
    *email_out = NULL;
    *data_out = NULL;
    int result = id ? store_agent_get(tx, id, notice->arena, &agent) : STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : 0;
    if (agent.disabled_at != 0 || agent.role != ROLE_ADMINISTRATOR)
        return 0;
    *email_out = agent.email;
    *data_out = json_pack("{s:I, s:s}", "number", number_of(&notice->event, "agent_number"),
                          "delivery", notice->event.delivery_id);
    return *data_out ? 0 : log_fault("mail.glass", -ENOMEM, "notice=%s", notice->row.id);
}
