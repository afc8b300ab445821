/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's page for looks without a case, for administrators: find a delivery, say why, see the
 * photo until the look runs out, and read who did so before.
 */
#include <errno.h>

#include "api/api.h"
#include "api/cases.h"
#include "api/faces.h"
#include "api/looks.h"
#include "api/page.h"
#include "base/clock.h"

#define HOME "/desk/break-glass"

/* The delivery that a refused form was about is found again. */
static const char *find_text(struct call *call)
{
    const char *find = http_query(call->req, "find");
    return find ? find : json_string_value(json_object_get(call->body, "delivery_id"));
}

static int glass(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *find = find_text(call);
    struct answer found = {0};
    int result = looks_op_list_glass(call, tx, answer);
    if (result != 0)
        return result;
    json_object_set_new(answer->body, "least",
                        json_integer(call->api->settings->text.break_glass_least));
    json_object_set_new(answer->body, "minutes",
                        json_integer(call->api->settings->delivery.look_minutes));
    if (!find || !*find)
        return 0;
    call->work = (void *)find;
    result = cases_op_find(call, tx, &found);
    if (result == 0) {
        json_object_set_new(answer->body, "find", json_string(find));
        json_object_set(answer->body, "found", found.body);
    }
    answer_clear(&found);
    return result;
}

void face_glass(struct http_request *req)
{
    page_read(call_of(req), glass, PAGE_DESK_BREAK_GLASS, NULL);
}

void face_glass_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer answer;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = call_perform(call, looks_op_break_glass, &answer);
    if (result == 0 && answer.problem == &api_invalid_field) {
        page_again(call, glass, PAGE_DESK_BREAK_GLASS, &answer);
        return;
    }
    const char *id = answer.body ? json_string_value(json_object_get(answer.body, "id")) : NULL;
    const char *path = arena_printf(call->arena, HOME "/%s", id ? id : "");
    page_done(call, result, &answer, path ? path : HOME, "glass_broken");
}

/* The page loads itself anew when the look runs out, and shows no picture then. */
static int glass_look(struct call *call, struct db_tx *tx, struct answer *answer)
{
    char seconds[24];
    int64_t until = 0;
    int result = looks_op_get_glass(call, tx, answer);
    const json_t *look = json_object_get(answer->body, "look");
    const char *text = json_string_value(json_object_get(look, "expires_at"));
    if (result != 0 || !text || !clock_parse(text, &until) || until <= call->now)
        return result;
    snprintf(seconds, sizeof seconds, "%lld", (long long)((until - call->now) / CLOCK_SECOND + 1));
    return http_set_header(call->req, "Refresh", seconds) ? 0 : -ENOMEM;
}

void face_glass_look(struct http_request *req)
{
    page_read(call_of(req), glass_look, PAGE_DESK_GLASS_LOOK, "glass");
}
