/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of deliveries. Each first reads a page of ids from an index that alone answers it, then the
 * deliveries one by one: the database sorts nothing and touches no row that is not returned.
 *
 * The indexes of a shipper's and a driver's deliveries are led by the state: (owner, state, id).
 * One state is a run of such an index; all states are its six runs, which the database merges by id
 * as it reads. So one index serves both questions, and none has to be skipped through.
 */
#include "store/delivery.h"

#include <errno.h>

#include "base/log.h"
#include "store/row.h"
#include "store/schema.h"

/* "SELECT … UNION ALL SELECT …": the runs of one owner. The last one is of no state and so empty:
 * it only closes the row of UNIONs that the list of states makes. */
#define LIST_RUN(owner, name)                                                                      \
    "SELECT id FROM delivery WHERE " owner " = ?1 AND state = '" name "' AND id < ?2"
#define LIST_OF_SHIPPER(symbol, name) LIST_RUN("shipper_id", name) " UNION ALL "
#define LIST_OF_DRIVER(symbol, name)  LIST_RUN("driver_id", name) " UNION ALL "
#define LIST_NEWEST                   " ORDER BY id DESC LIMIT ?3"

STORE_SQL(sql_list_of_shipper,
          DELIVERY_STATES(LIST_OF_SHIPPER) LIST_RUN("shipper_id", "") LIST_NEWEST);
STORE_SQL(sql_list_of_driver,
          DELIVERY_STATES(LIST_OF_DRIVER) LIST_RUN("driver_id", "") LIST_NEWEST);
STORE_SQL(sql_list_of_shipper_in_state, "SELECT id FROM delivery WHERE shipper_id = ?1"
                                        " AND state = ?4 AND id < ?2" LIST_NEWEST);
STORE_SQL(sql_list_of_driver_in_state, "SELECT id FROM delivery WHERE driver_id = ?1"
                                       " AND state = ?4 AND id < ?2" LIST_NEWEST);
/* In the order of the index delivery_on_round, which holds open stops only. */
STORE_SQL(sql_list_stops,
          "SELECT id FROM delivery WHERE driver_id = ?1 AND " SCHEMA_DELIVERY_IS_OPEN
          " ORDER BY position IS NULL, position, id LIMIT ?2");
/* UNION, not UNION ALL: whoever ordered for themselves is recipient and buyer. */
STORE_SQL(sql_list_orders, "SELECT id FROM delivery WHERE recipient_email = ?1 AND id < ?2"
                           " UNION SELECT id FROM delivery WHERE buyer_email = ?1 AND id < ?2"
                           " ORDER BY id DESC LIMIT ?3");
STORE_SQL(sql_list_overdue, "SELECT id FROM delivery WHERE photo_state = 'expected'"
                            " AND delivered_received_at IS NOT NULL AND delivered_received_at < ?1"
                            " ORDER BY delivered_received_at, id LIMIT ?2");
STORE_SQL(sql_list_of_reference, "SELECT id FROM delivery WHERE reference = ?1 LIMIT ?2");
STORE_SQL(sql_list_driver_is_of, "SELECT 1 FROM driver WHERE id = ?1 AND shipper_id = ?2");

struct list_key {
    char id[ID_ROOM];
};

static void list_key_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    row_id(stmt, 0, ID_DELIVERY, ((struct list_key *)out)->id);
}

/* Reads the page of ids, then the deliveries. */
static int list_read(struct db_tx *tx, struct db_stmt *keys_stmt, struct row_cut cut,
                     struct arena *arena, struct store_deliveries *out)
{
    static const struct row_shape shape = {list_key_read, sizeof(struct list_key)};
    struct row_list list;
    *out = (struct store_deliveries){0};
    int fault = row_page(keys_stmt, cut, &shape, arena, &list);
    if (fault || list.count == 0)
        return fault;
    const struct list_key *keys = list.items;
    out->items = arena_alloc(arena, (size_t)list.count * sizeof *out->items);
    if (!out->items)
        return log_fault("store.delivery", -ENOMEM, "the arena is full");
    for (int i = 0; i < list.count; i++) {
        fault = store_delivery_get(tx, keys[i].id, arena, &out->items[i]);
        if (fault)
            return fault < 0 ? fault : log_fault("store.delivery", -EBADMSG, "an index has no row");
    }
    out->count = list.count;
    out->more = list.more;
    return 0;
}

/* --- a shipper's list ------------------------------------------------------------------------ */

/* A reference names one delivery at most: it is fetched and held against the rest of the filter. */
static int list_of_reference(struct db_tx *tx, const struct store_delivery_filter *filter,
                             const struct store_page *page, struct arena *arena,
                             struct store_deliveries *out)
{
    *out = (struct store_deliveries){0};
    struct delivery *delivery = arena_alloc(arena, sizeof *delivery);
    if (!delivery)
        return log_fault("store.delivery", -ENOMEM, "the arena is full");
    int result =
        store_delivery_by_reference(tx, filter->shipper_id, filter->reference, arena, delivery);
    if (result)
        return result == STORE_NOT_FOUND ? 0 : result;
    bool seen = page->after && page->after[0] && strcmp(delivery->id, page->after) >= 0;
    if (seen || (filter->by_state && delivery->state != filter->state) ||
        (filter->driver_id && strcmp(delivery->driver_id, filter->driver_id) != 0))
        return 0;
    *out = (struct store_deliveries){.items = delivery, .count = 1};
    return 0;
}

/* True when the driver is the shipper's: then all of the driver's deliveries are. */
static int list_driver_is_of(struct db_tx *tx, const struct store_delivery_filter *filter)
{
    struct db_stmt *stmt;
    int64_t found;
    int fault = db_query(tx, sql_list_driver_is_of, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, filter->driver_id);
    row_bind_id(stmt, 2, ID_SHIPPER, filter->shipper_id);
    return row_number(stmt, &found);
}

int store_delivery_list(struct db_tx *tx, const struct store_delivery_filter *filter,
                        const struct store_page *page, struct arena *arena,
                        struct store_deliveries *out)
{
    *out = (struct store_deliveries){0};
    if (filter->reference)
        return list_of_reference(tx, filter, page, arena, out);
    int result = filter->driver_id ? list_driver_is_of(tx, filter) : 0;
    if (result)
        return result == STORE_NOT_FOUND ? 0 : result;
    const char *sql = filter->driver_id
                          ? filter->by_state ? sql_list_of_driver_in_state : sql_list_of_driver
                      : filter->by_state ? sql_list_of_shipper_in_state
                                         : sql_list_of_shipper;
    struct db_stmt *stmt;
    result = db_query(tx, sql, &stmt);
    if (result)
        return result;
    if (filter->driver_id)
        row_bind_id(stmt, 1, ID_DRIVER, filter->driver_id);
    else
        row_bind_id(stmt, 1, ID_SHIPPER, filter->shipper_id);
    row_bind_after(stmt, 2, ID_DELIVERY, page->after, ROW_NEWEST_FIRST);
    if (filter->by_state)
        row_bind_word(stmt, 4, &words_delivery_state, filter->state);
    return list_read(tx, stmt, (struct row_cut){3, page->limit}, arena, out);
}

/* --- the other lists ------------------------------------------------------------------------- */

int store_delivery_stops(struct db_tx *tx, const char *driver_id, int limit, struct arena *arena,
                         struct store_deliveries *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_list_stops, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, driver_id);
    return list_read(tx, stmt, (struct row_cut){2, limit}, arena, out);
}

int store_delivery_orders(struct db_tx *tx, const char *email, const struct store_page *page,
                          struct arena *arena, struct store_deliveries *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_list_orders, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, email);
    row_bind_after(stmt, 2, ID_DELIVERY, page->after, ROW_NEWEST_FIRST);
    return list_read(tx, stmt, (struct row_cut){3, page->limit}, arena, out);
}

int store_delivery_overdue(struct db_tx *tx, int64_t before, int limit, struct arena *arena,
                           struct store_deliveries *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_list_overdue, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, before);
    return list_read(tx, stmt, (struct row_cut){2, limit}, arena, out);
}

int store_delivery_of_reference(struct db_tx *tx, const char *reference, int limit,
                                struct arena *arena, struct store_deliveries *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_list_of_reference, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, reference);
    return list_read(tx, stmt, (struct row_cut){2, limit}, arena, out);
}
