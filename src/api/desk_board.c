/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything is counted on one snapshot, so the columns fit together. No name and no address: a
 * board hangs on a wall.
 */
#include "api/desk_board.h"

#include <errno.h>

#include "api/api.h"
#include "api/live.h"
#include "api/page.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/states.h"
#include "store/board.h"
#include "store/delivery.h"
#include "store/shipper.h"

/* In the order in which they stand on the board. */
#define BOARD_COLUMNS(X)                                                                           \
    X("late", DELIVERY_CREATED, 0)                                                                 \
    X("attempted", DELIVERY_ATTEMPTED, 1)                                                          \
    X("created", DELIVERY_CREATED, 1)                                                              \
    X("out_for_delivery", DELIVERY_OUT_FOR_DELIVERY, 1)                                            \
    X("delivered", DELIVERY_DELIVERED, 2)                                                          \
    X("returned", DELIVERY_RETURNED, 2)                                                            \
    X("cancelled", DELIVERY_CANCELLED, 2)

/* LATE is of every open state; ENDED are of the last day, the newest on top. */
enum column_kind { COLUMN_LATE, COLUMN_OPEN, COLUMN_ENDED };
static const struct {
    const char *name;
    enum delivery_state state;
    enum column_kind kind;
} columns[] = {
#define X(name, state, kind) {name, state, (enum column_kind)kind},
    BOARD_COLUMNS(X)
#undef X
};

struct board {
    struct call *call;
    struct db_tx *tx;
    int only; /* the column that is shown alone and longer; -1: all are shown */
    struct store_board_column columns[ARRAY_LEN(columns)];
};

/* ---- counting ---- */

static int count_shipper(struct board *board, const char *shipper_id)
{
    const struct settings *settings = board->call->api->settings;
    int64_t now = board->call->now;
    int result = 0;
    for (size_t i = 1; result == 0 && i < ARRAY_LEN(columns); i++) {
        bool ended = columns[i].kind == COLUMN_ENDED;
        struct store_board_ask ask = {.shipper_id = shipper_id,
                                      .state = columns[i].state,
                                      .made_after = now - settings->api.board_days * CLOCK_DAY,
                                      .changed_after = ended ? now - CLOCK_DAY : 0,
                                      .now = now,
                                      .most = (int)settings->api.board_rows};
        result = store_board_read(board->tx, &ask, &board->columns[i],
                                  ended ? NULL : &board->columns[0]);
        board->columns[0].cut |= !ended && board->columns[i].cut;
    }
    return result;
}

static int count_all(struct board *board)
{
    const struct store_agent_shippers *of = &board->call->actor.shippers;
    struct store_shippers page = {.more = of->all};
    const char *after = NULL;
    int result = 0;
    for (int i = 0; result == 0 && !of->all && i < of->count; i++)
        result = count_shipper(board, of->ids[i]);
    while (result == 0 && page.more) {
        result = store_shipper_list(board->tx, &(struct store_page){after, STORE_PAGE_LIMIT},
                                    board->call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++)
            result = count_shipper(board, page.items[i].id);
        after = page.count > 0 ? page.items[page.count - 1].id : NULL;
    }
    return result;
}

/* ---- as JSON ---- */

static int add_item(struct board *board, const char *id, json_t *items)
{
    struct delivery delivery;
    struct shipper shipper = {.name = ""};
    struct store_driver driver = {.name = NULL};
    struct arena *arena = board->call->arena;
    int result = store_delivery_get(board->tx, id, arena, &delivery);
    if (result == 0)
        result = store_shipper_get(board->tx, delivery.shipper_id, arena, &shipper);
    if (result == 0 && delivery.driver_id[0])
        result = store_driver_get(board->tx, delivery.driver_id, arena, &driver);
    if (result != 0)
        return result < 0 ? result : 0;
    json_t *item = shape_status(&delivery, &shipper);
    json_object_set_new(item, "id", json_string(delivery.id));
    json_object_set_new(item, "reference", json_string(delivery.reference));
    json_object_set_new(item, "driver",
                        driver.name ? json_pack("{s:s, s:s}", "id", driver.id, "name", driver.name)
                                    : json_null());
    json_object_set_new(item, "late",
                        json_boolean(delivery.window_to && delivery.window_to < board->call->now &&
                                     !states_is_final(delivery.state)));
    return json_array_append_new(items, item) == 0 ? 0 : -ENOMEM;
}

static int put_column(struct board *board, size_t at, json_t *list)
{
    const struct store_board_column *column = &board->columns[at];
    json_t *items = json_array();
    int result = 0;
    for (int i = 0; result == 0 && i < column->top_count; i++)
        result = add_item(board, column->top[i].id, items);
    json_t *item = json_pack("{s:s, s:I, s:b, s:b, s:o}", "name", columns[at].name, "count",
                             (json_int_t)column->count, "cut", (int)column->cut, "more",
                             (int)(column->count > column->top_count), "items", items);
    return json_array_append_new(list, item) == 0 && result == 0 ? 0
           : result < 0                                          ? result
                                                                 : -ENOMEM;
}

/* Which column is asked for alone. False: the answer refuses. */
static bool read_only(struct board *board, struct answer *answer)
{
    const char *name = http_query(board->call->req, "column");
    board->only = -1;
    for (size_t i = 0; name && i < ARRAY_LEN(columns); i++)
        if (strcmp(columns[i].name, name) == 0)
            board->only = (int)i;
    if (!name || board->only >= 0)
        return true;
    snprintf(answer->field, sizeof answer->field, "column");
    call_refuse(answer, &api_invalid_field, "This must be the name of a column.");
    return false;
}

static int read_board(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct board *board = arena_alloc(call->arena, sizeof *board);
    if (!board)
        return log_fault("desk.board", -ENOMEM, "request=%s", http_id(call->req));
    memset(board, 0, sizeof *board);
    board->call = call;
    board->tx = tx;
    if (!read_only(board, answer))
        return CALL_REFUSE;
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        board->columns[i].shown =
            board->only < 0 ? (int)call->api->settings->api.board_shown : BOARD_TOP;
    int result = count_all(board);
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(columns); i++)
        if (board->only < 0 || board->only == (int)i)
            result = put_column(board, i, list);
    if (result == 0)
        return call_ok(answer, 200,
                       json_pack("{s:o, s:o}", "at", json_of_time(call->now), "columns", list));
    json_decref(list);
    return result;
}

void desk_board(struct http_request *req)
{
    call_read(call_of(req), read_board);
}

/* ---- the page ---- */

static int board_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    int result = read_board(call, tx, answer);
    if (result != 0)
        return result;
    json_object_set_new(answer->body, "alone",
                        json_boolean(http_query(call->req, "column") != NULL));
    return live_put(call, tx, &(struct live_page){LIVE_BOARD, "/desk/board", NULL}, answer->body);
}

void face_desk_board(struct http_request *req)
{
    page_read(call_of(req), board_page, PAGE_DESK_BOARD, NULL);
}
