/* SPDX-License-Identifier: Apache-2.0
 *
 * Narrow rows say whose photo can move at all; only those are read whole. Each page has memory of
 * its own: a request's is too small for what people may have written into a thousand deliveries.
 */
#include "api/placing.h"

#include <errno.h>

#include "api/announce.h"
#include "base/log.h"
#include "store/delivery.h"
#include "store/policy.h"
#include "store/shipper.h"

enum { PAGES = 20, PAGE = 50, PAGE_MEMORY = 32 << 20 };

/* One walk over deliveries: a page after the other, each in its own memory. */
struct walk {
    struct call *call;
    struct db_tx *tx;
    const char *email;                   /* of the recipient; NULL: a shipper's */
    const struct store_refusal *refusal; /* of a shipper */
    enum delivery_state state;
    struct arena *arena; /* of the page */
    char after[ID_ROOM];
    bool more;
};

/* One delivery's photo goes where everything that is said puts it. */
static int place(struct walk *walk, const struct delivery *before)
{
    struct call *call = walk->call;
    struct shipper shipper;
    struct policy_facts facts;
    struct delivery after = *before;
    int result = store_shipper_get(walk->tx, before->shipper_id, walk->arena, &shipper);
    if (result == 0)
        result = store_policy_facts(walk->tx, before, &shipper, walk->arena, &facts);
    if (result != 0)
        return result;
    announce_place_photo(&after, &facts);
    if (after.photo_state == before->photo_state)
        return 0;
    struct photo_place now = {after.photo_state, after.photo_reason};
    result = store_delivery_place_photo(walk->tx, before->id, &now, call->now);
    return result != 0 ? result
                       : tell_moved(walk->tx, &call->telling,
                                    &(struct tell_move){before, &after, call->now});
}

static int recipients_page(struct walk *walk)
{
    struct store_facts found;
    int result = store_policy_of_recipient(
        walk->tx, walk->email, &(struct store_page){walk->after, PAGE}, walk->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        struct delivery delivery;
        snprintf(walk->after, sizeof walk->after, "%s", found.items[i].delivery_id);
        if (!policy_is_coming(&found.items[i].facts))
            continue;
        result = store_delivery_get(walk->tx, walk->after, walk->arena, &delivery);
        if (result == 0)
            result = place(walk, &delivery);
    }
    walk->more = result == 0 && found.more;
    return result;
}

static int shippers_page(struct walk *walk)
{
    struct store_deliveries found;
    struct store_delivery_filter filter = {
        .shipper_id = walk->refusal->owner, .by_state = true, .state = walk->state};
    int result = store_delivery_list(walk->tx, &filter, &(struct store_page){walk->after, PAGE},
                                     walk->arena, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        snprintf(walk->after, sizeof walk->after, "%s", found.items[i].id);
        result = store_refusal_holds(walk->tx, walk->refusal, &found.items[i]);
        if (result > 0)
            result = place(walk, &found.items[i]);
    }
    walk->more = result == 0 && found.more;
    return result;
}

static int go_through(struct walk *walk, int (*page)(struct walk *))
{
    int result = 0;
    walk->more = true;
    walk->after[0] = 0;
    for (int n = 0; n < PAGES && result == 0 && walk->more; n++) {
        walk->arena = arena_new(PAGE_MEMORY);
        if (!walk->arena)
            return log_fault("placing.page", -ENOMEM, "request=%s", http_id(walk->call->req));
        result = page(walk);
        arena_free(&walk->arena);
    }
    return result;
}

int placing_of_recipient(struct call *call, struct db_tx *tx, const char *email)
{
    struct walk walk = {.call = call, .tx = tx, .email = email};
    return go_through(&walk, recipients_page);
}

int placing_of_shipper(struct call *call, struct db_tx *tx, const struct store_refusal *refusal)
{
    static const enum delivery_state states[] = {DELIVERY_CREATED, DELIVERY_OUT_FOR_DELIVERY,
                                                 DELIVERY_ATTEMPTED};
    int result = 0;
    for (size_t i = 0; i < ARRAY_LEN(states) && result == 0; i++) {
        struct walk walk = {.call = call, .tx = tx, .refusal = refusal, .state = states[i]};
        result = go_through(&walk, shippers_page);
    }
    return result;
}
