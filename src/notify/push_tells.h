/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recipient's phone is told of, as one table and two questions: when the event happens, and
 * again when its message is about to be sent. Inside this folder only.
 */
#ifndef PORCHLIGHT_PUSH_TELLS_H
#define PORCHLIGHT_PUSH_TELLS_H

#include "notify/channel.h"

/* What is said of one thing replaces what was said of it before, on the way and on the phone. */
enum push_thread { PUSH_OF_DELIVERY, PUSH_OF_CASE, PUSH_OF_LOOK, PUSH_OF_GLASS, PUSH_OF_TEST };

struct push_tell {
    bool told;
    enum push_thread thread;
    const char *urgency; /* RFC 8030 §5.3 */
};

/* How an event is told of; .told is false for one that is not. `data` are the event's own. */
struct push_tell push_tells(enum event_kind kind, const char *data);

/* Is it still so that the owner of `account_id` is to be told, and do they want to be? NULL: yes;
 * else a word why not, in `stale_out`. 0 or a fault. */
int push_still_tells(struct db_tx *tx, const struct store_event *event, const char *account_id,
                     struct arena *arena, const char **stale_out) MUST_CHECK;

#endif
